/* SPDX-License-Identifier: MIT */
/* The judging part of `reproducible`: a pure function of facts. */
#include "checks/reproducible/facts.h"

int vprod__reproducible_judge (const struct vprod__reproducible_facts *facts, vprod_result *result, vprod_error **err)
{
  (void) facts;
  (void) err;
  return vprod__result_skip (result, "not checked: it is not written yet");
}
