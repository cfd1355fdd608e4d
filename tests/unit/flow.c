/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include <pthread.h>

#define FIRST_CALLS 3

static struct mock *new_mock (const struct flow *flow)
{
  struct mock *mock = mock_new ();

  if (flow->prepare)
    flow->prepare (mock);
  return mock;
}

static void end_mock (struct mock *mock)
{
  mock_assert_clean (mock);
  mock_free (mock);
}

vprod_result *flow_run (const struct flow *flow, struct mock *given, const struct wanted *wanted)
{
  struct mock *mock = given ? given : new_mock (flow);
  vprod_session *session = mock_session (mock, flow->yaml);
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  int r = flow->check (session, &result, &err);
  assert_wanted (r, result, err, wanted);
  ck_assert ((result == NULL) == (r < 0));
  vprod_session_free (session);
  end_mock (mock);
  return result;
}

void flow_says (const struct flow *flow, const struct wanted *wanted)
{
  vprod_result_free (flow_run (flow, NULL, wanted));
}

static int has (const char *const *list, const char *text)
{
  for (; list && *list; list++)
    if (strcmp (*list, text) == 0)
      return 1;
  return 0;
}

static int is_removal (const char *slot)
{
  return strlen (slot) > 7 && strcmp (slot + strlen (slot) - 7, "_remove") == 0;
}

/* Did the fault come to pass? */
static int was_hit (struct mock *mock, const char *slot)
{
  struct mock_call call;

  for (int n = 1; mock_nth_call (mock, slot, NULL, n, &call); n++)
    if (call.result == -VPROD_ERROR_ENGINE)
      return 1;
  return 0;
}

static void fail_one (const struct flow *flow, const char *slot, int nth, const char *const *may_fail)
{
  struct mock *mock = new_mock (flow);
  vprod_session *session;
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  mock_fail (mock, slot, nth, VPROD_ERROR_ENGINE);
  session = mock_session (mock, flow->yaml);
  int r = flow->check (session, &result, &err);
  int hit = was_hit (mock, slot);
  if (!hit || is_removal (slot))
    ck_assert_msg (r == 0, "%s call %d: %s", slot, nth, err ? vprod_error_get_message (err) : "no error");
  else if (r != 0 || !has (may_fail, slot)) {
    ck_assert_msg (r == -VPROD_ERROR_ENGINE && err, "%s call %d failed, and the check gave %d: %s", slot, nth, r,
                   result ? vprod_result_get_message (result) : "");
    assert_holds (vprod_error_get_message (err), slot);
    ck_assert_ptr_null (result);
  }
  vprod_error_free (err);
  vprod_result_free (result);
  vprod_session_free (session);
  end_mock (mock);
}

void flow_sweep (const struct flow *flow, const char *const *may_fail)
{
  struct mock *mock = new_mock (flow);
  vprod_session *session = mock_session (mock, flow->yaml);
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  int swept = 0;

  assert_ok (flow->check (session, &result, &err), err);
  vprod_result_free (result);
  vprod_session_free (session);
  for (size_t i = 0; mock_slot_at (i); i++) {
    int calls = mock_count (mock, mock_slot_at (i), NULL);
    for (int nth = 1; nth <= calls && nth <= FIRST_CALLS; nth++, swept++)
      fail_one (flow, mock_slot_at (i), nth, may_fail);
  }
  ck_assert_int_gt (swept, 0);
  end_mock (mock);
}

/* ---- ends from outside ------------------------------------------------------------------------------------- */

struct canceller {
  struct mock *mock;
  vprod_session *session;
  const char *slot;
  int nth;
};

static void *cancel (void *data)
{
  struct canceller *canceller = data;

  mock_wait_called (canceller->mock, canceller->slot, NULL, canceller->nth);
  vprod_session_cancel (canceller->session);
  return NULL;
}

void flow_is_cancelled (const struct flow *flow, const char *slot, int nth)
{
  struct mock *mock = new_mock (flow);
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  pthread_t thread;

  mock_hang (mock, slot, nth);
  vprod_session *session = mock_session (mock, flow->yaml);
  struct canceller canceller = { mock, session, slot, nth };
  ck_assert_int_eq (pthread_create (&thread, NULL, cancel, &canceller), 0);
  int r = flow->check (session, &result, &err);
  pthread_join (thread, NULL);
  assert_error (r, err, VPROD_ERROR_CANCELLED, "");
  ck_assert_ptr_null (result);
  vprod_session_free (session);
  end_mock (mock);
}

void flow_runs_out_of_time (const struct flow *flow, const char *slot, int nth)
{
  struct mock *mock = new_mock (flow);
  vprod_session_options options = { .size = sizeof options, .timeout_ms = 700 };
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  mock_hang (mock, slot, nth);
  vprod_session *session = mock_session_with (mock, flow->yaml, &options);
  assert_error (flow->check (session, &result, &err), err, VPROD_ERROR_TIMEOUT, "");
  ck_assert_int_ge (mock_count (mock, slot, NULL), nth);
  ck_assert_ptr_null (result);
  vprod_session_free (session);
  end_mock (mock);
}
