/* SPDX-License-Identifier: MIT */
/* The SARIF report is read back with jansson and held against what code hosts ask for. */
#include "report_sample.h"

#include <jansson.h>
#include <verify-prod/checks.h>

static const json_t *at (const json_t *object, const char *path)
{
  char key[64];

  for (const char *p = path; *p;) {
    size_t length = strcspn (p, "/");
    ck_assert_uint_lt (length, sizeof key);
    memcpy (key, p, length);
    key[length] = '\0';
    ck_assert_msg (object != NULL, "nothing at %s", path);
    object = json_is_array (object) ? json_array_get (object, (size_t) atoi (key)) : json_object_get (object, key);
    p += length;
    p += *p == '/';
  }
  return object;
}

static const char *text_at (const json_t *object, const char *path)
{
  const char *text = json_string_value (at (object, path));

  ck_assert_msg (text != NULL, "no text at %s", path);
  return text;
}

static json_t *read_back (const vprod_report *report)
{
  char *text = render (report, "sarif");
  json_error_t error;
  json_t *root = json_loads (text, JSON_REJECT_DUPLICATES, &error);

  ck_assert_msg (root != NULL, "%s at line %d", error.text, error.line);
  ck_assert_str_eq (text_at (root, "version"), "2.1.0");
  ck_assert_uint_eq (json_array_size (at (root, "runs")), 1);
  free (text);
  return root;
}

START_TEST (passes_and_skips_are_no_alerts)
{
  vprod_report *report = sample_report ();
  json_t *root = read_back (report);
  const json_t *results = at (root, "runs/0/results");

  ck_assert_uint_eq (json_array_size (results), 2);
  ck_assert_str_eq (text_at (results, "0/ruleId"), "non-root");
  ck_assert_str_eq (text_at (results, "0/kind"), "fail");
  ck_assert_str_eq (text_at (results, "0/level"), "error");
  ck_assert_ptr_nonnull (strstr (text_at (results, "0/message/text"), "after the last RUN\n- process 4711"));
  ck_assert_ptr_nonnull (strstr (text_at (results, "0/message/text"), "remedy: add \"USER 1001\""));
  ck_assert_str_eq (text_at (results, "0/properties/evidence/uid"), "0");
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (what_could_not_be_told_is_no_fail)
{
  vprod_report *report = sample_report ();
  json_t *root = read_back (report);
  const json_t *run = at (root, "runs/0");

  ck_assert_str_eq (text_at (run, "results/1/ruleId"), "health");
  ck_assert_str_eq (text_at (run, "results/1/kind"), "open");
  ck_assert_str_eq (text_at (run, "results/1/level"), "none"); /* the standard's rule for all but kind fail */
  ck_assert_str_eq (text_at (run, "results/1/properties/verdict"), "error");
  ck_assert (json_is_false (at (run, "invocations/0/executionSuccessful")));
  ck_assert_str_eq (text_at (run, "invocations/0/toolExecutionNotifications/0/associatedRule/id"), "health");
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (every_result_has_a_place_a_rule_and_a_fingerprint)
{
  vprod_report *report = _i == 0 ? sample_report () : nasty_report ();
  json_t *root = read_back (report);
  const json_t *results = at (root, "runs/0/results"), *rules = at (root, "runs/0/tool/driver/rules"), *result;
  size_t i;

  if (_i == 1)
    ck_assert_uint_eq (json_array_size (rules), 1); /* one check, many times */
  json_array_foreach (results, i, result) {
    json_int_t index = json_integer_value (at (result, "ruleIndex"));
    ck_assert_int_ge (json_integer_value (at (result, "locations/0/physicalLocation/region/startLine")), 1);
    ck_assert_uint_gt (strlen (text_at (result, "locations/0/physicalLocation/artifactLocation/uri")), 0);
    ck_assert_uint_eq (strlen (text_at (result, "partialFingerprints/primaryLocationLineHash")), 18);
    ck_assert_str_eq (text_at (json_array_get (rules, (size_t) index), "id"), text_at (result, "ruleId"));
    ck_assert_ptr_null (strstr (text_at (result, "message/text"), "]("));
  }
  json_array_foreach (rules, i, result) {
    ck_assert_uint_gt (strlen (text_at (result, "shortDescription/text")), 0);
    ck_assert_uint_gt (strlen (text_at (result, "help/text")), 0);
  }
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (place_is_a_relative_reference)
{
  vprod_report *report = sample_report ();

  vprod__result_set_place (report->results[1], "my services/a:b#\xc3\xa9%/Dockerfile.prod", 24);
  json_t *root = read_back (report);
  const json_t *place = at (root, "runs/0/results/0/locations/0/physicalLocation");
  ck_assert_str_eq (text_at (place, "artifactLocation/uri"), "my%20services/a%3Ab%23%C3%A9%25/Dockerfile.prod");
  ck_assert_int_eq (json_integer_value (at (place, "region/startLine")), 24);
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (fingerprint_is_of_subject_and_check_alone)
{
  vprod_report *one = sample_report (), *other = sample_report ();

  vprod__result_fail (other->results[1], "another message");
  vprod__result_set_place (other->results[1], "Dockerfile", 99);
  json_t *first = read_back (one), *second = read_back (other);
  const char *path = "runs/0/results/0/partialFingerprints/primaryLocationLineHash";
  char *before = strdup (text_at (first, path));
  ck_assert_str_eq (before, text_at (second, path));
  ck_assert_str_ne (before, text_at (first, "runs/0/results/1/partialFingerprints/primaryLocationLineHash"));
  json_decref (second);
  free (other->name);
  other->name = strdup ("another");
  second = read_back (other);
  ck_assert_str_ne (before, text_at (second, path));
  free (before);
  json_decref (first);
  json_decref (second);
  vprod_report_free (one);
  vprod_report_free (other);
}
END_TEST

START_TEST (containers_make_no_links)
{
  vprod_report *report = sample_report ();

  vprod__result_fail (report->results[1], "see [here](https://x.example) and [there](1)");
  json_t *root = read_back (report);
  ck_assert_ptr_nonnull (strstr (text_at (root, "runs/0/results/0/message/text"), "[here] (https"));
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

/* GitHub refuses more than 1024 characters. */
START_TEST (rules_of_all_checks_fit_code_hosts)
{
  vprod_report *report = empty_report ();
  const vprod_check_info *info;

  report->results = calloc (vprod_count_checks (), sizeof *report->results);
  for (size_t i = 0; (info = vprod_get_check_at (i)); i++) {
    assert_ok (vprod__result_new (info->id, info->title, &report->results[i], NULL), (vprod_error *) NULL);
    vprod__result_pass (report->results[i], "good");
  }
  report->n_results = vprod_count_checks ();
  json_t *root = read_back (report);
  const json_t *rules = at (root, "runs/0/tool/driver/rules"), *rule;
  size_t i;
  ck_assert_uint_eq (json_array_size (rules), vprod_count_checks ());
  json_array_foreach (rules, i, rule) {
    ck_assert_str_eq (text_at (rule, "id"), vprod_get_check_at (i)->id);
    ck_assert_uint_le (strlen (text_at (rule, "shortDescription/text")), 1024);
    ck_assert_uint_le (strlen (text_at (rule, "fullDescription/text")), 1024);
    ck_assert_ptr_nonnull (strstr (text_at (rule, "help/text"), vprod_get_check_at (i)->remedy));
  }
  ck_assert (json_is_true (at (root, "runs/0/invocations/0/executionSuccessful")));
  ck_assert_uint_eq (json_array_size (at (root, "runs/0/results")), 0);
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (run_in_which_nothing_was_verified_was_no_success)
{
  vprod_report *report = empty_report ();
  json_t *root = read_back (report);

  ck_assert (json_is_false (at (root, "runs/0/invocations/0/executionSuccessful")));
  ck_assert_str_eq (text_at (at (root, "runs/0/invocations/0/toolExecutionNotifications/0"), "message/text"),
                    "nothing was verified: no check was run");
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_sarif");
  TCase *tc = tcase_create ("report_sarif");

  tcase_add_test (tc, passes_and_skips_are_no_alerts);
  tcase_add_test (tc, what_could_not_be_told_is_no_fail);
  tcase_add_loop_test (tc, every_result_has_a_place_a_rule_and_a_fingerprint, 0, 2);
  tcase_add_test (tc, place_is_a_relative_reference);
  tcase_add_test (tc, fingerprint_is_of_subject_and_check_alone);
  tcase_add_test (tc, containers_make_no_links);
  tcase_add_test (tc, rules_of_all_checks_fit_code_hosts);
  tcase_add_test (tc, run_in_which_nothing_was_verified_was_no_success);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
