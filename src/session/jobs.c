/* SPDX-License-Identifier: MIT */
#include "session/jobs.h"
#include "result/report.h"
#include "session/asker.h"
#include "session/before.h"
#include "session/services.h"
#include "session/engine.h"
#include "session/events.h"
#include "session/hide.h"
#include "session/image.h"
#include "util/clock.h"
#include "util/thread.h"

#include <stdlib.h>
#include <string.h>

VPROD_DEFINE_CLEANUP (vprod_report *, vprod_report_free);

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

/* The result of a job that failed with an error; NULL out of memory. */
static vprod_result *make_error (vprod_session *view, const struct vprod__job *job, int r, vprod_error *error)
{
  vprod_result *result = NULL;

  if (vprod__result_new (job->check_id, job->title, &result, NULL) < 0)
    return NULL;
  if (vprod__fixture_blame (view, result, r, NULL) < 0)
    vprod__result_error (result, error);
  return result;
}

static void run_job (void *data, size_t index)
{
  struct run *run = data;
  struct vprod__job_state *state = run->order[index];
  _cleanup_error_ vprod_error *error = NULL;
  vprod_result *result = NULL;
  struct vprod__asker asker;
  int64_t began_ms = vprod__now_ms ();

  vprod__monitor_lock (run->session->monitor);
  state->begun = 1;
  vprod__monitor_unlock (run->session->monitor);
  tell (run->session, VPROD_EVENT_CHECK_STARTED, state);
  vprod_session *view = vprod__asker_begin (&asker, run->session, state->job->check_id);
  int r = state->job->run ? state->job->run (view, &result, &error)
                          : state->job->run_by_id (view, state->job->check_id, &result, &error);
  int64_t duration_ms = vprod__asker_end (&asker);
  if (r < 0)
    result = make_error (view, state->job, r, error);
  if (result && vprod__session_clean_result (run->session, result) < 0)
    vprod_result_free (vprod__steal (&result));
  if (result) {
    vprod__result_set_duration (result, duration_ms);
    vprod__result_set_span (result, began_ms - run->began_ms, vprod__now_ms () - run->began_ms);
  }
  vprod__monitor_lock (run->session->monitor);
  state->result = result;
  state->done = 1;
  vprod__monitor_tell (run->session->monitor);
  vprod__monitor_unlock (run->session->monitor);
  if (result)
    tell (run->session, VPROD_EVENT_CHECK_ENDED, state);
}

/* ---- all of them --------------------------------------------------------------------------------------- */

static char *copy_or_empty (const char *text)
{
  return strdup (text ? text : "");
}

/* Fills in what is known; the rest stays empty. */
static int fill_report (vprod_session *session, vprod_report *report)
{
  const struct vprod__image *image = session->image->fixture.state == VPROD__FIXTURE_MADE ? &session->image->made : NULL;
  static const vprod_engine_facts unknown;
  const vprod_engine_facts *engine = &unknown;

  /* a run that did not need the engine names it, too, if it answers */
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

/* Moves the results into the report, without the secrets that any check found. 0, or -1: one is missing, out of memory. */
static int take_results (vprod_session *session, vprod_report *report)
{
  int r = 0;

  report->results = calloc (session->run->count + 1, sizeof (vprod_result *));
  for (size_t i = 0; i < session->run->count; i++) {
    if (!report->results || !session->run->jobs[i].result
        || vprod__session_clean_result (session, session->run->jobs[i].result) < 0) {
      vprod_result_free (session->run->jobs[i].result);
      r = -1;
    }
    else
      report->results[report->n_results++] = session->run->jobs[i].result;
  }
  return r;
}

static void put_in_order (struct vprod__job_state *states, size_t count, struct vprod__job_state **order)
{
  size_t n = 0;

  for (int t = 0; t < VPROD__RUN_TURNS; t++)
    for (size_t i = 0; i < count; i++)
      if (vprod__run_turn (states[i].job->app_use) == t)
        order[n++] = &states[i];
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
  vprod__run_set (session, states, count);
  if (vprod__session_run_uses_app (session)) {
    vprod__expect_services (session);
    vprod__expect_before (session);
  }

  struct run run = { session, began_ms, order };
  vprod__parallel (count, at_once > 0 ? (size_t) at_once : 0, run_job, &run);

  int r = take_results (session, report);
  vprod__run_set (session, NULL, 0);
  if (r < 0 || fill_report (session, report) < 0)
    return vprod__error_no_memory (err);
  report->duration_ms = vprod__now_ms () - began_ms;
  *ret = vprod__steal (&report);
  return 0;
}
