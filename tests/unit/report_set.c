/* SPDX-License-Identifier: MIT */
/* A report that was written as JSON comes back as it was; what is none is refused; many are one in every format. */
#include "report_sample.h"

#include <jansson.h>

#include "util/buf.h"

static char *dir;
static vprod_error *err;
static char path[4][600];

static void setup (void)
{
  dir = unit_temp_dir ();
  err = NULL;
  for (int i = 0; i < 4; i++)
    snprintf (path[i], sizeof path[i], "%s/%d.json", dir, i);
}

static void teardown (void)
{
  vprod_error_free (err);
  unit_remove_tree (dir);
  free (dir);
}

/* Writes it to the number-th file, under this name. */
static void write_report (int number, vprod_report *report, const char *name)
{
  char file[16];

  free (report->name);
  report->name = strdup (name);
  char *text = render (report, "json");
  snprintf (file, sizeof file, "%d.json", number);
  unit_write_file (dir, file, text);
  free (text);
  vprod_report_free (report);
}

static vprod_report *passed_report (void)
{
  vprod_report *report = empty_report ();
  vprod_result *result = NULL;

  assert_ok (vprod__result_new ("build", "The Dockerfile builds", &result, NULL), err);
  vprod__result_pass (result, "built");
  report->results = calloc (2, sizeof *report->results);
  report->results[report->n_results++] = result;
  report->duration_ms = 1500;
  return report;
}

/* ---- one ------------------------------------------------------------------------------------------------------- */

START_TEST (report_comes_back_as_it_was)
{
  vprod_report *report = _i == 0 ? sample_report () : _i == 1 ? nasty_report () : skipped_report (), *back = NULL;

  if (!*vprod_report_get_name (report) || _i == 1) {
    free (report->name);
    report->name = strdup ("demo");
  }
  char *text = render (report, "json");
  unit_write_file (dir, "0.json", text);
  assert_ok (vprod_report_load (path[0], &back, &err), err);
  char *again = render (back, "json");
  ck_assert_str_eq (again, text);
  free (text);
  free (again);
  vprod_report_free (report);
  vprod_report_free (back);
}
END_TEST

#define CHECK "{\"id\": \"build\", \"title\": \"t\", \"verdict\": \"pass\", \"message\": \"m\"}"
#define SUBJECT "\"subject\": {\"name\": \"demo\"}"

static const struct {
  const char *text;
  const char *part;
} refused[] = {
  { "", "1:0" },
  { "[]", "no schema_version" },
  { "{\"schema_version\": 1}", "its subject has no name" },
  { "{\"schema_version\": \"1\"}", "no schema_version" },
  { "{\"schema_version\": 2, \"tool\": {\"version\": \"9.1\"}, " SUBJECT ", \"verdict\": \"pass\", \"checks\": [" CHECK "]}",
    "schema_version 2, of another verify-prod (9.1): this one reads version 1" },
  { "{\"schema_version\": 1, " SUBJECT "}", "no list of checks" },
  { "{\"schema_version\": 1, " SUBJECT ", \"checks\": {}}", "no list of checks" },
  { "{\"schema_version\": 1, " SUBJECT ", \"verdict\": \"pass\", \"checks\": []}", "verdict is not what its checks give" },
  { "{\"schema_version\": 1, " SUBJECT ", \"verdict\": \"error\", \"checks\": [" CHECK "]}", "verdict is not what" },
  { "{\"schema_version\": 1, " SUBJECT ", \"verdict\": \"pass\", \"checks\": [{\"id\": \"x\"}]}", "a check has no verdict" },
  { "{\"schema_version\": 1, " SUBJECT ", \"verdict\": \"pass\", \"checks\": [{\"verdict\": \"pass\"}]}", "a check has no id" },
  { "{\"schema_version\": 1, " SUBJECT ", \"verdict\": \"pass\", \"checks\": [" CHECK, "1:" },
  { "{\"schema_version\": 1, \"schema_version\": 1}", "duplicate" },
};

START_TEST (what_is_no_report_is_refused)
{
  vprod_report *report = NULL;

  unit_write_file (dir, "0.json", refused[_i].text);
  assert_error (vprod_report_load (path[0], &report, &err), err, VPROD_ERROR_INVALID, refused[_i].part);
  ck_assert_ptr_null (report);
}
END_TEST

START_TEST (file_that_is_not_there_is_told)
{
  vprod_report *report = NULL;

  assert_error (vprod_report_load (path[0], &report, &err), err, VPROD_ERROR_IO, "0.json: No such file");
}
END_TEST

/* ---- many ------------------------------------------------------------------------------------------------------ */

static vprod_report_set *set;

static void set_setup (void)
{
  setup ();
  write_report (0, passed_report (), "web");
  write_report (1, sample_report (), "api");
  write_report (2, passed_report (), "worker");
  assert_ok (vprod_report_set_new (&set, &err), err);
}

static void set_teardown (void)
{
  vprod_report_set_free (set);
  teardown ();
}

static int add_text (void *data, const char *text, size_t length)
{
  return vprod__buf_add (data, text, length);
}

static char *render_set (const char *format)
{
  struct vprod__buf text = { 0 };

  assert_ok (vprod_report_set_render (set, format, NULL, add_text, &text, &err), err);
  ck_assert_uint_gt (text.length, 0);
  return vprod__buf_steal (&text);
}

static const struct {
  int files;             /* bits: which of the three */
  const char *expected[3];
  vprod_verdict verdict;
  size_t count;
  const char *closing;
} sets[] = {
  { 0, { NULL }, VPROD_VERDICT_ERROR, 0, "\nERROR  0 specs: there is no report; 0 ms in all\n" },
  { 1, { NULL }, VPROD_VERDICT_PASS, 1, "\npass   1 spec: 1 passed; 1.5 s in all\n" },
  { 5, { "web", "worker", NULL }, VPROD_VERDICT_PASS, 2, "\npass   2 specs: 2 passed; 3.0 s in all\n" },
  { 7, { NULL }, VPROD_VERDICT_FAIL, 3, "\nFAIL   3 specs: 2 passed, 1 failed (api); 7.2 s in all\n" },
  { 1, { "web", "jobs", NULL }, VPROD_VERDICT_ERROR, 2, "\nERROR  2 specs: 1 passed, 1 could not be told (jobs); 1.5 s in all\n" },
  { 3, { "jobs", NULL }, VPROD_VERDICT_FAIL, 3, "\nFAIL   3 specs: 1 passed, 1 failed (api), 1 could not be told (jobs); 5.7 s in all\n" },
};

START_TEST (all_together_have_one_verdict)
{
  for (const char *const *name = sets[_i].expected; *name; name++)
    assert_ok (vprod_report_set_expect (set, *name, &err), err);
  for (int i = 0; i < 3; i++)
    if (sets[_i].files & 1 << i)
      assert_ok (vprod_report_set_add (set, path[i], &err), err);
  ck_assert_int_eq (vprod_report_set_get_verdict (set), sets[_i].verdict);
  ck_assert_uint_eq (vprod_report_set_count (set), sets[_i].count);
  for (size_t i = 1; i < sets[_i].count; i++)
    ck_assert_int_lt (strcmp (vprod_report_set_get_name_at (set, i - 1), vprod_report_set_get_name_at (set, i)), 0);
  char *text = render_set ("text");
  const char *closing = strstr (text, "\n\n") ? strstr (text, "\n\n") + 1 : text;
  ck_assert_str_eq (closing, sets[_i].closing);
  free (text);
}
END_TEST

START_TEST (two_of_one_name_are_refused)
{
  write_report (3, passed_report (), "web");
  assert_ok (vprod_report_set_add (set, path[0], &err), err);
  assert_error (vprod_report_set_add (set, path[3], &err), err, VPROD_ERROR_INVALID, "are both of web");
  ck_assert_uint_eq (vprod_report_set_count (set), 1);
}
END_TEST

static void fill_set (void)
{
  for (int i = 0; i < 3; i++)
    assert_ok (vprod_report_set_add (set, path[i], &err), err);
  assert_ok (vprod_report_set_expect (set, "lost", &err), err);
}

START_TEST (json_has_them_in_a_list)
{
  fill_set ();
  char *text = render_set ("json");
  json_error_t error;
  json_t *root = json_loads (text, JSON_REJECT_DUPLICATES, &error);

  ck_assert_msg (root != NULL, "%s at line %d", error.text, error.line);
  ck_assert_str_eq (json_string_value (json_object_get (root, "verdict")), "fail");
  ck_assert_uint_eq (json_array_size (json_object_get (root, "reports")), 4);
  json_t *lost = json_array_get (json_object_get (root, "reports"), 1);
  ck_assert_str_eq (json_string_value (json_object_get (json_object_get (lost, "subject"), "name")), "lost");
  ck_assert_str_eq (json_string_value (json_object_get (lost, "verdict")), "error");
  json_decref (root);
  free (text);
}
END_TEST

START_TEST (sarif_is_one_run)
{
  fill_set ();
  char *text = render_set ("sarif");
  json_error_t error;
  json_t *root = json_loads (text, JSON_REJECT_DUPLICATES, &error);

  ck_assert_msg (root != NULL, "%s at line %d", error.text, error.line);
  ck_assert_uint_eq (json_array_size (json_object_get (root, "runs")), 1);
  const json_t *run = json_array_get (json_object_get (root, "runs"), 0), *results = json_object_get (run, "results");
  const json_t *rules = json_object_get (json_object_get (json_object_get (run, "tool"), "driver"), "rules");
  ck_assert_uint_eq (json_array_size (results), 3); /* the two of api, and the lost one */
  for (size_t i = 0; i < json_array_size (results); i++) {
    const json_t *result = json_array_get (results, i), *index = json_object_get (result, "ruleIndex");
    ck_assert (json_is_integer (index));
    ck_assert_str_eq (json_string_value (json_object_get (json_array_get (rules, (size_t) json_integer_value (index)), "id")),
                      json_string_value (json_object_get (result, "ruleId")));
  }
  ck_assert (json_is_false (json_object_get (json_array_get (json_object_get (run, "invocations"), 0), "executionSuccessful")));
  json_decref (root);
  free (text);
}
END_TEST

START_TEST (junit_and_tap_count_them_all)
{
  fill_set ();
  char *junit = render_set ("junit"), *tap = render_set ("tap");

  ck_assert_msg (strstr (junit, "<testsuites name=\"verify-prod\" tests=\"7\" failures=\"1\" errors=\"2\" time=\"7.210\">") != NULL, "%.200s", junit);
  ck_assert_ptr_nonnull (strstr (tap, "TAP version 14\n1..4\n# Subtest: api\n    1..4\n"));
  ck_assert_ptr_nonnull (strstr (tap, "\nnot ok 2 - lost\n"));
  ck_assert_ptr_nonnull (strstr (tap, "\nok 3 - web\n"));
  ck_assert_ptr_null (strstr (tap + 4, "TAP version"));
  free (junit);
  free (tap);
}
END_TEST

START_TEST (page_has_a_row_and_a_page_for_each)
{
  fill_set ();
  char *page = render_set ("html");

  for (int i = 1; i <= 4; i++) {
    char row[64], behind[64];
    snprintf (row, sizeof row, "href=\"#page-%d\"", i);
    snprintf (behind, sizeof behind, "id=\"page-%d\"", i);
    ck_assert_ptr_nonnull (strstr (page, row));
    ck_assert_ptr_nonnull (strstr (page, behind));
  }
  ck_assert_ptr_null (strstr (page, "<script"));
  free (page);
}
END_TEST

START_TEST (file_that_changed_meanwhile_is_told)
{
  struct vprod__buf text = { 0 };

  fill_set ();
  write_report (0, skipped_report (), "web");
  assert_error (vprod_report_set_render (set, "text", NULL, add_text, &text, &err), err, VPROD_ERROR_INVALID, "has changed while");
  vprod__buf_clear (&text);
}
END_TEST

static int refuse (void *data, const char *text, size_t length)
{
  (void) data;
  (void) text;
  return length > 0;
}

START_TEST (writer_that_refuses_ends_it)
{
  fill_set ();
  assert_error (vprod_report_set_render (set, "json", NULL, refuse, NULL, &err), err, VPROD_ERROR_IO, "could not be written");
  assert_error (vprod_report_set_render (set, "yaml", NULL, refuse, NULL, &err), err, VPROD_ERROR_INVALID, "no report format \"yaml\"");
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_set");
  TCase *one = tcase_create ("one"), *many = tcase_create ("many");

  tcase_add_checked_fixture (one, setup, teardown);
  tcase_add_loop_test (one, report_comes_back_as_it_was, 0, 3);
  tcase_add_loop_test (one, what_is_no_report_is_refused, 0, sizeof refused / sizeof refused[0]);
  tcase_add_test (one, file_that_is_not_there_is_told);
  suite_add_tcase (suite, one);
  tcase_add_checked_fixture (many, set_setup, set_teardown);
  tcase_add_loop_test (many, all_together_have_one_verdict, 0, sizeof sets / sizeof sets[0]);
  tcase_add_test (many, two_of_one_name_are_refused);
  tcase_add_test (many, json_has_them_in_a_list);
  tcase_add_test (many, sarif_is_one_run);
  tcase_add_test (many, junit_and_tap_count_them_all);
  tcase_add_test (many, page_has_a_row_and_a_page_for_each);
  tcase_add_test (many, file_that_changed_meanwhile_is_told);
  tcase_add_test (many, writer_that_refuses_ends_it);
  suite_add_tcase (suite, many);
  return unit_main (suite);
}
