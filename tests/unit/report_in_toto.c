/* SPDX-License-Identifier: MIT */
/* The statement is read back and held against the fields that the predicate's specification requires. */
#include "report_sample.h"

#include <jansson.h>

static json_t *read_back (const vprod_report *report)
{
  char *text = render (report, "in-toto");
  json_error_t error;
  json_t *root = json_loads (text, JSON_REJECT_DUPLICATES, &error);

  ck_assert_msg (root != NULL, "%s at line %d", error.text, error.line);
  ck_assert_str_eq (json_string_value (json_object_get (root, "_type")), "https://in-toto.io/Statement/v1");
  ck_assert_str_eq (json_string_value (json_object_get (root, "predicateType")), "https://in-toto.io/attestation/test-result/v0.1");
  ck_assert (json_is_array (json_object_get (root, "subject")));
  const json_t *predicate = json_object_get (root, "predicate");
  ck_assert_uint_eq (json_array_size (json_object_get (predicate, "configuration")), 1);
  ck_assert (json_is_string (json_object_get (json_array_get (json_object_get (predicate, "configuration"), 0), "uri")));
  free (text);
  return root;
}

static size_t count (const json_t *root, const char *list)
{
  return json_array_size (json_object_get (json_object_get (root, "predicate"), list));
}

static const char *result_of (const json_t *root)
{
  return json_string_value (json_object_get (json_object_get (root, "predicate"), "result"));
}

START_TEST (checks_are_told_by_what_they_found)
{
  vprod_report *report = sample_report ();
  json_t *root = read_back (report);

  ck_assert_str_eq (result_of (root), "FAILED");
  ck_assert_uint_eq (count (root, "passedTests"), 1);
  ck_assert_uint_eq (count (root, "failedTests"), 1);
  ck_assert_uint_eq (count (root, "warnedTests"), 0); /* what could not be told is nothing that a policy may let through */
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (image_is_the_subject)
{
  vprod_report *report = sample_report ();

  free (report->image_id);
  report->image_id = strdup ("sha256:5d1f0c2a");
  json_t *root = read_back (report);
  const json_t *subject = json_array_get (json_object_get (root, "subject"), 0);
  ck_assert_str_eq (json_string_value (json_object_get (json_object_get (subject, "digest"), "sha256")), "5d1f0c2a");
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (what_could_not_be_told_is_not_let_through)
{
  vprod_report *report = _i == 0 ? skipped_report () : empty_report ();
  json_t *root = read_back (report);

  ck_assert_str_eq (result_of (root), "FAILED");
  ck_assert_uint_eq (count (root, "passedTests") + count (root, "failedTests"), 0);
  ck_assert_uint_eq (json_array_size (json_object_get (root, "subject")), 0);
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("in-toto");
  TCase *tc = tcase_create ("in-toto");

  tcase_add_test (tc, checks_are_told_by_what_they_found);
  tcase_add_test (tc, image_is_the_subject);
  tcase_add_loop_test (tc, what_could_not_be_told_is_not_let_through, 0, 2);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
