/* SPDX-License-Identifier: MIT */
/* samples DIR: writes DIR/KIND.FORMAT, the reports of the unit tests in every format, so that other programs can read
   them. KIND: good, bad (all verdicts), nasty (text that breaks careless formats), evil (text that would load and run
   things), empty, skipped. */
#include "report_sample.h"

#include <stdio.h>

static const char evil[] =
  "<script>document.title='run'</script><img src=\"http://tracker.invalid/a.png\" onerror=\"document.title='run'\"/>"
  "<link rel=\"stylesheet\" href=\"http://tracker.invalid/b.css\"/><style>@import 'http://tracker.invalid/c.css';"
  "body{background:url(http://tracker.invalid/d.png)}</style></style></pre></svg></title>"
  "<iframe src=\"http://tracker.invalid/e\"></iframe><svg onload=\"document.title='run'\"/>\"'><b>";

static vprod_report *good_report (void)
{
  vprod_report *report = sample_report ();

  for (size_t i = 0; i < report->n_results; i++)
    vprod__result_pass (report->results[i], "it is good");
  return report;
}

static vprod_report *evil_report (void)
{
  vprod_report *report = sample_report ();

  free (report->name);
  free (report->image);
  report->name = strdup (evil);
  report->image = strdup (evil);
  for (size_t i = 0; i < report->n_results; i++) {
    vprod__result_fail (report->results[i], "%s", evil);
    vprod__result_remedy (report->results[i], "%s", evil);
    vprod__result_evidence (report->results[i], "seen", "%s", evil);
    vprod__result_evidence (report->results[i], evil, "%s", evil);
    vprod__result_log_tail (report->results[i], evil, strlen (evil));
    vprod__finding_set (vprod__result_finding (report->results[i], "%s", evil), evil, "%s", "x");
    vprod__result_set_place (report->results[i], evil, 3);
  }
  return report;
}

static const struct {
  const char *kind;
  vprod_report *(*make) (void);
} kinds[] = { { "good", good_report }, { "bad", sample_report }, { "nasty", nasty_report }, { "evil", evil_report },
              { "empty", empty_report }, { "skipped", skipped_report } };

static const char *folder;

START_TEST (writes_every_report_in_every_format)
{
  vprod_report *report = kinds[_i].make ();
  const char *format;

  for (size_t i = 0; i < report->n_results; i++)
    vprod__result_set_span (report->results[i], (int64_t) (i * 300 % 3000), 4000);
  for (size_t i = 0; (format = vprod_report_get_format_at (i)); i++) {
    char *name = NULL, *text = render (report, format);
    ck_assert_int_gt (asprintf (&name, "%s.%s", kinds[_i].kind, format), 0);
    unit_write_file (folder, name, text);
    free (name);
    free (text);
  }
  vprod_report_free (report);
}
END_TEST

int main (int argc, char **argv)
{
  Suite *suite = suite_create ("samples");
  TCase *tc = tcase_create ("samples");

  if (argc != 2)
    return 2;
  folder = argv[1];
  tcase_add_loop_test (tc, writes_every_report_in_every_format, 0, sizeof kinds / sizeof kinds[0]);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
