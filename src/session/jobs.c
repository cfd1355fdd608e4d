/* SPDX-License-Identifier: MIT */
/*
 * Running many checks. Each has a thread; what they share they wait for in fixtures. Three kinds take turns at the
 * running app: those that look at it, the one that says whether it stayed up, and the one that ends it. They begin
 * in that order, so that with few threads nobody waits for a check that could not begin.
 */
#include "session/inside.h"
#include "result/report.h"
#include "util/clock.h"

#include <string.h>

#define TICK_MS 20

VPROD_DEFINE_CLEANUP (vprod_report *, vprod_report_free);

/* ---- waiting for one's turn ---------------------------------------------------------------------------- */

static int turn (enum vprod__app_use use)
{
  return use == VPROD__APP_ENDS ? 2 : use == VPROD__APP_JUDGES ? 1 : 0;
}

/* The lock is held. Is a job still under way that goes before this one's turn? */
static int others_first (const vprod_session *session, const char *check_id)
{
  int own = -1;

  for (size_t i = 0; i < session->n_jobs; i++)
    if (strcmp (session->jobs[i].job->check_id, check_id) == 0)
      own = turn (session->jobs[i].job->app_use);
  for (size_t i = 0; i < session->n_jobs; i++)
    if (!session->jobs[i].done && !session->jobs[i].done_with_app
        && session->jobs[i].job->app_use != VPROD__APP_NONE
        && turn (session->jobs[i].job->app_use) < own)
      return 1;
  return 0;
}

int vprod__wait_app_users (vprod_session *session, const char *check_id, vprod_error **err)
{
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin ();
  pthread_mutex_lock (&session->lock);
  while (r == 0 && others_first (session, check_id)) {
    int64_t until = vprod__deadline (TICK_MS);
    struct timespec when = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };
    pthread_cond_timedwait (&session->changed, &session->lock, &when);
    r = vprod__call_check (&call, "waiting for the checks that look at the running app", err);
  }
  pthread_mutex_unlock (&session->lock);
  vprod__waiting_end ();
  return r;
}

void vprod__done_with_app (vprod_session *session, const char *check_id)
{
  pthread_mutex_lock (&session->lock);
  for (size_t i = 0; i < session->n_jobs; i++)
    if (strcmp (session->jobs[i].job->check_id, check_id) == 0)
      session->jobs[i].done_with_app = 1;
  pthread_cond_broadcast (&session->changed);
  pthread_mutex_unlock (&session->lock);
}

int vprod__session_has_failed (vprod_session *session, const char *check_id)
{
  int failed = 0;

  pthread_mutex_lock (&session->lock);
  for (size_t i = 0; i < session->n_jobs; i++)
    if (strcmp (session->jobs[i].job->check_id, check_id) == 0)
      failed = session->jobs[i].result && vprod_result_get_verdict (session->jobs[i].result) == VPROD_VERDICT_FAIL;
  pthread_mutex_unlock (&session->lock);
  return failed;
}

int vprod__session_runs (vprod_session *session, const char *check_id)
{
  int runs = 0;

  pthread_mutex_lock (&session->lock);
  for (size_t i = 0; i < session->n_jobs; i++)
    runs |= strcmp (session->jobs[i].job->check_id, check_id) == 0;
  pthread_mutex_unlock (&session->lock);
  return runs;
}

/* ---- one job ------------------------------------------------------------------------------------------- */

struct run {
  vprod_session *session;
  int64_t began_ms;
  struct vprod__job_state **order; /* in which they begin */
};

static void tell (vprod_session *session, vprod_event_kind kind, const struct vprod__job_state *state)
{
  vprod_event event = {
    .size = sizeof event, .kind = kind, .check = state->job->check_id, .result = state->result,
  };

  vprod__session_tell (session, &event);
}

/* A job that could not tell. Out of memory even for that, there is no result. */
static vprod_result *make_error (vprod_session *session, const struct vprod__job *job, int r, vprod_error *error)
{
  vprod_result *result = NULL;

  if (vprod__result_new (job->check_id, job->title, &result, NULL) < 0)
    return NULL;
  if (vprod__fixture_blame (session, result, r, NULL) < 0)
    vprod__result_error (result, error);
  return result;
}

static void run_job (void *data, size_t index)
{
  struct run *run = data;
  struct vprod__job_state *state = run->order[index];
  _cleanup_error_ vprod_error *error = NULL;
  vprod_result *result = NULL;
  struct vprod__clock clock;
  int64_t began_ms = vprod__now_ms ();

  pthread_mutex_lock (&run->session->lock);
  state->begun = 1;
  pthread_mutex_unlock (&run->session->lock);
  tell (run->session, VPROD_EVENT_CHECK_STARTED, state);
  vprod__fixture_forget_blame ();
  vprod__clock_begin (&clock, state->job->check_id);
  int r = state->job->run (run->session, &result, &error);
  int64_t duration_ms = vprod__clock_end (&clock);
  if (r < 0)
    result = make_error (run->session, state->job, r, error);
  if (result && vprod__session_clean_result (run->session, result) < 0)
    vprod_result_free (vprod__steal (&result));
  if (result) {
    vprod__result_set_duration (result, duration_ms);
    vprod__result_set_span (result, began_ms - run->began_ms, vprod__now_ms () - run->began_ms);
  }
  pthread_mutex_lock (&run->session->lock);
  state->result = result;
  state->done = 1;
  pthread_cond_broadcast (&run->session->changed);
  pthread_mutex_unlock (&run->session->lock);
  if (result)
    tell (run->session, VPROD_EVENT_CHECK_ENDED, state);
}

/* ---- all of them --------------------------------------------------------------------------------------- */

static char *copy_or_empty (const char *text)
{
  return strdup (text ? text : "");
}

/* What is known by now; what did not come so far stays empty. */
static int fill_report (vprod_session *session, vprod_report *report)
{
  const struct vprod__image *image = session->image_fixture.state == VPROD__FIXTURE_MADE ? &session->image : NULL;
  static const vprod_engine_facts unknown;
  const vprod_engine_facts *engine = &unknown;

  /* even a run that needed nothing of the engine names it, where it answers */
  vprod__get_engine (session, &engine, NULL);
  report->name = strdup (session->spec->name);
  report->image = copy_or_empty (image ? image->ref : NULL);
  report->image_id = copy_or_empty (image ? image->facts.id : NULL);
  report->engine_name = copy_or_empty (engine->name);
  report->engine_version = copy_or_empty (engine->version);
  report->engine_api_version = copy_or_empty (engine->api_version);
  return report->name && report->image && report->image_id && report->engine_name && report->engine_version
             && report->engine_api_version
           ? 0
           : -1;
}

/* Moves the results into the report, without what any check found that must not be shown. 0, or -1 where one is missing
   for want of memory. */
static int take_results (vprod_session *session, vprod_report *report)
{
  int r = 0;

  report->results = calloc (session->n_jobs + 1, sizeof (vprod_result *));
  for (size_t i = 0; i < session->n_jobs; i++) {
    if (!report->results || !session->jobs[i].result
        || vprod__session_clean_result (session, session->jobs[i].result) < 0) {
      vprod_result_free (session->jobs[i].result);
      r = -1;
    }
    else
      report->results[report->n_results++] = session->jobs[i].result;
  }
  return r;
}

static void put_in_order (struct vprod__job_state *states, size_t count, struct vprod__job_state **order)
{
  size_t n = 0;

  for (int t = 0; t <= 2; t++)
    for (size_t i = 0; i < count; i++)
      if (turn (states[i].job->app_use) == t)
        order[n++] = &states[i];
}

int vprod__session_run_uses_app (vprod_session *session)
{
  int uses = 0;

  pthread_mutex_lock (&session->lock);
  for (size_t i = 0; i < session->n_jobs && !uses; i++)
    uses = session->jobs[i].job->app_use != VPROD__APP_NONE;
  pthread_mutex_unlock (&session->lock);
  return uses;
}

static void begin (vprod_session *session, struct vprod__job_state *states, size_t count)
{
  pthread_mutex_lock (&session->lock);
  session->jobs = states;
  session->n_jobs = count;
  session->app_was_used_up = 0;
  pthread_mutex_unlock (&session->lock);
}

int vprod__session_run_jobs (vprod_session *session, const struct vprod__job *jobs, size_t count, int at_once,
                             vprod_report **ret, vprod_error **err)
{
  _cleanup_ (vprod_report_freep) vprod_report *report = calloc (1, sizeof *report);
  _cleanup_free_ struct vprod__job_state *states = calloc (count + 1, sizeof *states);
  _cleanup_free_ struct vprod__job_state **order = calloc (count + 1, sizeof *order);
  int64_t began_ms = vprod__now_ms ();

  if (!report || !states || !order)
    return vprod__error_no_memory (err);
  vprod__format_utc (time (NULL), report->started_at);
  for (size_t i = 0; i < count; i++)
    states[i].job = &jobs[i];
  put_in_order (states, count, order);
  begin (session, states, count);
  if (vprod__session_run_uses_app (session))
    vprod__expect_databases (session);

  struct run run = { session, began_ms, order };
  vprod__parallel (count, at_once > 0 ? (size_t) at_once : 0, run_job, &run);

  int r = take_results (session, report);
  begin (session, NULL, 0);
  if (r < 0 || fill_report (session, report) < 0)
    return vprod__error_no_memory (err);
  report->duration_ms = vprod__now_ms () - began_ms;
  *ret = vprod__steal (&report);
  return 0;
}
