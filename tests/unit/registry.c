/* SPDX-License-Identifier: MIT */
#include "mock_runner.h"
#include "verdict.h"

#include <stdio.h>

#include "checks/check.h"
#include "util/text.h"

/* ---- what is listed ------------------------------------------------------------------------------------ */

START_TEST (lists_each_check_once)
{
  size_t n = 0;

  for (; vprod_get_check_at (n); n++)
    for (size_t i = 0; i < n; i++)
      ck_assert_str_ne (vprod_get_check_at (i)->id, vprod_get_check_at (n)->id);
  ck_assert_uint_gt (n, 0);
  ck_assert_ptr_null (vprod_get_check_at (n + 1));
  ck_assert_ptr_null (vprod_get_check_at (SIZE_MAX));
}
END_TEST

START_TEST (every_check_is_explained)
{
  for (size_t i = 0; vprod_get_check_at (i); i++) {
    const vprod_check_info *info = vprod_get_check_at (i);
    ck_assert_uint_eq (info->size, sizeof *info);
    ck_assert_uint_le (strlen (info->id), VPROD__CHECK_ID_WIDTH);
    ck_assert_uint_gt (strlen (info->title), 10);
    ck_assert_uint_lt (strlen (info->title), 70);
    ck_assert_uint_gt (strlen (info->what), 80);
    ck_assert_uint_gt (strlen (info->why), 80);
    ck_assert_uint_gt (strlen (info->remedy), 40);
    ck_assert_ptr_nonnull (info->run);
  }
}
END_TEST

START_TEST (finds_checks_by_id)
{
  for (size_t i = 0; vprod_get_check_at (i); i++)
    ck_assert_ptr_eq (vprod_find_check (vprod_get_check_at (i)->id), vprod_get_check_at (i));
  ck_assert_ptr_null (vprod_find_check ("nothing"));
  ck_assert_ptr_null (vprod_find_check (""));
  ck_assert_ptr_null (vprod_find_check (NULL));
}
END_TEST

START_TEST (a_check_without_a_session_is_refused)
{
  for (size_t i = 0; vprod_get_check_at (i); i++) {
    vprod_result *result = NULL;
    vprod_error *err = NULL;
    assert_error (vprod_get_check_at (i)->run (NULL, &result, &err), err, VPROD_ERROR_INVALID, vprod_get_check_at (i)->id);
    ck_assert_ptr_null (result);
  }
}
END_TEST

/* ---- which are run ------------------------------------------------------------------------------------- */

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
static const char *const empty[] = { NULL };

static struct mock *mock;
static vprod_session *session;
static vprod_report *report;

static void setup (void)
{
  mock = mock_new ();
  session = NULL;
  report = NULL;
}

static void teardown (void)
{
  vprod_session_free (session);
  vprod_report_free (report);
  mock_assert_clean (mock);
  mock_free (mock);
}

static void run_yaml (const char *yaml, const char *const *only, const char *const *skip)
{
  vprod_run_options options = { .size = sizeof options, .only = only, .skip = skip };
  vprod_error *err = NULL;

  session = mock_session (mock, yaml);
  assert_ok (vprod_session_run (session, &options, &report, &err), err);
}

static void assert_ran (const char *const *ids)
{
  size_t n = 0;

  for (; ids[n]; n++) {
    ck_assert_msg (n < vprod_report_count_results (report), "%s was not run", ids[n]);
    ck_assert_str_eq (vprod_result_get_check (vprod_report_get_result_at (report, n)), ids[n]);
  }
  ck_assert_uint_eq (vprod_report_count_results (report), n);
}

START_TEST (runs_all_without_options)
{
  vprod_error *err = NULL;

  session = mock_session (mock, NULL);
  assert_ok (vprod_session_run (session, NULL, &report, &err), err);
  size_t n = 0;
  for (; vprod_get_check_at (n); n++)
    ck_assert_str_eq (vprod_result_get_check (vprod_report_get_result_at (report, n)), vprod_get_check_at (n)->id);
  ck_assert_uint_eq (vprod_report_count_results (report), n);
}
END_TEST

START_TEST (only_and_skip_choose_whatever_their_order)
{
  run_yaml (NULL, LIST ("non-root", "health", "start"), LIST ("health"));
  assert_ran (LIST ("start", "non-root"));
}
END_TEST

START_TEST (what_the_spec_has_off_is_not_run)
{
  run_yaml ("version: 1\nchecks: {non-root: false}\n", NULL, LIST ("graceful-stop"));
  ck_assert_ptr_null (vprod_report_find_result (report, "non-root"));
  ck_assert_ptr_null (vprod_report_find_result (report, "graceful-stop"));
  ck_assert_ptr_nonnull (vprod_report_find_result (report, "start"));
}
END_TEST

START_TEST (skipping_what_is_off_is_no_mistake)
{
  run_yaml ("version: 1\nchecks: {non-root: false}\n", LIST ("start"), LIST ("non-root"));
  assert_ran (LIST ("start"));
}
END_TEST

START_TEST (options_of_an_older_caller_are_taken_to_their_size)
{
  vprod_run_options options = { .only = LIST ("non-root"), .skip = LIST ("nothing"), .jobs = -1 };
  vprod_error *err = NULL;

  options.size = offsetof (vprod_run_options, skip);
  session = mock_session (mock, NULL);
  assert_ok (vprod_session_run (session, &options, &report, &err), err);
  assert_ran (LIST ("non-root"));
}
END_TEST

START_TEST (one_at_a_time_comes_to_the_same)
{
  vprod_run_options options = { .size = sizeof options, .jobs = 1 };
  vprod_error *err = NULL;

  session = mock_session (mock, NULL);
  assert_ok (vprod_session_run (session, &options, &report, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (vprod_report_find_result (report, "start")), VPROD_VERDICT_PASS);
  ck_assert_int_eq (vprod_result_get_verdict (vprod_report_find_result (report, "health")), VPROD_VERDICT_PASS);
  ck_assert_int_eq (vprod_result_get_verdict (vprod_report_find_result (report, "graceful-stop")), VPROD_VERDICT_PASS);
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 1);
}
END_TEST

static const struct {
  const char *yaml;
  vprod_run_options options;
  const char *message;
} mistakes[] = {
  { NULL, { .only = LIST ("nonroot") }, "no check \"nonroot\" to run; did you mean \"non-root\"?" },
  { NULL, { .only = LIST ("start", "qwertyuiop") }, "no check \"qwertyuiop\" to run; `verify-prod list`" },
  { NULL, { .skip = LIST ("helth") }, "no check \"helth\" to skip; did you mean \"health\"?" },
  { NULL, { .only = LIST ("") }, "no check \"\"" },
  { NULL, { .only = empty }, "no check is left to run: the list of those to run is empty" },
  { NULL, { .only = LIST ("start"), .skip = LIST ("start") }, "all that are asked for are skipped" },
  { "version: 1\nchecks: {non-root: false}\n", { .only = LIST ("start", "non-root") }, "`non-root: false`" },
  { NULL, { .jobs = -1 }, "-1 checks at the same time" },
};

START_TEST (a_mistake_is_said_before_anything_is_made)
{
  vprod_run_options options = mistakes[_i].options;
  vprod_error *err = NULL;

  options.size = sizeof options;
  session = mock_session (mock, mistakes[_i].yaml);
  assert_error (vprod_session_run (session, &options, &report, &err), err, VPROD_ERROR_INVALID,
                mistakes[_i].message);
  ck_assert_ptr_null (report);
  for (size_t i = 0; mock_slot_at (i); i++)
    ck_assert_int_eq (mock_count (mock, mock_slot_at (i), NULL), 0);
}
END_TEST

START_TEST (a_spec_that_switches_all_off_leaves_nothing)
{
  vprod_error *err = NULL;
  char yaml[1024] = "version: 1\nchecks:\n";

  for (size_t i = 0; vprod_get_check_at (i); i++)
    snprintf (yaml + strlen (yaml), sizeof yaml - strlen (yaml), "  %s: false\n", vprod_get_check_at (i)->id);
  session = mock_session (mock, yaml);
  assert_error (vprod_session_run (session, NULL, &report, &err), err, VPROD_ERROR_INVALID,
                "says false for every one");
}
END_TEST

START_TEST (null_is_refused)
{
  vprod_error *err = NULL;

  assert_error (vprod_session_run (NULL, NULL, &report, &err), err, VPROD_ERROR_INVALID, "session");
  session = mock_session (mock, NULL);
  assert_error (vprod_session_run (session, NULL, NULL, &err), err, VPROD_ERROR_INVALID, "ret_report");
}
END_TEST

/* ---- one fault, one fail ------------------------------------------------------------------------------- */

#define COUNT(table) (sizeof (table) / sizeof (table)[0])
#define ALL_APP LIST ("start", "health", "graceful-stop", "required-env", "non-root", "startup-logs")
#define APP_YAML                                                                                                  \
  "version: 1\nrun: {port: 8000, env: {KEY: a}}\nchecks:\n"                                                       \
  "  health: {path: /health, consecutive: 1, timeout: 1s}\n"                                                      \
  "  startup-logs: {any: [Started], timeout: 100ms}\n"                                                            \
  "  graceful-stop: {grace: 200ms}\n"

struct verdicts {
  const char *id;
  vprod_verdict verdict;
};

static void assert_verdicts (const struct verdicts *wanted, size_t count)
{
  ck_assert_uint_eq (vprod_report_count_results (report), count);
  for (size_t i = 0; i < count; i++) {
    const vprod_result *result = vprod_report_find_result (report, wanted[i].id);
    ck_assert_msg (vprod_result_get_verdict (result) == wanted[i].verdict, "%s: %s: %s", wanted[i].id,
                   vprod_verdict_name (vprod_result_get_verdict (result)), vprod_result_get_message (result));
  }
}

static void app_ends (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->ends_after_ms = 0;
  behaviour->exit_code = 1;
}

static const struct mock_output names_key[] = { { 0, VPROD_STREAM_STDERR, "KEY is missing\n", 0 }, { 0 } };

static void missing_key_ends (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role != MOCK_ONCE)
    return;
  behaviour->exit_code = 2;
  behaviour->output = names_key;
}

static void never_healthy (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  missing_key_ends (data, request, behaviour);
  behaviour->reply.status = 500;
}

static void does_not_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  build->failed = 1;
}

START_TEST (a_good_app_passes_all)
{
  const struct verdicts wanted[] = {
    { "start", VPROD_VERDICT_PASS },        { "health", VPROD_VERDICT_PASS },   { "graceful-stop", VPROD_VERDICT_PASS },
    { "required-env", VPROD_VERDICT_PASS }, { "non-root", VPROD_VERDICT_PASS }, { "startup-logs", VPROD_VERDICT_PASS },
  };

  mock->on_container = missing_key_ends;
  run_yaml (APP_YAML, ALL_APP, NULL);
  assert_verdicts (wanted, COUNT (wanted));
  ck_assert_int_eq (vprod_report_get_verdict (report), VPROD_VERDICT_PASS);
  /* all looked at one app, and it was ended last */
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 1);
}
END_TEST

static void missing_key_ends_later (void *data, const vprod_container_request *request,
                                    struct mock_behaviour *behaviour)
{
  missing_key_ends (data, request, behaviour);
  if (behaviour->role == MOCK_ONCE)
    behaviour->ends_after_ms = 600;
}

START_TEST (the_control_is_not_ended_before_those_without_a_variable)
{
  struct mock_call signal, once;

  mock->on_container = missing_key_ends_later;
  run_yaml (APP_YAML, LIST ("graceful-stop", "required-env"), NULL);
  ck_assert_int_eq (vprod_report_get_verdict (report), VPROD_VERDICT_PASS);
  ck_assert (mock_nth_call (mock, "container_signal", "app1", 1, &signal));
  ck_assert (mock_nth_call (mock, "container_wait", "once", 1, &once)); /* the one beside the control is not waited for */
  ck_assert_int_ge (signal.began_ms, once.ended_ms);
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 1);
}
END_TEST

START_TEST (an_app_that_ends_is_the_fault_of_start_alone)
{
  const struct verdicts wanted[] = {
    { "start", VPROD_VERDICT_FAIL },        { "health", VPROD_VERDICT_SKIP },   { "graceful-stop", VPROD_VERDICT_SKIP },
    { "required-env", VPROD_VERDICT_SKIP }, { "non-root", VPROD_VERDICT_SKIP }, { "startup-logs", VPROD_VERDICT_SKIP },
  };

  mock->on_container = app_ends;
  run_yaml (APP_YAML, ALL_APP, NULL);
  assert_verdicts (wanted, COUNT (wanted));
}
END_TEST

START_TEST (an_app_that_ends_is_no_pass_where_start_was_left_out)
{
  const struct verdicts wanted[] = {
    { "build", VPROD_VERDICT_PASS }, { "health", VPROD_VERDICT_SKIP }, { "graceful-stop", VPROD_VERDICT_SKIP }, { "non-root", VPROD_VERDICT_SKIP },
  };

  mock->on_container = app_ends;
  run_yaml (APP_YAML, LIST ("build", "health", "graceful-stop", "non-root"), NULL);
  assert_verdicts (wanted, COUNT (wanted));
  ck_assert_int_eq (vprod_report_get_verdict (report), VPROD_VERDICT_ERROR);
}
END_TEST

START_TEST (an_ill_app_is_the_fault_of_health_alone)
{
  const struct verdicts wanted[] = {
    { "start", VPROD_VERDICT_PASS },        { "health", VPROD_VERDICT_FAIL },   { "graceful-stop", VPROD_VERDICT_PASS },
    { "required-env", VPROD_VERDICT_PASS }, { "non-root", VPROD_VERDICT_PASS }, { "startup-logs", VPROD_VERDICT_PASS },
  };

  mock->on_container = never_healthy;
  run_yaml (APP_YAML, ALL_APP, NULL);
  assert_verdicts (wanted, COUNT (wanted));
}
END_TEST

START_TEST (without_an_image_nothing_is_verified)
{
  const struct verdicts wanted[] = {
    { "start", VPROD_VERDICT_SKIP },        { "health", VPROD_VERDICT_SKIP },   { "graceful-stop", VPROD_VERDICT_SKIP },
    { "required-env", VPROD_VERDICT_SKIP }, { "non-root", VPROD_VERDICT_SKIP }, { "startup-logs", VPROD_VERDICT_SKIP },
  };

  mock->on_build = does_not_build;
  run_yaml (APP_YAML, ALL_APP, NULL);
  assert_verdicts (wanted, COUNT (wanted));
  ck_assert_int_eq (vprod_report_get_verdict (report), VPROD_VERDICT_ERROR);
}
END_TEST

START_TEST (an_engine_that_cannot_make_the_app_is_the_error_of_start_alone)
{
  const struct verdicts wanted[] = {
    { "start", VPROD_VERDICT_ERROR },       { "health", VPROD_VERDICT_SKIP },   { "graceful-stop", VPROD_VERDICT_SKIP },
    { "required-env", VPROD_VERDICT_SKIP }, { "non-root", VPROD_VERDICT_SKIP }, { "startup-logs", VPROD_VERDICT_SKIP },
  };

  mock_fail (mock, "container_create", 0, VPROD_ERROR_ENGINE);
  run_yaml (APP_YAML, ALL_APP, NULL);
  assert_verdicts (wanted, COUNT (wanted));
  ck_assert_int_eq (vprod_report_get_verdict (report), VPROD_VERDICT_ERROR);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("registry");
  TCase *tcase = tcase_create ("list");

  tcase_add_test (tcase, lists_each_check_once);
  tcase_add_test (tcase, every_check_is_explained);
  tcase_add_test (tcase, finds_checks_by_id);
  tcase_add_test (tcase, a_check_without_a_session_is_refused);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("run");
  tcase_set_timeout (tcase, 60);
  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, runs_all_without_options);
  tcase_add_test (tcase, only_and_skip_choose_whatever_their_order);
  tcase_add_test (tcase, what_the_spec_has_off_is_not_run);
  tcase_add_test (tcase, skipping_what_is_off_is_no_mistake);
  tcase_add_test (tcase, options_of_an_older_caller_are_taken_to_their_size);
  tcase_add_test (tcase, one_at_a_time_comes_to_the_same);
  tcase_add_loop_test (tcase, a_mistake_is_said_before_anything_is_made, 0, (int) COUNT (mistakes));
  tcase_add_test (tcase, a_spec_that_switches_all_off_leaves_nothing);
  tcase_add_test (tcase, null_is_refused);
  tcase_add_test (tcase, a_good_app_passes_all);
  tcase_add_test (tcase, the_control_is_not_ended_before_those_without_a_variable);
  tcase_add_test (tcase, an_app_that_ends_is_the_fault_of_start_alone);
  tcase_add_test (tcase, an_app_that_ends_is_no_pass_where_start_was_left_out);
  tcase_add_test (tcase, an_ill_app_is_the_fault_of_health_alone);
  tcase_add_test (tcase, without_an_image_nothing_is_verified);
  tcase_add_test (tcase, an_engine_that_cannot_make_the_app_is_the_error_of_start_alone);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
