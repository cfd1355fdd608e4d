/* SPDX-License-Identifier: MIT */
/*
 * The ways in which a service of any image can be asked whether it is ready: one function each, which makes one attempt.
 * 1: it is; 0: not yet, and try->why says why; negative: it never will be, or that cannot be told.
 */
#ifndef VPROD_SESSION_SERVICE_PROBE_H
#define VPROD_SESSION_SERVICE_PROBE_H

#include "session/service.h"

/*
 * tcp: it listens on its port, where the app reaches it. A connection from here does not show that: an engine's proxy takes
 * connections for a server that is not there, and one that forwards into the container may reach its loopback. So the
 * kernel's table of the container's sockets decides, where it can be read: by this machine's /proc, else with a program of
 * the image.
 */
int vprod__service_listens (vprod_session *session, const struct vprod__service *service, struct vprod__service_try *try,
                            vprod_error **err);

/* log: its output has the text. */
int vprod__service_says (vprod_session *session, struct vprod__service_at at, struct vprod__service_try *try,
                         vprod_error **err);

/* http: the path on its port is answered with a status from 200 to 399, as for a readiness probe of Kubernetes. It is asked
   by the name that the app knows it by; no redirects are followed. */
int vprod__service_answers (vprod_session *session, const struct vprod__service *service, struct vprod__service_try *try,
                            vprod_error **err);

/* command: run in its container, it ends with exit code 0. */
int vprod__service_command (vprod_session *session, const struct vprod__service *service, struct vprod__service_try *try,
                            vprod_error **err);

#endif
