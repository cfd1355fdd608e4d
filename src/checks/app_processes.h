/* SPDX-License-Identifier: MIT */
/* The processes of the running app, from whoever can list them. */
#ifndef VPROD_CHECKS_APP_PROCESSES_H
#define VPROD_CHECKS_APP_PROCESSES_H

#include "session/session.h"

/* Like the runner's slot. container: the app's facts; lent. */
int vprod__app_processes (vprod_session *session, const vprod_call *call, const vprod_container_facts *container,
                          int (*on_process) (void *data, const vprod_process *process), void *data,
                          vprod_error **err);

#endif
