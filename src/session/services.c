/* SPDX-License-Identifier: MIT */
#include "session/services.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/container.h"
#include "session/engine.h"
#include "session/events.h"
#include "session/image.h"
#include "session/network.h"
#include "session/reach.h"
#include "session/service_ready.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/thread.h"

#include <stdio.h>
#include <string.h>

/* ---- one service --------------------------------------------------------------------------------------- */

static const struct vprod__service_kind *kind_of (const struct vprod__spec_service *spec)
{
  return spec->is_container ? &vprod__service_container : &vprod__service_postgres;
}

static int create (vprod_session *session, struct vprod__service *service, vprod_error **err)
{
  _cleanup_strv_ char **env = NULL, **command = NULL;
  struct vprod__service_request wanted = { 0 };
  _cleanup_free_ char *name = NULL;
  const char *aliases[] = { service->spec->name, NULL };

  int r = service->kind->request (session, service, &wanted, err);
  env = wanted.env;
  command = wanted.command;
  if (r < 0)
    return r;
  if (asprintf (&name, "verify-prod-%s-%s-%s", session->id, service->kind->short_role, service->spec->name) < 0) {
    name = NULL;
    return vprod__error_no_memory (err);
  }
  vprod_container_request request = {
    .image = service->image,
    .name = name,
    .env = (const char *const *) env,
    .command = (const char *const *) command,
    .network = session->network->id,
    .aliases = aliases,
  };
  if (service->port > 0)
    vprod__reach_request (session, &request, service->port);
  return vprod__container_create (session, service->kind->role, &request, &service->container_id, err);
}

/* Until its container is started. */
static int start (vprod_session *session, struct vprod__service_at at, int64_t *ret_called_ms, vprod_error **err)
{
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (session, &engine, err);
  if (r == 0)
    r = vprod__image_obtain (session, at.service->image, NULL, err);
  if (r == 0)
    r = vprod__fixture_get (session, &session->network->fixture, err);
  if (r == 0)
    r = create (session, at.service, err);
  if (r == 0 && at.service->kind->prepare)
    r = at.service->kind->prepare (session, at, err);
  *ret_called_ms = vprod__now_ms ();
  return r < 0 ? r : vprod__container_start (session, at.service->container_id, err);
}

/* Started, or never to be. */
static void count_started (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  session->services->n_started++;
  vprod__monitor_tell (session->monitor);
  vprod__monitor_unlock (session->monitor);
}

static void tell_ready (vprod_session *session, const struct vprod__service *service)
{
  char text[32];

  vprod__format_ms (service->ready_ms, text, sizeof text);
  if (service->version)
    vprod__session_note (session, "%s %s (PostgreSQL %s) ready after %s", service->kind->noun, service->spec->name,
                         service->version, text);
  else
    vprod__session_note (session, "%s %s (%s) ready after %s", service->kind->noun, service->spec->name, service->image,
                         text);
}

static int make_one (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  int64_t called_ms = 0;
  int r = start (session, at, &called_ms, err);

  count_started (session);
  if (r == 0)
    r = vprod__service_wait_ready (session, at, vprod__now_ms (), err);
  if (r == 0 && at.service->kind->settle)
    r = at.service->kind->settle (session, at, err);
  if (r < 0)
    return r;
  at.service->ready_ms = vprod__now_ms () - called_ms;
  tell_ready (session, at.service);
  return at.service->kind->fill ? at.service->kind->fill (session, at, err) : 0;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

struct making {
  vprod_session *session;
  vprod_error **errors; /* one a service */
};

/* The engine's error is about the service's image, not the image under test. */
static void explain (const struct vprod__service *service, int r, vprod_error **error)
{
  _cleanup_error_ vprod_error *cause = NULL;

  if (r != -VPROD_ERROR_IMAGE && r != -VPROD_ERROR_NOT_FOUND && r != -VPROD_ERROR_REGISTRY)
    return;
  cause = vprod__steal (error);
  vprod__error_set (error, r == -VPROD_ERROR_REGISTRY ? VPROD_ERROR_REGISTRY : service->kind->code, 0,
                    "the %s %s (%s, services.%s.%s.image) cannot be started: %s", service->kind->noun,
                    service->spec->name, service->image, service->spec->name, service->kind->key,
                    vprod_error_get_message (cause));
}

static void make_index (void *data, size_t index)
{
  struct making *making = data;
  vprod_session *session = making->session;

  if (index == session->services->count) { /* the network, meanwhile; its error is reported to those that need it */
    vprod__fixture_get (session, &session->network->fixture, NULL);
    return;
  }
  struct vprod__service_at at = { &session->services->list[index], &session->services->links[index] };
  int r = make_one (session, at, &making->errors[index]);
  if (r == 0)
    return;
  explain (at.service, r, &making->errors[index]);
  vprod__monitor_lock (session->monitor);
  session->services->failed = 1;
  vprod__monitor_unlock (session->monitor);
}

/* The first that failed for itself, and was not only given up as another one failed. Frees the errors. */
static int first_error (vprod_error **errors, size_t count, vprod_error **err)
{
  size_t first = count;
  int r = 0;

  for (size_t i = 0; i < count; i++)
    if (errors[i] && (first == count || vprod_error_get_code (errors[first]) == VPROD_ERROR_CANCELLED))
      first = i;
  if (first < count)
    r = vprod__error_move (err, &errors[first]);
  for (size_t i = 0; i < count; i++)
    vprod_error_free (errors[i]);
  return r;
}

int vprod__make_services (vprod_session *session, vprod_error **err)
{
  struct vprod__services_part *services = session->services;
  size_t n = session->spec->n_services;
  _cleanup_free_ vprod_error **errors = NULL;

  if (n == 0)
    return 0;
  services->list = calloc (n, sizeof *services->list);
  services->links = calloc (n, sizeof *services->links);
  errors = calloc (n, sizeof (vprod_error *));
  if (!services->list || !services->links || !errors)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < n; i++) {
    services->list[i].spec = &session->spec->services[i];
    services->list[i].kind = kind_of (services->list[i].spec);
    services->list[i].kind->describe (&services->list[i]);
    pthread_mutex_init (&services->links[i].lock, NULL);
  }
  services->count = n;

  struct making making = { session, errors };
  vprod__parallel (n + 1, 0, make_index, &making);
  return first_error (errors, n, err);
}

void vprod__services_clear (struct vprod__services_part *services)
{
  for (size_t i = 0; i < services->count; i++) {
    if (services->list[i].kind->clear)
      services->list[i].kind->clear (services, &services->links[i]);
    free (services->links[i].database.since);
    pthread_mutex_destroy (&services->links[i].lock);
    free (services->list[i].container_id);
    free (services->list[i].host);
    free (services->list[i].version);
  }
  free (services->list);
  free (services->links);
}

void vprod__session_set_database_probe (vprod_session *session, const struct vprod__database_probe *probe)
{
  session->services->probe = probe;
}

int vprod__get_services (vprod_session *session, const struct vprod__service **ret, size_t *ret_count,
                          vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->services->fixture, err);

  if (r < 0)
    return r;
  *ret = session->services->list;
  *ret_count = session->services->count;
  return 0;
}

/* ---- ahead of need ------------------------------------------------------------------------------------- */

static void *prefetch (void *data)
{
  vprod_session *session = data;

  vprod__fixture_get (session, &session->services->fixture, NULL);
  return NULL;
}

void vprod__expect_services (vprod_session *session)
{
  struct vprod__services_part *services = session->services;

  if (session->spec->n_services == 0)
    return;
  vprod__monitor_lock (session->monitor);
  if (!services->prefetching && services->fixture.state == VPROD__FIXTURE_NEW)
    services->prefetching = vprod__thread_start (&services->prefetch, prefetch, session->whole) == 0;
  vprod__monitor_unlock (session->monitor);
}

/* The lock is held. Is a container of theirs about to be started? */
static int are_starting (const vprod_session *session)
{
  const struct vprod__services_part *services = session->services;
  enum vprod__fixture_state state = services->fixture.state;

  return (state == VPROD__FIXTURE_MAKING || (state == VPROD__FIXTURE_NEW && services->prefetching))
         && services->n_started < session->spec->n_services;
}

void vprod__session_let_services_start (vprod_session *session)
{
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin (session);
  vprod__monitor_lock (session->monitor);
  while (r == 0 && are_starting (session))
    r = vprod__monitor_wait (session->monitor, &call, "waiting for the services", NULL);
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_end (session);
}
