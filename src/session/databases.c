/* SPDX-License-Identifier: MIT */
/*
 * The databases: real servers in containers of their own, on a network that the session shares with nobody.
 *
 * Ready means that a query is answered over the published port. Nothing less will do: the official image starts a
 * server for its own use first, without TCP, then a second one; and an engine's proxy takes connections for a server
 * that is not there yet. So what is refused or lost is tried again until the service's time is over, or its container
 * has ended.
 */
#include "session/inside.h"
#include "runner/runner.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MS 60000
#define PORT 5432
#define ATTEMPT_MS 2000
#define FIRST_PAUSE_MS 20
#define LAST_PAUSE_MS 250
#define TAIL_LINES 12
#define TAIL_BYTES 2048

/* ---- the network ------------------------------------------------------------------------------------------- */

int vprod__make_network (vprod_session *session, vprod_error **err)
{
  _cleanup_free_ char *name = NULL, *id = NULL;
  vprod_call call;

  if (asprintf (&name, "verify-prod-%s", session->id) < 0) {
    name = NULL;
    return vprod__error_no_memory (err);
  }
  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_network_create (session->runner, &call, name, (const char *const *) session->labels, &id, err);
  if (r < 0) {
    vprod__made_unsure (session);
    return r;
  }
  if (vprod__made_add (session, VPROD_NETWORK, id) < 0)
    return vprod__error_no_memory (err);
  session->network = vprod__steal (&id);
  return 0;
}

/* ---- one database --------------------------------------------------------------------------------------------- */

char *vprod__container_tail (vprod_session *session, const char *container_id)
{
  struct vprod__log *log = NULL;
  _cleanup_free_ char *bytes = NULL;
  size_t length = 0;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  if (vprod__log_new (NULL, &log, NULL) < 0)
    return NULL;
  if (vprod__runner_container_logs (session->runner, &call, container_id, 0, vprod__log_output, log, NULL) == 0)
    bytes = vprod__log_tail (log, &length);
  vprod__log_free (log);
  return bytes ? vprod__text_tail (bytes, length, TAIL_LINES, TAIL_BYTES) : strdup ("");
}

static int create (vprod_session *session, const struct vprod__spec_service *service, char **ret_id, vprod_error **err)
{
  _cleanup_strv_ char **env = NULL;
  _cleanup_free_ char *name = NULL;
  const char *aliases[] = { service->name, NULL };
  vprod_call call;

  /* -N: what lives for a minute need not be forced to the disk while it is set up */
  if (vprod__strv_addf (&env, "POSTGRES_USER=%s", service->user) < 0
      || vprod__strv_addf (&env, "POSTGRES_PASSWORD=%s", service->password) < 0
      || vprod__strv_addf (&env, "POSTGRES_DB=%s", service->database) < 0
      || vprod__strv_add (&env, "POSTGRES_INITDB_ARGS=-N") < 0)
    return vprod__error_no_memory (err);
  if (asprintf (&name, "verify-prod-%s-%s", session->id, service->name) < 0) {
    name = NULL;
    return vprod__error_no_memory (err);
  }
  vprod_container_request request = {
    .image = service->image,
    .name = name,
    .env = (const char *const *) env,
    .network = session->network,
    .aliases = aliases,
    .port = PORT,
  };
  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__made_container (session, "database", &request, &call, ret_id, err);
}

/* The container ended: says what it wrote. */
static int say_ended (vprod_session *session, const struct vprod__database *database, int exit_code, vprod_error **err)
{
  _cleanup_free_ char *tail = vprod__container_tail (session, database->container_id);

  if (!tail)
    return vprod__error_no_memory (err);
  return vprod__error_set (err, VPROD_ERROR_DATABASE, 0,
                           "the database %s (%s) ended with exit code %d before it answered%s%s",
                           database->service->name, database->service->image, exit_code,
                           tail[0] ? "; its log ends:\n" : "", tail);
}

static int say_silent (vprod_session *session, const struct vprod__database *database, const char *why, vprod_error **err)
{
  _cleanup_free_ char *tail = vprod__container_tail (session, database->container_id);
  char limit[32];

  if (!tail)
    return vprod__error_no_memory (err);
  vprod__format_ms (database->service->timeout_ms, limit, sizeof limit);
  return vprod__error_set (err, VPROD_ERROR_DATABASE, 0,
                           "the database %s (%s) did not answer within %s (services.%s.postgres.timeout): %s%s%s",
                           database->service->name, database->service->image, limit, database->service->name,
                           why ? why : "no connection", tail[0] ? "; its log ends:\n" : "", tail);
}

/* Where it is reached now; a restart may move its port. 1: it is running; 0: not, *ret_exit_code says how it ended. */
static int locate (vprod_session *session, struct vprod__database *database, int *ret_exit_code, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_container_facts (session->runner, &call, database->container_id, &facts, err);
  if (r < 0)
    return r;
  *ret_exit_code = facts.exit_code;
  if (facts.running)
    database->port = facts.host_port;
  return facts.running;
}

/* Statements that need rights: a refusal is fine. Minus DATABASE where the connection was lost instead. */
static int query_if_allowed (vprod_session *session, struct vprod__database_link *link, const vprod_call *call,
                             const char *sql, int *allowed, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->probe;

  int r = probe->query (probe->data, link->postgres, call, sql, NULL, NULL, err);
  *allowed = r == 0;
  return r == -VPROD_ERROR_DATABASE ? probe->query (probe->data, link->postgres, call, "SELECT 1", NULL, NULL, err) : r;
}

/* Makes the server write a line for every connection, in words that can be found again. Only a superuser may: for
   another the connections are counted otherwise. */
static int ask_for_log_lines (vprod_session *session, struct vprod__database_link *link, const vprod_call *call,
                              vprod_error **err)
{
  static const char *const statements[] = {
    "ALTER SYSTEM SET log_connections = on",
    "ALTER SYSTEM SET lc_messages = 'C'",
    "SELECT pg_reload_conf()",
  };
  int allowed = 1, r = 0;

  for (size_t i = 0; i < sizeof statements / sizeof statements[0] && allowed && r == 0; i++)
    r = query_if_allowed (session, link, call, statements[i], &allowed, err);
  link->logs_connections = r == 0 && allowed;
  return r;
}

/* One attempt. 1: it answers; 0: not yet, *why says so. */
static int attempt (vprod_session *session, struct vprod__database *database, struct vprod__database_link *link,
                    const vprod_call *call, char **why, vprod_error **err)
{
  const struct vprod__spec_service *service = database->service;
  const struct vprod__database_probe *probe = session->probe;
  _cleanup_error_ vprod_error *error = NULL;
  struct vprod__postgres_address address = {
    database->host, database->port, service->database, service->user, service->password,
  };

  free (vprod__steal (why));
  int r = probe->try (probe->data, call, &address, ATTEMPT_MS, &link->postgres, why, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = ask_for_log_lines (session, link, call, &error);
  if (r == 0)
    return 1;
  probe->close (probe->data, vprod__steal (&link->postgres));
  if (r != -VPROD_ERROR_DATABASE)
    return vprod__error_move (err, &error);
  *why = strdup (vprod_error_get_message (error));
  return *why ? 0 : vprod__error_no_memory (err);
}

/* An image may set itself up, end well, and expect to be started again: once that is done for it. */
static int start_again (vprod_session *session, struct vprod__database *database, int exit_code, int *again,
                        vprod_error **err)
{
  vprod_call call;

  if (exit_code != 0 || !*again)
    return say_ended (session, database, exit_code, err);
  *again = 0;
  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__runner_container_start (session->runner, &call, database->container_id, err);
}

static int wait_ready (vprod_session *session, struct vprod__database *database, struct vprod__database_link *link,
                       vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  _cleanup_free_ char *why = NULL;
  int64_t pause_ms = FIRST_PAUSE_MS;
  int exit_code = 0, again = 1, r;
  vprod_call call;

  vprod__session_call (session, database->service->timeout_ms, &call);
  for (;;) {
    r = locate (session, database, &exit_code, err);
    if (r == 0)
      r = start_again (session, database, exit_code, &again, err);
    else if (r > 0)
      r = attempt (session, database, link, &call, &why, &error);
    if (r > 0)
      return 0;
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

static int read_version (vprod_session *session, struct vprod__database *database,
                         const struct vprod__database_link *link, vprod_error **err)
{
  const char *version = session->probe->version (session->probe->data, link->postgres);

  database->version = strdup (version ? version : "");
  return database->version ? 0 : vprod__error_no_memory (err);
}

static int make_one (vprod_session *session, struct vprod__database *database, struct vprod__database_link *link,
                     vprod_error **err)
{
  const vprod_engine_facts *engine;
  char text[32];
  vprod_call call;

  int r = vprod__get_engine (session, &engine, err);
  if (r == 0)
    r = vprod__image_obtain (session, database->service->image, NULL, err);
  if (r == 0)
    r = create (session, database->service, &database->container_id, err);
  if (r < 0)
    return r;
  database->host = strdup (engine->published_host ? engine->published_host : "127.0.0.1");
  if (!database->host)
    return vprod__error_no_memory (err);
  vprod__session_call (session, ANSWER_MS, &call);
  int64_t began_ms = vprod__now_ms ();
  r = vprod__runner_container_start (session->runner, &call, database->container_id, err);
  if (r == 0)
    r = wait_ready (session, database, link, err);
  if (r == 0)
    r = read_version (session, database, link, err);
  if (r < 0)
    return r;
  database->ready_ms = vprod__now_ms () - began_ms;
  vprod__format_ms (database->ready_ms, text, sizeof text);
  vprod__session_note (session, "database %s (PostgreSQL %s) ready after %s", database->service->name,
                       database->version, text);
  return 0;
}

/* ---- all of them --------------------------------------------------------------------------------------------------- */

struct making {
  vprod_session *session;
  vprod_error **errors; /* one a database */
};

static void make_index (void *data, size_t index)
{
  struct making *making = data;
  vprod_session *session = making->session;

  int r = make_one (session, &session->databases[index], &session->links[index], &making->errors[index]);
  /* whatever the engine says of an image that does not serve, the image under test is not it */
  if (r == -VPROD_ERROR_IMAGE || r == -VPROD_ERROR_NOT_FOUND) {
    _cleanup_error_ vprod_error *error = vprod__steal (&making->errors[index]);
    vprod__error_set (&making->errors[index], VPROD_ERROR_DATABASE, 0, "the database %s (%s) cannot be started: %s",
                      session->spec->services[index].name, session->spec->services[index].image,
                      vprod_error_get_message (error));
  }
}

int vprod__make_databases (vprod_session *session, vprod_error **err)
{
  size_t n = session->spec->n_services;
  _cleanup_free_ vprod_error **errors = NULL;
  int r = 0;

  if (n == 0)
    return 0;
  r = vprod__fixture_get (session, &session->network_fixture, err);
  if (r < 0)
    return r;
  session->databases = calloc (n, sizeof *session->databases);
  session->links = calloc (n, sizeof *session->links);
  errors = calloc (n, sizeof (vprod_error *));
  if (!session->databases || !session->links || !errors)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < n; i++) {
    session->databases[i].service = &session->spec->services[i];
    pthread_mutex_init (&session->links[i].lock, NULL);
  }
  session->n_databases = n;

  struct making making = { session, errors };
  vprod__parallel (n, 0, make_index, &making);
  for (size_t i = 0; i < n; i++)
    if (errors[i] && r == 0)
      r = vprod__error_move (err, &errors[i]);
    else
      vprod_error_free (errors[i]);
  return r;
}

int vprod__databases_check (vprod_session *session, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->probe;
  vprod_call call;
  int r = 0;

  for (size_t i = 0; i < session->n_databases && r == 0; i++) {
    struct vprod__database_link *link = &session->links[i];
    _cleanup_error_ vprod_error *error = NULL;

    pthread_mutex_lock (&link->lock);
    vprod__session_call (session, ATTEMPT_MS, &call);
    r = probe->query (probe->data, link->postgres, &call, "SELECT 1", NULL, NULL, &error);
    if (r == -VPROD_ERROR_DATABASE || (r == -VPROD_ERROR_TIMEOUT && vprod__now_ms () < session->deadline_ms)) {
      probe->close (probe->data, vprod__steal (&link->postgres));
      r = wait_ready (session, &session->databases[i], link, err);
    }
    else if (r < 0)
      r = vprod__error_move (err, &error);
    pthread_mutex_unlock (&link->lock);
  }
  return r;
}

void vprod__databases_free (vprod_session *session)
{
  for (size_t i = 0; i < session->n_databases; i++) {
    if (session->links[i].postgres)
      session->probe->close (session->probe->data, session->links[i].postgres);
    pthread_mutex_destroy (&session->links[i].lock);
    free (session->databases[i].container_id);
    free (session->databases[i].host);
    free (session->databases[i].version);
  }
  free (session->databases);
  free (session->links);
}

int vprod__get_databases (vprod_session *session, const struct vprod__database **ret, size_t *ret_count,
                          vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->databases_fixture, err);

  if (r < 0)
    return r;
  *ret = session->databases;
  *ret_count = session->n_databases;
  return 0;
}

int vprod__need_databases (vprod_session *session, vprod_result *result, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->databases_fixture, err);

  return r < 0 ? vprod__fixture_blame (session, result, r, err) : 0;
}

/* ---- ahead of need ---------------------------------------------------------------------------------------------------- */

static void *prefetch (void *data)
{
  vprod_session *session = data;

  vprod__fixture_get (session, &session->databases_fixture, NULL);
  return NULL;
}

void vprod__expect_databases (vprod_session *session)
{
  if (session->spec->n_services == 0)
    return;
  pthread_mutex_lock (&session->lock);
  if (!session->prefetching && session->databases_fixture.state == VPROD__FIXTURE_NEW)
    session->prefetching = vprod__thread_start (&session->prefetch, prefetch, session) == 0;
  pthread_mutex_unlock (&session->lock);
}
