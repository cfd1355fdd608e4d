/* SPDX-License-Identifier: MIT */
/* The JSON report is read back with jansson and compared with what the report's getters say. */
#include "report_sample.h"
#include "util/text.h"

#include <jansson.h>

static json_t *read_back (const vprod_report *report)
{
  char *text = render (report, "json");
  json_error_t error;
  json_t *root = json_loads (text, JSON_REJECT_DUPLICATES, &error);

  ck_assert_msg (root != NULL, "line %d: %s in\n%s", error.line, error.text, text);
  free (text);
  return root;
}

/* What of text a report may show. */
static void assert_shows (const json_t *object, const char *key, const char *text)
{
  char *harmless = vprod__text_harmless (text, strlen (text));

  ck_assert_str_eq (json_string_value (json_object_get (object, key)), harmless);
  free (harmless);
}

START_TEST (contract_is_kept_to_the_letter)
{
  static const char *const root_keys[] = { "schema_version", "tool",       "subject",     "engine", "verdict",
                                           "started_at",     "duration_ms", "checks" };
  static const char *const check_keys[] = { "id",     "title",       "verdict",  "message",
                                            "remedy", "duration_ms", "evidence", "findings" };
  vprod_report *report = sample_report ();
  vprod__result_set_place (report->results[1], "api/Dockerfile", 7);
  json_t *root = read_back (report);
  const json_t *check = json_array_get (json_object_get (root, "checks"), 1);

  ck_assert_uint_eq (json_object_size (root), 8);
  for (size_t i = 0; i < 8; i++)
    ck_assert_msg (json_object_get (root, root_keys[i]) != NULL, "no %s", root_keys[i]);
  ck_assert_uint_eq (json_object_size (check), 9); /* and the location */
  for (size_t i = 0; i < 8; i++)
    ck_assert_msg (json_object_get (check, check_keys[i]) != NULL, "no %s", check_keys[i]);
  ck_assert_int_eq (json_integer_value (json_object_get (root, "schema_version")), 1);
  assert_shows (json_object_get (root, "tool"), "name", "verify-prod");
  assert_shows (json_object_get (root, "tool"), "version", vprod_version ());
  assert_shows (json_object_get (root, "subject"), "name", "notes-api");
  assert_shows (json_object_get (root, "subject"), "image", "verify-prod/notes-api:x1");
  assert_shows (json_object_get (root, "subject"), "image_id", "sha256:0123456789abcdef0123456789abcdef");
  assert_shows (json_object_get (root, "engine"), "name", "docker");
  assert_shows (json_object_get (root, "engine"), "version", "20.10.24");
  assert_shows (json_object_get (root, "engine"), "api_version", "1.41");
  assert_shows (root, "verdict", "fail");
  assert_shows (root, "started_at", "2026-01-31T12:00:00Z");
  ck_assert_int_eq (json_integer_value (json_object_get (root, "duration_ms")), 4210);
  ck_assert_int_eq (json_integer_value (json_object_get (check, "duration_ms")), 12);
  assert_shows (json_object_get (check, "evidence"), "log_tail", "starting\nready");
  const json_t *location = json_object_get (check, "location");
  assert_shows (location, "file", "api/Dockerfile");
  ck_assert_int_eq (json_integer_value (json_object_get (location, "line")), 7);
  ck_assert_ptr_null (json_object_get (json_array_get (json_object_get (root, "checks"), 0), "location")); /* unknown */
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

static void assert_same_result (const json_t *check, const vprod_result *result)
{
  const json_t *evidence = json_object_get (check, "evidence"), *findings = json_object_get (check, "findings");
  const char *name, *value;

  assert_shows (check, "id", vprod_result_get_check (result));
  assert_shows (check, "title", vprod_result_get_title (result));
  assert_shows (check, "verdict", vprod_verdict_name (vprod_result_get_verdict (result)));
  assert_shows (check, "message", vprod_result_get_message (result));
  assert_shows (check, "remedy", vprod_result_get_remedy (result));
  ck_assert_int_eq (json_integer_value (json_object_get (check, "duration_ms")),
                    vprod_result_get_duration_ms (result));
  ck_assert (json_is_object (evidence) && json_is_array (findings));
  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++) {
    char *key = vprod__text_harmless (name, strlen (name));
    assert_shows (evidence, key, value);
    free (key);
  }
  ck_assert_uint_eq (json_array_size (findings), vprod_result_count_findings (result));
  for (size_t i = 0; i < json_array_size (findings); i++)
    assert_shows (json_array_get (findings, i), "message",
                  vprod_finding_find_field (vprod_result_get_finding_at (result, i), "message"));
}

START_TEST (every_result_comes_back_as_it_was)
{
  vprod_report *report = _i == 0 ? sample_report () : _i == 1 ? nasty_report () : empty_report ();
  json_t *root = read_back (report);
  const json_t *checks = json_object_get (root, "checks");

  ck_assert_uint_eq (json_array_size (checks), vprod_report_count_results (report));
  for (size_t i = 0; i < json_array_size (checks); i++)
    assert_same_result (json_array_get (checks, i), vprod_report_get_result_at (report, i));
  assert_shows (json_object_get (root, "subject"), "name", vprod_report_get_name (report));
  assert_shows (json_object_get (root, "subject"), "image", vprod_report_get_image (report));
  assert_shows (json_object_get (root, "engine"), "version", vprod_report_get_engine_version (report));
  json_decref (root);
  vprod_report_free (report);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_json");
  TCase *tc = tcase_create ("report_json");

  tcase_add_test (tc, contract_is_kept_to_the_letter);
  tcase_add_loop_test (tc, every_result_comes_back_as_it_was, 0, 3);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
