/* SPDX-License-Identifier: MIT */
/* Looks into the app's container: is an app that does not answer started again and again inside it? */
#ifndef VPROD_SESSION_APP_LOOP_H
#define VPROD_SESSION_APP_LOOP_H

#include "session/app_again.h"
#include "session/session.h"

/* One look more. 1: nothing was seen, as the container has ended or the engine could not say. */
int vprod__sight_look (vprod_session *session, const struct vprod__app *app, struct vprod__sight *sight,
                       vprod_error **err);

/* Of an app that never answered: does it end, and is it started again, while what starts it stays? Looked at once
   in a session. serves: it was asked over HTTP; what a shell runs again and again may else be the work it is for, and
   only what a supervisor starts again counts. *ret: its command line, lent by the session; NULL: no, or it cannot be
   told. */
int vprod__app_loop (vprod_session *session, const struct vprod__app *app, int serves, const char **ret,
                     vprod_error **err);

#endif
