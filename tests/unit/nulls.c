/* SPDX-License-Identifier: MIT */
/* No public function crashes on NULL, and what it then gives says nothing; and in a forked child, what belongs to the
   parent stays as it is. */
#include "mock_runner.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks/registry.h"
#include "session/session.h"
#include "util/strv.h"

/* ---- NULL ---------------------------------------------------------------------------------------------- */

/* Every function of libverifyprod.sym but those of checks, and what it gives for NULL and 0. */
#define CALLS(X) \
  X (vprod_check_own, ck_assert_int_lt (vprod_check_own (NULL, NULL, NULL, NULL), 0)) \
  X (vprod_clean, ck_assert_int_lt (vprod_clean (NULL, NULL, NULL, NULL), 0)) \
  X (vprod_count_checks, ck_assert_uint_gt (vprod_count_checks (), 0)) \
  X (vprod_error_code_name, ck_assert_ptr_nonnull (vprod_error_code_name ((vprod_error_code) 0))) \
  X (vprod_error_free, vprod_error_free (NULL)) \
  X (vprod_error_get_code, ck_assert_int_eq ((long long) vprod_error_get_code (NULL), 0)) \
  X (vprod_error_get_errno, ck_assert_int_eq (vprod_error_get_errno (NULL), 0)) \
  X (vprod_error_get_message, ck_assert_str_eq (vprod_error_get_message (NULL), "")) \
  X (vprod_error_new, (void) vprod_error_new (NULL, (vprod_error_code) 0, 0, NULL)) \
  X (vprod_find_check, ck_assert_ptr_null (vprod_find_check (NULL))) \
  X (vprod_finding_count_fields, ck_assert_int_eq ((long long) vprod_finding_count_fields (NULL), 0)) \
  X (vprod_finding_find_field, ck_assert_ptr_null (vprod_finding_find_field (NULL, NULL))) \
  X (vprod_finding_get_field_at, ck_assert_int_lt (vprod_finding_get_field_at (NULL, 0, NULL, NULL), 0)) \
  X (vprod_get_check_at, ck_assert_ptr_nonnull (vprod_get_check_at (0))) \
  X (vprod_log_text, ck_assert_ptr_null (vprod_log_text (NULL))) \
  X (vprod_report_count_formats, ck_assert_uint_gt (vprod_report_count_formats (), 0)) \
  X (vprod_report_count_results, ck_assert_int_eq ((long long) vprod_report_count_results (NULL), 0)) \
  X (vprod_report_find_result, ck_assert_ptr_null (vprod_report_find_result (NULL, NULL))) \
  X (vprod_report_free, vprod_report_free (NULL)) \
  X (vprod_report_get_duration_ms, ck_assert_int_eq ((long long) vprod_report_get_duration_ms (NULL), 0)) \
  X (vprod_report_get_engine_api_version, ck_assert_str_eq (vprod_report_get_engine_api_version (NULL), "")) \
  X (vprod_report_get_engine_name, ck_assert_str_eq (vprod_report_get_engine_name (NULL), "")) \
  X (vprod_report_get_engine_version, ck_assert_str_eq (vprod_report_get_engine_version (NULL), "")) \
  X (vprod_report_get_format_at, ck_assert_ptr_nonnull (vprod_report_get_format_at (0))) \
  X (vprod_report_get_image, ck_assert_str_eq (vprod_report_get_image (NULL), "")) \
  X (vprod_report_get_image_id, ck_assert_str_eq (vprod_report_get_image_id (NULL), "")) \
  X (vprod_report_get_name, ck_assert_str_eq (vprod_report_get_name (NULL), "")) \
  X (vprod_report_get_result_at, ck_assert_ptr_null (vprod_report_get_result_at (NULL, 0))) \
  X (vprod_report_get_started_at, ck_assert_str_eq (vprod_report_get_started_at (NULL), "")) \
  X (vprod_report_get_verdict, ck_assert_int_eq (vprod_report_get_verdict (NULL), VPROD_VERDICT_ERROR)) \
  X (vprod_report_load, ck_assert_int_lt (vprod_report_load (NULL, NULL, NULL), 0)) \
  X (vprod_report_render, ck_assert_int_lt (vprod_report_render (NULL, NULL, NULL, NULL, NULL, NULL), 0)) \
  X (vprod_report_set_add, ck_assert_int_lt (vprod_report_set_add (NULL, NULL, NULL), 0)) \
  X (vprod_report_set_count, ck_assert_uint_eq (vprod_report_set_count (NULL), 0)) \
  X (vprod_report_set_expect, ck_assert_int_lt (vprod_report_set_expect (NULL, NULL, NULL), 0)) \
  X (vprod_report_set_free, vprod_report_set_free (NULL)) \
  X (vprod_report_set_count_results, ck_assert_uint_eq (vprod_report_set_count_results (NULL, VPROD_VERDICT_PASS), 0)) \
  X (vprod_report_set_get_bad_check_at, ck_assert_ptr_null (vprod_report_set_get_bad_check_at (NULL, 0, 0))) \
  X (vprod_report_set_get_duration_ms_at, ck_assert_int_eq (vprod_report_set_get_duration_ms_at (NULL, 0), 0)) \
  X (vprod_report_set_is_absent_at, ck_assert_int_eq (vprod_report_set_is_absent_at (NULL, 0), 0)) \
  X (vprod_report_set_load_at, ck_assert_int_lt (vprod_report_set_load_at (NULL, 0, NULL, NULL), 0)) \
  X (vprod_report_set_get_name_at, ck_assert_str_eq (vprod_report_set_get_name_at (NULL, 0), "")) \
  X (vprod_report_set_get_verdict, ck_assert_int_eq (vprod_report_set_get_verdict (NULL), VPROD_VERDICT_ERROR)) \
  X (vprod_report_set_get_verdict_at, ck_assert_int_eq (vprod_report_set_get_verdict_at (NULL, 0), VPROD_VERDICT_ERROR)) \
  X (vprod_report_set_new, ck_assert_int_lt (vprod_report_set_new (NULL, NULL), 0)) \
  X (vprod_report_set_render, ck_assert_int_lt (vprod_report_set_render (NULL, NULL, NULL, NULL, NULL, NULL), 0)) \
  X (vprod_result_count_evidence, ck_assert_int_eq ((long long) vprod_result_count_evidence (NULL), 0)) \
  X (vprod_result_count_findings, ck_assert_int_eq ((long long) vprod_result_count_findings (NULL), 0)) \
  X (vprod_result_find_evidence, ck_assert_ptr_null (vprod_result_find_evidence (NULL, NULL))) \
  X (vprod_result_free, vprod_result_free (NULL)) \
  X (vprod_result_get_began_ms, ck_assert_int_eq ((long long) vprod_result_get_began_ms (NULL), 0)) \
  X (vprod_result_get_check, ck_assert_str_eq (vprod_result_get_check (NULL), "")) \
  X (vprod_result_get_duration_ms, ck_assert_int_eq ((long long) vprod_result_get_duration_ms (NULL), 0)) \
  X (vprod_result_get_ended_ms, ck_assert_int_eq ((long long) vprod_result_get_ended_ms (NULL), 0)) \
  X (vprod_result_get_evidence_at, ck_assert_int_lt (vprod_result_get_evidence_at (NULL, 0, NULL, NULL), 0)) \
  X (vprod_result_get_file, ck_assert_str_eq (vprod_result_get_file (NULL), "")) \
  X (vprod_result_get_finding_at, ck_assert_ptr_null (vprod_result_get_finding_at (NULL, 0))) \
  X (vprod_result_get_line, ck_assert_int_eq (vprod_result_get_line (NULL), 0)) \
  X (vprod_result_get_message, ck_assert_str_eq (vprod_result_get_message (NULL), "")) \
  X (vprod_result_get_remedy, ck_assert_str_eq (vprod_result_get_remedy (NULL), "")) \
  X (vprod_result_get_title, ck_assert_str_eq (vprod_result_get_title (NULL), "")) \
  X (vprod_result_get_verdict, ck_assert_int_eq (vprod_result_get_verdict (NULL), VPROD_VERDICT_ERROR)) \
  X (vprod_result_render, ck_assert_int_lt (vprod_result_render (NULL, NULL, NULL, NULL, NULL), 0)) \
  X (vprod_runner_free, vprod_runner_free (NULL)) \
  X (vprod_runner_get_engine, ck_assert_int_lt (vprod_runner_get_engine (NULL, 0, NULL, NULL), 0)) \
  X (vprod_runner_get_ops, ck_assert_ptr_null (vprod_runner_get_ops (NULL))) \
  X (vprod_runner_new, ck_assert_int_lt (vprod_runner_new (NULL, NULL, NULL, NULL, NULL), 0)) \
  X (vprod_runner_new_docker, ck_assert_int_lt (vprod_runner_new_docker (NULL, NULL, NULL), 0)) \
  X (vprod_runner_new_wrapper, ck_assert_int_lt (vprod_runner_new_wrapper (NULL, NULL, NULL, NULL, NULL, NULL), 0)) \
  X (vprod_session_build, ck_assert_int_lt (vprod_session_build (NULL, NULL, NULL, NULL), 0)) \
  X (vprod_session_cancel, vprod_session_cancel (NULL)) \
  X (vprod_session_free, vprod_session_free (NULL)) \
  X (vprod_session_get_id, ck_assert_str_eq (vprod_session_get_id (NULL), "")) \
  X (vprod_session_new, ck_assert_int_lt (vprod_session_new (NULL, NULL, NULL, NULL), 0)) \
  X (vprod_session_new_with, ck_assert_int_lt (vprod_session_new_with (NULL, NULL, NULL, NULL, NULL), 0)) \
  X (vprod_session_run, ck_assert_int_lt (vprod_session_run (NULL, NULL, NULL, NULL), 0)) \
  X (vprod_spec_count_keys, ck_assert_uint_gt (vprod_spec_count_keys (), 0)) \
  X (vprod_spec_count_own_checks, ck_assert_uint_eq (vprod_spec_count_own_checks (NULL), 0)) \
  X (vprod_spec_draft, ck_assert_int_lt (vprod_spec_draft (NULL, NULL, NULL, NULL), 0)) \
  X (vprod_spec_find_dockerfiles, ck_assert_int_lt (vprod_spec_find_dockerfiles (NULL, NULL, NULL, NULL), 0)) \
  X (vprod_spec_find_own_check, ck_assert_ptr_null (vprod_spec_find_own_check (NULL, NULL))) \
  X (vprod_spec_free, vprod_spec_free (NULL)) \
  X (vprod_spec_get_base_dir, ck_assert_str_eq (vprod_spec_get_base_dir (NULL), "")) \
  X (vprod_spec_get_file, ck_assert_ptr_null (vprod_spec_get_file (NULL))) \
  X (vprod_spec_get_key_at, ck_assert_ptr_nonnull (vprod_spec_get_key_at (0))) \
  X (vprod_spec_get_name, ck_assert_str_eq (vprod_spec_get_name (NULL), "")) \
  X (vprod_spec_get_own_check_at, ck_assert_ptr_null (vprod_spec_get_own_check_at (NULL, 0))) \
  X (vprod_spec_has_check, ck_assert_int_eq (vprod_spec_has_check (NULL, NULL), 0)) \
  X (vprod_spec_load, ck_assert_int_lt (vprod_spec_load (NULL, NULL, NULL), 0)) \
  X (vprod_spec_new, ck_assert_int_lt (vprod_spec_new (NULL, NULL, NULL), 0)) \
  X (vprod_spec_parse, ck_assert_int_lt (vprod_spec_parse (NULL, 0, NULL, NULL, NULL, NULL), 0)) \
  X (vprod_spec_read_name, ck_assert_int_lt (vprod_spec_read_name (NULL, NULL, NULL), 0)) \
  X (vprod_spec_set, ck_assert_int_lt (vprod_spec_set (NULL, NULL, NULL, NULL), 0)) \
  X (vprod_string_free, vprod_string_free (NULL)) \
  X (vprod_verdict_name, ck_assert_ptr_nonnull (vprod_verdict_name ((vprod_verdict) 0))) \
  X (vprod_version, ck_assert_ptr_nonnull (vprod_version ()))

#define AS_FUNCTION(name, statement)                                                                         \
  static void name##_of_null (void)                                                                          \
  {                                                                                                          \
    statement;                                                                                               \
  }
CALLS (AS_FUNCTION)

#define CHECK_AS_FUNCTION(name) AS_FUNCTION (vprod_check_##name, ck_assert_int_lt (vprod_check_##name (NULL, NULL, NULL), 0))
VPROD__CHECKS (CHECK_AS_FUNCTION)

#define AS_ROW(name, statement) { #name, name##_of_null },
#define CHECK_AS_ROW(name) { "vprod_check_" #name, vprod_check_##name##_of_null },
static const struct {
  const char *name;
  void (*call) (void);
} calls[] = { CALLS (AS_ROW) VPROD__CHECKS (CHECK_AS_ROW) };

#define N_CALLS (sizeof calls / sizeof calls[0])

START_TEST (null_is_no_crash)
{
  setenv ("DOCKER_HOST", "unix:///nowhere/engine.sock", 1); /* vprod_clean makes a runner of its own */
  calls[_i].call ();
}
END_TEST

START_TEST (every_public_function_is_tried)
{
  char *symbols = unit_read_source ("libverifyprod.sym", NULL), *rest = symbols;
  size_t n = 0;

  for (char *line; (line = strsep (&rest, "\n"));) {
    int known = strncmp (line, "  vprod_", 8) != 0;
    n += !known;
    for (size_t i = 0; i < N_CALLS && !known; i++)
      known = strncmp (line + 2, calls[i].name, strlen (calls[i].name)) == 0 && line[2 + strlen (calls[i].name)] == ';';
    ck_assert_msg (known, "not tried:%s", line);
  }
  ck_assert_uint_eq (n, N_CALLS);
  free (symbols);
}
END_TEST

/* ---- fork ---------------------------------------------------------------------------------------------- */

static struct mock *mock;
static vprod_session *session;
static vprod_error *err;

/* Runs it in a child; it gives 0 if all is well. */
static void in_child (int (*body) (void))
{
  int status = -1;
  pid_t pid = fork ();

  if (pid == 0)
    _exit (body ());
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert_msg (WIFEXITED (status) && WEXITSTATUS (status) == 0, "the child ended with status %#x, step %d", status,
                 WEXITSTATUS (status));
}

static int is_refused (int r, const char *what)
{
  int refused = r == -VPROD_ERROR_INVALID && err && strstr (vprod_error_get_message (err), what)
                && strstr (vprod_error_get_message (err), "made in another process");

  vprod_error_free (err);
  err = NULL;
  return refused;
}

static int use_everything (void)
{
  const vprod_engine_facts *facts;
  vprod_result *result = NULL;
  vprod_report *report = NULL;
  vprod_session *other = NULL;

  if (!is_refused (vprod_check_health (session, &result, &err), "the session"))
    return 1;
  if (!is_refused (vprod_session_run (session, NULL, &report, &err), "the session"))
    return 2;
  if (!is_refused (vprod_session_build (session, NULL, NULL, &err), "the session"))
    return 3;
  if (!is_refused (vprod_runner_get_engine (mock_runner (mock), 0, &facts, &err), "the runner"))
    return 4;
  if (!is_refused (vprod_clean (mock_runner (mock), NULL, NULL, &err), "the runner"))
    return 5;
  vprod_spec *spec = mock_spec (mock, NULL);
  if (!is_refused (vprod_session_new (spec, mock_runner (mock), &other, &err), "the runner"))
    return 6;
  vprod_spec_free (spec);
  return strncmp (vprod_session_get_id (session), "p", 1) == 0 ? 0 : 7;
}

static int cancel_and_free (void)
{
  vprod_session_cancel (session);
  vprod_session_free (session);
  vprod_runner_free (mock_runner (mock));
  return 0;
}

START_TEST (child_leaves_the_parents_session_alone)
{
  const struct vprod__app *app;
  const struct vprod__health *health;
  char *dir = NULL;

  mock = mock_new ();
  session = mock_session (mock, NULL);
  if (_i == 1) { /* with threads that follow the app's output, containers, a folder */
    assert_ok (vprod__get_app (session, &app, &err), err);
    assert_ok (vprod__session_temp_dir (session, &dir, &err), err);
  }
  in_child (use_everything);
  in_child (cancel_and_free);
  ck_assert_int_eq (mock_count (mock, "container_remove", NULL), 0);
  ck_assert (!dir || access (dir, F_OK) == 0);
  assert_ok (vprod__get_health (session, &health, &err), err);
  vprod_session_free (session);
  ck_assert (!dir || access (dir, F_OK) != 0);
  mock_assert_clean (mock);
  mock_free (mock);
  free (dir);
}
END_TEST

static int n_destroyed;

static void count_destroyed (void *data)
{
  (void) data;
  n_destroyed++;
}

static vprod_runner *runner;

static int free_runner (void)
{
  vprod_runner_free (runner);
  return n_destroyed;
}

START_TEST (childs_free_does_not_end_what_is_behind_a_runner)
{
  const vprod_runner_ops ops = { .size = sizeof ops };

  assert_ok (vprod_runner_new (&ops, NULL, count_destroyed, &runner, &err), err);
  in_child (free_runner);
  vprod_runner_free (runner);
  ck_assert_int_eq (n_destroyed, 1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("nulls");
  TCase *tc = tcase_create ("nulls");

  tcase_add_loop_test (tc, null_is_no_crash, 0, N_CALLS);
  tcase_add_test (tc, every_public_function_is_tried);
  tcase_add_loop_test (tc, child_leaves_the_parents_session_alone, 0, 2);
  tcase_add_test (tc, childs_free_does_not_end_what_is_behind_a_runner);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
