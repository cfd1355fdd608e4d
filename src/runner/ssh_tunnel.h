/* SPDX-License-Identifier: MIT */
/*
 * An engine behind ssh://, as docker reaches it: `ssh HOST docker system dial-stdio` is a connection to it.
 * libcurl wants a socket, so each connection to a private unix socket here becomes the standard input and output
 * of one ssh.
 */
#ifndef VPROD_RUNNER_SSH_TUNNEL_H
#define VPROD_RUNNER_SSH_TUNNEL_H

#include "runner/endpoint.h"

struct vprod__tunnel;

/* Listens; no ssh is started before somebody connects. endpoint is lent. Errors: IO (no ssh on PATH, no folder
   to listen in). */
int vprod__tunnel_open (const struct vprod__endpoint *endpoint, struct vprod__tunnel **ret, vprod_error **err);

/* Path of the socket. Lent. */
const char *vprod__tunnel_path (const struct vprod__tunnel *tunnel);

/* What the ssh that failed last said, harmless, malloc'ed; NULL: nothing, or out of memory. Waits a little for the
   words of one that is about to end. */
char *vprod__tunnel_words (struct vprod__tunnel *tunnel);

/* Ends every ssh. NULL is fine. */
void vprod__tunnel_close (struct vprod__tunnel *tunnel);

#endif
