/* SPDX-License-Identifier: MIT */
/* A private unix socket of which each connection becomes the standard input and output of an ssh of its own. */
#ifndef VPROD_RUNNER_DOCKER_SSH_DIAL_H
#define VPROD_RUNNER_DOCKER_SSH_DIAL_H

#include "util/error.h"

struct vprod__ssh_dial;

/* Listens on path; program, argv and path are lent until it is closed. */
int vprod__ssh_dial_open (const char *program, char *const *argv, const char *path, struct vprod__ssh_dial **ret,
                          vprod_error **err);

/* What one of them said last, or NULL; waits a moment for one that is ending. malloc'ed. */
char *vprod__ssh_dial_words (struct vprod__ssh_dial *dial);

/* Ends every connection. NULL is fine. */
void vprod__ssh_dial_close (struct vprod__ssh_dial *dial);

#endif
