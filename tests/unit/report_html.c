/* SPDX-License-Identifier: MIT */
/* What the page holds, and that nothing of a report gets out of its place in it. */
#include "report_sample.h"

#include <ctype.h>

static size_t count (const char *text, const char *part)
{
  size_t n = 0;

  for (const char *p = text; (p = strstr (p, part)); p += strlen (part))
    n++;
  return n;
}

/* The page is XML but for its first line: every element is closed in its order, and "<" and "&" begin nothing else.
   How deep it was at the end, or -1 with a message. */
static void assert_well_formed (const char *page)
{
  const char *open[64];
  size_t lengths[64], depth = 0;

  ck_assert_int_eq (strncmp (page, "<!DOCTYPE html>\n", 16), 0);
  for (const char *p = page + 16; *p; p++) {
    if (*p == '&')
      ck_assert_msg (strncmp (p, "&lt;", 4) == 0 || strncmp (p, "&gt;", 4) == 0 || strncmp (p, "&amp;", 5) == 0
                       || strncmp (p, "&quot;", 6) == 0 || strncmp (p, "&#10;", 5) == 0 || strncmp (p, "&#9;", 4) == 0,
                     "bare & at %.40s", p);
    if (*p != '<')
      continue;
    int closing = p[1] == '/';
    const char *name = p + 1 + closing;
    size_t length = 0;
    while (isalnum ((unsigned char) name[length]))
      length++;
    ck_assert_msg (length > 0, "bare < at %.40s", p);
    const char *end = name + length;
    for (int quoted = 0; *end && (quoted || *end != '>'); end++)
      quoted ^= *end == '"';
    ck_assert_int_eq (*end, '>');
    if (closing) {
      ck_assert_uint_gt (depth, 0);
      depth--;
      ck_assert_msg (lengths[depth] == length && memcmp (open[depth], name, length) == 0, "</%.*s> closes <%.*s>",
                     (int) length, name, (int) lengths[depth], open[depth]);
    } else if (end[-1] != '/') {
      ck_assert_uint_lt (depth, 64);
      open[depth] = name;
      lengths[depth++] = length;
    }
    p = end;
  }
  ck_assert_uint_eq (depth, 0);
}

static vprod_report *report_at (int i)
{
  return i == 0 ? sample_report () : i == 1 ? nasty_report () : empty_report ();
}

START_TEST (page_is_well_formed_and_stands_alone)
{
  vprod_report *report = report_at (_i);
  char *page = render (report, "html");

  assert_well_formed (page);
  ck_assert_uint_eq (count (page, "<script"), 0);
  ck_assert_uint_eq (count (page, "<link"), 0);
  ck_assert_uint_eq (count (page, "<img"), 0);
  ck_assert_uint_eq (count (page, " src="), 0);
  ck_assert_uint_eq (count (page, " href="), 0);
  ck_assert_uint_eq (count (page, "url("), 0);
  ck_assert_uint_eq (count (page, "@import"), 0);
  ck_assert_uint_eq (count (page, "default-src 'none'"), 1);
  ck_assert_uint_eq (count (page, "<details "), vprod_report_count_results (report));
  ck_assert_uint_eq (count (page, "<svg"), vprod_report_count_results (report) > 0);
  free (page);
  vprod_report_free (report);
}
END_TEST

START_TEST (shows_all_of_a_failure_opened)
{
  static const char *const parts[] = {
    "<title>fail: notes-api - verify-prod</title>", "1 failed, 1 could not be told, 1 passed, 1 skipped",
    "1 of 2 processes runs as root\nseen from the host", "add \"USER 1001\" to the Dockerfile\nafter the last RUN",
    "process 4711 (sh) has UID 0 <small>(path: /proc/4711)</small>", "<code>a/Dockerfile:24</code>",
    "<th class=\"mono\">uid</th><td>0</td>", "<pre>starting\nready</pre>",
    "<details class=\"fail\" id=\"check-2\" open=\"open\">", "<details class=\"error\" id=\"check-4\" open=\"open\">",
    "<details class=\"pass\" id=\"check-1\">", "<details class=\"skip\" id=\"check-3\">",
  };
  vprod_report *report = sample_report ();

  vprod__result_set_place (report->results[1], "a/Dockerfile", 24);
  char *page = render (report, "html");
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    ck_assert_msg (count (page, parts[i]) == 1, "%s: %zu times", parts[i], count (page, parts[i]));
  /* what wants a look stands first */
  ck_assert (strstr (page, "id=\"check-4\"") < strstr (page, "id=\"check-1\""));
  free (page);
  vprod_report_free (report);
}
END_TEST

START_TEST (timeline_shows_when_each_check_ran)
{
  vprod_report *report = sample_report ();

  report->duration_ms = 4000;
  vprod__result_set_duration (report->results[1], 1000);
  vprod__result_set_span (report->results[0], 0, 1000);
  vprod__result_set_span (report->results[1], 1000, 4000);
  vprod__result_set_span (report->results[2], 0, 99999); /* longer than the whole: the scale grows */
  char *page = render (report, "html");
  ck_assert_ptr_nonnull (strstr (page, "non-root: fail; from 1.0 s to 4.0 s, 1.0 s its own work"));
  ck_assert_ptr_nonnull (strstr (page, ">80 s</text>"));
  free (page);

  vprod__result_set_span (report->results[2], 0, 0);
  page = render (report, "html");
  /* 140 to 870 are 0 to 4 s: the wait from 1 s on is 3 s long, its own work the last of them */
  ck_assert_ptr_nonnull (strstr (page, "<rect class=\"wait\" x=\"322\" y=\"62\" width=\"548\""));
  ck_assert_ptr_nonnull (strstr (page, "<rect class=\"work\" x=\"687\" y=\"62\" width=\"183\""));
  ck_assert_ptr_nonnull (strstr (page, ">0.5 s</text>"));
  ck_assert_uint_eq (count (page, "class=\"work\""), 3); /* a skip did no work */
  free (page);
  vprod_report_free (report);
}
END_TEST

START_TEST (many_findings_are_cut)
{
  vprod_report *report = sample_report ();

  for (int i = 0; i < 600; i++)
    vprod__result_finding (report->results[1], "finding %d", i);
  char *page = render (report, "html");
  ck_assert_uint_eq (count (page, "<li>"), 501);
  ck_assert_ptr_nonnull (strstr (page, "and 101 more"));
  free (page);
  vprod_report_free (report);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_html");
  TCase *tc = tcase_create ("report_html");

  tcase_add_loop_test (tc, page_is_well_formed_and_stands_alone, 0, 3);
  tcase_add_test (tc, shows_all_of_a_failure_opened);
  tcase_add_test (tc, timeline_shows_when_each_check_ran);
  tcase_add_test (tc, many_findings_are_cut);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
