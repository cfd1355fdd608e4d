/* SPDX-License-Identifier: MIT */
/*
 * What checks share is made once, by the first thread that asks. The others wait, and are told the same outcome:
 * an error too, with the check whose business it is, so that one fault is told of once.
 */
#include "session/inside.h"
#include "util/clock.h"

#include <string.h>

#define TICK_MS 20 /* a cancel is a readable fd and wakes no condition variable */
#define GRACE_MS 2000 /* the thread that makes it is out of time, too, and knows what for: its error says more */

static __thread int64_t waited_ms;
static __thread int64_t waiting_since_ms;
static __thread int waiting_depth;
static __thread const char *clock_check;
static __thread int credited; /* 1: the check of clock_check had its credit */
static __thread const struct vprod__owner *blame_owner;
static __thread vprod_error_code blame_code;

/* ---- time ---------------------------------------------------------------------------------------------- */

void vprod__waiting_begin (void)
{
  if (waiting_depth++ == 0)
    waiting_since_ms = vprod__now_ms ();
}

void vprod__waiting_end (void)
{
  if (--waiting_depth == 0)
    waited_ms += vprod__now_ms () - waiting_since_ms;
}

void vprod__waiting_credit (const struct vprod__owner *owner, int64_t ms)
{
  if (waiting_depth > 0 || credited || !clock_check || strcmp (clock_check, owner->check_id) != 0)
    return;
  credited = 1;
  waited_ms -= ms;
}

void vprod__clock_begin (struct vprod__clock *clock, const char *check_id)
{
  clock->began_ms = vprod__now_ms ();
  clock->waited_ms = waited_ms;
  clock->outer = clock_check;
  clock_check = check_id;
  credited = 0;
}

int64_t vprod__clock_end (struct vprod__clock *clock)
{
  int64_t ms = vprod__now_ms () - clock->began_ms - (waited_ms - clock->waited_ms);

  clock_check = clock->outer;
  return ms < 0 ? 0 : ms;
}

/* ---- once ---------------------------------------------------------------------------------------------- */

/* The lock is held. Waits a little, or says that this is over. *late_since_ms: since when time is up; 0: it is not. */
static int tick (vprod_session *session, int64_t *late_since_ms, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, -1, &call);
  int r = vprod__call_check (&call, "waiting for what another check makes", &error);
  if (r == -VPROD_ERROR_TIMEOUT && *late_since_ms == 0)
    *late_since_ms = vprod__now_ms ();
  if (r < 0 && (r != -VPROD_ERROR_TIMEOUT || vprod__now_ms () - *late_since_ms >= GRACE_MS))
    return vprod__error_move (err, &error);
  int64_t until = vprod__deadline (TICK_MS);
  struct timespec when = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };
  pthread_cond_timedwait (&session->changed, &session->lock, &when);
  return 0;
}

static int failed (struct vprod__fixture *fixture, vprod_error **err)
{
  blame_owner = fixture->error_owner;
  blame_code = vprod_error_get_code (fixture->error);
  return vprod__error_copy (err, fixture->error);
}

/* The lock is held, and given up while it is made. */
static void make (vprod_session *session, struct vprod__fixture *fixture)
{
  vprod_error *error = NULL;

  fixture->state = VPROD__FIXTURE_MAKING;
  pthread_mutex_unlock (&session->lock);
  vprod__fixture_forget_blame ();
  int r = fixture->make (session, &error);
  pthread_mutex_lock (&session->lock);
  fixture->state = r < 0 ? VPROD__FIXTURE_FAILED : VPROD__FIXTURE_MADE;
  fixture->error = error;
  int inherited = error && blame_owner && blame_code == vprod_error_get_code (error);
  fixture->error_owner = inherited ? blame_owner : fixture->owner;
  pthread_cond_broadcast (&session->changed);
}

int vprod__fixture_get_unless (vprod_session *session, struct vprod__fixture *fixture, const int *unless,
                               vprod_error **err)
{
  int64_t late_since_ms = 0;
  int r = 0;

  vprod__waiting_begin ();
  pthread_mutex_lock (&session->lock);
  if (fixture->state == VPROD__FIXTURE_NEW && !*unless)
    make (session, fixture);
  while (fixture->state == VPROD__FIXTURE_MAKING && r == 0)
    r = tick (session, &late_since_ms, err);
  vprod__fixture_forget_blame ();
  if (r == 0 && fixture->state == VPROD__FIXTURE_FAILED)
    r = failed (fixture, err);
  pthread_mutex_unlock (&session->lock);
  vprod__waiting_end ();
  return r;
}

int vprod__fixture_get (vprod_session *session, struct vprod__fixture *fixture, vprod_error **err)
{
  static const int never = 0;

  return vprod__fixture_get_unless (session, fixture, &never, err);
}

/* ---- one fault, one fail ------------------------------------------------------------------------------- */

void vprod__fixture_forget_blame (void)
{
  blame_owner = NULL;
}

static int is_in_run (vprod_session *session, const char *check_id)
{
  int found = 0;

  pthread_mutex_lock (&session->lock);
  for (size_t i = 0; i < session->n_jobs && !found; i++)
    found = strcmp (session->jobs[i].job->check_id, check_id) == 0;
  pthread_mutex_unlock (&session->lock);
  return found;
}

int vprod__fixture_blame (vprod_session *session, vprod_result *result, int r, vprod_error **err)
{
  const struct vprod__owner *owner = blame_owner;

  if (r >= 0 || !owner || r != -(int) blame_code || strcmp (owner->check_id, vprod_result_get_check (result)) == 0
      || !is_in_run (session, owner->check_id))
    return r;
  if (err) {
    vprod_error_free (*err);
    *err = NULL;
  }
  vprod__result_skip (result, "not checked: it could not be told whether %s (see the check %s)", owner->whether,
                      owner->check_id);
  return 1;
}
