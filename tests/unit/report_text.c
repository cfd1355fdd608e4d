/* SPDX-License-Identifier: MIT */
#include "report_sample.h"

#define EXPECTED_RESULTS                                                                                     \
  "pass   build                 1.2 s  it builds\n"                                                          \
  "FAIL   non-root              12 ms  1 of 2 processes runs as root\n"                                      \
  "         seen from the host\n"                                                                            \
  "         remedy: add \"USER 1001\" to the Dockerfile\n"                                                   \
  "           after the last RUN\n"                                                                          \
  "         - process 4711 (sh) has UID 0 (path: /proc/4711)\n"                                             \
  "         uid: 0\n"                                                                                        \
  "         processes: sh\n"                                                                                 \
  "           server\n"                                                                                      \
  "         the log ends in:\n"                                                                              \
  "         | starting\n"                                                                                    \
  "         | ready\n"                                                                                       \
  "skip   layer-cache                  the spec names no file to touch\n"                                    \
  "ERROR  health             1 min 1 s  could not be told: no engine answers\n"                              \
  "         error: unreachable\n"

#define EXPECTED_SUMMARY                                                                                     \
  "\n"                                                                                                       \
  "FAIL   notes-api: 1 passed, 1 failed (non-root), 1 could not be told (health), 1 skipped; 4.2 s, "        \
  "docker 20.10.24, image 0123456789ab\n"

START_TEST (shows_a_line_a_check_and_details_of_failures)
{
  vprod_report *report = sample_report ();
  char *text = render (report, "text");

  ck_assert_str_eq (text, EXPECTED_RESULTS EXPECTED_SUMMARY);
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (results_one_by_one_and_the_summary_make_the_report)
{
  vprod_report *report = nasty_report ();
  const vprod_render_options closing = { .size = sizeof closing, .summary_only = 1 };
  char *whole = render (report, "text"), *joined = NULL, *part = NULL;
  vprod_error *err = NULL;
  size_t size = 0;
  FILE *stream = open_memstream (&joined, &size);

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    assert_ok (vprod_result_render (vprod_report_get_result_at (report, i), NULL, &part, NULL, &err), err);
    fputs (part, stream);
    free (part);
  }
  assert_ok (vprod_report_render (report, "text", &closing, &part, NULL, &err), err);
  fputs (part, stream);
  free (part);
  fclose (stream);
  ck_assert_str_eq (joined, whole);
  free (joined);
  free (whole);
  vprod_report_free (report);
}
END_TEST

/* Colours are the only difference, and each that is begun is ended on its line. */
START_TEST (colours_change_nothing_else)
{
  vprod_report *report = sample_report ();
  const vprod_render_options options = { .size = sizeof options, .color = 1 };
  char *plain = render (report, "text"), *colored = NULL, *out;
  vprod_error *err = NULL;
  int on = 0, sequences = 0;

  assert_ok (vprod_report_render (report, "text", &options, &colored, NULL, &err), err);
  out = colored;
  for (char *p = colored; *p; p++) {
    if (*p == '\033') {
      on = strncmp (p, "\033[0m", 4) != 0;
      sequences++;
      p = strchr (p, 'm');
      ck_assert_ptr_nonnull (p);
      continue;
    }
    ck_assert (*p != '\n' || !on);
    *out++ = *p;
  }
  *out = '\0';
  ck_assert_int_gt (sequences, 8);
  ck_assert_str_eq (colored, plain);
  free (colored);
  free (plain);
  vprod_report_free (report);
}
END_TEST

START_TEST (long_lines_are_broken_between_words_to_fit_the_width)
{
  vprod_report *report = sample_report ();
  const vprod_render_options options = { .size = sizeof options, .width = _i };
  char *text = NULL, *line, *rest;
  vprod_error *err = NULL;
  char words[300] = "";

  for (int i = 0; i < 40; i++)
    strcat (words, i % 2 ? "caf\xc3\xa9 " : "word ");
  vprod__result_fail (report->results[0], "%s", words);
  vprod__result_remedy (report->results[0], "%s", words);
  assert_ok (vprod_report_render (report, "text", &options, &text, NULL, &err), err);
  rest = text;
  for (int i = 0; (line = strsep (&rest, "\n")) && strncmp (line, "skip", 4) != 0; i++) {
    size_t columns = 0;
    for (const char *p = line; *p; p++)
      columns += (*p & 0xc0) != 0x80;
    ck_assert_msg (columns <= (size_t) _i, "%zu columns: %s", columns, line);
    ck_assert_msg (i == 0 || strstr (line, "FAIL") || line[0] == ' ', "no indent: %s", line);
  }
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (report_in_which_nothing_was_verified_says_so)
{
  vprod_report *report = empty_report ();
  char *text = render (report, "text");

  ck_assert_ptr_nonnull (strstr (text, "ERROR  : nothing was verified: no check was run; 0 ms\n"));
  free (text);
  vprod_report_free (report);
}
END_TEST

static const struct {
  const char *judge;
  const char *summary;
} left_out[] = {
  { "start", "ERROR  : the app did not stay up, and the check start was left out: 1 passed, 1 skipped; 0 ms\n" },
  { "build", "pass   : 1 passed, 1 skipped; 0 ms\n" }, /* it is there, whatever it says */
};

START_TEST (says_in_a_few_words_why_it_is_an_error_though_no_check_is)
{
  vprod_report *report = empty_report ();
  char *text, *page;

  report->results = calloc (2, sizeof *report->results);
  report->n_results = 2;
  assert_ok (vprod__result_new ("build", "x", &report->results[0], NULL), (vprod_error *) NULL);
  assert_ok (vprod__result_new ("health", "x", &report->results[1], NULL), (vprod_error *) NULL);
  vprod__result_pass (report->results[0], "it builds");
  vprod__result_judged_by (report->results[1], left_out[_i].judge);
  vprod__result_skip (report->results[1], "not checked: the app did not stay up: it ended");
  text = render (report, "text");
  page = render (report, "html");
  ck_assert_msg (strstr (text, left_out[_i].summary) != NULL, "%s", text);
  ck_assert_int_eq (strstr (page, "<p class=\"counts\">the app did not stay up") != NULL, _i == 0);
  free (page);
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (many_findings_are_cut_and_counted)
{
  vprod_report *report = sample_report ();
  char *text;

  for (int i = 0; i < 30; i++)
    vprod__result_finding (report->results[1], "finding number %d", i);
  text = render (report, "text");
  ck_assert_ptr_nonnull (strstr (text, "- finding number 8\n"));
  ck_assert_ptr_null (strstr (text, "- finding number 9\n"));
  ck_assert_ptr_nonnull (strstr (text, "         - … and 21 more (all in --format json)\n"));
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (long_evidence_is_cut_and_counted)
{
  vprod_report *report = sample_report ();
  char lines[200] = "";

  for (int i = 1; i <= 12; i++)
    sprintf (lines + strlen (lines), "%sstep %d", i > 1 ? "\n" : "", i);
  vprod__result_evidence (report->results[1], "steps", "%s", lines);
  char *text = render (report, "text");
  ck_assert_ptr_nonnull (strstr (text, "           step 10\n           … and 2 more (all in --format json)\n"));
  ck_assert_ptr_null (strstr (text, "step 11"));
  free (text);
  *strrchr (lines, '\n') = '\0'; /* one more is as long as a line that says so */
  vprod__result_evidence (report->results[1], "steps", "%s", lines);
  text = render (report, "text");
  ck_assert_ptr_nonnull (strstr (text, "           step 11\n"));
  ck_assert_ptr_null (strstr (text, "--format json"));
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (a_place_stands_before_the_remedy_of_what_did_not_pass)
{
  vprod_report *report = sample_report ();

  for (size_t i = 0; i < report->n_results; i++)
    vprod__result_set_place (report->results[i], "api/Dockerfile", 10 + (int) i);
  char *text = render (report, "text");
  ck_assert_ptr_nonnull (strstr (text, "seen from the host\n         at api/Dockerfile:11\n         remedy: add"));
  ck_assert_ptr_null (strstr (text, "Dockerfile:10")); /* passed */
  ck_assert_ptr_null (strstr (text, "Dockerfile:12")); /* skipped */
  free (text);
  vprod_report_free (report);
}
END_TEST

/* What was found beside is told of; what is as it should be is in the message; what is one of many is told of once. */
START_TEST (a_pass_shows_what_was_found_beside)
{
  vprod_report *report = sample_report ();
  vprod_result *result = report->results[0];

  vprod__finding_set (vprod__result_finding (result, "without KEY it ends"), "expected", "yes");
  for (int i = 1; i <= 12; i++) {
    vprod_finding *finding = vprod__result_finding (result, "a program with rights: /bin/p%d", i);
    vprod__finding_set (finding, "path", "/bin/p%d", i);
    vprod__finding_set (finding, "group", "programs with rights");
    if (i == 6)
      vprod__finding_set (vprod__result_finding (result, "with an empty KEY it still ran"), "empty", "accepted");
  }
  char *text = render (report, "text");
  ck_assert_ptr_nonnull (strstr (text, "it builds\n"
                                       "         - 12 programs with rights: /bin/p1, /bin/p2, /bin/p3, /bin/p4, /bin/p5, "
                                       "/bin/p6, /bin/p7, /bin/p8, /bin/p9, /bin/p10, … and 2 more (all in --format "
                                       "json)\n"
                                       "         - with an empty KEY it still ran\n"
                                       "FAIL   non-root"));
  free (text);
  vprod__result_fail (result, "it does not");
  text = render (report, "text");
  ck_assert_ptr_nonnull (strstr (text, "- without KEY it ends\n"));
  free (text);
  vprod_report_free (report);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_text");
  TCase *tc = tcase_create ("report_text");

  tcase_add_test (tc, shows_a_line_a_check_and_details_of_failures);
  tcase_add_test (tc, results_one_by_one_and_the_summary_make_the_report);
  tcase_add_test (tc, colours_change_nothing_else);
  tcase_add_loop_test (tc, long_lines_are_broken_between_words_to_fit_the_width, 70, 130);
  tcase_add_test (tc, report_in_which_nothing_was_verified_says_so);
  tcase_add_loop_test (tc, says_in_a_few_words_why_it_is_an_error_though_no_check_is, 0,
                       sizeof left_out / sizeof left_out[0]);
  tcase_add_test (tc, many_findings_are_cut_and_counted);
  tcase_add_test (tc, long_evidence_is_cut_and_counted);
  tcase_add_test (tc, a_place_stands_before_the_remedy_of_what_did_not_pass);
  tcase_add_test (tc, a_pass_shows_what_was_found_beside);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
