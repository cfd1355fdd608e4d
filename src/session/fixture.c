/* SPDX-License-Identifier: MIT */
#include "session/fixture.h"
#include "result/result.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/events.h"
#include "session/run.h"
#include "util/clock.h"

#include <string.h>

#define GRACE_MS 2000 /* the thread that makes it is out of time, too, and knows what for: its error says more */

/* ---- once ---------------------------------------------------------------------------------------------- */

/* The lock is held. What all who need it wait for: it, or what its making waits for in turn. */
static const char *waits_for (const struct vprod__fixture *fixture)
{
  const char *what = fixture->what;

  for (; fixture && fixture->state == VPROD__FIXTURE_MAKING; fixture = fixture->needs)
    if (fixture->what)
      what = fixture->what;
  return what;
}

/* The lock is held, and given up meanwhile. */
static void tell_waiting (vprod_session *session, const char *what)
{
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_for (session, what);
  vprod__monitor_lock (session->monitor);
}

/* The lock is held. What the making of a fixture needs is known to those who wait for that one. */
static void set_needs (vprod_session *session, struct vprod__fixture *making, const struct vprod__fixture *needs)
{
  if (!making || making->needs == needs)
    return;
  making->needs = needs;
  vprod__monitor_tell (session->monitor);
}

/* The lock is held. */
static int wait_until_made (vprod_session *session, const struct vprod__fixture *fixture, vprod_error **err)
{
  const char *told = NULL;
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  if (call.deadline_ms != VPROD_NO_DEADLINE) {
    int64_t now_ms = vprod__now_ms ();
    call.deadline_ms = (call.deadline_ms > now_ms ? call.deadline_ms : now_ms) + GRACE_MS;
  }
  while (fixture->state == VPROD__FIXTURE_MAKING && r == 0) {
    const char *what = waits_for (fixture);
    if (what == told)
      r = vprod__monitor_wait (session->monitor, &call, "waiting for what another check makes", err);
    else
      tell_waiting (session, told = what);
  }
  return r;
}

/* The lock is held, and given up while it is made. */
static void make (vprod_session *session, struct vprod__fixture *fixture)
{
  struct vprod__asker maker;
  vprod_error *error = NULL;
  const struct vprod__asker *shown = vprod__asker_shown (session);

  fixture->state = VPROD__FIXTURE_MAKING;
  vprod__monitor_unlock (session->monitor);
  if (fixture->what && shown && !(fixture->owner && strcmp (shown->check_id, fixture->owner->check_id) == 0))
    vprod__waiting_for (session, fixture->what);
  vprod_session *view = vprod__asker_make (&maker, session, fixture);
  int r = fixture->make (view, &error);
  vprod__monitor_lock (session->monitor);
  fixture->state = r < 0 ? VPROD__FIXTURE_FAILED : VPROD__FIXTURE_MADE;
  fixture->error = error;
  const struct vprod__owner *blamed = error ? vprod__asker_blames (view, vprod_error_get_code (error)) : NULL;
  fixture->error_owner = blamed ? blamed : fixture->owner;
  vprod__monitor_tell (session->monitor);
}

int vprod__fixture_get_unless (vprod_session *session, struct vprod__fixture *fixture, const int *unless,
                               vprod_error **err)
{
  struct vprod__fixture *making = vprod__asker_making (session);

  vprod__waiting_begin (session);
  const char *before = vprod__waiting_now (session);
  vprod__monitor_lock (session->monitor);
  if (fixture->state == VPROD__FIXTURE_NEW || fixture->state == VPROD__FIXTURE_MAKING)
    set_needs (session, making, fixture);
  if (fixture->state == VPROD__FIXTURE_NEW && !*unless)
    make (session, fixture);
  int r = wait_until_made (session, fixture, err);
  set_needs (session, making, NULL);
  int failed = r == 0 && fixture->state == VPROD__FIXTURE_FAILED;
  if (failed)
    r = vprod__error_copy (err, fixture->error);
  vprod__asker_blame (session, failed ? fixture->error_owner : NULL,
                      failed ? vprod_error_get_code (fixture->error) : 0);
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_for (session, before);
  vprod__waiting_end (session);
  return r;
}

int vprod__fixture_get (vprod_session *session, struct vprod__fixture *fixture, vprod_error **err)
{
  static const int never = 0;

  return vprod__fixture_get_unless (session, fixture, &never, err);
}

void vprod__fixture_forget (struct vprod__fixture *fixture)
{
  vprod_error_free (fixture->error);
  fixture->error = NULL;
  fixture->state = VPROD__FIXTURE_NEW;
}

/* ---- one fault, one fail ------------------------------------------------------------------------------- */

int vprod__fixture_blame (vprod_session *session, vprod_result *result, int r, vprod_error **err)
{
  const struct vprod__owner *owner = r < 0 ? vprod__asker_blames (session, (vprod_error_code) -r) : NULL;

  if (!owner || strcmp (owner->check_id, vprod_result_get_check (result)) == 0
      || !vprod__session_runs (session, owner->check_id))
    return r;
  if (err) {
    vprod_error_free (*err);
    *err = NULL;
  }
  vprod__result_skip (result, "not checked: it could not be told whether %s (see the check %s)", owner->whether,
                      owner->check_id);
  return 1;
}
