/* SPDX-License-Identifier: MIT */
/* Running many checks: all of them, in turn, each fault told of once. */
#include "mock_runner.h"
#include "session_jobs_fake.h"

#include <pthread.h>

#include "result/report.h"
#include "util/clock.h"

static struct mock *mock;
static vprod_session *session;
static vprod_error *err;
static vprod_report *report;

static void setup (void)
{
  mock = mock_new ();
  session = NULL;
  err = NULL;
  report = NULL;
}

static void teardown (void)
{
  vprod_report_free (report);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}

static void run (int at_once)
{
  if (!session)
    session = mock_session (mock, NULL);
  assert_ok (vprod__session_run_jobs (session, fake_jobs, N_FAKE_JOBS, at_once, &report, &err), err);
}

static const vprod_result *result_of (const char *check)
{
  const vprod_result *result = vprod_report_find_result (report, check);

  ck_assert_msg (result != NULL, "no result of %s", check);
  return result;
}

static void assert_verdict (const char *check, vprod_verdict verdict, const char *message)
{
  const vprod_result *result = result_of (check);

  ck_assert_msg (vprod_result_get_verdict (result) == verdict, "%s: %s: %s", check,
                 vprod_verdict_name (vprod_result_get_verdict (result)), vprod_result_get_message (result));
  ck_assert_msg (strstr (vprod_result_get_message (result), message) != NULL, "%s: no \"%s\" in: %s", check, message,
                 vprod_result_get_message (result));
}

START_TEST (all_pass_however_many_at_once)
{
  run (_i);
  ck_assert_uint_eq (vprod_report_count_results (report), N_FAKE_JOBS);
  for (size_t i = 0; i < N_FAKE_JOBS; i++) {
    ck_assert_str_eq (vprod_result_get_check (vprod_report_get_result_at (report, i)), fake_jobs[i].check_id);
    assert_verdict (fake_jobs[i].check_id, VPROD_VERDICT_PASS, "");
  }
  ck_assert_int_eq (mock_count (mock, "container_create", "verify-prod-session/"), 1 + 3); /* the app, three one-offs */
  ck_assert_str_eq (vprod_report_get_name (report), "subject");
  ck_assert_str_eq (vprod_report_get_image_id (report), mock->image.facts.id);
  ck_assert_ptr_nonnull (strstr (vprod_report_get_image (report), "verify-prod-session/subject:"));
  ck_assert_str_eq (vprod_report_get_engine_name (report), "docker");
  ck_assert_str_eq (vprod_report_get_engine_version (report), "20.10.24");
  ck_assert_int_eq (vprod_report_get_started_at (report)[10], 'T');
  ck_assert_int_ge (vprod_report_get_duration_ms (report), 20); /* two right answers are that far apart */
}
END_TEST

START_TEST (app_is_ended_after_all_that_look_at_it)
{
  struct mock_call signal, processes;

  run (_i);
  ck_assert_int_eq (mock_nth_call (mock, "container_signal", "app1", 1, &signal), 1);
  ck_assert_int_eq (mock_nth_call (mock, "container_processes", "app1", 1, &processes), 1);
  ck_assert_int_le (processes.ended_ms, signal.began_ms);
  ck_assert_int_eq (mock_count (mock, "container_signal", NULL), 1);
}
END_TEST

START_TEST (app_starts_before_the_one_off_containers)
{
  struct mock_call app, once;

  run (_i);
  ck_assert_int_eq (mock_nth_call (mock, "container_start", "app1", 1, &app), 1);
  ck_assert_int_eq (mock_nth_call (mock, "container_start", "once1", 1, &once), 1);
  ck_assert_int_le (app.ended_ms, once.began_ms);
}
END_TEST

static void one_offs_are_slow (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_ONCE)
    b->takes_ms = 100;
}

START_TEST (what_is_late_does_not_start_the_app_again)
{
  mock->on_container = one_offs_are_slow; /* they go on after graceful-stop ended the app */
  run (_i);
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 1);
}
END_TEST

START_TEST (second_run_makes_a_new_app)
{
  run (0);
  vprod_report_free (report);
  run (1);
  assert_verdict ("graceful-stop", VPROD_VERDICT_PASS, "");
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 2);
  ck_assert_int_eq (mock_count (mock, "container_start", "database"), 1);
}
END_TEST

/* ---- one fault is told of once ------------------------------------------------------------------------- */

static void does_not_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  build->failed = 1;
}

START_TEST (image_that_does_not_build_is_one_fail_and_skips)
{
  mock->on_build = does_not_build;
  run (_i);
  assert_verdict ("build", VPROD_VERDICT_FAIL, "the image did not build");
  for (size_t i = 1; i < N_FAKE_JOBS; i++)
    assert_verdict (fake_jobs[i].check_id, VPROD_VERDICT_SKIP, "not checked: the image did not build");
  ck_assert_int_eq (vprod_report_get_verdict (report), VPROD_VERDICT_FAIL);
}
END_TEST

START_TEST (builder_at_fault_is_one_error_and_skips)
{
  mock_fail (mock, "build", 1, VPROD_ERROR_BUILDER);
  run (_i);
  assert_verdict ("build", VPROD_VERDICT_ERROR, MOCK_FAULT);
  for (size_t i = 1; i < N_FAKE_JOBS; i++)
    assert_verdict (fake_jobs[i].check_id, VPROD_VERDICT_SKIP,
                    "it could not be told whether the image builds (see the check build)");
  ck_assert_int_eq (vprod_report_get_verdict (report), VPROD_VERDICT_ERROR);
}
END_TEST

START_TEST (database_at_fault_is_an_error_of_start_alone)
{
  mock_fail (mock, "image_pull", 1, VPROD_ERROR_REGISTRY);
  run (_i);
  assert_verdict ("build", VPROD_VERDICT_PASS, "");
  assert_verdict ("start", VPROD_VERDICT_ERROR, MOCK_FAULT);
  assert_verdict ("health", VPROD_VERDICT_SKIP, "see the check start");
  assert_verdict ("graceful-stop", VPROD_VERDICT_SKIP, "see the check start");
  assert_verdict ("non-root", VPROD_VERDICT_SKIP, "see the check start");
  assert_verdict ("required-env", VPROD_VERDICT_SKIP, "see the check start");
  assert_verdict ("layer-cache", VPROD_VERDICT_PASS, "");
}
END_TEST

static void app_ends (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role != MOCK_APP)
    return;
  b->ends_after_ms = 20;
  b->exit_code = 7;
  b->answers_after_ms = 100000;
}

START_TEST (app_that_ends_is_one_fail_and_skips)
{
  mock->on_container = app_ends;
  run (_i);
  assert_verdict ("start", VPROD_VERDICT_FAIL, "ended with 7");
  assert_verdict ("health", VPROD_VERDICT_SKIP, "not checked: the app did not stay up");
  assert_verdict ("graceful-stop", VPROD_VERDICT_SKIP, "not checked: the app did not stay up");
  assert_verdict ("non-root", VPROD_VERDICT_SKIP, "not checked: the app did not stay up");
  assert_verdict ("required-env", VPROD_VERDICT_PASS, "");
}
END_TEST

START_TEST (owner_that_does_not_run_leaves_the_error_to_who_asked)
{
  mock_fail (mock, "image_pull", 1, VPROD_ERROR_REGISTRY);
  session = mock_session (mock, NULL);
  assert_ok (vprod__session_run_jobs (session, &fake_jobs[5], 1, 0, &report, &err), err);
  assert_verdict ("non-root", VPROD_VERDICT_ERROR, MOCK_FAULT);
}
END_TEST

START_TEST (error_of_one_check_is_its_own)
{
  mock_fail (mock, "container_processes", 1, VPROD_ERROR_UNSUPPORTED);
  run (0);
  assert_verdict ("non-root", VPROD_VERDICT_ERROR, MOCK_FAULT);
  ck_assert_str_eq (vprod_result_find_evidence (result_of ("non-root"), "error"), "unsupported");
  assert_verdict ("start", VPROD_VERDICT_PASS, "");
  assert_verdict ("graceful-stop", VPROD_VERDICT_PASS, "");
}
END_TEST

/* ---- time and events ----------------------------------------------------------------------------------- */

static void builds_slowly (void *data, const vprod_build_request *request, struct mock_build *build)
{
  build->takes_ms = build->nth == 1 ? 500 : 0;
}

START_TEST (duration_of_a_check_is_without_what_it_waited_for)
{
  mock->on_build = builds_slowly;
  run (_i);
  ck_assert_int_ge (vprod_result_get_duration_ms (result_of ("build")), 500);
  ck_assert_int_lt (vprod_result_get_duration_ms (result_of ("non-root")), 400);
  ck_assert_int_lt (vprod_result_get_duration_ms (result_of ("start")), 400);
  ck_assert_int_lt (vprod_result_get_duration_ms (result_of ("layer-cache")), 400);
}
END_TEST

struct heard {
  pthread_mutex_t lock;
  int inside;
  int started;
  int ended;
  int steps;
  int steps_ended;
  int steps_cached;
  int pulls;
  int pulls_ended;
  int waits;
  int waits_ended;
  int notes;
  int overlapped;
};

static void hear (void *data, const vprod_event *event)
{
  struct heard *heard = data;

  heard->overlapped |= heard->inside;
  heard->inside = 1;
  usleep (500);
  switch (event->kind) {
  case VPROD_EVENT_CHECK_STARTED:
    heard->started++;
    ck_assert_ptr_nonnull (event->check);
    break;
  case VPROD_EVENT_CHECK_ENDED:
    heard->ended++;
    ck_assert_str_eq (vprod_result_get_check (event->result), event->check);
    break;
  case VPROD_EVENT_BUILD_STEP:
    heard->steps++;
    ck_assert_ptr_nonnull (event->text);
    break;
  case VPROD_EVENT_NOTE:
    heard->notes += strstr (event->text, "database db (PostgreSQL 16.4) ready after") != NULL
                    || strcmp (event->text, "pulling postgres:16-alpine") == 0;
    break;
  case VPROD_EVENT_BUILD_STEP_ENDED:
    heard->steps_ended++;
    heard->steps_cached += event->cached;
    break;
  case VPROD_EVENT_PULL:
    heard->pulls++;
    ck_assert_str_eq (event->text, "postgres:16-alpine");
    break;
  case VPROD_EVENT_PULL_ENDED:
    heard->pulls_ended++;
    break;
  case VPROD_EVENT_WAITING:
    ck_assert_ptr_nonnull (event->check);
    ck_assert_str_ne (event->check, "build"); /* it makes itself what it needs */
    heard->waits += event->text != NULL;
    heard->waits_ended += event->text == NULL;
    break;
  case VPROD_EVENT_BUILD_LOG:
    break;
  }
  heard->inside = 0;
}

START_TEST (events_tell_of_checks_steps_and_notes_one_at_a_time)
{
  struct heard heard = { .inside = 0 };
  vprod_session_options options = { .size = sizeof options, .on_event = hear, .data = &heard };

  session = mock_session_with (mock, NULL, &options);
  run (0);
  ck_assert_int_eq (heard.overlapped, 0);
  ck_assert_int_eq (heard.started, N_FAKE_JOBS);
  ck_assert_int_eq (heard.ended, N_FAKE_JOBS);
  ck_assert_int_eq (heard.steps, 3); /* of the image's build: those that were not taken from the cache */
  ck_assert_int_eq (heard.steps_ended, 4);
  ck_assert_int_eq (heard.steps_cached, 1);
  ck_assert_int_eq (heard.pulls, 1); /* the mock's own pull does not say how far it is */
  ck_assert_int_eq (heard.pulls_ended, 1);
  ck_assert_int_ge (heard.waits, heard.waits_ended);
  ck_assert_int_gt (heard.waits_ended, 0);
  ck_assert_int_eq (heard.notes, 2);
}
END_TEST

/* Who was told to wait for the build; the build goes on once all of them were. */
struct build_waits {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int waiting[3];
  int went_on[3];
};

static const char *const who_wait[] = { "start", "health", "non-root" };
static struct build_waits *build_waits;

static void hear_waits (void *data, const vprod_event *event)
{
  struct build_waits *waits = data;

  if (event->kind != VPROD_EVENT_WAITING)
    return;
  pthread_mutex_lock (&waits->lock);
  for (int i = 0; i < 3; i++)
    if (strcmp (event->check, who_wait[i]) == 0) {
      waits->waiting[i] |= event->text && strcmp (event->text, "the build") == 0;
      waits->went_on[i] = !event->text;
    }
  pthread_cond_broadcast (&waits->changed);
  pthread_mutex_unlock (&waits->lock);
}

static void build_lasts_until_all_wait (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  (void) build;
  pthread_mutex_lock (&build_waits->lock);
  while (!build_waits->waiting[0] || !build_waits->waiting[1] || !build_waits->waiting[2])
    pthread_cond_wait (&build_waits->changed, &build_waits->lock);
  pthread_mutex_unlock (&build_waits->lock);
}

/* Those, too, that wait for the app, which another check makes. */
START_TEST (checks_say_that_they_wait_for_the_build)
{
  struct build_waits waits = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
  vprod_session_options options = { .size = sizeof options, .on_event = hear_waits, .data = &waits };

  build_waits = &waits;
  mock->on_build = build_lasts_until_all_wait;
  session = mock_session_with (mock, NULL, &options);
  run (0);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq (waits.went_on[i], 1);
}
END_TEST

START_TEST (span_of_a_check_lies_in_the_report)
{
  run (_i);
  for (size_t i = 0; i < N_FAKE_JOBS; i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    int64_t began_ms = vprod_result_get_began_ms (result), ended_ms = vprod_result_get_ended_ms (result);
    ck_assert_int_ge (began_ms, 0);
    ck_assert_int_le (ended_ms, vprod_report_get_duration_ms (report));
    ck_assert_int_ge (ended_ms, began_ms);
  }
  if (_i == 1) /* one after another, in the order of their turns */
    ck_assert_int_ge (vprod_result_get_began_ms (result_of ("start")),
                      vprod_result_get_ended_ms (result_of ("health")));
}
END_TEST

START_TEST (callers_structure_may_be_an_older_smaller_one)
{
  vprod_session_options options = { .size = offsetof (vprod_session_options, on_event), .timeout_ms = 10000 };

  options.on_event = (void (*) (void *, const vprod_event *)) 1; /* past the size: not looked at */
  session = mock_session_with (mock, NULL, &options);
  run (0);
  ck_assert_int_eq (vprod_report_get_verdict (report), VPROD_VERDICT_PASS);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("session_jobs");
  TCase *tc = tcase_create ("session_jobs");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, all_pass_however_many_at_once, 0, N_FAKE_JOBS + 2);
  tcase_add_loop_test (tc, app_is_ended_after_all_that_look_at_it, 0, 4);
  tcase_add_loop_test (tc, app_starts_before_the_one_off_containers, 0, 3);
  tcase_add_loop_test (tc, what_is_late_does_not_start_the_app_again, 0, 4);
  tcase_add_test (tc, second_run_makes_a_new_app);
  tcase_add_loop_test (tc, image_that_does_not_build_is_one_fail_and_skips, 0, 2);
  tcase_add_loop_test (tc, builder_at_fault_is_one_error_and_skips, 0, 3);
  tcase_add_loop_test (tc, database_at_fault_is_an_error_of_start_alone, 0, 3);
  tcase_add_loop_test (tc, app_that_ends_is_one_fail_and_skips, 0, 2);
  tcase_add_test (tc, owner_that_does_not_run_leaves_the_error_to_who_asked);
  tcase_add_test (tc, error_of_one_check_is_its_own);
  tcase_add_loop_test (tc, duration_of_a_check_is_without_what_it_waited_for, 0, 2);
  tcase_add_test (tc, events_tell_of_checks_steps_and_notes_one_at_a_time);
  tcase_add_test (tc, checks_say_that_they_wait_for_the_build);
  tcase_add_loop_test (tc, span_of_a_check_lies_in_the_report, 0, 2);
  tcase_add_test (tc, callers_structure_may_be_an_older_smaller_one);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
