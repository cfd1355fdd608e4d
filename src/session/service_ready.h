/* SPDX-License-Identifier: MIT */
/*
 * Is a service ready? Each kind knows how it is asked; here it is waited for: until it is ready, its time is over, or its
 * container has ended. Its time is that in which its container could run, as for the app (limit.h).
 */
#ifndef VPROD_SESSION_SERVICE_READY_H
#define VPROD_SESSION_SERVICE_READY_H

#include "session/service.h"

/* Waits until it is ready. started_ms: when its container was started, CLOCK_MONOTONIC; the link is locked, or nobody else
   has it yet. */
int vprod__service_wait_ready (vprod_session *session, struct vprod__service_at at, int64_t started_ms,
                               vprod_error **err);

/* Are the services still ready, but for one that is away? Waits again for one that is not: for a server, for example, that an image ran only while it
   set itself up. An error where it does not come back. */
int vprod__services_check (vprod_session *session, vprod_error **err);

/* Do their containers still run? They are asked nothing. */
int vprod__services_stay (vprod_session *session, vprod_error **err);

#endif
