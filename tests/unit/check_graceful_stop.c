/* SPDX-License-Identifier: MIT */
#include "verdict.h"
#include "checks/graceful_stop.h"

static const char *const shell_form[] = { "/bin/sh", "-c", "uvicorn app:app", NULL };
static const char *const exec_form[] = { "uvicorn", "app:app", NULL };

#define TERM .signal = "SIGTERM", .grace_ms = 10000
#define ENDED TERM, .ended = 1, .ended_ms = 400
#define KILLED TERM, .ended_ms = 10000, .exit_code = 137

static const struct {
  struct vprod__graceful_stop_facts facts;
  struct wanted wanted;
} cases[] = {
  { { ENDED }, { VPROD_PASS, 0, "SIGTERM ended the app with exit code 0 after 400 ms (grace 10.0 s)", "" } },
  { { TERM, .ended = 1, .ended_ms = 10000 }, { VPROD_PASS, 0, "after 10.0 s", "" } },
  { { ENDED, .words = shell_form, .first_process = "uvicorn app:app" }, { VPROD_PASS, 0, "exit code 0", "" } },
  { { ENDED, .exit_code = 143, .wanted_exit_code = 143 }, { VPROD_PASS, 0, "exit code 143", "" } },
  { { ENDED, .exit_code = 7, .wanted_exit_code = 7 }, { VPROD_PASS, 0, "exit code 7", "" } },
  { { ENDED, .oom_killed = 1 }, { VPROD_PASS, 0, "exit code 0", "" } }, /* a child was killed, the app coped */

  { { TERM, .ended = 1, .ended_ms = 10001 },
    { VPROD_FAIL, 0, "later than the grace time of 10.0 s", "--timeout-graceful-shutdown" } },

  /* 143: the default action */
  { { ENDED, .exit_code = 143 },
    { VPROD_FAIL, 0, "exit code 143 after 400 ms: the signal's default action", "exit-code: 143" } },
  { { ENDED, .exit_code = 143, .first_process = "/usr/bin/tini -- app" },
    { VPROD_FAIL, 0, "default action", "behind the init" } },
  { { ENDED, .exit_code = 143, .first_process = "/bin/sh /entrypoint.sh" },
    { VPROD_FAIL, 0, "default action", "`exec`" } },
  { { .signal = "SIGQUIT", .grace_ms = 10000, .ended = 1, .ended_ms = 400, .exit_code = 131 },
    { VPROD_FAIL, 0, "SIGQUIT ended the app with exit code 131", "Handle SIGQUIT" } },
  { { ENDED, .exit_code = 0, .wanted_exit_code = 143 },
    { VPROD_FAIL, 0, "exit code 0 instead of 143", "exit-code: 0" } },

  /* 137: killed, by whom? */
  { { KILLED },
    { VPROD_FAIL, 0, "still running 10.0 s after SIGTERM and had to be killed (exit code 137)", "tini" } },
  { { KILLED, .words = shell_form }, { VPROD_FAIL, 0, "its first process is a shell", "exec form" } },
  { { KILLED, .words = shell_form, .first_process = "uvicorn app:app" },
    { VPROD_FAIL, 0, "had to be killed (exit code 137)", "Handle SIGTERM" } },
  { { KILLED, .words = exec_form, .first_process = "/bin/bash /entrypoint.sh" },
    { VPROD_FAIL, 0, "its first process is a shell", "exec \"$@\"" } },
  { { KILLED, .wanted_exit_code = 137 },
    { VPROD_FAIL, 0, "had to be killed", NULL } }, /* our own kill proves nothing */
  { { ENDED, .exit_code = 137 },
    { VPROD_FAIL, 0,
      "was killed 400 ms after SIGTERM (exit code 137), before its grace time was over and not by verify-prod",
      "supervisor" } },
  { { ENDED, .exit_code = 137, .oom_killed = 1 }, { VPROD_FAIL, 0, "because memory ran out", "memory" } },

  { { ENDED, .exit_code = 1 },
    { VPROD_FAIL, 0, "exit code 1 (its own word for a general error) instead of 0", "exit-code: 1" } },
  { { ENDED, .exit_code = 139 }, { VPROD_FAIL, 0, "SIGSEGV", "log" } },
  { { ENDED, .exit_code = 130 }, { VPROD_FAIL, 0, "exit code 130", NULL } },
};

static vprod_result *judge (struct vprod__graceful_stop_facts facts, const struct wanted *wanted)
{
  vprod_result *result = new_result ();

  facts.signal_from = "the default";
  facts.log = "bye\n";
  facts.log_length = 4;
  int r = vprod__graceful_stop_judge (&facts, result);
  assert_wanted (r, result, NULL, wanted);
  return result;
}

START_TEST (judges)
{
  vprod_result_free (judge (cases[_i].facts, &cases[_i].wanted));
}
END_TEST

START_TEST (tells_what_was_seen_as_evidence)
{
  struct vprod__graceful_stop_facts facts = { ENDED, .exit_code = 3, .first_process = "app" };
  vprod_result *result = judge (facts, &(struct wanted) { VPROD_FAIL, 0, "exit code 3", NULL });

  assert_evidence (result, "signal", "SIGTERM (the default)");
  assert_evidence (result, "grace_ms", "10000");
  assert_evidence (result, "ended_ms", "400");
  assert_evidence (result, "exit_code", "3");
  assert_evidence (result, "first_process", "app");
  assert_evidence (result, "log_tail", "bye");
  vprod_result_free (result);
}
END_TEST

START_TEST (evidence_tells_our_own_kill)
{
  vprod_result *result =
    judge ((struct vprod__graceful_stop_facts) { KILLED }, &(struct wanted) { VPROD_FAIL, 0, "killed", NULL });

  assert_evidence (result, "exit_code", "137 (killed by verify-prod)");
  ck_assert_ptr_null (vprod_result_get_evidence (result, "ended_ms"));
  vprod_result_free (result);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_graceful_stop");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_what_was_seen_as_evidence);
  tcase_add_test (tcase, evidence_tells_our_own_kill);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
