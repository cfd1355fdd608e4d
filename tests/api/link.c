/* SPDX-License-Identifier: MIT */
/* What another project does: links the installed library and calls single checks with a runner of its own. */
#include <stdio.h>
#include <string.h>
#include <verify-prod.h>

static int engine_facts (void *data, const vprod_call *call, vprod_engine_facts *ret_facts, vprod_error **err)
{
  (void) data;
  (void) call;
  (void) ret_facts;
  return vprod_error_new (err, VPROD_ERROR_UNREACHABLE, 0, "no engine in this test");
}

int main (void)
{
  vprod_runner_ops ops = VPROD_RUNNER_OPS_INIT;
  vprod_runner *runner = NULL;
  vprod_session *session = NULL;
  vprod_spec *spec = NULL;
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  char version[32];
  int r, wrong = 0;

  ops.engine_facts = engine_facts;
  if (vprod_spec_new ("/tmp", &spec, &err) < 0 || vprod_spec_set (spec, "image.ref", "example:1", &err) < 0
      || vprod_runner_new (&ops, NULL, NULL, &runner, &err) < 0 || vprod_session_new (spec, runner, &session, &err) < 0) {
    printf ("not ok: %s\n", vprod_error_get_message (err));
    return 1;
  }
  r = vprod_check_non_root (session, &result, &err);
  if (r >= 0) { /* an engine that does not answer must never give a verdict */
    printf ("not ok: a verdict without an engine\n");
    wrong = 1;
  } else
    printf ("ok: %s: %s\n", vprod_error_code_name (vprod_error_get_code (err)), vprod_error_get_message (err));
  vprod_error_free (err);
  vprod_result_free (result);
  vprod_session_free (session);
  vprod_runner_free (runner);
  vprod_spec_free (spec);
  printf ("version %s\n", vprod_version ());
  snprintf (version, sizeof version, "%d.%d.%d", VPROD_VERSION_MAJOR, VPROD_VERSION_MINOR, VPROD_VERSION_MICRO);
  if (strcmp (version, vprod_version ()) != 0 || !VPROD_CHECK_VERSION (VPROD_VERSION_MAJOR, VPROD_VERSION_MINOR, VPROD_VERSION_MICRO)
      || VPROD_CHECK_VERSION (VPROD_VERSION_MAJOR, VPROD_VERSION_MINOR + 1, 0)) {
    printf ("not ok: the version's numbers\n");
    wrong = 1;
  }
  return wrong;
}
