/* SPDX-License-Identifier: MIT */
#include "session/stop.h"
#include "result/result.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/container.h"
#include "session/engine.h"
#include "session/limit.h"
#include "session/parts.h"
#include "session/past.h"
#include "session/ready.h"
#include "session/run.h"
#include "session/stop_target.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long the engine may take to end what is killed, and to pass on the last output. */
#define KILL_MS 30000
#define LAST_WORDS_MS 2000
#define EVENTS_MS 5000
#define NOTED_MS 500
#define KILLED 137 /* the exit code of what SIGKILL ended */

static int64_t wall_clock_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the signal ------------------------------------------------------------------------------------------- */

/* 1: it had ended before the signal could reach it. */
static int send_signal (vprod_session *session, const struct vprod__app *app, struct vprod__stop *stop, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, KILL_MS, &call);
  vprod__stop_load_called (stop->load);
  stop->called_ms = vprod__now_ms ();
  int r = vprod__runner_container_signal (session->runner, &call, app->container_id, stop->signal, &error);
  stop->sent_ms = vprod__now_ms ();
  vprod__stop_load_sent (stop->load);
  if (r == -VPROD_ERROR_NOT_FOUND)
    return 1;
  if (r < 0)
    vprod__error_prefix (&error, "sending %s (%s) to the app", stop->signal_words, stop->signal_from);
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

/* Kills one that still runs at the end of its grace time. An exit code other than 137 means that it ended before. */
static int kill_it (vprod_session *session, const struct vprod__app *app, struct vprod__stop *stop, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, KILL_MS, &call);
  stop->killed_ms = vprod__now_ms ();
  int r = vprod__runner_container_signal (session->runner, &call, app->container_id, "SIGKILL", &error);
  if (r < 0 && r != -VPROD_ERROR_NOT_FOUND) {
    vprod__error_prefix (&error, "killing the app, which did not end by %s", stop->signal_words);
    return vprod__error_move (err, &error);
  }
  int was_quicker = r == -VPROD_ERROR_NOT_FOUND;
  r = vprod__runner_container_wait (session->runner, &call, app->container_id, &stop->exit_code, err);
  stop->ended = was_quicker || stop->exit_code != KILLED;
  return r;
}

/* The grace time begins with the signal, which was sent at the latest when the engine said so. */
static int wait_end (vprod_session *session, const struct vprod__app *app, struct vprod__limit *limit,
                     struct vprod__stop *stop, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  enum vprod__limit_state state;

  limit->since_ms = stop->sent_ms;
  int r = vprod__limit_wait_end (limit, &stop->exit_code, &state, err);
  stop->seen_ms = vprod__now_ms ();
  stop->ended = r == 1;
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__app_facts (session, app, &container, err);
  vprod__limit_answered (limit, stop->seen_ms);
  stop->seen_ms = vprod__now_ms ();
  stop->ended = !container.running;
  if (r < 0 || stop->ended)
    return r;
  r = kill_it (session, app, stop, err);
  stop->seen_ms = vprod__now_ms ();
  stop->busy = vprod__limit_judge (limit->limit_ms, limit->elapsed_ms, limit->stalled_ms, limit->known, limit->answer_ms)
            == VPROD__LIMIT_BUSY;
  return r;
}

/* ---- the end ---------------------------------------------------------------------------------------------- */

/* When did it end? By the engine's clock, if that is on this machine; else counted from the container's start, which our
   clock has bounds of: when it was asked for and when the engine confirmed it. Never later than it was seen. */
static void find_end (const struct vprod__app *app, const vprod_container_facts *container, int remote,
                      const struct vprod__stop *stop, int64_t *ret_earliest_ms, int64_t *ret_latest_ms)
{
  int64_t up_ms = container->finished_at_ms - container->started_at_ms;

  *ret_earliest_ms = stop->called_ms;
  *ret_latest_ms = stop->seen_ms;
  if (container->finished_at_ms <= 0)
    return;
  if (!remote)
    *ret_earliest_ms = *ret_latest_ms = container->finished_at_ms - wall_clock_ms () + vprod__now_ms ();
  else if (container->started_at_ms > 0 && up_ms >= 0) {
    *ret_earliest_ms = app->called_at + up_ms;
    *ret_latest_ms = app->started_at + up_ms;
  }
  if (*ret_latest_ms < stop->called_ms || *ret_latest_ms > stop->seen_ms)
    *ret_latest_ms = stop->seen_ms;
  if (*ret_earliest_ms < stop->called_ms || *ret_earliest_ms > *ret_latest_ms)
    *ret_earliest_ms = stop->called_ms;
}

struct sending {
  int64_t at_ms; /* by the engine's clock; 0: not found */
};

static int on_event (void *data, const vprod_container_event *event)
{
  struct sending *sending = data;

  if (strcmp (event->action, "kill") == 0)
    sending->at_ms = event->at_ms;
  return sending->at_ms > 0; /* the first: a second is the end of the grace time */
}

/* The engine may take longer to send the signal than the grace time. Then its events show when it was sent. It records them
   a moment after the signal, when a quick app has ended already; one that ended long before was not ended by the signal. */
static int ask_when_sent (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                          struct vprod__stop *stop, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  struct sending sending = { 0 };
  vprod_call call;

  if (container->started_at_ms <= 0 || container->finished_at_ms < container->started_at_ms)
    return 0;
  vprod__session_call (session, EVENTS_MS, &call);
  int r = vprod__runner_container_events (session->runner, &call, app->container_id,
                                          container->started_at_ms, container->finished_at_ms + NOTED_MS, on_event, &sending,
                                          &error);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  if (sending.at_ms <= 0)
    return 0;
  int64_t took_ms = container->finished_at_ms - sending.at_ms;
  stop->least_ms = stop->ended_ms = took_ms > 0 ? took_ms : 0;
  return 0;
}

/* Exit code and time of an app that has ended, and its last output. */
static int see_end (vprod_session *session, const struct vprod__app *app, struct vprod__stop *stop, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  int64_t grace_ms = session->spec->checks.graceful_stop.grace_ms;
  const vprod_engine_facts *engine;
  int64_t earliest_ms, latest_ms;
  vprod_call call;

  int r = vprod__app_facts (session, app, &container, err);
  if (r == 0)
    r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  stop->exit_code = container.exit_code;
  stop->oom_killed = container.oom_killed;
  find_end (app, &container, engine->remote, stop, &earliest_ms, &latest_ms);
  stop->ended_ms = latest_ms - stop->called_ms;
  stop->least_ms = earliest_ms > stop->sent_ms ? earliest_ms - stop->sent_ms : 0;
  stop->sending_ms = stop->sent_ms - stop->called_ms;
  if (stop->ended && stop->ended_ms > grace_ms && stop->least_ms <= grace_ms)
    r = ask_when_sent (session, app, &container, stop, err);
  if (r < 0)
    return r;

  vprod__session_call (session, LAST_WORDS_MS, &call);
  r = vprod__log_wait_end (app->log, &call, NULL);
  if (r == -VPROD_ERROR_CANCELLED)
    return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "reading the app's log: cancelled");
  stop->log = vprod__log_tail (app->log, &stop->log_length);
  return stop->log ? 0 : vprod__error_no_memory (err);
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

static int wants_load (vprod_session *session)
{
  const char *check_id = vprod__owner_of_load.check_id;

  return session->stop->with_load
      || (vprod__session_runs (session, check_id) && !vprod__spec_lacks_check (session->spec, check_id));
}

/* 1: it had ended before the signal could reach it. */
static int end_app (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                    struct vprod__stop *stop, vprod_error **err)
{
  struct vprod__limit limit;
  int r = 0;

  if (wants_load (session))
    r = vprod__stop_load_begin (session, app, container, &stop->load, err);
  if (r < 0)
    return r;
  vprod__limit_begin (&limit, session, app->container_id, 0, vprod__now_ms (),
                      session->spec->checks.graceful_stop.grace_ms);
  r = send_signal (session, app, stop, err);
  if (r == 0)
    r = wait_end (session, app, &limit, stop, err);
  stop->stalled_ms = limit.stalled_ms;
  stop->stall_is_known = limit.known;
  vprod__limit_end (&limit);
  int ended = r < 0 ? r : vprod__stop_load_end (stop->load, err);
  return ended < 0 ? ended : r;
}

/* Is there an app that can be stopped, whose turn it is? 1: none, and *stop says why. */
static int find_app (vprod_session *session, struct vprod__stop *stop, const struct vprod__app **ret, vprod_error **err)
{
  const char *check_id = vprod__session_runs (session, vprod__owner_of_stop.check_id) ? vprod__owner_of_stop.check_id
                                                                                      : vprod__owner_of_load.check_id;
  _cleanup_result_ vprod_result *result = NULL;

  int r = vprod__result_new (check_id, "", &result, err);
  if (r == 0)
    r = vprod__need_ready (session, result, ret, err);
  if (r == 1) {
    const char *judged_by = vprod_result_find_evidence (result, "judged_by");
    r = vprod__result_status (result, err);
    stop->skip = strdup (vprod_result_get_message (result));
    stop->skip_judged_by = judged_by ? strdup (judged_by) : NULL;
    if (r == 0 && (!stop->skip || (judged_by && !stop->skip_judged_by)))
      r = vprod__error_no_memory (err);
    return r < 0 ? r : 1;
  }
  return r < 0 ? r : vprod__wait_app_users (session, check_id, err);
}

static int not_up (struct vprod__stop *stop, char *words, vprod_error **err)
{
  stop->skip = words;
  stop->skip_judged_by = strdup (vprod__owner_of_app.check_id);
  return stop->skip && stop->skip_judged_by ? 0 : vprod__error_no_memory (err);
}

static int make (vprod_session *session, struct vprod__stop *stop, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  const struct vprod__app *app;

  int r = find_app (session, stop, &app, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__app_facts (session, app, &container, err);
  if (r < 0)
    return r;
  if (!container.running)
    return not_up (stop, vprod__asprintf ("not checked: the app did not stay up: it ended with exit code %d before the "
                                          "signal was sent", container.exit_code), err);
  r = vprod__stop_target (session, &container, stop, err);
  if (r < 0)
    return r;
  r = end_app (session, app, &container, stop, err);
  if (r == 0)
    r = see_end (session, app, stop, err);
  vprod__app_used_up (session);
  if (r == 1)
    return not_up (stop, vprod__asprintf ("not checked: the app did not stay up: it ended right before %s was sent",
                                          stop->signal_words), err);
  return r;
}

int vprod__make_stop (vprod_session *session, vprod_error **err)
{
  struct vprod__stop *stop = calloc (1, sizeof *stop);

  if (!stop)
    return vprod__error_no_memory (err);
  int r = make (session, stop, err);
  if (r < 0)
    vprod__stop_free (stop);
  else
    session->stop->made = stop;
  return r;
}

void vprod__stop_free (struct vprod__stop *stop)
{
  if (!stop)
    return;
  vprod__stop_load_free (stop->load);
  free (stop->skip);
  free (stop->skip_judged_by);
  free (stop->first_process);
  free (stop->child);
  vprod__strv_free (stop->words);
  free (stop->log);
  free (stop);
}

/* That of an earlier run is of an app that is gone; outside of a run each call stops an app of its own. */
static void forget_earlier (vprod_session *session, int with_load)
{
  struct vprod__stop_part *part = session->stop;

  vprod__monitor_lock (session->monitor);
  int is_new = !session->run->jobs || part->run != session->run->nth;
  if (is_new && part->fixture.state != VPROD__FIXTURE_MAKING) {
    vprod__stop_free (part->made);
    part->made = NULL;
    vprod__fixture_forget (&part->fixture);
    part->run = session->run->nth;
    part->with_load = with_load;
  }
  vprod__monitor_unlock (session->monitor);
}

int vprod__need_stop (vprod_session *session, int with_load, vprod_result *result, const struct vprod__stop **ret,
                      vprod_error **err)
{
  forget_earlier (session, with_load);
  int r = vprod__fixture_get (session, &session->stop->fixture, err);
  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  const struct vprod__stop *stop = session->stop->made;
  vprod__waiting_credit (session, &vprod__owner_of_stop, stop->seen_ms - stop->called_ms);
  if (!stop->skip) {
    *ret = stop;
    return 0;
  }
  if (stop->skip_judged_by)
    vprod__result_judged_by (result, stop->skip_judged_by);
  vprod__result_skip (result, "%s", stop->skip);
  return 1;
}
