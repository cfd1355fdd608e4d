/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "result/report.h"
#include "result/result.h"
#include "runner/build/steps.h"

START_TEST (result_gives_back_what_was_put_in)
{
  vprod_result *result = NULL;
  const char *name, *value;

  assert_ok (vprod__result_new ("non-root", "No process runs as root", &result, NULL), (vprod_error *) NULL);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_ERROR); /* until somebody says otherwise */
  vprod__result_fail (result, "uid %d", 0);
  vprod__result_remedy (result, "add USER");
  vprod__result_evidence (result, "uid", "%d", 5);
  vprod__result_evidence (result, "uid", "%d", 0);
  vprod__result_evidence (result, "user", "%s", "root");
  vprod_finding *finding = vprod__result_finding (result, "pid %d", 7);
  vprod__finding_set (finding, "pid", "7");
  vprod__finding_set (NULL, "pid", "7");

  ck_assert_int_eq (vprod__result_status (result, NULL), 0);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_FAIL);
  ck_assert_str_eq (vprod_result_get_message (result), "uid 0");
  ck_assert_str_eq (vprod_result_get_remedy (result), "add USER");
  ck_assert_uint_eq (vprod_result_count_evidence (result), 2);
  ck_assert_str_eq (vprod_result_find_evidence (result, "uid"), "0");
  ck_assert_int_eq (vprod_result_get_evidence_at (result, 1, &name, &value), 0);
  ck_assert_str_eq (name, "user");
  ck_assert_int_lt (vprod_result_get_evidence_at (result, 2, &name, &value), 0);
  ck_assert_uint_eq (vprod_result_count_findings (result), 1);
  ck_assert_str_eq (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "message"), "pid 7");
  ck_assert_str_eq (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "pid"), "7");
  ck_assert_ptr_null (vprod_result_get_finding_at (result, 1));
  vprod_result_free (result);
}
END_TEST

START_TEST (span_and_place_come_back_and_are_never_wrong_way_round)
{
  vprod_result *result = NULL;

  assert_ok (vprod__result_new ("x", "x", &result, NULL), (vprod_error *) NULL);
  ck_assert_int_eq (vprod_result_get_began_ms (result), 0);
  ck_assert_int_eq (vprod_result_get_ended_ms (result), 0);
  ck_assert_str_eq (vprod_result_get_file (result), "");
  ck_assert_int_eq (vprod_result_get_line (result), 0);
  vprod__result_set_span (result, 20, 50);
  ck_assert_int_eq (vprod_result_get_began_ms (result), 20);
  ck_assert_int_eq (vprod_result_get_ended_ms (result), 50);
  vprod__result_set_span (result, -3, -7);
  ck_assert_int_eq (vprod_result_get_began_ms (result), 0);
  ck_assert_int_eq (vprod_result_get_ended_ms (result), 0);
  vprod__result_set_place (result, "a/\033[31mb", 7);
  ck_assert_str_eq (vprod_result_get_file (result), "a/b");
  ck_assert_int_eq (vprod_result_get_line (result), 7);
  vprod_result_free (result);
}
END_TEST

START_TEST (text_of_containers_is_made_harmless_on_the_way_in)
{
  vprod_result *result = NULL;

  assert_ok (vprod__result_new ("x", "x", &result, NULL), (vprod_error *) NULL);
  vprod__result_pass (result, "%s", "a\033[2Jb");
  vprod__result_evidence (result, "e", "%s", "\x01");
  vprod__result_log_tail (result, "l1\nl2\033]0;x\007\n", 12);
  ck_assert_str_eq (vprod_result_get_message (result), "ab");
  ck_assert_str_eq (vprod_result_find_evidence (result, "e"), "\\x01");
  ck_assert_str_eq (vprod_result_find_evidence (result, "log_tail"), "l1\nl2");
  vprod_result_free (result);
}
END_TEST

static const struct {
  vprod_verdict verdicts[4];
  size_t count;
  vprod_verdict whole;
} wholes[] = {
  { { VPROD_VERDICT_PASS }, 1, VPROD_VERDICT_PASS },
  { { VPROD_VERDICT_PASS, VPROD_VERDICT_SKIP }, 2, VPROD_VERDICT_PASS },
  { { VPROD_VERDICT_PASS, VPROD_VERDICT_ERROR }, 2, VPROD_VERDICT_ERROR },
  { { VPROD_VERDICT_PASS, VPROD_VERDICT_ERROR, VPROD_VERDICT_FAIL }, 3, VPROD_VERDICT_FAIL },
  { { VPROD_VERDICT_SKIP, VPROD_VERDICT_SKIP }, 2, VPROD_VERDICT_ERROR },
  { { VPROD_VERDICT_PASS }, 0, VPROD_VERDICT_ERROR },
};

START_TEST (report_is_as_bad_as_its_worst_result)
{
  vprod_report *report = calloc (1, sizeof *report);

  report->results = calloc (4, sizeof *report->results);
  for (size_t i = 0; i < wholes[_i].count; i++) {
    vprod_result *result = NULL;
    assert_ok (vprod__result_new ("x", "x", &result, NULL), (vprod_error *) NULL);
    switch (wholes[_i].verdicts[i]) {
    case VPROD_VERDICT_PASS:
      vprod__result_pass (result, "p");
      break;
    case VPROD_VERDICT_FAIL:
      vprod__result_fail (result, "f");
      break;
    case VPROD_VERDICT_SKIP:
      vprod__result_skip (result, "s");
      break;
    case VPROD_VERDICT_ERROR:
      break;
    }
    report->results[report->n_results++] = result;
  }
  ck_assert_int_eq (vprod_report_get_verdict (report), wholes[_i].whole);
  vprod_report_free (report);
}
END_TEST

static const struct {
  vprod_verdict health; /* of a check that names `start`, beside a build that passes */
  const char *failed;   /* another check; NULL: none */
  vprod_verdict whole;
} grounds[] = {
  { VPROD_VERDICT_SKIP, NULL, VPROD_VERDICT_ERROR },
  { VPROD_VERDICT_SKIP, "non-root", VPROD_VERDICT_FAIL },
  { VPROD_VERDICT_SKIP, "start", VPROD_VERDICT_FAIL },
  { VPROD_VERDICT_PASS, NULL, VPROD_VERDICT_PASS }, /* what was seen after all is not skipped */
};

START_TEST (report_is_no_pass_where_nobody_judges_what_a_skip_stands_on)
{
  vprod_report *report = calloc (1, sizeof *report);
  vprod_result *build = NULL, *health = NULL, *other = NULL;

  report->results = calloc (3, sizeof *report->results);
  assert_ok (vprod__result_new ("build", "x", &build, NULL), (vprod_error *) NULL);
  assert_ok (vprod__result_new ("health", "x", &health, NULL), (vprod_error *) NULL);
  vprod__result_pass (build, "p");
  vprod__result_judged_by (health, "start");
  if (grounds[_i].health == VPROD_VERDICT_SKIP)
    vprod__result_skip (health, "not checked: the app did not stay up");
  else
    vprod__result_pass (health, "p");
  report->results[report->n_results++] = build;
  report->results[report->n_results++] = health;
  if (grounds[_i].failed) {
    assert_ok (vprod__result_new (grounds[_i].failed, "x", &other, NULL), (vprod_error *) NULL);
    vprod__result_fail (other, "f");
    report->results[report->n_results++] = other;
  }
  ck_assert_int_eq (vprod_report_get_verdict (report), grounds[_i].whole);
  vprod_report_free (report);
}
END_TEST

START_TEST (steps_keep_the_last_word_on_each)
{
  struct vprod__steps steps = { 0 };
  static const char *const inputs[] = { "b", NULL };
  vprod_build_step step = { sizeof step, "a", "deps", "RUN uv sync", "[deps 2/4] RUN uv sync", VPROD_STEP_STARTED, NULL };

  ck_assert_int_eq (vprod__steps_tell (&steps, &step), 0);
  step.state = VPROD_STEP_RAN;
  step.inputs = inputs;
  ck_assert_int_eq (vprod__steps_tell (&steps, &step), 0);
  ck_assert_uint_eq (steps.count, 1);
  const struct vprod__step *found = vprod__steps_find (&steps, "a");
  ck_assert_int_eq (found->state, VPROD_STEP_RAN);
  ck_assert_str_eq (found->inputs[0], "b");
  ck_assert_int_eq (vprod__step_is_instruction (found), 1);
  ck_assert_ptr_null (vprod__steps_find (&steps, "b"));
  vprod__steps_clear (&steps);

  struct vprod__step from = { .text = (char[]) { "FROM debian" } }, running = { .text = (char[]) { "RUNNING" } };
  ck_assert_int_eq (vprod__step_is_instruction (&from), 0);
  ck_assert_int_eq (vprod__step_is_instruction (&running), 0);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("result");
  TCase *tc = tcase_create ("result");

  tcase_add_test (tc, result_gives_back_what_was_put_in);
  tcase_add_test (tc, span_and_place_come_back_and_are_never_wrong_way_round);
  tcase_add_test (tc, text_of_containers_is_made_harmless_on_the_way_in);
  tcase_add_loop_test (tc, report_is_as_bad_as_its_worst_result, 0, sizeof wholes / sizeof wholes[0]);
  tcase_add_loop_test (tc, report_is_no_pass_where_nobody_judges_what_a_skip_stands_on, 0,
                       sizeof grounds / sizeof grounds[0]);
  tcase_add_test (tc, steps_keep_the_last_word_on_each);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
