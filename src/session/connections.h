/* SPDX-License-Identifier: MIT */
/*
 * Did a container talk to the databases? A connection may be gone long before anybody looks, so the server is asked to write
 * two lines for each (service_postgres.c): one with the client's address, and one of the same server process when the client
 * has proved who it is. Only both together count: a port that is only looked at, or a wrong password, does not. The server
 * looks for the requested database only after that: a client that it then turns away did not talk to it either. Connections
 * that are alive now are counted too; where the lines cannot be had they are all there is.
 *
 * address: the container's, or NULL if it is not known.
 */
#ifndef VPROD_SESSION_CONNECTIONS_H
#define VPROD_SESSION_CONNECTIONS_H

#include "session/service.h"

/* Remembers how long the databases' logs are now, so that a later count begins there. */
int vprod__databases_mark_logs (vprod_session *session, vprod_error **err);

/* How many connections the databases saw from that address until now, live or ended; -1: not known. */
int vprod__database_connections (vprod_session *session, const char *address, int64_t *ret, vprod_error **err);

/* How many came from it and were not let in, or went before, and why the last was not: *ret_why is malloc'ed, or NULL. */
int vprod__database_turned_away (vprod_session *session, const char *address, int64_t *ret, char **ret_why,
                                 vprod_error **err);

#endif
