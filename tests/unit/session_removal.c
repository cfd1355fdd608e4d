/* SPDX-License-Identifier: MIT */
/*
 * Whatever goes wrong, whenever: who ran into it says so, the rest comes to an end, and nothing is left. Every slot
 * fails, loses its answer or hangs at each of its calls in a whole run.
 */
#include "mock_runner.h"
#include "session_jobs_fake.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>

#include "session/services.h"
#include "session/limit.h"
#include "session/made.h"
#include "session/session.h"
#include "util/clock.h"
#include "util/ids.h"
#include "util/strv.h"
#include "util/temp.h"

#define MOST_CALLS 15 /* of a slot in a run that are tried */
#define N_SLOTS 22

static const struct vprod__removal_time quick_removal = { .whole_ms = 8000, .attempt_ms = 200, .late_ms = 5 };

static const char *const removing[] = { "image_remove", "network_remove", "container_remove", "volume_remove",
                                        "list_objects", NULL };

static int is_removing (const char *slot)
{
  return vprod__strv_has ((char **) (uintptr_t) removing, slot);
}

static int temp_folders_of (const char *id)
{
  char prefix[300];
  int n = 0;

  snprintf (prefix, sizeof prefix, VPROD__TEMP_PREFIX "%s", id);
  DIR *dir = opendir (vprod__temp_root ());
  ck_assert_ptr_nonnull (dir);
  for (struct dirent *entry; (entry = readdir (dir));)
    n += strncmp (entry->d_name, prefix, strlen (prefix)) == 0;
  closedir (dir);
  return n;
}

/* Ends the session; then nothing may be left. */
static void end_clean (struct mock *mock, vprod_session *session)
{
  char *id = strdup (vprod_session_get_id (session));

  vprod_session_free (session);
  mock_assert_clean (mock);
  ck_assert_int_eq (temp_folders_of (id), 0);
  free (id);
  mock_free (mock);
}

static vprod_session *quick_session (struct mock *mock)
{
  vprod_session *session = mock_session (mock, NULL);

  vprod__session_set_removal_time (session, &quick_removal);
  return session;
}

/* ---- failing ------------------------------------------------------------------------------------------- */

typedef void (*fail_fn) (struct mock *mock, const char *slot, int nth, vprod_error_code code);
static const fail_fn fails[] = { mock_fail, mock_fail_after };

/* The app's log remembers what kept it from being followed, for the check that reads it; nobody else need know. */
static int is_followed_log (struct mock *mock, const char *slot, int nth)
{
  struct mock_call call;

  return strcmp (slot, "container_logs") == 0 && mock_nth_call (mock, slot, NULL, nth, &call)
         && strncmp (call.argument, "app", 3) == 0;
}

/* A broken engine is never the image's fault; and it is told of, in the words of the fault. */
static void judge_report (const vprod_report *report, const char *slot, int nth, int quiet)
{
  int told = 0;

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    const char *message = vprod_result_get_message (result);
    ck_assert_msg (vprod_result_get_verdict (result) != VPROD_VERDICT_FAIL, "%s %d: %s fails: %s", slot, nth,
                   vprod_result_get_check (result), message);
    if (vprod_result_get_verdict (result) != VPROD_VERDICT_ERROR)
      continue;
    told++;
    ck_assert_msg (strstr (message, MOCK_FAULT) != NULL, "%s %d: %s: %s", slot, nth, vprod_result_get_check (result),
                   message);
    ck_assert_str_eq (vprod_result_find_evidence (result, "error"), "engine");
  }
  ck_assert_msg (quiet ? told == 0 : told > 0, "%s %d: told of %d times", slot, nth, told);
}

/* One run with one fault. 1: the fault was met. */
static int run_with_failure (const char *slot, int nth, fail_fn break_it)
{
  struct mock *mock = mock_new ();
  vprod_session *session = quick_session (mock);
  vprod_report *report = NULL;
  vprod_error *err = NULL;

  break_it (mock, slot, nth, VPROD_ERROR_ENGINE);
  assert_ok (vprod__session_run_jobs (session, fake_jobs, N_FAKE_JOBS, 0, &report, &err), err);
  int met = mock_count (mock, slot, NULL) >= nth;
  if (met)
    judge_report (report, slot, nth, is_removing (slot) || is_followed_log (mock, slot, nth));
  vprod_report_free (report);
  end_clean (mock, session);
  return met;
}

START_TEST (failing_call_is_an_error_and_leaves_nothing)
{
  const char *slot = mock_slot_at ((size_t) _i / 2);

  for (int nth = 1; nth <= MOST_CALLS && run_with_failure (slot, nth, fails[_i % 2]); nth++)
    ;
}
END_TEST

START_TEST (slot_that_always_fails_leaves_nothing_but_what_it_should_have_removed)
{
  const char *slot = mock_slot_at ((size_t) _i);
  struct mock *mock = mock_new ();
  vprod_session *session = quick_session (mock);
  vprod_report *report = NULL;
  vprod_error *err = NULL;

  mock_fail (mock, slot, 0, VPROD_ERROR_ENGINE);
  assert_ok (vprod__session_run_jobs (session, fake_jobs, N_FAKE_JOBS, 0, &report, &err), err);
  vprod_report_free (report);
  vprod_session_free (session);
  if (!is_removing (slot))
    mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

/* ---- hanging, and being cancelled ---------------------------------------------------------------------- */

struct cancelling {
  struct mock *mock;
  vprod_session *session;
  const char *slot;
  int nth;
  volatile int over; /* the run ended without meeting the fault */
};

/* Cancels as soon as the call that hangs has begun. */
static void *cancel_at_call (void *data)
{
  struct cancelling *c = data;

  while (!__atomic_load_n (&c->over, __ATOMIC_ACQUIRE) && mock_count (c->mock, c->slot, NULL) < c->nth)
    usleep (500);
  if (mock_count (c->mock, c->slot, NULL) >= c->nth) {
    vprod_session_cancel (c->session);
  }
  return NULL;
}

typedef void (*hang_fn) (struct mock *mock, const char *slot, int nth);
static const hang_fn hangs[] = { mock_hang, mock_hang_after };

static int run_with_hang (const char *slot, int nth, hang_fn hang)
{
  struct mock *mock = mock_new ();
  vprod_session *session = quick_session (mock);
  struct cancelling cancelling = { .mock = mock, .session = session, .slot = slot, .nth = nth };
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  pthread_t thread;

  hang (mock, slot, nth);
  ck_assert_int_eq (pthread_create (&thread, NULL, cancel_at_call, &cancelling), 0);
  assert_ok (vprod__session_run_jobs (session, fake_jobs, N_FAKE_JOBS, 0, &report, &err), err);
  __atomic_store_n (&cancelling.over, 1, __ATOMIC_RELEASE);
  pthread_join (thread, NULL);
  /* what hangs ends by the cancel alone: that it came so far says that nothing waits for more */
  for (size_t i = 0; i < vprod_report_count_results (report); i++)
    ck_assert_int_ne (vprod_result_get_verdict (vprod_report_get_result_at (report, i)), VPROD_VERDICT_FAIL);
  vprod_report_free (report);
  int met = mock_count (mock, slot, NULL) >= nth;
  end_clean (mock, session);
  return met;
}

START_TEST (cancel_ends_a_hanging_call_soon_and_leaves_nothing)
{
  const char *slot = mock_slot_at ((size_t) _i / 2);

  for (int nth = 1; nth <= MOST_CALLS && run_with_hang (slot, nth, hangs[_i % 2]); nth++)
    ;
}
END_TEST

static void *cancel_later (void *data)
{
  struct cancelling *c = data;

  usleep ((useconds_t) c->nth * 1000);
  vprod_session_cancel (c->session);
  return NULL;
}

/* At any millisecond, in any phase. */
START_TEST (cancel_at_any_time_leaves_nothing)
{
  struct mock *mock = mock_new ();
  vprod_session *session = quick_session (mock);
  struct cancelling cancelling = { .mock = mock, .session = session, .nth = _i * 7 };
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  pthread_t thread;

  mock->latency_ms = 3;
  ck_assert_int_eq (pthread_create (&thread, NULL, cancel_later, &cancelling), 0);
  assert_ok (vprod__session_run_jobs (session, fake_jobs, N_FAKE_JOBS, 0, &report, &err), err);
  pthread_join (thread, NULL);
  vprod_report_free (report);
  end_clean (mock, session);
}
END_TEST

START_TEST (session_timeout_in_a_hanging_call_leaves_nothing)
{
  struct mock *mock = mock_new ();
  vprod_session_options options = { .size = sizeof options, .timeout_ms = 200 };
  vprod_session *session = mock_session_with (mock, NULL, &options);
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  const char *slot = mock_slot_at ((size_t) _i);

  vprod__session_set_removal_time (session, &quick_removal);
  if (!is_removing (slot))
    mock_hang (mock, slot, 0);
  assert_ok (vprod__session_run_jobs (session, fake_jobs, N_FAKE_JOBS, 0, &report, &err), err);
  ck_assert_int_ne (vprod_report_get_verdict (report), VPROD_VERDICT_FAIL);
  vprod_report_free (report);
  end_clean (mock, session);
}
END_TEST

/* ---- removing itself ----------------------------------------------------------------------------------- */

START_TEST (removal_is_made_sure_of_once)
{
  struct mock *mock = mock_new ();
  vprod_session *session = quick_session (mock);
  const struct vprod__app *app;
  vprod_error *err = NULL;

  assert_ok (vprod__get_app (session, &app, &err), err);
  vprod_session_free (session);
  ck_assert_int_eq (mock_count (mock, "list_objects", NULL), 1);
  ck_assert_int_eq (mock_count (mock, "container_remove", NULL), 2);
  ck_assert_int_eq (mock_count (mock, "network_remove", NULL), 1);
  ck_assert_int_eq (mock_count (mock, "image_remove", "verify-prod-session/"), 1);
  ck_assert_int_eq (mock_count (mock, "image_remove", NULL), 1);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

static const struct {
  const char *slot;
  int nth;
} lies[] = { { "container_remove", 1 }, { "container_remove", 2 }, { "network_remove", 1 }, { "image_remove", 1 } };
#define N_LIES ((int) (sizeof lies / sizeof lies[0]))

START_TEST (what_was_not_removed_is_removed_at_the_end)
{
  struct mock *mock = mock_new ();
  vprod_session *session = quick_session (mock);
  const struct vprod__app *app;
  vprod_error *err = NULL;

  mock_lie (mock, lies[_i].slot, lies[_i].nth);
  assert_ok (vprod__get_app (session, &app, &err), err);
  end_clean (mock, session);
}
END_TEST

/* A one-off container, which the background removes while the session goes on. */
START_TEST (what_was_not_removed_early_is_removed_at_the_end)
{
  static const char *const command[] = { "true", NULL };
  const struct vprod__once_options options = { .command = command, .timeout_ms = 5000 };
  struct mock *mock = mock_new ();
  vprod_session *session = quick_session (mock);
  struct vprod__once once;
  vprod_error *err = NULL;

  mock_lie (mock, "container_remove", 1);
  assert_ok (vprod__run_once (session, &options, &once, &err), err);
  vprod__once_clear (&once);
  mock_wait_called (mock, "container_remove", NULL, 1);
  end_clean (mock, session);
}
END_TEST

/* What an engine made long after nobody waited for it any more. */
struct late {
  struct mock *mock;
  char *label;
};

static void *make_late (void *data)
{
  struct late *late = data;
  const char *labels[] = { late->label, NULL };

  mock_wait_called (late->mock, "list_objects", NULL, 3); /* nothing was there, twice */
  mock_add_object (late->mock, VPROD_OBJECT_CONTAINER, "late", labels);
  return NULL;
}

START_TEST (what_is_made_after_a_timeout_is_waited_for)
{
  struct mock *mock = mock_new ();
  vprod_session_options options = { .size = sizeof options, .timeout_ms = 300 };
  vprod_session *session = mock_session_with (mock, NULL, &options);
  struct late late = { .mock = mock };
  const struct vprod__app *app;
  vprod_error *err = NULL;
  pthread_t thread;

  vprod__session_set_removal_time (session, &quick_removal);
  ck_assert_int_gt (asprintf (&late.label, VPROD__LABEL_SESSION "=%s", vprod_session_get_id (session)), 0);
  mock_hang (mock, "container_create", 0);
  ck_assert_int_eq (pthread_create (&thread, NULL, make_late, &late), 0);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_TIMEOUT, "");
  vprod_session_free (session);
  pthread_join (thread, NULL);
  mock_assert_clean (mock);
  mock_free (mock);
  free (late.label);
}
END_TEST

START_TEST (session_that_made_nothing_asks_the_engine_nothing)
{
  struct mock *mock = mock_new ();

  vprod_session_free (quick_session (mock));
  for (size_t i = 0; mock_slot_at (i); i++)
    ck_assert_int_eq (mock_count (mock, mock_slot_at (i), NULL), 0);
  mock_free (mock);
}
END_TEST

static int heard;

static void hear (void *data, const vprod_event *event)
{
  heard |= event->kind == VPROD_EVENT_NOTE && strstr (event->text, "`verify-prod clean` removes the rest");
}

START_TEST (what_cannot_be_removed_is_told_of)
{
  struct mock *mock = mock_new ();
  vprod_session_options options = { .size = sizeof options, .on_event = hear };
  vprod_session *session = mock_session_with (mock, NULL, &options);
  const struct vprod__image *image;
  vprod_error *err = NULL;

  vprod__session_set_removal_time (session, &quick_removal);
  mock_fail (mock, "image_remove", 0, VPROD_ERROR_ENGINE);
  heard = 0;
  assert_ok (vprod__get_image (session, &image, &err), err);
  vprod_session_free (session);
  ck_assert_int_eq (heard, 1);
  ck_assert_int_eq (mock_leftovers (mock), 1);
  mock_free (mock);
}
END_TEST

START_TEST (what_stays_though_it_is_said_to_be_gone_is_told_of)
{
  struct mock *mock = mock_new ();
  vprod_session_options options = { .size = sizeof options, .on_event = hear };
  vprod_session *session = mock_session_with (mock, NULL, &options);
  const struct vprod__image *image;
  vprod_error *err = NULL;

  vprod__session_set_removal_time (session, &quick_removal);
  mock_lie (mock, "image_remove", 0);
  heard = 0;
  assert_ok (vprod__get_image (session, &image, &err), err);
  vprod_session_free (session);
  ck_assert_int_eq (heard, 1);
  ck_assert_int_eq (mock_leftovers (mock), 1);
  mock_free (mock);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("session_removal");
  TCase *tc = tcase_create ("session_removal");

  tcase_set_timeout (tc, 300);
  tcase_add_loop_test (tc, failing_call_is_an_error_and_leaves_nothing, 0, 2 * N_SLOTS);
  tcase_add_loop_test (tc, slot_that_always_fails_leaves_nothing_but_what_it_should_have_removed, 0, N_SLOTS);
  tcase_add_loop_test (tc, cancel_ends_a_hanging_call_soon_and_leaves_nothing, 0, 2 * N_SLOTS);
  tcase_add_loop_test (tc, cancel_at_any_time_leaves_nothing, 0, 40);
  tcase_add_loop_test (tc, session_timeout_in_a_hanging_call_leaves_nothing, 0, N_SLOTS);
  tcase_add_test (tc, removal_is_made_sure_of_once);
  tcase_add_loop_test (tc, what_was_not_removed_is_removed_at_the_end, 0, N_LIES);
  tcase_add_test (tc, what_was_not_removed_early_is_removed_at_the_end);
  tcase_add_test (tc, what_is_made_after_a_timeout_is_waited_for);
  tcase_add_test (tc, what_stays_though_it_is_said_to_be_gone_is_told_of);
  tcase_add_test (tc, session_that_made_nothing_asks_the_engine_nothing);
  tcase_add_test (tc, what_cannot_be_removed_is_told_of);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
