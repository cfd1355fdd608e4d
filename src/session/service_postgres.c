/* SPDX-License-Identifier: MIT */
/*
 * services.NAME.postgres. Ready means that a query is answered over the published port. Nothing less is enough: the official
 * image first starts a server for its own use, without TCP, then a second one; and an engine's proxy takes connections for a
 * server that is not there yet. So what is refused or lost is tried again.
 */
#include "session/base.h"
#include "session/parts.h"
#include "session/postgres_init.h"
#include "session/postgres_tls.h"
#include "session/reach.h"
#include "session/service.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPT_MS 2000
/* For how long a server that is not the container's first process is taken for a temporary one. */
#define SETTLE_MS 3000

/* ---- its container ------------------------------------------------------------------------------------------- */

static void describe (struct vprod__service *service)
{
  service->image = service->spec->postgres.image;
  service->timeout_ms = service->spec->postgres.timeout_ms;
  service->port = VPROD__DATABASE_PORT;
}

static int request (vprod_session *session, const struct vprod__service *service, struct vprod__service_request *ret,
                    vprod_error **err)
{
  const struct vprod__spec_service *spec = service->spec;

  (void) session;
  /* -N (no fsync in initdb): the database lives for a minute */
  if (vprod__strv_addf (&ret->env, "POSTGRES_USER=%s", spec->postgres.user) < 0
      || vprod__strv_addf (&ret->env, "POSTGRES_PASSWORD=%s", spec->postgres.password) < 0
      || vprod__strv_addf (&ret->env, "POSTGRES_DB=%s", spec->postgres.database) < 0
      || vprod__strv_add (&ret->env, "POSTGRES_INITDB_ARGS=-N") < 0)
    return vprod__error_no_memory (err);
  return 0;
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

/* Runs a statement for which the user may lack the privilege. Minus DATABASE: the connection was lost. */
static int query_if_allowed (vprod_session *session, struct vprod__database_link *link, const vprod_call *call,
                             const char *sql, int *allowed, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;

  int r = probe->query (probe->data, link->postgres, call, sql, NULL, NULL, err);
  *allowed = r == 0;
  if (r != -VPROD_ERROR_DATABASE)
    return r;
  return probe->query (probe->data, link->postgres, call, "SELECT 1", NULL, NULL, err);
}

/* Makes the server log every connection, in a known language. Only a superuser may; for other users connections are counted
   otherwise. */
static int ask_for_log_lines (vprod_session *session, struct vprod__database_link *link, const vprod_call *call,
                              vprod_error **err)
{
  static const char *const statements[] = {
    "ALTER SYSTEM SET log_connections = on",
    "ALTER SYSTEM SET lc_messages = 'C'",
    "ALTER SYSTEM SET log_line_prefix = '%m [%p] '",
    "SELECT pg_reload_conf()",
  };
  int allowed = 1, r = 0;

  for (size_t i = 0; i < sizeof statements / sizeof statements[0] && allowed && r == 0; i++)
    r = query_if_allowed (session, link, call, statements[i], &allowed, err);
  link->logs_connections = r == 0 && allowed;
  return r;
}

/* An image's entrypoint may first run a temporary server for its setup, and then exec the final one, which is thus the
   container's first process. A server that stays another process, under an init for example, is accepted after a while; so
   is one whose user may not read its pid. 1: wait; 0: it is the final one, as far as is known. */
static int may_be_passing (vprod_session *session, struct vprod__database_link *link, const vprod_call *call,
                           int64_t *since_ms, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  _cleanup_free_ char *pid = NULL;
  _cleanup_error_ vprod_error *error = NULL;

  int r = probe->query (probe->data, link->postgres, call,
                        "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)", NULL, &pid, &error);
  if (r == -VPROD_ERROR_DATABASE) /* no privilege, or the connection was lost */
    return probe->query (probe->data, link->postgres, call, "SELECT 1", NULL, NULL, err);
  if (r < 0)
    return vprod__error_move (err, &error);
  if (!pid || strtol (pid, NULL, 10) <= 1)
    return 0;
  if (*since_ms < 0)
    *since_ms = vprod__now_ms ();
  return vprod__now_ms () - *since_ms < SETTLE_MS;
}

/* One attempt. 1: it answers; 0: not yet. */
static int attempt (vprod_session *session, struct vprod__service_at at, struct vprod__service_try *try,
                    vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  struct vprod__postgres_address address = vprod__postgres_address_of (at.service);
  struct vprod__database_link *link = &at.link->database;
  _cleanup_error_ vprod_error *error = NULL;

  int r = probe->try (probe->data, &try->call, &address, ATTEMPT_MS, &link->postgres, &try->why, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = ask_for_log_lines (session, link, &try->call, &error);
  if (r == 0)
    r = may_be_passing (session, link, &try->call, &try->passing_since_ms, &error);
  if (r == 0) {
    vprod__reach_proved (session);
    return 1;
  }
  probe->close (probe->data, vprod__steal (&link->postgres));
  if (r < 0 && r != -VPROD_ERROR_DATABASE)
    return vprod__error_move (err, &error);
  try->why = strdup (r > 0 ? "the image is still setting itself up" : vprod_error_get_message (error));
  return try->why ? 0 : vprod__error_no_memory (err);
}

static void clear (struct vprod__services_part *services, struct vprod__service_link *link)
{
  if (link->database.postgres)
    services->probe->close (services->probe->data, vprod__steal (&link->database.postgres));
}

/* It answers. */
static int settle (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  const char *version = probe->version (probe->data, at.link->database.postgres);

  at.service->version = strdup (version ? version : "");
  return at.service->version ? 0 : vprod__error_no_memory (err);
}

static int fill (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  int r = vprod__tls_begin (session, at, err);

  return r < 0 ? r : vprod__postgres_init (session, at.service, err);
}

static int still (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  struct vprod__database_link *link = &at.link->database;
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, ATTEMPT_MS, &call);
  int r = link->postgres ? probe->query (probe->data, link->postgres, &call, "SELECT 1", NULL, NULL, &error)
                         : -VPROD_ERROR_DATABASE;
  if (r == 0)
    return 1;
  if (r != -VPROD_ERROR_DATABASE && (r != -VPROD_ERROR_TIMEOUT || vprod__now_ms () >= session->deadline_ms))
    return vprod__error_move (err, &error);
  clear (session->services, at.link);
  return 0;
}

const struct vprod__service_kind vprod__service_postgres = {
  .noun = "database",
  .key = "postgres",
  .role = "database",
  .short_role = "db",
  .silence = "did not answer",
  .code = VPROD_ERROR_DATABASE,
  .ends_once = 1,
  .stop_signal = "SIGINT", /* fast shutdown: at SIGTERM it would wait until its clients go */
  .describe = describe,
  .request = request,
  .attempt = attempt,
  .settle = settle,
  .fill = fill,
  .still = still,
  .clear = clear,
};
