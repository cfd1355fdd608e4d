/* SPDX-License-Identifier: MIT */
#include "session/run.h"
#include "result/result.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/events.h"

#include <string.h>

void vprod__run_set (vprod_session *session, struct vprod__job_state *jobs, size_t count)
{
  vprod__monitor_lock (session->monitor);
  *session->run = (struct vprod__run_part) { .jobs = jobs, .count = count, .nth = session->run->nth + (jobs != NULL) };
  vprod__monitor_unlock (session->monitor);
}

/* The lock is held. NULL: it is not part of this run. */
static struct vprod__job_state *find (const vprod_session *session, const char *check_id)
{
  for (size_t i = 0; i < session->run->count; i++)
    if (strcmp (session->run->jobs[i].job->check_id, check_id) == 0)
      return &session->run->jobs[i];
  return NULL;
}

int vprod__session_runs (vprod_session *session, const char *check_id)
{
  vprod__monitor_lock (session->monitor);
  int runs = find (session, check_id) != NULL;
  vprod__monitor_unlock (session->monitor);
  return runs;
}

int vprod__session_has_failed (vprod_session *session, const char *check_id)
{
  vprod__monitor_lock (session->monitor);
  const struct vprod__job_state *state = find (session, check_id);
  int failed = state && state->result && vprod_result_get_verdict (state->result) == VPROD_VERDICT_FAIL;
  vprod__monitor_unlock (session->monitor);
  return failed;
}

int vprod__session_run_uses_app (vprod_session *session)
{
  int uses = 0;

  vprod__monitor_lock (session->monitor);
  for (size_t i = 0; i < session->run->count && !uses; i++)
    uses = session->run->jobs[i].job->app_use != VPROD__APP_NONE;
  vprod__monitor_unlock (session->monitor);
  return uses;
}

/* ---- waiting for one's turn ---------------------------------------------------------------------------- */

int vprod__run_turn (enum vprod__app_use use)
{
  switch (use) {
  case VPROD__APP_DISTURBS:
    return 3;
  case VPROD__APP_ENDS:
    return 2;
  case VPROD__APP_JUDGES:
    return 1;
  case VPROD__APP_USES:
  case VPROD__APP_NONE:
    break;
  }
  return 0;
}

/* The lock is held. Is a job still under way that goes before this one's turn? */
static int others_first (const vprod_session *session, const char *check_id)
{
  const struct vprod__job_state *own = find (session, check_id);

  for (size_t i = 0; own && i < session->run->count; i++) {
    const struct vprod__job_state *other = &session->run->jobs[i];
    if (!other->done && !other->done_with_app && other->job->app_use != VPROD__APP_NONE
        && vprod__run_turn (other->job->app_use) < vprod__run_turn (own->job->app_use))
      return 1;
  }
  return 0;
}

int vprod__wait_app_users (vprod_session *session, const char *check_id, vprod_error **err)
{
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin (session);
  vprod__waiting_for (session, "the checks that look at the running app");
  vprod__monitor_lock (session->monitor);
  while (r == 0 && others_first (session, check_id))
    r = vprod__monitor_wait (session->monitor, &call, "waiting for the checks that look at the running app", err);
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_for (session, NULL);
  vprod__waiting_end (session);
  return r;
}

void vprod__done_with_app (vprod_session *session, const char *check_id)
{
  vprod__monitor_lock (session->monitor);
  struct vprod__job_state *state = find (session, check_id);
  if (state)
    state->done_with_app = 1;
  vprod__monitor_tell (session->monitor);
  vprod__monitor_unlock (session->monitor);
}

int vprod__own_turn_begin (vprod_session *session, vprod_error **err)
{
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin (session);
  vprod__monitor_lock (session->monitor);
  while (r == 0 && session->run->n_own >= VPROD__OWN_AT_ONCE)
    r = vprod__monitor_wait (session->monitor, &call, "waiting for other checks of the spec's own", err);
  session->run->n_own += r == 0;
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_end (session);
  return r;
}

void vprod__own_turn_end (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  session->run->n_own--;
  vprod__monitor_tell (session->monitor);
  vprod__monitor_unlock (session->monitor);
}
