/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out once, at any allocation of a format or of finding a result's place: the report is then not given at
 * all, and never half.
 */
#include "report_sample.h"

#include <jansson.h>

#include "checks/check.h"

static long allocations, failing; /* the how manieth fails; 0: none */

static int fails (void)
{
  return ++allocations == failing;
}

#include "wrap_alloc.h"

static vprod_report *report;

static void setup (void)
{
  json_set_alloc_funcs (malloc, free); /* the wrapped one */
  report = sample_report ();
  vprod__result_set_place (report->results[1], "Dockerfile", 2);
  vprod__result_fail (report->results[0], "a [link](x) and\n::a command::\n##[and another]");
}

static void teardown (void)
{
  vprod_report_free (report);
}

/* 1: the nth allocation was never reached. */
static int render_fails_at (const char *format, long nth)
{
  vprod_error *err = NULL;
  char *text = NULL;

  allocations = 0;
  failing = nth;
  int r = vprod_report_render (report, format, NULL, &text, NULL, &err);
  long made = allocations;
  failing = 0;
  if (made < nth) {
    assert_ok (r, err);
    ck_assert_uint_gt (strlen (text), 100);
  }
  else {
    ck_assert_msg (r == -VPROD_ERROR_NO_MEMORY, "%s: allocation %ld failed, and it gave %d", format, nth, r);
    ck_assert_ptr_null (text);
  }
  vprod_error_free (err);
  free (text);
  return made < nth;
}

START_TEST (no_format_gives_half_a_report)
{
  const char *format = vprod_report_get_format_at ((size_t) _i);
  long n = 1;

  while (!render_fails_at (format, n))
    n++;
  ck_assert_int_gt (n, 10);
}
END_TEST

START_TEST (place_is_right_or_there_is_none)
{
  static const char dockerfile[] = "FROM a AS b\nRUN <<EOF\nx\nEOF\nRUN --mount=type=cache,target=/x make\nUSER 0\n";
  vprod_result *result = report->results[1];
  const struct vprod__place_rule *rule = &vprod__check_find (vprod_result_get_check (result))->place;
  long made = 1;

  vprod__result_evidence (result, "failed_step", "%s", "[b 3/3] RUN --mount=type=cache,target=/x  make");
  for (long n = 1; n <= made; n++) {
    allocations = 0;
    failing = n;
    int line = vprod__place_in_dockerfile (dockerfile, "b", rule, result);
    made = allocations;
    failing = 0;
    ck_assert_int_eq (line, made < n ? 6 : -1);
  }
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_memory");
  TCase *tc = tcase_create ("report_memory");
  int formats = 0;

  while (vprod_report_get_format_at ((size_t) formats))
    formats++;
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, no_format_gives_half_a_report, 0, formats);
  tcase_add_test (tc, place_is_right_or_there_is_none);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
