/* SPDX-License-Identifier: MIT */
/* What is known of an app right before it is stopped: by which signal, and what would get that. */
#ifndef VPROD_SESSION_STOP_TARGET_H
#define VPROD_SESSION_STOP_TARGET_H

#include "session/stop_facts.h"

/* Fills signal, words and processes of *stop. */
int vprod__stop_target (vprod_session *session, const vprod_container_facts *container, struct vprod__stop *stop,
                        vprod_error **err);

#endif
