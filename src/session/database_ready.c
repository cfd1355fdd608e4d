/* SPDX-License-Identifier: MIT */
#include "session/database_ready.h"
#include "session/base.h"
#include "session/container.h"
#include "session/parts.h"
#include "session/reach.h"
#include "util/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPT_MS 2000
#define FIRST_PAUSE_MS 20
#define LAST_PAUSE_MS 80
/* For how long a server that is not the container's first process is taken for a temporary one. */
#define SETTLE_MS 3000

/* ---- how it ended instead ------------------------------------------------------------------------------------ */

/* The container ended: says what it wrote. */
static int say_ended (vprod_session *session, const struct vprod__database *database, int exit_code,
                      vprod_error **err)
{
  _cleanup_free_ char *tail = vprod__container_tail (session, database->container_id);

  if (!tail)
    return vprod__error_no_memory (err);
  return vprod__error_set (err, VPROD_ERROR_DATABASE, 0,
                           "the database %s (%s) ended with exit code %d before it answered%s%s",
                           database->service->name, database->service->postgres.image, exit_code,
                           tail[0] ? "; its log ends:\n" : "", tail);
}

static int say_silent (vprod_session *session, const struct vprod__database *database, const char *why,
                       vprod_error **err)
{
  _cleanup_free_ char *tail = vprod__container_tail (session, database->container_id);
  char limit[32];

  if (!tail)
    return vprod__error_no_memory (err);
  vprod__format_ms (database->service->postgres.timeout_ms, limit, sizeof limit);
  return vprod__error_set (err, VPROD_ERROR_DATABASE, 0,
                           "the database %s (%s) did not answer within %s (services.%s.postgres.timeout): %s%s%s",
                           database->service->name, database->service->postgres.image, limit, database->service->name,
                           why ? why : "no connection", tail[0] ? "; its log ends:\n" : "", tail);
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

/* Finds where it is reached; a restart may change its port. 1: it is running; 0: it ended with *ret_exit_code. */
static int locate (vprod_session *session, struct vprod__database *database, int *ret_exit_code, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__container_facts (session, database->container_id, &facts, err);
  if (r < 0)
    return r;
  *ret_exit_code = facts.exit_code;
  if (!facts.running)
    return 0;
  _cleanup_free_ char *host = NULL;
  r = vprod__reach_locate (session, &facts, VPROD__DATABASE_PORT, &host, &database->port, err);
  if (r < 0)
    return r;
  free (database->host);
  database->host = vprod__steal (&host);
  return 1;
}

/* Runs a statement for which the user may lack the privilege. Minus DATABASE: the connection was lost. */
static int query_if_allowed (vprod_session *session, struct vprod__database_link *link, const vprod_call *call,
                             const char *sql, int *allowed, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->databases->probe;

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
  const struct vprod__database_probe *probe = session->databases->probe;
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

/* One attempt. 1: it answers; 0: not yet, *why says so. */
static int attempt (vprod_session *session, struct vprod__database *database, struct vprod__database_link *link,
                    const vprod_call *call, int64_t *passing_since_ms, char **why, vprod_error **err)
{
  const struct vprod__spec_service *service = database->service;
  const struct vprod__database_probe *probe = session->databases->probe;
  _cleanup_error_ vprod_error *error = NULL;
  struct vprod__postgres_address address = {
    database->host, database->port, service->postgres.database, service->postgres.user, service->postgres.password,
  };

  free (vprod__steal (why));
  int r = probe->try (probe->data, call, &address, ATTEMPT_MS, &link->postgres, why, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = ask_for_log_lines (session, link, call, &error);
  if (r == 0)
    r = may_be_passing (session, link, call, passing_since_ms, &error);
  if (r == 0)
    return 1;
  probe->close (probe->data, vprod__steal (&link->postgres));
  if (r < 0 && r != -VPROD_ERROR_DATABASE)
    return vprod__error_move (err, &error);
  *why = strdup (r > 0 ? "the image is still setting itself up" : vprod_error_get_message (error));
  return *why ? 0 : vprod__error_no_memory (err);
}

/* An image may set itself up, exit with 0 and expect to be started again: that is done once. */
static int start_again (vprod_session *session, struct vprod__database *database, int exit_code, int *again,
                        vprod_error **err)
{
  if (exit_code != 0 || !*again)
    return say_ended (session, database, exit_code, err);
  *again = 0;
  return vprod__container_start (session, database->container_id, err);
}

/* No answer: is the database out of reach of this machine? 0: not as far as is known; negative: it is, or another error. */
static int is_out_of_reach (vprod_session *session, const struct vprod__database *database,
                            struct vprod__reach_watch *watch, vprod_error **err)
{
  struct vprod__reach_at at = { database->host, database->port, VPROD__DATABASE_PORT };
  _cleanup_free_ char *what = NULL;

  int r = vprod__reach_look (session, watch, database->container_id, &at, err);
  if (r <= 0)
    return r;
  if (asprintf (&what, "the database %s (%s)", database->service->name, database->service->postgres.image) < 0) {
    what = NULL;
    return vprod__error_no_memory (err);
  }
  return vprod__reach_fail (session, what, &at, err);
}

int vprod__database_wait_ready (vprod_session *session, struct vprod__database *database,
                                struct vprod__database_link *link, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  _cleanup_free_ char *why = NULL;
  int64_t pause_ms = FIRST_PAUSE_MS, passing_since_ms = -1;
  struct vprod__reach_watch watch = { 0 };
  int exit_code = 0, again = 1, r;
  vprod_call call;

  vprod__session_call (session, database->service->postgres.timeout_ms, &call);
  for (;;) {
    r = locate (session, database, &exit_code, err);
    if (r == 0)
      r = start_again (session, database, exit_code, &again, err);
    else if (r > 0)
      r = attempt (session, database, link, &call, &passing_since_ms, &why, &error);
    if (r > 0) {
      vprod__reach_proved (session);
      return 0;
    }
    if (r == 0 && database->host)
      r = is_out_of_reach (session, database, &watch, &error);
    if (r < 0 && !error)
      return r;
    if (r == 0)
      r = vprod__call_sleep (&call, pause_ms, "waiting for the database", &error);
    if (r == -VPROD_ERROR_TIMEOUT && vprod__now_ms () < session->deadline_ms)
      return say_silent (session, database, why, err);
    if (r < 0)
      return vprod__error_move (err, &error);
    pause_ms = pause_ms * 5 / 4 > LAST_PAUSE_MS ? LAST_PAUSE_MS : pause_ms * 5 / 4;
  }
}

int vprod__databases_check (vprod_session *session, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->databases->probe;
  vprod_call call;
  int r = 0;

  for (size_t i = 0; i < session->databases->count && r == 0; i++) {
    struct vprod__database_link *link = &session->databases->links[i];
    _cleanup_error_ vprod_error *error = NULL;

    pthread_mutex_lock (&link->lock);
    vprod__session_call (session, ATTEMPT_MS, &call);
    r = probe->query (probe->data, link->postgres, &call, "SELECT 1", NULL, NULL, &error);
    if (r == -VPROD_ERROR_DATABASE || (r == -VPROD_ERROR_TIMEOUT && vprod__now_ms () < session->deadline_ms)) {
      probe->close (probe->data, vprod__steal (&link->postgres));
      r = vprod__database_wait_ready (session, &session->databases->list[i], link, err);
    }
    else if (r < 0)
      r = vprod__error_move (err, &error);
    pthread_mutex_unlock (&link->lock);
  }
  return r;
}
