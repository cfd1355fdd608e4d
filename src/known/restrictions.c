/* SPDX-License-Identifier: MIT */
#include "known/restrictions.h"

#include <string.h>

#define LINE 1000 /* of a line that is longer, its beginning is looked at */

static const struct row {
  enum vprod__restriction restriction;
  const char *name;
  const char *remedy; /* its name in data/remedies */
  enum vprod__says under;
} rows[] = {
#include "data/restrictions.h"
};

static const struct row *find (enum vprod__restriction restriction)
{
  size_t i = 0;

  while (i + 1 < sizeof rows / sizeof rows[0] && rows[i].restriction != restriction)
    i++;
  return &rows[i];
}

const char *vprod__restriction_name (enum vprod__restriction restriction)
{
  return find (restriction)->name;
}

const char *vprod__restriction_remedy (enum vprod__restriction restriction)
{
  return vprod__remedy (find (restriction)->remedy);
}

const char *vprod__restriction_told (enum vprod__restriction restriction, const char *log, size_t *ret_length)
{
  const char *told = NULL;

  while (log && *log) {
    size_t line = strcspn (log, "\n");
    if (vprod__phrase_in (find (restriction)->under, log, line < LINE ? line : LINE)) {
      told = log;
      *ret_length = line > 0 && log[line - 1] == '\r' ? line - 1 : line;
    }
    log += line + (log[line] == '\n');
  }
  return told;
}
