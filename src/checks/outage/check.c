/* SPDX-License-Identifier: MIT */
/* outage: while a service is away the app stays up, says so by its health, lets no request hang, and recovers after. */
#include "checks/check.h"
#include "checks/outage/facts.h"

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  struct vprod__outage_facts facts = { 0 };

  (void) session;
  return vprod__outage_judge (&facts, result, err);
}

const struct vprod__check vprod__check_outage = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "outage",
    .title = "The app outlives a service that is away",
    .what = "",
    .why = "",
    .remedy = "",
    .run = vprod_check_outage,
  },
  .run = run,
};
