/* SPDX-License-Identifier: MIT */
/* reproducible: built twice without cache, the two images have the same files and the same configuration. */
#include "checks/check.h"
#include "checks/reproducible/facts.h"

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  struct vprod__reproducible_facts facts = { 0 };

  (void) session;
  return vprod__reproducible_judge (&facts, result, err);
}

const struct vprod__check vprod__check_reproducible = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "reproducible",
    .title = "Two builds give the same image",
    .what = "",
    .why = "",
    .remedy = "",
    .run = vprod_check_reproducible,
  },
  .run = run,
};
