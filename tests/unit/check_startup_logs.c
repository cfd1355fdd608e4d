/* SPDX-License-Identifier: MIT */
#include "verdict.h"
#include "checks/startup_logs.h"

#define BYTES(out, err) .stdout_bytes = out, .stderr_bytes = err, .running = 1

static const struct {
  struct vprod__startup_line lines[3];
  struct vprod__startup_logs_facts facts;
  struct wanted wanted;
} cases[] = {
  { { { "Started", 1, 0 } }, { BYTES (20, 0) }, { VPROD_PASS, 0, "\"Started\" was seen on stdout", "" } },
  { { { "Started", 0, 1 } }, { BYTES (0, 20) }, { VPROD_PASS, 0, "\"Started\" was seen on stderr", "" } },
  { { { "Started", 1, 1 } }, { BYTES (9, 9), .stream = VPROD_STDERR }, { VPROD_PASS, 0, "seen on stderr", "" } },
  { { { "Started", 0, 0 }, { "complete", 1, 0 } },
    { BYTES (9, 9) },
    { VPROD_PASS, 0, "\"complete\" was seen", "" } },
  { { { "Started", 0, 1 }, { "complete", 1, 0 } },
    { BYTES (9, 9), .stream = VPROD_STDOUT },
    { VPROD_PASS, 0, "\"complete\" was seen on stdout", "" } },
  /* an app that ended after it had said what was wanted is the fault of start */
  { { { "Started", 1, 0 } }, { .stdout_bytes = 9, .running = 0 }, { VPROD_PASS, 0, "seen", "" } },
  { { { "Started", 0, 0 } }, { .stdout_bytes = 9, .running = 0 }, { VPROD_SKIP, 0, "did not stay up", "" } },

  { { { "Started", 0, 1 } },
    { BYTES (0, 20), .stream = VPROD_STDOUT },
    { VPROD_FAIL, 0, "\"Started\" was seen on stderr, not on stdout", "stream: stderr" } },
  { { { "complete", 0, 0 }, { "Started", 1, 0 } },
    { BYTES (20, 0), .stream = VPROD_STDERR },
    { VPROD_FAIL, 0, "\"Started\" was seen on stdout, not on stderr", "stream: stdout" } },
  { { { "Started", 0, 0 } },
    { BYTES (0, 0) },
    { VPROD_FAIL, 0, "wrote nothing at all to stdout and stderr in 11.2 s; \"Started\" was expected",
      "PYTHONUNBUFFERED=1" } },
  { { { "Started", 0, 0 }, { "complete", 0, 0 }, { "ready", 0, 0 } },
    { BYTES (120, 7) },
    { VPROD_FAIL, 0,
      "\"Started\" (nor the other 2) was not seen on stdout or stderr within 11.2 s; there were 120 bytes on "
      "stdout and 7 on stderr",
      "letter by letter" } },
};

static vprod_result *judge (const struct vprod__startup_line *lines, struct vprod__startup_logs_facts facts,
                            const struct wanted *wanted)
{
  vprod_result *result = new_result ();

  facts.lines = lines;
  while (facts.n_lines < 3 && lines[facts.n_lines].text)
    facts.n_lines++;
  facts.after_ms = 11200;
  facts.log = "up\n";
  facts.log_length = 3;
  int r = vprod__startup_logs_judge (&facts, result);
  assert_wanted (r, result, NULL, wanted);
  return result;
}

START_TEST (judges)
{
  vprod_result *result = judge (cases[_i].lines, cases[_i].facts, &cases[_i].wanted);

  if (vprod_result_get_verdict (result) == VPROD_FAIL)
    assert_evidence (result, "log_tail", "up");
  vprod_result_free (result);
}
END_TEST

START_TEST (tells_what_was_seen_as_evidence)
{
  const struct vprod__startup_line lines[3] = { { "no", 0, 0 }, { "yes", 0, 1 } };
  vprod_result *result =
    judge (lines, (struct vprod__startup_logs_facts) { BYTES (12, 34) }, &(struct wanted) { VPROD_PASS, 0, "", "" });

  assert_evidence (result, "stdout_bytes", "12");
  assert_evidence (result, "stderr_bytes", "34");
  assert_evidence (result, "seen", "yes");
  vprod_result_free (result);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_startup_logs");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_what_was_seen_as_evidence);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
