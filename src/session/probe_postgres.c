/* SPDX-License-Identifier: MIT */
/* The table of database functions that sessions use unless a test says otherwise. */
#include "session/database.h"
#include "session/service.h"

static int try_real (void *data, const vprod_call *call, const struct vprod__postgres_address *address,
                     int64_t attempt_ms, struct vprod__postgres **ret, char **ret_why, vprod_error **err)
{
  return vprod__postgres_try (call, address, attempt_ms, ret, ret_why, err);
}

static const char *version_real (void *data, struct vprod__postgres *postgres)
{
  return vprod__postgres_version (postgres);
}

static int query_real (void *data, struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                       const char *param, char **ret_value, vprod_error **err)
{
  return vprod__postgres_query (postgres, call, sql, param, ret_value, err);
}

static void close_real (void *data, struct vprod__postgres *postgres)
{
  vprod__postgres_close (postgres);
}

static int execute_real (void *data, struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                         const struct vprod__postgres_input *input, struct vprod__postgres_outcome *ret, vprod_error **err)
{
  return vprod__postgres_execute (postgres, call, sql, input, ret, err);
}

const struct vprod__database_probe vprod__database_probe_postgres = {
  NULL, try_real, version_real, query_real, close_real, execute_real,
};

struct vprod__postgres_address vprod__postgres_address_of (const struct vprod__service *service)
{
  const struct vprod__spec_service *spec = service->spec;

  return (struct vprod__postgres_address) {
    .host = service->host,
    .port = service->host_port,
    .database = spec->postgres.database,
    .user = spec->postgres.user,
    .password = spec->postgres.password,
    .ca_file = service->ca_file,
    .tls_name = spec->name,
  };
}
