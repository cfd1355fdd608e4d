/* SPDX-License-Identifier: MIT */
/* How a session asks a PostgreSQL: a table, so that unit tests can do without one. */
#ifndef VPROD_SESSION_DATABASE_H
#define VPROD_SESSION_DATABASE_H

#include "probe/postgres.h"

#define VPROD__DATABASE_PORT 5432 /* in its container */

/* What is known of a PostgreSQL. */
struct vprod__database_link {
  struct vprod__postgres *postgres; /* the connection, or NULL */
  int logs_connections;             /* 1: "connection received" lines were asked for */
  uint64_t log_mark;                /* bytes of its log before the app started */
  char *since;                      /* by its clock, seconds since 1970: of steps before the app, which may have had the app's
                                       address, no connection is younger; NULL: there were none */
};

/* The functions of probe/postgres.h, each with the table's data before their own arguments. */
struct vprod__database_probe {
  void *data;
  int (*try) (void *data, const vprod_call *call, const struct vprod__postgres_address *address,
              int64_t attempt_ms, struct vprod__postgres **ret, char **ret_why, vprod_error **err);
  const char *(*version) (void *data, struct vprod__postgres *postgres);
  int (*query) (void *data, struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                const char *param, char **ret_value, vprod_error **err);
  void (*close) (void *data, struct vprod__postgres *postgres);
  int (*execute) (void *data, struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                  const struct vprod__postgres_input *input, struct vprod__postgres_outcome *ret, vprod_error **err);
};

/* The real one. */
extern const struct vprod__database_probe vprod__database_probe_postgres;

struct vprod__service;

/* As whom, and where, one is reached from here. Its strings are lent from the service. */
struct vprod__postgres_address vprod__postgres_address_of (const struct vprod__service *service);

#endif
