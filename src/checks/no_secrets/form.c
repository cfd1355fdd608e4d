/* SPDX-License-Identifier: MIT */
/*
 * Credentials that are known by their form, in texts that are no files: variables, labels, commands, history. The rules
 * are those of files (src/scan/rules.c), but for assignments: what a command, a label or an ENV gives to a name
 * is read by the files beside this one, which know where a value ends in each of them.
 */
#include "checks/no_secrets/facts.h"

#include <string.h>

struct telling {
  vprod__secret_fn on_hit;
  void *data;
  int result;
};

static int on_match (void *data, const struct vprod__scan_match *match)
{
  struct telling *telling = data;
  struct vprod__secret_hit hit = {
    .rule = match->rule,
    .description = match->description,
    .value = match->value,
    .length = strlen (match->value),
  };

  if (vprod__secret_placeholder (hit.value, hit.length))
    return 0;
  telling->result = telling->on_hit (telling->data, &hit);
  return telling->result;
}

int vprod__secrets_by_form (struct vprod__scan *scan, const char *text, vprod__secret_fn on_hit, void *data)
{
  struct telling telling = { .on_hit = on_hit, .data = data };

  if (!scan || !*text)
    return 0;
  if (vprod__scan_text (scan, text, on_match, &telling, NULL) < 0)
    return -1;
  return telling.result;
}
