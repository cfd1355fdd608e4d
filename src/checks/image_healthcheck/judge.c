/* SPDX-License-Identifier: MIT */
/* The judging part of `image-healthcheck`: a pure function of facts. */
#include "checks/image_healthcheck/facts.h"

int vprod__image_healthcheck_judge (const struct vprod__image_healthcheck_facts *facts, vprod_result *result, vprod_error **err)
{
  (void) facts;
  (void) err;
  return vprod__result_skip (result, "not checked: it is not written yet");
}
