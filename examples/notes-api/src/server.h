/* SPDX-License-Identifier: MIT */
#ifndef NOTES_SERVER_H
#define NOTES_SERVER_H

#include "api.h"

/* HTTP in front of the API. */
struct server;

/* Listens on all addresses. NULL when it cannot; errno tells why. api must outlive the server. */
struct server *server_start (const struct api *api, uint16_t port, unsigned int threads);

/* Takes no new connections, lets running requests end for at most so many seconds, then closes. */
void server_stop (struct server *server, unsigned int seconds);

#endif
