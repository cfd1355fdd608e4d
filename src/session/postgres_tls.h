/* SPDX-License-Identifier: MIT */
/*
 * A database that takes connections over TLS alone (services.NAME.postgres.tls). Its certificate is put into the server once
 * it is ready, over SQL: so neither its image nor its entrypoint needs to know of it, and it works wherever the engine is.
 */
#ifndef VPROD_SESSION_POSTGRES_TLS_H
#define VPROD_SESSION_POSTGRES_TLS_H

#include "session/service.h"

/* Once it is ready, and for the spec's databases with `tls` alone: has the server take no other connections, and makes ours
   one of those. */
int vprod__tls_begin (vprod_session *session, struct vprod__service_at at, vprod_error **err);

#endif
