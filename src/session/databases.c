/* SPDX-License-Identifier: MIT */
#include "session/databases.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/container.h"
#include "session/database_ready.h"
#include "session/engine.h"
#include "session/events.h"
#include "session/image.h"
#include "session/network.h"
#include "session/reach.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/thread.h"

#include <stdio.h>
#include <string.h>

/* ---- one database -------------------------------------------------------------------------------------- */

static int create (vprod_session *session, const struct vprod__spec_service *service, char **ret_id,
                   vprod_error **err)
{
  _cleanup_strv_ char **env = NULL;
  _cleanup_free_ char *name = NULL;
  const char *aliases[] = { service->name, NULL };

  /* -N (no fsync in initdb): the database lives for a minute */
  if (vprod__strv_addf (&env, "POSTGRES_USER=%s", service->postgres.user) < 0
      || vprod__strv_addf (&env, "POSTGRES_PASSWORD=%s", service->postgres.password) < 0
      || vprod__strv_addf (&env, "POSTGRES_DB=%s", service->postgres.database) < 0
      || vprod__strv_add (&env, "POSTGRES_INITDB_ARGS=-N") < 0)
    return vprod__error_no_memory (err);
  if (asprintf (&name, "verify-prod-%s-db-%s", session->id, service->name) < 0) {
    name = NULL;
    return vprod__error_no_memory (err);
  }
  vprod_container_request request = {
    .image = service->postgres.image,
    .name = name,
    .env = (const char *const *) env,
    .network = session->network->id,
    .aliases = aliases,
  };
  vprod__reach_request (session, &request, VPROD__DATABASE_PORT);
  return vprod__container_create (session, "database", &request, ret_id, err);
}

static int read_version (vprod_session *session, struct vprod__database *database,
                         const struct vprod__database_link *link, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->databases->probe;
  const char *version = probe->version (probe->data, link->postgres);

  database->version = strdup (version ? version : "");
  return database->version ? 0 : vprod__error_no_memory (err);
}

static void count_started (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  session->databases->n_started++;
  vprod__monitor_tell (session->monitor);
  vprod__monitor_unlock (session->monitor);
}

static int make_one (vprod_session *session, struct vprod__database *database, struct vprod__database_link *link,
                     vprod_error **err)
{
  const vprod_engine_facts *engine;
  char text[32];

  int r = vprod__get_engine (session, &engine, err);
  if (r == 0)
    r = vprod__image_obtain (session, database->service->postgres.image, NULL, err);
  if (r == 0)
    r = vprod__fixture_get (session, &session->network->fixture, err);
  if (r == 0)
    r = create (session, database->service, &database->container_id, err);
  if (r < 0)
    return r;
  int64_t began_ms = vprod__now_ms ();
  r = vprod__container_start (session, database->container_id, err);
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

  if (index == session->databases->count) { /* the network, meanwhile; its error is reported to those that need it */
    vprod__fixture_get (session, &session->network->fixture, NULL);
    return;
  }
  int r = make_one (session, &session->databases->list[index], &session->databases->links[index], &making->errors[index]);
  /* the engine's error is about the database's image, not the image under test */
  if (r == -VPROD_ERROR_IMAGE || r == -VPROD_ERROR_NOT_FOUND) {
    _cleanup_error_ vprod_error *error = vprod__steal (&making->errors[index]);
    const struct vprod__spec_service *service = &session->spec->services[index];
    vprod__error_set (&making->errors[index], VPROD_ERROR_DATABASE, 0,
                      "the database %s (%s) cannot be started: %s", service->name, service->postgres.image,
                      vprod_error_get_message (error));
  }
}

int vprod__make_databases (vprod_session *session, vprod_error **err)
{
  struct vprod__databases_part *databases = session->databases;
  size_t n = session->spec->n_services;
  _cleanup_free_ vprod_error **errors = NULL;
  int r = 0;

  if (n == 0)
    return 0;
  databases->list = calloc (n, sizeof *databases->list);
  databases->links = calloc (n, sizeof *databases->links);
  errors = calloc (n, sizeof (vprod_error *));
  if (!databases->list || !databases->links || !errors)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < n; i++) {
    databases->list[i].service = &session->spec->services[i];
    pthread_mutex_init (&databases->links[i].lock, NULL);
  }
  databases->count = n;

  struct making making = { session, errors };
  vprod__parallel (n + 1, 0, make_index, &making);
  for (size_t i = 0; i < n; i++)
    if (errors[i] && r == 0)
      r = vprod__error_move (err, &errors[i]);
    else
      vprod_error_free (errors[i]);
  return r;
}

void vprod__databases_clear (struct vprod__databases_part *databases)
{
  for (size_t i = 0; i < databases->count; i++) {
    if (databases->links[i].postgres)
      databases->probe->close (databases->probe->data, databases->links[i].postgres);
    pthread_mutex_destroy (&databases->links[i].lock);
    free (databases->list[i].container_id);
    free (databases->list[i].host);
    free (databases->list[i].version);
  }
  free (databases->list);
  free (databases->links);
}

void vprod__session_set_database_probe (vprod_session *session, const struct vprod__database_probe *probe)
{
  session->databases->probe = probe;
}

int vprod__get_databases (vprod_session *session, const struct vprod__database **ret, size_t *ret_count,
                          vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->databases->fixture, err);

  if (r < 0)
    return r;
  *ret = session->databases->list;
  *ret_count = session->databases->count;
  return 0;
}

/* ---- ahead of need ------------------------------------------------------------------------------------- */

static void *prefetch (void *data)
{
  vprod_session *session = data;

  vprod__fixture_get (session, &session->databases->fixture, NULL);
  return NULL;
}

void vprod__expect_databases (vprod_session *session)
{
  struct vprod__databases_part *databases = session->databases;

  if (session->spec->n_services == 0)
    return;
  vprod__monitor_lock (session->monitor);
  if (!databases->prefetching && databases->fixture.state == VPROD__FIXTURE_NEW)
    databases->prefetching = vprod__thread_start (&databases->prefetch, prefetch, session->whole) == 0;
  vprod__monitor_unlock (session->monitor);
}

/* The lock is held. Is a container of theirs about to be started? */
static int are_starting (const vprod_session *session)
{
  const struct vprod__databases_part *databases = session->databases;
  enum vprod__fixture_state state = databases->fixture.state;

  return (state == VPROD__FIXTURE_MAKING || (state == VPROD__FIXTURE_NEW && databases->prefetching))
         && databases->n_started < session->spec->n_services;
}

void vprod__session_let_databases_start (vprod_session *session)
{
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin (session);
  vprod__monitor_lock (session->monitor);
  while (r == 0 && are_starting (session))
    r = vprod__monitor_wait (session->monitor, &call, "waiting for the databases", NULL);
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_end (session);
}
