/* SPDX-License-Identifier: MIT */
/* All checks, and their verdicts:  cc all.c $(pkg-config --cflags --libs verify-prod) && ./a.out verify-prod.yaml */
#include <stdio.h>
#include <verify-prod.h>

int main (int argc, char **argv)
{
  vprod_spec *spec = NULL;
  vprod_session *session = NULL;
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  int verdict = VPROD_VERDICT_ERROR;

  if (vprod_spec_load (argc > 1 ? argv[1] : "verify-prod.yaml", &spec, &err) < 0
      || vprod_session_new (spec, NULL, &session, &err) < 0
      || vprod_session_run (session, NULL, &report, &err) < 0)
    fprintf (stderr, "%s\n", vprod_error_get_message (err));
  else {
    for (size_t i = 0; i < vprod_report_count_results (report); i++) {
      const vprod_result *result = vprod_report_get_result_at (report, i);
      printf ("%-16s %-5s %s\n", vprod_result_get_check (result),
              vprod_verdict_name (vprod_result_get_verdict (result)), vprod_result_get_message (result));
    }
    verdict = vprod_report_get_verdict (report);
  }
  vprod_report_free (report);
  vprod_session_free (session); /* removes everything that was made */
  vprod_spec_free (spec);
  vprod_error_free (err);
  return verdict;
}
