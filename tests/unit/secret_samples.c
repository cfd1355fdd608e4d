/* SPDX-License-Identifier: MIT */
#include "secret_samples.h"
#include "unit.h"

#include <string.h>

const struct vprod__scan_rule *secret_rule (const char *id)
{
  for (const struct vprod__scan_rule *rule = vprod__scan_rules; rule->id; rule++)
    if (strcmp (rule->id, id) == 0)
      return rule;
  ck_abort_msg ("there is no rule %s", id);
}

size_t count_samples (void)
{
  size_t n = 0;

  while (secret_samples[n].rule)
    n++;
  return n;
}
