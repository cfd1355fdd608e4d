/* SPDX-License-Identifier: MIT */
/* Does a request show in the app's output? */
#ifndef VPROD_CHECKS_STARTUP_LOGS_REQUEST_H
#define VPROD_CHECKS_STARTUP_LOGS_REQUEST_H

#include "checks/startup_logs/facts.h"
#include "session/session.h"

/* Sends one after the other, and looks for each in what the app writes from then on. A line that the app writes for another
   reason shows the first at most. */
int vprod__startup_request_see (vprod_session *session, const struct vprod__app *app, struct vprod__startup_request *ret,
                                vprod_error **err);
void vprod__startup_request_clear (struct vprod__startup_request *request);

/* Pure: where a line of this output names the path, whatever query follows: as an access log writes it, alone or in a URL.
   Lent; NULL: nowhere. */
const char *vprod__path_in_output (const char *output, const char *path);

#endif
