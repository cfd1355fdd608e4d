/* SPDX-License-Identifier: MIT */
/* For tests of checks: running one alone, as the first call on a session of the mock; in good times and in bad. */
#ifndef VPROD_TESTS_FLOW_H
#define VPROD_TESTS_FLOW_H

#include "mock_runner.h"
#include "verdict.h"

struct flow {
  int (*check) (vprod_session *session, vprod_result **ret_result, vprod_error **err);
  const char *yaml;                     /* NULL: MOCK_YAML */
  void (*prepare) (struct mock *mock);  /* sets the mock up; may be NULL */
};

/* Runs it; asserts what it says, and that nothing is left. The result is the caller's; NULL with wanted->error. mock
   (may be NULL: one of its own) is ended, too. */
vprod_result *flow_run (const struct flow *flow, struct mock *mock, const struct wanted *wanted);

/* The same where the result is not looked at. */
void flow_says (const struct flow *flow, const struct wanted *wanted);

/* Lets each slot that the flow calls fail with ENGINE, once for each of its first calls. Asserts that the check then gives
   ENGINE with the slot's words, never a verdict, and that nothing is left. Failures of slots in `may_fail` (NULL-ended)
   may be coped with; those of removing must be. */
void flow_sweep (const struct flow *flow, const char *const *may_fail);

/* Lets the slot's nth call hang; asserts that the check ends with CANCELLED once the session is cancelled, and with
   TIMEOUT once the session's time is over. */
void flow_is_cancelled (const struct flow *flow, const char *slot, int nth);
void flow_runs_out_of_time (const struct flow *flow, const char *slot, int nth);

#endif
