/* SPDX-License-Identifier: MIT */
/* The judging part of `outage`: a pure function of facts. */
#include "checks/outage/facts.h"

int vprod__outage_judge (const struct vprod__outage_facts *facts, vprod_result *result, vprod_error **err)
{
  (void) facts;
  (void) err;
  return vprod__result_skip (result, "not checked: it is not written yet");
}
