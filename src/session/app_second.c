/* SPDX-License-Identifier: MIT */
#include "session/app_second.h"
#include "probe/connect.h"
#include "probe/http.h"
#include "session/base.h"
#include "session/container.h"
#include "session/health.h"
#include "session/limit.h"
#include "session/parts.h"
#include "session/ready.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 60000
#define CHANGES_MOST 5000
#define LOG_MS 2000 /* for the engine to give the last of the output of one that has ended */
#define PAUSE_MS 20

struct watch {
  vprod_session *session;
  const struct vprod__second_options *options;
  struct vprod__app *app;
  struct vprod__second *second;
};

/* ---- what was seen ----------------------------------------------------------------------------------------- */

/* What it last answered, in words. NULL out of memory. */
static char *answer_words (const struct vprod__health *health)
{
  if (health->last_outcome != VPROD__HTTP_ANSWERED || *health->last_error)
    return vprod__text_format ("%s: %s", health->asked, *health->last_error ? health->last_error : "no answer");
  switch (health->asks) {
  case VPROD__ASKS_HTTP:
    return vprod__text_format ("%s answered %d%s", health->asked, health->last_status,
                               health->last_status == health->worst_status ? "" : " without what is wanted in its body");
  case VPROD__ASKS_COMMAND:
    return vprod__text_format ("%s ended with exit code %d", health->asked, health->last_status);
  case VPROD__ASKS_GRPC:
  case VPROD__ASKS_TCP:
  case VPROD__ASKS_NOTHING:
  case VPROD__ASKS_COUNT:
    break;
  }
  return vprod__text_format ("%s did not answer as it should", health->asked);
}

static int note_ended (struct watch *w, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__app_facts (w->session, w->app, &facts, err);
  if (r < 0)
    return r;
  int64_t seen_ms = vprod__now_ms () - w->app->called_at, ms = facts.finished_at_ms - facts.started_at_ms;
  w->second->state = VPROD__SECOND_ENDED;
  w->second->exit_code = facts.exit_code;
  w->second->oom_killed = facts.oom_killed;
  w->second->ms = facts.started_at_ms > 0 && facts.finished_at_ms > 0 && ms >= 0 && ms < seen_ms ? ms : seen_ms;
  return 0;
}

/* It had time enough, and was not ready. Takes why. */
static int note_not_ready (struct watch *w, const struct vprod__unready *unready, char *why, vprod_error **err)
{
  w->second->state = unready->busy ? VPROD__SECOND_BUSY : VPROD__SECOND_NOT_READY;
  w->second->ms = unready->waited_ms;
  w->second->stalled_ms = unready->stalled_ms;
  w->second->stall_is_known = unready->stall_is_known;
  w->second->why = why;
  return why ? 0 : vprod__error_no_memory (err);
}

static int judge_health (struct watch *w, const struct vprod__health *health, vprod_error **err)
{
  struct vprod__unready unready = { health->busy, health->waited_ms > 0 ? health->waited_ms : health->settled_ms,
                                    health->stalled_ms, health->stall_is_known };

  switch (health->state) {
  case VPROD__HEALTH_APP_ENDED:
    return note_ended (w, err);
  case VPROD__HEALTH_BAD:
    return note_not_ready (w, &unready, answer_words (health), err);
  case VPROD__HEALTH_GOOD:
  case VPROD__HEALTH_UNKNOWN:
    break;
  }
  return 0;
}

/* ---- waiting ----------------------------------------------------------------------------------------------- */

static int64_t up_until (const struct watch *w, int64_t ready_ms)
{
  return w->app->started_at + ready_ms + w->session->spec->checks.start.stay_up_ms;
}

/* It was healthy: it must stay so for as long as the first. */
static int watch_healthy (struct watch *w, int64_t first_ms, vprod_error **err)
{
  _cleanup_health_ struct vprod__health *later = NULL;

  int r = vprod__watch_health (w->session, w->app, up_until (w, first_ms), &later, err);
  if (r < 0)
    return r;
  w->second->state = VPROD__SECOND_READY;
  w->second->ms = first_ms;
  return judge_health (w, later, err);
}

/* Does the first take connections, so that the second has to, too? */
static int wants_connections (struct watch *w, vprod_error **err)
{
  const struct vprod__app *first;

  int r = vprod__get_app (w->session, &first, err);
  return r < 0 ? r : first->host_port > 0 && vprod__connect_try (first->host, first->host_port) == VPROD__CONNECT_KEPT;
}

/* It takes connections, or its state is noted: it has ended, or is not ready in time. */
static int wait_connection (struct watch *w, struct vprod__limit *limit, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (w->session, -1, &call);
  while (vprod__connect_try (w->app->host, w->app->host_port) != VPROD__CONNECT_KEPT) {
    int r = vprod__app_is_up (w->session, w->app, err);
    if (r <= 0)
      return r < 0 ? r : note_ended (w, err);
    enum vprod__limit_state state = vprod__limit_look (limit);
    if (state != VPROD__LIMIT_OPEN) {
      struct vprod__unready unready = { state == VPROD__LIMIT_BUSY, limit->elapsed_ms, limit->stalled_ms, limit->known };
      return note_not_ready (w, &unready, vprod__text_format ("port %d takes no connections", w->app->port), err);
    }
    r = vprod__call_sleep (&call, PAUSE_MS, "waiting for the app to take connections", err);
    if (r < 0)
      return r;
  }
  return 0;
}

/* Nothing is known of its health. */
static int wait_without_health (struct watch *w, vprod_error **err)
{
  struct vprod__limit limit;

  int wants = wants_connections (w, err), r = wants < 0 ? wants : 0;
  if (wants > 0 && w->app->host_port > 0) {
    vprod__limit_begin (&limit, w->session, w->app->container_id, 1, w->app->started_at, w->options->limit_ms);
    r = wait_connection (w, &limit, err);
    vprod__limit_end (&limit);
  }
  if (r < 0 || w->second->state != VPROD__SECOND_NOT_RUN)
    return r;
  int64_t ready_ms = vprod__now_ms () - w->app->started_at;
  r = vprod__limit_stays_up (w->session, w->app->container_id, 1, w->app->started_at,
                             up_until (w, wants ? ready_ms : 0) - w->app->started_at, err);
  if (r == 0)
    r = vprod__app_is_up (w->session, w->app, err);
  if (r < 0)
    return r;
  if (r == 0)
    return note_ended (w, err);
  w->second->state = VPROD__SECOND_READY;
  w->second->ms = ready_ms;
  return 0;
}

static int wait_ready (struct watch *w, vprod_error **err)
{
  _cleanup_health_ struct vprod__health *health = NULL;

  int r = vprod__ask_health (w->session, w->app, w->options->limit_ms, &health, err);
  if (r < 0)
    return r;
  if (health->state == VPROD__HEALTH_GOOD)
    return watch_healthy (w, health->first_ms, err);
  return health->state == VPROD__HEALTH_UNKNOWN ? wait_without_health (w, err) : judge_health (w, health, err);
}

/* ---- what is left of it ------------------------------------------------------------------------------------ */

struct keeping {
  char ***changes;
  size_t count;
};

static int keep_change (void *data, const vprod_change *change)
{
  struct keeping *keeping = data;
  char kind = change->kind == VPROD_CHANGE_ADDED ? 'A' : change->kind == VPROD_CHANGE_DELETED ? 'D' : 'C';

  if (keeping->count++ < CHANGES_MOST && vprod__strv_addf (keeping->changes, "%c%s", kind, change->path) == 0)
    return 0;
  vprod__strv_free (*keeping->changes);
  *keeping->changes = NULL;
  return 1;
}

static int keep_traces (struct watch *w, vprod_error **err)
{
  struct vprod__second *second = w->second;
  struct keeping keeping = { &second->changes, 0 };
  vprod_call call;
  int r = 0;

  vprod__session_call (w->session, ANSWER_MS, &call);
  if (w->options->keep_changes && w->app->started)
    r = vprod__runner_container_changes (w->session->runner, &call, w->app->container_id, keep_change, &keeping, err);
  vprod__session_call (w->session, LOG_MS, &call);
  if (r == 0 && second->state == VPROD__SECOND_ENDED)
    r = vprod__log_wait_end (w->app->log, &call, err);
  if (r >= 0 && !(second->log = vprod__log_tail (w->app->log, &second->log_length)))
    r = vprod__error_no_memory (err);
  return r < 0 ? r : 0;
}

int vprod__app_second (vprod_session *session, const struct vprod__second_options *options, struct vprod__second *ret,
                       vprod_error **err)
{
  struct vprod__second second = { 0 };
  struct watch w = { session, options, NULL, &second };

  int r = vprod__app_start_another (session, &options->as, &w.app, err);
  if (r < 0)
    return r;
  if (w.app->started)
    r = wait_ready (&w, err);
  else {
    second.state = VPROD__SECOND_NOT_STARTED;
    second.why = vprod__steal (&w.app->why);
  }
  if (r == 0)
    r = keep_traces (&w, err);
  vprod__app_end_another (session, w.app);
  if (r < 0)
    vprod__second_clear (&second);
  else
    *ret = second;
  return r;
}

void vprod__second_clear (struct vprod__second *second)
{
  free (second->why);
  free (second->log);
  vprod__strv_free (second->changes);
  *second = (struct vprod__second) { 0 };
}
