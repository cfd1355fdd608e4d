/* SPDX-License-Identifier: MIT */
/*
 * An engine behind ssh://, made to look like one behind a unix socket: a private socket of which every connection
 * reaches the engine there. Best first:
 *  - through one ssh connection (ssh_master.h), which forwards the engine's socket itself: no process a connection;
 *  - through that one, a `docker system dial-stdio` a connection, where the socket's path is not known, or sshd does not
 *    forward it;
 *  - an ssh of its own for each, where ssh cannot share a connection here.
 * Through the one connection, ports of the engine's host are forwarded too, so that nothing need be published to others.
 */
#ifndef VPROD_RUNNER_DOCKER_SSH_TUNNEL_H
#define VPROD_RUNNER_DOCKER_SSH_TUNNEL_H

#include <verify-prod/runner.h>
#include "runner/docker/endpoint.h"

struct vprod__tunnel;

/* endpoint is lent for as long as the tunnel is open. Nothing is connected yet. Errors: IO (no ssh, no folder),
   NO_MEMORY. */
int vprod__tunnel_open (const struct vprod__endpoint *endpoint, struct vprod__tunnel **ret, vprod_error **err);

/* Before every use: connects first, and once more where the connection was lost. Cheap where all is well. Errors:
   UNREACHABLE, TIMEOUT, CANCELLED, IO, NO_MEMORY. */
int vprod__tunnel_start (struct vprod__tunnel *tunnel, const vprod_call *call, vprod_error **err);

/* The socket. Lent. */
const char *vprod__tunnel_path (const struct vprod__tunnel *tunnel);

/* Once it was started: are ports of the engine's host forwarded? */
int vprod__tunnel_forwards (struct vprod__tunnel *tunnel);

/* Does each connection to the socket cost a process? */
int vprod__tunnel_dials (struct vprod__tunnel *tunnel);

/* Was the connection lost, so that what went wrong may be tried once more after vprod__tunnel_start? */
int vprod__tunnel_is_lost (struct vprod__tunnel *tunnel);

/* The local port, on 127.0.0.1, at which port `remote` of the engine's host (on its 127.0.0.1) is reached from now on,
   on behalf of `owner`, a container's id. Errors: ENGINE (refused), and as of start. */
int vprod__tunnel_port (struct vprod__tunnel *tunnel, const vprod_call *call, const char *owner, int remote,
                        int *ret_local, vprod_error **err);

/* The owner's ports are forwarded no more. */
void vprod__tunnel_drop_ports (struct vprod__tunnel *tunnel, const char *owner);

/* What the ssh of a connection said last, or NULL; waits a moment for one that is ending. malloc'ed. */
char *vprod__tunnel_words (struct vprod__tunnel *tunnel);

/* Ends every connection. NULL is fine. */
void vprod__tunnel_close (struct vprod__tunnel *tunnel);

#endif
