/* SPDX-License-Identifier: MIT */
#include "session/service_ready.h"
#include "known/exit.h"
#include "session/base.h"
#include "session/container.h"
#include "session/limit.h"
#include "session/parts.h"
#include "session/reach.h"
#include "util/cancel.h"
#include "util/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PAUSE_MS 20
#define LAST_PAUSE_MS 80
#define LOOK_MS 500        /* between looks at how busy the machine is */
#define LEAST_ATTEMPT_MS 500

/* ---- how it ended instead ------------------------------------------------------------------------------------ */

/* The container ended: says what it wrote. */
static int say_ended (vprod_session *session, struct vprod__service_at at, const vprod_container_facts *facts,
                      vprod_error **err)
{
  const struct vprod__service *service = at.service;
  _cleanup_free_ char *tail = vprod__container_tail (session, service->container_id);
  char how[VPROD__EXIT_WORDS_SIZE];

  if (!tail)
    return vprod__error_no_memory (err);
  return vprod__error_set (err, service->kind->code, 0,
                           "the %s %s (%s) ended with %s %s; what it runs is said by services.%s.%s%s%s",
                           service->kind->noun, service->spec->name, service->image,
                           vprod__exit_words (facts->exit_code, facts->oom_killed, how),
                           at.link->was_ready ? "after it had been ready" : "before it was ready", service->spec->name,
                           service->kind->key, tail[0] ? "; its log ends:\n" : "", tail);
}

static int say_silent (vprod_session *session, const struct vprod__service *service, const char *why, vprod_error **err)
{
  _cleanup_free_ char *tail = vprod__container_tail (session, service->container_id);
  char limit[32];

  if (!tail)
    return vprod__error_no_memory (err);
  vprod__format_ms (service->timeout_ms, limit, sizeof limit);
  return vprod__error_set (err, service->kind->code, 0, "the %s %s (%s) %s within %s (services.%s.%s.timeout): %s%s%s",
                           service->kind->noun, service->spec->name, service->image, service->kind->silence, limit,
                           service->spec->name, service->kind->key, why ? why : "no connection",
                           tail[0] ? "; its log ends:\n" : "", tail);
}

static int say_busy (const struct vprod__service *service, const struct vprod__limit *limit, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the %s %s (%s) becomes ready: %s",
                           service->kind->noun, service->spec->name, service->image,
                           vprod__busy_words (limit->elapsed_ms, limit->stalled_ms, limit->known, words));
}

/* ---- one look ------------------------------------------------------------------------------------------------ */

struct waiting {
  vprod_session *session;
  struct vprod__service_at at;
  struct vprod__limit limit;
  enum vprod__limit_state state;
  int64_t look_at_ms; /* when the limit is to be looked at */
  struct vprod__reach_watch watch;
  struct vprod__service_try try;
};

/* How much of its time is left. */
static void look_at_limit (struct waiting *waiting)
{
  int64_t now_ms = vprod__now_ms (), over_ms = waiting->limit.since_ms + waiting->limit.limit_ms;

  if (now_ms < waiting->look_at_ms && now_ms < over_ms)
    return;
  waiting->state = vprod__limit_look (&waiting->limit);
  waiting->look_at_ms = now_ms + LOOK_MS;
}

/* Finds where it is reached; a restart may change that. */
static int locate (vprod_session *session, struct vprod__service *service, const vprod_container_facts *facts,
                   vprod_error **err)
{
  _cleanup_free_ char *host = NULL;

  if (service->port == 0)
    return 0;
  int r = vprod__reach_locate (session, facts, service->port, &host, &service->host_port, err);
  if (r < 0)
    return r;
  free (service->host);
  service->host = vprod__steal (&host);
  return 0;
}

/* An image may set itself up, exit with 0 and expect to be started again: that is done once, for kinds that do. */
static int start_again (struct waiting *waiting, const vprod_container_facts *facts, vprod_error **err)
{
  struct vprod__service_link *link = waiting->at.link;

  if (facts->exit_code != 0 || !waiting->at.service->kind->ends_once || link->ended_once)
    return say_ended (waiting->session, waiting->at, facts, err);
  link->ended_once = 1;
  return vprod__container_start (waiting->session, waiting->at.service->container_id, err);
}

/* No answer: is it out of reach of this machine? 0: not as far as is known; negative: it is, or another error. */
static int is_out_of_reach (struct waiting *waiting, vprod_error **err)
{
  const struct vprod__service *service = waiting->at.service;
  struct vprod__reach_at at = { service->host, service->host_port, service->port };
  _cleanup_free_ char *what = NULL;

  if (!service->host)
    return 0;
  int r = vprod__reach_look (waiting->session, &waiting->watch, service->container_id, &at, err);
  if (r <= 0)
    return r;
  if (asprintf (&what, "the %s %s (%s)", service->kind->noun, service->spec->name, service->image) < 0) {
    what = NULL;
    return vprod__error_no_memory (err);
  }
  return vprod__reach_fail (waiting->session, what, &at, err);
}

/* Asks it. What takes longer than its time is no answer. 1, 0 or negative, as kind->attempt. */
static int ask (struct waiting *waiting, const vprod_container_facts *facts, vprod_error **err)
{
  struct vprod__service_try *try = &waiting->try;
  _cleanup_error_ vprod_error *error = NULL;
  int64_t left_ms = vprod__limit_left (&waiting->limit);

  vprod__session_call (waiting->session, left_ms > LEAST_ATTEMPT_MS ? left_ms : LEAST_ATTEMPT_MS, &try->call);
  free (vprod__steal (&try->why));
  try->facts = facts;
  try->up_ms = vprod__now_ms () - waiting->limit.since_ms - waiting->limit.stalled_ms;
  try->pause_ms = 0;
  int r = waiting->at.service->kind->attempt (waiting->session, waiting->at, try, &error);
  try->facts = NULL;
  if (r >= 0)
    return r;
  if (r != -VPROD_ERROR_TIMEOUT || vprod__now_ms () >= waiting->session->deadline_ms)
    return vprod__error_move (err, &error);
  if (!try->why && !(try->why = strdup (vprod_error_get_message (error))))
    return vprod__error_no_memory (err);
  return 0;
}

/* What limits watch, too, without asking for it each time. */
static void note_process (struct waiting *waiting, int64_t pid)
{
  vprod__monitor_lock (waiting->session->monitor);
  waiting->at.link->pid = pid;
  vprod__monitor_unlock (waiting->session->monitor);
}

/* 1: it is ready; 0: not yet. */
static int look (struct waiting *waiting, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__container_facts (waiting->session, waiting->at.service->container_id, &facts, err);
  if (r < 0)
    return r;
  if (!facts.running)
    return start_again (waiting, &facts, err);
  note_process (waiting, facts.pid);
  r = locate (waiting->session, waiting->at.service, &facts, err);
  if (r == 0)
    r = ask (waiting, &facts, err);
  return r == 0 ? is_out_of_reach (waiting, err) : r;
}

/* ---- until it is ready --------------------------------------------------------------------------------------- */

/* Nobody needs it where another one failed. */
static int is_needed (struct waiting *waiting, vprod_error **err)
{
  vprod__monitor_lock (waiting->session->monitor);
  int failed = waiting->session->services->failed && !waiting->at.link->was_ready;
  vprod__monitor_unlock (waiting->session->monitor);
  return failed ? vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "another service did not become ready") : 0;
}

static int wait_on (struct waiting *waiting, vprod_error **err)
{
  int64_t pause_ms = FIRST_PAUSE_MS;
  vprod_call call;

  vprod__session_call (waiting->session, -1, &call);
  for (;;) {
    look_at_limit (waiting);
    int r = look (waiting, err);
    if (r != 0)
      return r < 0 ? r : 0;
    if (waiting->state == VPROD__LIMIT_BUSY)
      return say_busy (waiting->at.service, &waiting->limit, err);
    if (waiting->state == VPROD__LIMIT_OVER)
      return say_silent (waiting->session, waiting->at.service, waiting->try.why, err);
    int64_t least_ms = waiting->try.pause_ms;
    r = is_needed (waiting, err);
    if (r == 0)
      r = vprod__call_sleep (&call, pause_ms > least_ms ? pause_ms : least_ms, "waiting for a service", err);
    if (r < 0)
      return r;
    pause_ms = pause_ms * 5 / 4 > LAST_PAUSE_MS ? LAST_PAUSE_MS : pause_ms * 5 / 4;
  }
}

int vprod__service_wait_ready (vprod_session *session, struct vprod__service_at at, int64_t started_ms,
                               vprod_error **err)
{
  struct waiting waiting = { .session = session, .at = at, .try = { .passing_since_ms = -1 } };

  vprod__limit_begin (&waiting.limit, session, at.service->container_id, !at.link->was_ready, started_ms,
                      at.service->timeout_ms);
  waiting.look_at_ms = vprod__now_ms () + LOOK_MS;
  int r = wait_on (&waiting, err);
  vprod__limit_end (&waiting.limit);
  free (waiting.try.why);
  if (r == 0)
    at.link->was_ready = 1;
  return r;
}

/* ---- and later ----------------------------------------------------------------------------------------------- */

/* 0 where they were never all ready: that is reported elsewhere. */
static size_t count_made (const struct vprod__services_part *services)
{
  return services->fixture.state == VPROD__FIXTURE_MADE ? services->count : 0;
}

int vprod__services_check (vprod_session *session, vprod_error **err)
{
  struct vprod__services_part *services = session->services;
  size_t count = count_made (services);
  int r = 0;

  for (size_t i = 0; i < count && r == 0; i++) {
    struct vprod__service_at at = { &services->list[i], &services->links[i] };

    if (vprod__service_is_away (session, at.link))
      continue;
    pthread_mutex_lock (&at.link->lock);
    r = at.service->kind->still (session, at, err);
    if (r == 0)
      r = vprod__service_wait_ready (session, at, vprod__now_ms (), err);
    else if (r > 0)
      r = 0;
    pthread_mutex_unlock (&at.link->lock);
  }
  return r;
}

int vprod__services_stay (vprod_session *session, vprod_error **err)
{
  struct vprod__services_part *services = session->services;
  size_t count = count_made (services);

  for (size_t i = 0; i < count; i++) {
    _cleanup_container_facts_ vprod_container_facts facts = { 0 };
    struct vprod__service_at at = { &services->list[i], &services->links[i] };

    if (vprod__service_is_away (session, at.link))
      continue;
    int r = vprod__container_facts (session, at.service->container_id, &facts, err);
    pthread_mutex_lock (&at.link->lock);
    if (r == 0 && !facts.running)
      r = say_ended (session, at, &facts, err);
    pthread_mutex_unlock (&at.link->lock);
    if (r < 0)
      return r;
  }
  return 0;
}
