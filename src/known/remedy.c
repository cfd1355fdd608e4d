/* SPDX-License-Identifier: MIT */
/* What to do about it: by name, and by what an app says as it gives up. The latter decides no verdict. */
#include "known/exit.h"
#include "known/phrases.h"

#include <string.h>

#define TAIL 4000 /* bytes of a log that are looked at … */
#define LINE 511  /* … and of each line */

static const struct {
  const char *name, *text;
} remedies[] = {
#include "data/remedies.h"
};

const char *vprod__remedy (const char *name)
{
  for (size_t i = 0; name && i < sizeof remedies / sizeof remedies[0]; i++)
    if (strcmp (remedies[i].name, name) == 0)
      return remedies[i].text;
  return NULL;
}

const char *vprod__log_remedy_of (enum vprod__says list, const char *log, const char **ret_line, size_t *ret_length)
{
  const char *remedy = NULL;
  size_t length = log ? strlen (log) : 0;

  if (length > TAIL)
    log += length - TAIL;
  while (log && *log) {
    size_t line = strcspn (log, "\n");
    const struct vprod__phrase *phrase = vprod__phrase_in (list, log, line < LINE ? line : LINE);
    if (phrase) {
      remedy = vprod__remedy (phrase->remedy);
      *ret_line = log;
      *ret_length = line > 0 && log[line - 1] == '\r' ? line - 1 : line;
    }
    log += line + (log[line] == '\n');
  }
  return remedy;
}

const char *vprod__log_remedy (const char *log, const char **ret_line, size_t *ret_length)
{
  return vprod__log_remedy_of (VPROD__SAYS_LOG, log, ret_line, ret_length);
}
