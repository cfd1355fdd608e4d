/* SPDX-License-Identifier: MIT */
/* What is done with every container of a session, whatever it is for. */
#ifndef VPROD_SESSION_CONTAINER_H
#define VPROD_SESSION_CONTAINER_H

#include <verify-prod/session.h>
#include "runner/runner.h"

/* Creates a container with the session's labels, to be removed with it. role: "app", "database", "service", "once". */
int vprod__container_create (vprod_session *session, const char *role, vprod_container_request *request, char **ret_id,
                             vprod_error **err);

/* Makes a container of the session's image that is never started, for a look at its files; it goes with the session.
   *ret_id is malloc'ed. */
int vprod__session_still_container (vprod_session *session, char **ret_id, vprod_error **err);

int vprod__container_start (vprod_session *session, const char *container_id, vprod_error **err);

/* What the container is now. */
int vprod__container_facts (vprod_session *session, const char *container_id, vprod_container_facts *ret,
                            vprod_error **err);

/* Its first process as this machine's /proc numbers it; 0: it is not seen here. Negative: error. */
int64_t vprod__container_pid_here (vprod_session *session, const vprod_container_facts *container, vprod_error **err);

/* Waits for its end. 1: it ended, with *ret_exit_code; 0: it was still running at the end of that time. */
int vprod__wait_end (vprod_session *session, const char *container_id, int64_t timeout_ms, int *ret_exit_code,
                     vprod_error **err);

/* The last bytes of its output until now, of both streams; malloc'ed, "" if none. */
int vprod__container_output (vprod_session *session, const char *container_id, char **ret, size_t *ret_length,
                             vprod_error **err);

/* The last lines of that, harmless; "" if none or unknown; NULL out of memory. */
char *vprod__container_tail (vprod_session *session, const char *container_id);

#endif
