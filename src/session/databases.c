/* SPDX-License-Identifier: MIT */
/* The databases: real servers in containers of their own, on a network that the session shares with nobody. */
#include "session/inside.h"
#include "known/fault.h"
#include "runner/runner.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MS 60000
#define TICK_MS 20
#define NETWORK_WAIT_MS 600000 /* for addresses, at most, and not longer than the session may take */
#define FIRST_PAUSE_MS 100
#define MOST_PAUSE_MS 5000

/* ---- the network --------------------------------------------------------------------------------------- */

/* Tries until another run's network is gone: the engine has a range of addresses for some thirty. */
static int create_network (vprod_session *session, const char *name, char **ret_id, vprod_error **err)
{
  _cleanup_error_ vprod_error *refused = NULL;
  int64_t pause = FIRST_PAUSE_MS;
  vprod_call call, wait;

  vprod__session_call (session, NETWORK_WAIT_MS, &wait);
  for (;;) {
    _cleanup_error_ vprod_error *error = NULL;
    vprod__session_call (session, ANSWER_MS, &call);
    int r = vprod__runner_network_create (session->runner, &call, name, (const char *const *) session->labels, ret_id,
                                          &error);
    if (r == -VPROD_ERROR_TIMEOUT && refused)
      break;
    /* Docker 20.10 answers with status 404, so that the code says nothing */
    if (r >= 0 || !error || !vprod__fault_is_no_subnet (vprod_error_get_message (error)))
      return r < 0 ? vprod__error_move (err, &error) : 0;
    vprod_error_free (refused);
    refused = vprod__steal (&error);
    if (pause == FIRST_PAUSE_MS)
      vprod__session_note (session, "the engine has no addresses left for one more network; waiting for another run's to "
                                    "be removed");
    r = vprod__call_sleep (&wait, pause, "waiting for a network", &error);
    if (r == -VPROD_ERROR_CANCELLED)
      return vprod__error_move (err, &error);
    if (r < 0)
      break;
    pause = pause < MOST_PAUSE_MS / 2 ? 2 * pause : MOST_PAUSE_MS;
  }
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "%s. All ranges of addresses were taken for as long as could be waited: start fewer runs at "
                           "once, remove networks that nobody uses, or give the engine more ranges "
                           "(\"default-address-pools\" in Docker's daemon.json, default_subnet_pools in Podman's "
                           "containers.conf)", vprod_error_get_message (refused));
}

int vprod__make_network (vprod_session *session, vprod_error **err)
{
  _cleanup_free_ char *name = NULL, *id = NULL;

  if (asprintf (&name, "verify-prod-%s", session->id) < 0) {
    name = NULL;
    return vprod__error_no_memory (err);
  }
  const vprod_engine_facts *engine;
  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  r = create_network (session, name, &id, err);
  if (r < 0) {
    vprod__made_failed (session, r);
    return r;
  }
  if (vprod__made_add (session, VPROD_OBJECT_NETWORK, id) < 0)
    return vprod__error_no_memory (err);
  session->network = vprod__steal (&id);
  return vprod__reach_decide (session, err);
}

/* ---- one database -------------------------------------------------------------------------------------- */

static int create (vprod_session *session, const struct vprod__spec_service *service, char **ret_id,
                   vprod_error **err)
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
  if (asprintf (&name, "verify-prod-%s-db-%s", session->id, service->name) < 0) {
    name = NULL;
    return vprod__error_no_memory (err);
  }
  vprod_container_request request = {
    .image = service->image,
    .name = name,
    .env = (const char *const *) env,
    .network = session->network,
    .aliases = aliases,
  };
  vprod__reach_request (session, &request, VPROD__DATABASE_PORT);
  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__made_container (session, "database", &request, &call, ret_id, err);
}

static int read_version (vprod_session *session, struct vprod__database *database,
                         const struct vprod__database_link *link, vprod_error **err)
{
  const char *version = session->probe->version (session->probe->data, link->postgres);

  database->version = strdup (version ? version : "");
  return database->version ? 0 : vprod__error_no_memory (err);
}

static void count_started (vprod_session *session)
{
  pthread_mutex_lock (&session->lock);
  session->n_databases_started++;
  pthread_cond_broadcast (&session->changed);
  pthread_mutex_unlock (&session->lock);
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
    r = vprod__fixture_get (session, &session->network_fixture, err);
  if (r == 0)
    r = create (session, database->service, &database->container_id, err);
  if (r < 0)
    return r;
  vprod__session_call (session, ANSWER_MS, &call);
  int64_t began_ms = vprod__now_ms ();
  r = vprod__runner_container_start (session->runner, &call, database->container_id, err);
  count_started (session);
  if (r == 0)
    r = vprod__database_wait_ready (session, database, link, err);
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

/* ---- all of them --------------------------------------------------------------------------------------- */

struct making {
  vprod_session *session;
  vprod_error **errors; /* one a database */
};

static void make_index (void *data, size_t index)
{
  struct making *making = data;
  vprod_session *session = making->session;

  if (index == session->n_databases) { /* the network, meanwhile: who needs it hears if it cannot be made */
    vprod__fixture_get (session, &session->network_fixture, NULL);
    return;
  }
  int r = make_one (session, &session->databases[index], &session->links[index], &making->errors[index]);
  /* whatever the engine says of an image that does not serve, the image under test is not it */
  if (r == -VPROD_ERROR_IMAGE || r == -VPROD_ERROR_NOT_FOUND) {
    _cleanup_error_ vprod_error *error = vprod__steal (&making->errors[index]);
    const struct vprod__spec_service *service = &session->spec->services[index];
    vprod__error_set (&making->errors[index], VPROD_ERROR_DATABASE, 0,
                      "the database %s (%s) cannot be started: %s", service->name, service->image,
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
  vprod__parallel (n + 1, 0, make_index, &making);
  for (size_t i = 0; i < n; i++)
    if (errors[i] && r == 0)
      r = vprod__error_move (err, &errors[i]);
    else
      vprod_error_free (errors[i]);
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

/* ---- ahead of need ------------------------------------------------------------------------------------- */

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

void vprod__session_let_databases_start (vprod_session *session)
{
  vprod_call call;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin ();
  pthread_mutex_lock (&session->lock);
  while ((session->databases_fixture.state == VPROD__FIXTURE_MAKING
          || (session->databases_fixture.state == VPROD__FIXTURE_NEW && session->prefetching))
         && session->n_databases_started < session->spec->n_services
         && vprod__call_check (&call, "waiting for the databases", NULL) == 0) {
    int64_t until = vprod__deadline (TICK_MS);
    struct timespec when = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };
    pthread_cond_timedwait (&session->changed, &session->lock, &when);
  }
  pthread_mutex_unlock (&session->lock);
  vprod__waiting_end ();
}
