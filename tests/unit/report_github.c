/* SPDX-License-Identifier: MIT */
/* The log of a job is read as GitHub's runner reads it: which lines are commands, and what they say. */
#include "report_sample.h"

#include <jansson.h>

/* The one line of text that begins so; its rest up to the newline, malloc'ed. */
static char *line_after (const char *text, const char *begin)
{
  char *found = NULL;

  for (const char *line = text; *line; line += strcspn (line, "\n"), line += *line == '\n')
    if (strncmp (line, begin, strlen (begin)) == 0) {
      ck_assert_msg (found == NULL, "twice: %s", begin);
      found = strndup (line + strlen (begin), strcspn (line, "\n") - strlen (begin));
    }
  ck_assert_msg (found != NULL, "no line begins with %s in:\n%s", begin, text);
  return found;
}

static void assert_line (const char *text, const char *begin, const char *rest)
{
  char *found = line_after (text, begin);

  ck_assert_str_eq (found, rest);
  free (found);
}

START_TEST (annotations_stand_at_their_place)
{
  vprod_report *report = sample_report ();

  vprod__result_set_place (report->results[1], "a,b/Docker:file%", 7);
  char *text = render (report, "github");
  assert_line (text, "::error file=a%2Cb/Docker%3Afile%25,line=7,title=non-root failed::",
               "1 of 2 processes runs as root%0Aseen from the host"
               "%0Aremedy: add \"USER 1001\" to the Dockerfile%0A  after the last RUN"
               "%0A- process 4711 (sh) has UID 0 (path: /proc/4711)");
  assert_line (text, "::error title=health could not be told::", "could not be told: no engine answers");
  assert_line (text, "::notice title=layer-cache skipped::", "the spec names no file to touch");
  assert_line (text, "::group::", "verify-prod notes-api: fail");
  assert_line (text, "::endgroup::", "");
  ck_assert_ptr_null (strstr (text, "title=build"));
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (group_holds_the_text_report)
{
  vprod_report *report = sample_report ();
  char *text = render (report, "github"), *plain = render (report, "text");
  const char *inside = strchr (text, '\n') + 1;

  ck_assert_int_eq (strncmp (inside, plain, strlen (plain)), 0);
  ck_assert_int_eq (strncmp (inside + strlen (plain), "::endgroup::\n", 13), 0);
  free (plain);
  free (text);
  vprod_report_free (report);
}
END_TEST

/* As ActionCommand.TryParseV2 and TryParse of actions/runner: leading white space, of Unicode too, does not matter
   to the first, and the second looks anywhere. */
static int is_command (const char *line, size_t length)
{
  char *copy = strndup (line, length);
  const char *p = copy;

  while (*p && (strchr (" \t\r\v\f", *p) || (unsigned char) *p >= 0x80))
    p++;
  int is = strncmp (p, "::", 2) == 0 || strstr (copy, "##[") != NULL;

  free (copy);
  return is;
}

static size_t count_commands (const char *text)
{
  size_t count = 0;

  for (const char *line = text; *line; line += strcspn (line, "\n"), line += *line == '\n')
    count += (size_t) is_command (line, strcspn (line, "\n"));
  return count;
}

START_TEST (containers_give_no_commands)
{
  static const char evil[] = "::error::forged\n  ::set-output name=x::y\n##[error]forged ##[group]\n\t::endgroup::\n"
                             "::stop-commands::x\n\u00a0::error::forged\n \u3000 ::error::forged\n"
                             "\u00ad::error::forged\n%0A::warning::w";
  vprod_report *report = sample_report ();
  vprod_result *result = report->results[1];

  vprod__result_fail (result, "%s", evil);
  vprod__result_remedy (result, "%s", evil);
  vprod__result_evidence (result, "processes", "%s", evil);
  vprod__result_evidence (result, "::error::name", "%s", evil);
  vprod__result_log_tail (result, evil, strlen (evil));
  vprod__result_finding (result, "%s", evil);
  vprod__result_pass (report->results[0], "%s", evil);
  char *text = render (report, "github");
  ck_assert_uint_eq (count_commands (text), 5); /* the group, its end, three that did not pass */
  char *rest = line_after (text, "::error title=non-root failed::");
  ck_assert_ptr_nonnull (strstr (rest, "%250A::warning::w"));
  free (rest);
  free (text);
  vprod_report_free (report);
}
END_TEST

/* Of other readers too, and in the middle of what a letter without a width divides. */
static const char others[] = "##[error]a\nx ##vso[task.setvariable]b ##VSO[x]\n##teamcity[c]\nsection_start:1:d\nsection_end:1:e\n"
                             "travis_fold:start:f\n--- g\n+++ h\n~~~ i\n^^^ +++\n#\u200b#[error]j\n##\u00ad[error]k\n::error::l\n"
                             " ::error::m\n\u3000::error::n\n";

static void assert_obeyed_by_nobody (const char *text)
{
  static const char *const anywhere[] = { "##[", "##vso[", "##VSO[", "##teamcity[", "section_start:", "section_end:",
                                          "travis_fold:", "#\u200b#[", "##\u00ad[" };
  static const char *const first[] = { "--- ", "+++ ", "~~~ ", "^^^ " };

  ck_assert_uint_eq (count_commands (text), 0);
  for (size_t i = 0; i < sizeof anywhere / sizeof anywhere[0]; i++)
    ck_assert_msg (!strstr (text, anywhere[i]), "%s in %s", anywhere[i], text);
  for (const char *line = text; *line; line += strcspn (line, "\n"), line += *line == '\n')
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
      ck_assert_msg (strncmp (line, first[i], 4) != 0, "a line begins with %s", first[i]);
}

START_TEST (no_format_is_obeyed)
{
  static const char *const formats[] = { "text", "json", "junit", "tap", "sarif", "html" };
  vprod_report *report = sample_report ();

  for (size_t i = 0; i < 2; i++) {
    vprod__result_evidence (report->results[i], "words", "%s", others);
    vprod__result_log_tail (report->results[i], others, strlen (others));
    vprod__result_finding (report->results[i], "%s", others);
    vprod__result_remedy (report->results[i], "%s", others);
    if (i == 0)
      vprod__result_pass (report->results[i], "%s", others);
    else
      vprod__result_fail (report->results[i], "%s", others);
  }
  char *text = render (report, formats[_i]);
  assert_obeyed_by_nobody (text);
  if (strcmp (formats[_i], "json") == 0) { /* a reader of JSON has the very text */
    json_t *root = json_loads (text, 0, NULL), *check = json_array_get (json_object_get (root, "checks"), 0);
    ck_assert_str_eq (json_string_value (json_object_get (check, "message")), others);
    json_decref (root);
  }
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (what_is_shown_while_a_session_works_is_obeyed_by_nobody)
{
  char *text = vprod_log_text (others), *again = vprod_log_text (text);

  assert_obeyed_by_nobody (text);
  ck_assert_ptr_nonnull (strstr (text, "## [error]a\nx ##vso [task.setvariable]b"));
  ck_assert_ptr_nonnull (strstr (text, "\n: :error::l\n : :error::m\n"));
  ck_assert_str_eq (again, text);
  free (again);
  free (text);
  text = vprod_log_text ("a::b [--- c] \033[1m#x\r::error::");
  ck_assert_str_eq (text, "a::b [--- c] #x\\x0d::error::");
  free (text);
  ck_assert_ptr_null (vprod_log_text (NULL));
}
END_TEST

START_TEST (nothing_breaks_out_of_its_line)
{
  vprod_report *report = nasty_report ();
  char *text = render (report, "github");

  ck_assert_uint_eq (count_commands (text), 2 + nasty_count * 3);
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (what_could_not_be_told_is_said_though_no_check_says_so)
{
  vprod_report *report = skipped_report ();
  char *text = render (report, "github");

  ck_assert_ptr_nonnull (strstr (text, "\n::error title=verify-prod could not be told::nothing was verified: every check"));
  free (text);
  vprod_report_free (report);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_github");
  TCase *tc = tcase_create ("report_github");

  tcase_add_test (tc, annotations_stand_at_their_place);
  tcase_add_test (tc, group_holds_the_text_report);
  tcase_add_test (tc, containers_give_no_commands);
  tcase_add_loop_test (tc, no_format_is_obeyed, 0, 6);
  tcase_add_test (tc, what_is_shown_while_a_session_works_is_obeyed_by_nobody);
  tcase_add_test (tc, nothing_breaks_out_of_its_line);
  tcase_add_test (tc, what_could_not_be_told_is_said_though_no_check_says_so);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
