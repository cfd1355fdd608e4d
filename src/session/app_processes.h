/* SPDX-License-Identifier: MIT */
/* The processes of the running app, from whoever can list them. */
#ifndef VPROD_SESSION_APP_PROCESSES_H
#define VPROD_SESSION_APP_PROCESSES_H

#include "probe/processes.h"
#include "session/app.h"

/* Like the runner's slot. container: the app's facts; lent. */
int vprod__app_processes (vprod_session *session, const vprod_call *call, const vprod_container_facts *container,
                          int (*on_process) (void *data, const vprod_process *process), void *data,
                          vprod_error **err);

/* One more look at them, which tells processes; *ret_count: how many it saw. */
int vprod__app_look (vprod_session *session, const vprod_call *call, const vprod_container_facts *container,
                     struct vprod__processes *processes, size_t *ret_count, vprod_error **err);

/* The sockets on which it takes requests; not known where the engine is not on this machine. container: its facts. */
int vprod__app_sockets (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                        struct vprod__sockets *ret, vprod_error **err);

/* Those of them that have ended and are not reaped. 0, or 1: it cannot be seen from here; negative: an error. */
int vprod__app_dead (vprod_session *session, const vprod_container_facts *container,
                     int (*on_dead) (void *data, const struct vprod__dead *dead), void *data, vprod_error **err);

#endif
