/* SPDX-License-Identifier: MIT */
/* A release gate: exits 0 only for an image that passed. */
#include <stdio.h>
#include <verify-prod.h>

int main (int argc, char **argv)
{
  vprod_spec *spec = NULL;
  vprod_session *session = NULL;
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  int good = 0;

  if (vprod_spec_load (argc > 1 ? argv[1] : "verify-prod.yaml", &spec, &err) == 0
      && vprod_session_new (spec, NULL, &session, &err) == 0
      && vprod_session_run (session, NULL, &report, &err) == 0)
    good = vprod_report_get_verdict (report) == VPROD_VERDICT_PASS;
  puts (err ? vprod_error_get_message (err) : good ? "fit for production" : "not fit for production");
  vprod_report_free (report);
  vprod_session_free (session);
  vprod_spec_free (spec);
  vprod_error_free (err);
  return !good;
}
