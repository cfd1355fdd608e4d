/* SPDX-License-Identifier: MIT */
/* Is the app past its start? */
#ifndef VPROD_SESSION_HEALTH_QUIET_H
#define VPROD_SESSION_HEALTH_QUIET_H

#include "session/app.h"

/* Looks at the container for a while in which nobody asks it anything. 1: one of the startup lines that the spec
   names was seen, if it names any; nothing goes on in its processes, and its log does not grow. 0: something does, it
   cannot be told, or the time until deadline_ms (CLOCK_MONOTONIC) is too short for it. */
int vprod__health_is_quiet (vprod_session *session, const struct vprod__app *app,
                            const vprod_container_facts *container, int64_t deadline_ms, vprod_error **err);

#endif
