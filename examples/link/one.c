/* SPDX-License-Identifier: MIT */
/* One check of an image that exists, without a spec file:  ./a.out IMAGE */
#include <stdio.h>
#include <verify-prod.h>

int main (int argc, char **argv)
{
  vprod_spec *spec = NULL;
  vprod_session *session = NULL;
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  int code = VPROD_VERDICT_ERROR;

  if (argc < 2) {
    fprintf (stderr, "usage: %s IMAGE\n", argv[0]);
    return 2;
  }
  if (vprod_spec_new (NULL, &spec, &err) < 0 || vprod_spec_set (spec, "image.ref", argv[1], &err) < 0
      || vprod_session_new (spec, NULL, &session, &err) < 0 || vprod_check_non_root (session, &result, &err) < 0)
    fprintf (stderr, "could not be told: %s\n", vprod_error_get_message (err));
  else {
    printf ("%s: %s\n", vprod_verdict_name (vprod_result_get_verdict (result)), vprod_result_get_message (result));
    code = vprod_result_get_verdict (result);
  }
  vprod_result_free (result);
  vprod_session_free (session);
  vprod_spec_free (spec);
  vprod_error_free (err);
  return code;
}
