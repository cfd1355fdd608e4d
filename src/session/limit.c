/* SPDX-License-Identifier: MIT */
#include "session/limit.h"
#include "session/container.h"
#include "session/service.h"
#include "session/engine.h"
#include "session/parts.h"
#include "util/clock.h"

#include <stdio.h>

#define CAP 4               /* on a busy machine a limit is extended up to this multiple */
#define SLOW_ANSWER_MS 1000 /* an engine that takes so long to inspect a container is on a busy machine */
#define LOOK_MS 1000        /* between looks at counters that are lost when the container ends */
#define LEAST_PAUSE_MS 50
#define HELD_MS 250 /* a delay up to this is normal */

enum vprod__limit_state vprod__limit_judge (int64_t limit_ms, int64_t elapsed_ms, int64_t stalled_ms, int known,
                                            int64_t answer_ms)
{
  if (elapsed_ms - stalled_ms >= limit_ms)
    return known || answer_ms < SLOW_ANSWER_MS ? VPROD__LIMIT_OVER : VPROD__LIMIT_BUSY;
  return elapsed_ms >= CAP * limit_ms ? VPROD__LIMIT_BUSY : VPROD__LIMIT_OPEN;
}

void vprod__session_set_root (vprod_session *session, const char *root)
{
  session->limit->root = root;
}

/* ---- what keeps it waiting ----------------------------------------------------------------------------- */

/* 1: it is one of the container itself. */
static int open_stall_of (struct vprod__limit *limit, int64_t pid, const char *container_id, int from_start,
                          int64_t since_ms)
{
  struct vprod__stall *stall = &limit->stalls[limit->n_stalls];

  vprod__stall_open (stall, limit->session->limit->root, pid, container_id, from_start, since_ms, vprod__now_ms ());
  return stall->source == VPROD__STALL_CGROUP || stall->source == VPROD__STALL_THREADS;
}

static void open_stall (struct vprod__limit *limit, const char *container_id, int from_start, int64_t since_ms)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };
  int64_t began_ms = vprod__now_ms ();

  if (vprod__container_facts (limit->session, container_id, &facts, NULL) < 0)
    return;
  vprod__limit_answered (limit, began_ms);
  open_stall_of (limit, facts.running ? facts.pid : 0, container_id, from_start, since_ms);
  if (limit->stalls[limit->n_stalls].source != VPROD__STALL_UNKNOWN)
    limit->n_stalls++;
  else
    vprod__stall_close (&limit->stalls[limit->n_stalls]);
}

/* The engine is asked for its process only where that is not the one that was seen before. */
static void open_service (struct vprod__limit *limit, size_t index)
{
  vprod_session *session = limit->session;
  const char *container_id = session->services->list[index].container_id;
  int64_t now_ms = vprod__now_ms ();

  vprod__monitor_lock (session->monitor);
  int64_t pid = session->services->links[index].pid;
  vprod__monitor_unlock (session->monitor);
  if (pid > 0 && open_stall_of (limit, pid, container_id, 0, now_ms)) {
    limit->n_stalls++;
    return;
  }
  if (pid > 0)
    vprod__stall_close (&limit->stalls[limit->n_stalls]);
  open_stall (limit, container_id, 0, now_ms);
}

/* The app also waits while the services are kept waiting. The machine as a whole is looked at only once. */
static void open_services (struct vprod__limit *limit)
{
  vprod_session *session = limit->session;

  for (size_t i = 0; session->services->fixture.state == VPROD__FIXTURE_MADE && i < session->services->count; i++)
    if (limit->stalls[0].source != VPROD__STALL_MACHINE && !vprod__service_is_away (session, &session->services->links[i]))
      open_service (limit, i);
}

void vprod__limit_begin (struct vprod__limit *limit, vprod_session *session, const char *container_id, int from_start,
                         int64_t since_ms, int64_t limit_ms)
{
  const vprod_engine_facts *engine;

  *limit = (struct vprod__limit) {
    .session = session, .container_id = container_id, .since_ms = since_ms, .limit_ms = limit_ms,
  };
  if (!session->limit->root || vprod__get_engine (session, &engine, NULL) < 0 || engine->remote)
    return;
  limit->stalls = calloc (1 + session->services->count, sizeof *limit->stalls);
  if (!limit->stalls)
    return;
  open_stall (limit, container_id, from_start, since_ms);
  vprod__stall_open (&limit->machine, session->limit->root, 0, NULL, 0, vprod__now_ms (), vprod__now_ms ());
  limit->known = limit->n_stalls > 0;
  if (limit->known)
    open_services (limit);
}

void vprod__limit_end (struct vprod__limit *limit)
{
  for (size_t i = 0; i < limit->n_stalls; i++)
    vprod__stall_close (&limit->stalls[i]);
  vprod__stall_close (&limit->machine);
  free (limit->stalls);
  limit->stalls = NULL;
  limit->n_stalls = 0;
}

/* ---- looking ------------------------------------------------------------------------------------------- */

enum vprod__limit_state vprod__limit_look (struct vprod__limit *limit)
{
  int64_t now_ms = vprod__now_ms (), stalled_ms = 0;

  for (size_t i = 0; i < limit->n_stalls; i++)
    stalled_ms += vprod__stall_read (&limit->stalls[i], now_ms);
  limit->elapsed_ms = now_ms - limit->since_ms - limit->held_ms;
  if (limit->elapsed_ms < 0)
    limit->elapsed_ms = 0;
  limit->stalled_ms = stalled_ms < limit->elapsed_ms ? stalled_ms : limit->elapsed_ms;
  limit->machine_ms = vprod__stall_read (&limit->machine, now_ms);
  return vprod__limit_judge (limit->limit_ms, limit->elapsed_ms, limit->stalled_ms, limit->known, limit->answer_ms);
}

int64_t vprod__limit_left (const struct vprod__limit *limit)
{
  return limit->limit_ms - (limit->elapsed_ms - limit->stalled_ms);
}

int vprod__limit_wants_looks (const struct vprod__limit *limit)
{
  for (size_t i = 0; i < limit->n_stalls; i++)
    if (vprod__stall_wants_looks (&limit->stalls[i]))
      return 1;
  return 0;
}

int64_t vprod__limit_pause (const struct vprod__limit *limit)
{
  int64_t left = vprod__limit_left (limit);

  if (left > LOOK_MS && vprod__limit_wants_looks (limit))
    left = LOOK_MS;
  return left > LEAST_PAUSE_MS ? left : LEAST_PAUSE_MS;
}

void vprod__limit_held (struct vprod__limit *limit, int64_t began_ms, int64_t expected_ms)
{
  int64_t late_ms = vprod__now_ms () - began_ms - expected_ms;

  if (late_ms > HELD_MS)
    limit->held_ms += late_ms;
}

void vprod__limit_answered (struct vprod__limit *limit, int64_t began_ms)
{
  int64_t took_ms = vprod__now_ms () - began_ms;

  if (took_ms > limit->answer_ms)
    limit->answer_ms = took_ms;
}

int vprod__limit_wait_end (struct vprod__limit *limit, int *ret_exit_code, enum vprod__limit_state *ret_state,
                           vprod_error **err)
{
  while ((*ret_state = vprod__limit_look (limit)) == VPROD__LIMIT_OPEN) {
    int r = vprod__wait_end (limit->session, limit->container_id, vprod__limit_pause (limit), ret_exit_code, err);
    if (r != 0)
      return r;
  }
  return 0;
}

int vprod__limit_stays_up (vprod_session *session, const char *container_id, int from_start, int64_t since_ms,
                           int64_t stay_up_ms, vprod_error **err)
{
  enum vprod__limit_state state;
  struct vprod__limit limit;
  int exit_code;

  if (vprod__now_ms () - since_ms >= stay_up_ms)
    return 0;
  vprod__limit_begin (&limit, session, container_id, from_start, since_ms, stay_up_ms);
  int r = vprod__limit_wait_end (&limit, &exit_code, &state, err);
  vprod__limit_end (&limit);
  return r < 0 ? r : 0;
}

const char *vprod__busy_words (int64_t elapsed_ms, int64_t stalled_ms, int known, char text[static VPROD__BUSY_WORDS_SIZE])
{
  char elapsed[32], stalled[32];

  vprod__format_ms (elapsed_ms, elapsed, sizeof elapsed);
  vprod__format_ms (stalled_ms, stalled, sizeof stalled);
  if (known)
    snprintf (text, VPROD__BUSY_WORDS_SIZE,
              "this machine is too busy to tell: in %s it was kept waiting for a processor, memory or disk for %s",
              elapsed, stalled);
  else
    snprintf (text, VPROD__BUSY_WORDS_SIZE,
              "the engine's machine is too busy to tell: in %s it was slow with everything else, too", elapsed);
  return text;
}
