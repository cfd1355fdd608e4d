/* SPDX-License-Identifier: MIT */
/* drain: every request that was sent before the stop signal is answered rightly and whole. Ends the session's app, as
   graceful-stop does, and together with it in one run. */
#include "checks/check.h"
#include "checks/drain/facts.h"

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  struct vprod__drain_facts facts = { 0 };

  (void) session;
  return vprod__drain_judge (&facts, result, err);
}

const struct vprod__check vprod__check_drain = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "drain",
    .title = "Requests sent before the stop signal are answered",
    .what = "",
    .why = "",
    .remedy = "",
    .run = vprod_check_drain,
  },
  .run = run,
};
