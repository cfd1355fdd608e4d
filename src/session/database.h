/* SPDX-License-Identifier: MIT */
/* How the session asks a database whether it is ready, as a table, so that unit tests can do without PostgreSQL. */
#ifndef VPROD_SESSION_DATABASE_H
#define VPROD_SESSION_DATABASE_H

#include "probe/postgres.h"
#include "session/session.h"

/* The functions of probe/postgres.h, each with the table's data before their own arguments. */
struct vprod__database_probe {
  void *data;
  int (*try) (void *data, const vprod_call *call, const struct vprod__postgres_address *address,
              int64_t attempt_ms, struct vprod__postgres **ret, char **ret_why, vprod_error **err);
  const char *(*version) (void *data, struct vprod__postgres *postgres);
  int (*query) (void *data, struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                const char *param, char **ret_value, vprod_error **err);
  void (*close) (void *data, struct vprod__postgres *postgres);
};

/* The real one. */
extern const struct vprod__database_probe vprod__database_probe_postgres;

/* Before the first call that needs a database; lent until the session is freed. */
void vprod__session_set_database_probe (vprod_session *session, const struct vprod__database_probe *probe);

#endif
