/* SPDX-License-Identifier: MIT */
#include "report_sample.h"

const char *const nasty_strings[] = {
  "\033[31mred\033[0m \033]0;title\007after",
  "</failure>]]>&amp;<!-- <x a='\"'/>",
  "\"quoted\" \\back\\slash\\ 'single'",
  "# SKIP not really # TODO",
  "two\nlines",
  "\n  leading newline and spaces\n\ttab\n\n",
  "  ...\n---\nok 99 - forged",
  "cr\r\nlf\rcr",
  "\xff\xfe\x80 no utf-8",
  "cut off \xe2\x82",
  "caf\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x90\xb3",
  "\xed\xa0\x80 surrogate \xef\xbf\xbe noncharacter",
  "\xe2\x80\xae right to left",
  "\x01\x02\x08\x0b\x0c\x7f",
  "",
  "key: value, [list], {map}, *alias, &anchor, !tag, %x %s %n",
  "null",
  "|2-\n  block",
  "ends in newline\n",
};
const size_t nasty_count = sizeof nasty_strings / sizeof nasty_strings[0];

vprod_report *empty_report (void)
{
  vprod_report *report = calloc (1, sizeof *report);

  ck_assert_ptr_nonnull (report);
  strcpy (report->started_at, "2026-01-31T12:00:00Z");
  return report;
}

static vprod_result *add_result (vprod_report *report, const char *id, const char *title, int64_t ms)
{
  vprod_result *result = NULL;

  assert_ok (vprod__result_new (id, title, &result, NULL), (vprod_error *) NULL);
  vprod__result_set_duration (result, ms);
  report->results = realloc (report->results, (report->n_results + 1) * sizeof *report->results);
  ck_assert_ptr_nonnull (report->results);
  report->results[report->n_results++] = result;
  return result;
}

vprod_report *skipped_report (void)
{
  vprod_report *report = empty_report ();

  report->name = strdup ("notes-api");
  vprod__result_skip (add_result (report, "layer-cache", "Dependency layers stay cached", 0), "no file is named");
  return report;
}

vprod_report *sample_report (void)
{
  vprod_report *report = empty_report ();

  report->name = strdup ("notes-api");
  report->image = strdup ("verify-prod/notes-api:x1");
  report->image_id = strdup ("sha256:0123456789abcdef0123456789abcdef");
  report->engine_name = strdup ("docker");
  report->engine_version = strdup ("20.10.24");
  report->engine_api_version = strdup ("1.41");
  report->duration_ms = 4210;

  vprod_result *result = add_result (report, "build", "The Dockerfile builds", 1200);
  vprod__result_pass (result, "it builds");
  vprod__result_evidence (result, "steps", "%d", 12);

  result = add_result (report, "non-root", "No process runs as root", 12);
  vprod__result_fail (result, "1 of 2 processes runs as root\nseen from the host");
  vprod__result_remedy (result, "add \"USER 1001\" to the Dockerfile\nafter the last RUN");
  vprod__result_evidence (result, "uid", "%d", 0);
  vprod__result_evidence (result, "processes", "sh\nserver");
  vprod__result_log_tail (result, "starting\nready\n", 15);
  vprod_finding *finding = vprod__result_finding (result, "process 4711 (sh) has UID 0");
  vprod__finding_set (finding, "pid", "%d", 4711);
  vprod__finding_set (finding, "layer", "sh"); /* said already */
  vprod__finding_set (finding, "command", "sh");
  vprod__finding_set (finding, "path", "/proc/4711");

  result = add_result (report, "layer-cache", "Dependency layers stay cached", 0);
  vprod__result_skip (result, "the spec names no file to touch");

  result = add_result (report, "health", "The health URL answers", 61500);
  _cleanup_error_ vprod_error *error = NULL;
  vprod_error_new (&error, VPROD_ERROR_UNREACHABLE, 0, "no engine answers");
  vprod__result_error (result, error);
  return report;
}

vprod_report *nasty_report (void)
{
  vprod_report *report = empty_report ();

  report->name = strdup (nasty_strings[1]);
  report->image = strdup (nasty_strings[8]);
  report->image_id = strdup (nasty_strings[9]);
  report->engine_name = strdup (nasty_strings[0]);
  report->engine_version = strdup (nasty_strings[13]);
  report->engine_api_version = strdup (nasty_strings[5]);
  report->duration_ms = 1;
  for (size_t i = 0; i < nasty_count * 4; i++) {
    vprod_result *result = add_result (report, "no-secrets", nasty_strings[i / 4], (int64_t) i);
    const char *text = nasty_strings[i / 4], *other = nasty_strings[(i / 4 + 1) % nasty_count];
    _cleanup_error_ vprod_error *error = NULL;
    vprod_error_new (&error, VPROD_ERROR_ENGINE, 0, text);
    switch (i % 4) {
    case VPROD_VERDICT_PASS:
      vprod__result_pass (result, "%s", text);
      break;
    case VPROD_VERDICT_FAIL:
      vprod__result_fail (result, "%s", text);
      break;
    case VPROD_VERDICT_SKIP:
      vprod__result_skip (result, "%s", text);
      break;
    default:
      vprod__result_error (result, error);
    }
    vprod__result_remedy (result, "%s", other);
    vprod__result_log_tail (result, text, strlen (text));
    vprod__result_evidence (result, "no", "%s", text);
    vprod__result_evidence (result, text, "%s", other);
    vprod_finding *finding = vprod__result_finding (result, "%s", text);
    vprod__finding_set (finding, "path", "%s", other);
    vprod__finding_set (finding, text, "%s", other);
    ck_assert_int_eq (vprod__result_status (result, NULL), 0);
  }
  return report;
}

char *render (const vprod_report *report, const char *format)
{
  vprod_error *err = NULL;
  char *text = NULL;
  size_t length = 0;

  assert_ok (vprod_report_render (report, format, NULL, &text, &length, &err), err);
  ck_assert_uint_eq (strlen (text), length);
  return text;
}
