/* SPDX-License-Identifier: MIT */
#include "session/service_away.h"
#include "session/base.h"
#include "session/container.h"
#include "session/events.h"
#include "session/network.h"
#include "session/parts.h"
#include "session/service_ready.h"
#include "util/clock.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 30000
#define STOP_MS 10000 /* what an engine gives a container before it kills it */

int vprod__service_is_away (vprod_session *session, const struct vprod__service_link *link)
{
  vprod__monitor_lock (session->monitor);
  int is_away = link->is_away;
  vprod__monitor_unlock (session->monitor);
  return is_away;
}

static void set_away (vprod_session *session, struct vprod__service_link *link, int is_away)
{
  vprod__monitor_lock (session->monitor);
  link->is_away = is_away;
  vprod__monitor_unlock (session->monitor);
}

static int find (vprod_session *session, const char *name, struct vprod__service_at *ret, vprod_error **err)
{
  struct vprod__services_part *services = session->services;

  for (size_t i = 0; services->fixture.state == VPROD__FIXTURE_MADE && i < services->count; i++)
    if (strcmp (services->list[i].spec->name, name) == 0) {
      *ret = (struct vprod__service_at) { &services->list[i], &services->links[i] };
      return 0;
    }
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "there is no service %s that could be stopped", name);
}

/* ---- stopping ------------------------------------------------------------------------------------------------ */

/* As its image says, where its kind does not know better. *ret is malloc'ed. */
static int find_signal (const struct vprod__away *away, char **ret, vprod_error **err)
{
  _cleanup_image_facts_ vprod_image_facts facts = { .size = sizeof facts };
  const char *signal = away->at.service->kind->stop_signal;
  vprod_call call;

  if (!signal) {
    vprod__session_call (away->session, ANSWER_MS, &call);
    int r = vprod__runner_image_facts (away->session->runner, &call, away->at.service->image, &facts, err);
    if (r < 0)
      return r;
    signal = facts.stop_signal && *facts.stop_signal ? facts.stop_signal : "SIGTERM";
  }
  *ret = strdup (signal);
  return *ret ? 0 : vprod__error_no_memory (err);
}

/* 0: it was sent, or the container has ended meanwhile. */
static int send_signal (const struct vprod__away *away, const char *signal, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (away->session, ANSWER_MS, &call);
  int r = vprod__runner_container_signal (away->session->runner, &call, away->at.service->container_id, signal, &error);
  return r == -VPROD_ERROR_NOT_FOUND || r == 0 ? 0 : vprod__error_move (err, &error);
}

static int still_runs (const struct vprod__away *away, vprod_error **err)
{
  const struct vprod__service *service = away->at.service;

  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "cannot stop the %s %s (%s): its container runs on after SIGKILL",
                           service->kind->noun, service->spec->name, service->image);
}

static int stop (struct vprod__away *away, vprod_error **err)
{
  const char *id = away->at.service->container_id;
  _cleanup_free_ char *signal = NULL;
  int exit_code;

  int r = find_signal (away, &signal, err);
  if (r == 0)
    r = send_signal (away, signal, err);
  if (r == 0)
    r = vprod__wait_end (away->session, id, STOP_MS, &exit_code, err);
  if (r != 0)
    return r < 0 ? r : 0;
  away->killed = 1;
  r = send_signal (away, "SIGKILL", err);
  if (r == 0)
    r = vprod__wait_end (away->session, id, ANSWER_MS, &exit_code, err);
  return r == 0 ? still_runs (away, err) : r < 0 ? r : 0;
}

/* Where it is; ret_mac may be NULL. It must be there: one that ended by itself says nothing of the app. */
static int look (struct vprod__away *away, char **ret_address, char **ret_mac, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };
  const struct vprod__service *service = away->at.service;

  int r = vprod__container_facts (away->session, service->container_id, &facts, err);
  if (r < 0)
    return r;
  if (!facts.running)
    return vprod__error_set (err, service->kind->code, 0, "the %s %s (%s) ended by itself with exit code %d",
                             service->kind->noun, service->spec->name, service->image, facts.exit_code);
  free (*ret_address);
  *ret_address = vprod__steal (&facts.ip_address);
  if (ret_mac)
    *ret_mac = vprod__steal (&facts.mac_address);
  return 0;
}

int vprod__service_stop (vprod_session *session, const char *name, struct vprod__away *ret, vprod_error **err)
{
  struct vprod__away away = { .session = session };
  int r = find (session, name, &away.at, err);

  if (r == 0)
    r = look (&away, &away.address, &away.mac, err);
  if (r < 0)
    return r;
  *ret = away;
  pthread_mutex_lock (&away.at.link->lock);
  set_away (session, away.at.link, 1);
  if (away.at.service->kind->clear)
    away.at.service->kind->clear (session->services, away.at.link);
  away.at.link->was_ready = 0;
  r = stop (ret, err);
  ret->since_ms = vprod__now_ms ();
  if (r == 0 && away.at.service->kind->stopped)
    r = away.at.service->kind->stopped (session, away.at, err);
  pthread_mutex_unlock (&away.at.link->lock);
  if (r == 0)
    vprod__session_note (session, "%s %s stopped", away.at.service->kind->noun, name);
  return r;
}

/* Where the engine gives addresses otherwise, it is told to give the same again; where it cannot, that is seen later. */
static int keep_address (const struct vprod__away *away, vprod_error **err)
{
  const char *aliases[] = { away->at.service->spec->name, NULL };
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  if (!away->address)
    return 0;
  vprod__session_call (away->session, ANSWER_MS, &call);
  int r = vprod__runner_network_keep_address (away->session->runner, &call, away->session->network->id,
                                              away->at.service->container_id, away->address, away->mac, aliases,
                                              &error);
  return r == 0 || r == -VPROD_ERROR_UNSUPPORTED ? 0 : vprod__error_move (err, &error);
}

/* ---- and back ------------------------------------------------------------------------------------------------ */

int vprod__service_back (struct vprod__away *away, vprod_error **err)
{
  const struct vprod__service *service = away->at.service;
  _cleanup_error_ vprod_error *error = NULL;

  pthread_mutex_lock (&away->at.link->lock);
  int r = keep_address (away, &error);
  if (r == 0)
    r = vprod__container_start (away->session, service->container_id, &error);
  if (r == 0)
    r = vprod__service_wait_ready (away->session, away->at, vprod__now_ms (), &error);
  pthread_mutex_unlock (&away->at.link->lock);
  if (r < 0) {
    away->given_up = 1;
    if (r == -VPROD_ERROR_IMAGE) /* of the service, not of the app */
      return vprod__error_set (err, service->kind->code, 0, "starting the %s %s again after it was stopped: %s",
                               service->kind->noun, service->spec->name, vprod_error_get_message (error));
    vprod__error_prefix (&error, "starting the %s %s again after it was stopped", service->kind->noun, service->spec->name);
    return vprod__error_move (err, &error);
  }
  away->back_ms = vprod__now_ms ();
  set_away (away->session, away->at.link, 0);
  r = look (away, &away->new_address, NULL, err);
  if (r == 0)
    vprod__session_note (away->session, "%s %s is back", service->kind->noun, service->spec->name);
  return r;
}

int vprod__away_moved (const struct vprod__away *away)
{
  return away->address && away->new_address && strcmp (away->address, away->new_address) != 0;
}

void vprod__away_end (struct vprod__away *away)
{
  if (away->session && !away->given_up && vprod__service_is_away (away->session, away->at.link))
    vprod__service_back (away, NULL);
  free (away->address);
  free (away->mac);
  free (away->new_address);
  *away = (struct vprod__away) { 0 };
}
