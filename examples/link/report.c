/* SPDX-License-Identifier: MIT */
/* A report in a format of one's choice:  ./a.out FORMAT [SPEC] */
#include <stdio.h>
#include <verify-prod.h>

int main (int argc, char **argv)
{
  const char *format = argc > 1 ? argv[1] : "text";
  vprod_run_options options = VPROD_RUN_OPTIONS_INIT;
  vprod_spec *spec = NULL;
  vprod_session *session = NULL;
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  static const char *const only[] = { "build", "no-secrets", NULL };
  char *text = NULL;
  int code = 3;

  options.only = only;
  if (vprod_spec_load (argc > 2 ? argv[2] : "verify-prod.yaml", &spec, &err) < 0
      || vprod_session_new (spec, NULL, &session, &err) < 0
      || vprod_session_run (session, &options, &report, &err) < 0
      || vprod_report_render (report, format, NULL, &text, NULL, &err) < 0)
    fprintf (stderr, "%s\n", vprod_error_get_message (err));
  else if (fputs (text, stdout) >= 0 && fflush (stdout) == 0)
    code = vprod_report_get_verdict (report) == VPROD_VERDICT_PASS ? 0 : 1;
  vprod_string_free (text);
  vprod_report_free (report);
  vprod_session_free (session);
  vprod_spec_free (spec);
  vprod_error_free (err);
  return code;
}
