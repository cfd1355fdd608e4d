/* SPDX-License-Identifier: MIT */
/* restricted: started once more as a restricted cluster would, the app becomes ready all the same. */
#include "checks/check.h"
#include "checks/restricted/facts.h"

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  struct vprod__restricted_facts facts = { 0 };

  (void) session;
  return vprod__restricted_judge (&facts, result, err);
}

const struct vprod__check vprod__check_restricted = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "restricted",
    .title = "The app runs as a restricted cluster runs it",
    .what = "",
    .why = "",
    .remedy = "",
    .run = vprod_check_restricted,
  },
  .run = run,
};
