/* SPDX-License-Identifier: MIT */
/* Why a container's first program could not be run, from what the engine or its runtime says. */
#include "known/exit.h"
#include "known/phrases.h"

#include <string.h>

static const struct refusal {
  enum vprod__refusal refusal;
  const char *words;
  const char *remedy; /* its name in data/remedies */
} refusals[] = {
#include "data/refusals.h"
};

enum vprod__refusal vprod__refusal_of_engine (const char *words)
{
  const struct vprod__phrase *phrase = words ? vprod__phrase_in (VPROD__SAYS_REFUSAL, words, VPROD__TO_NUL) : NULL;

  return phrase ? phrase->refusal : VPROD__REFUSAL_OTHER;
}

enum vprod__refusal vprod__refusal_of_output (const char *output)
{
  while (output && *output) {
    const char *end = strchrnul (output, '\n');
    if (vprod__says (VPROD__SAYS_RUNTIME_LINE, output)) {
      char line[256];
      size_t length = (size_t) (end - output) < sizeof line - 1 ? (size_t) (end - output) : sizeof line - 1;
      memcpy (line, output, length);
      line[length] = '\0';
      enum vprod__refusal refusal = vprod__refusal_of_engine (line);
      if (refusal != VPROD__REFUSAL_OTHER)
        return refusal;
    }
    output = *end ? end + 1 : end;
  }
  return VPROD__REFUSAL_NONE;
}

static const struct refusal *find (enum vprod__refusal refusal)
{
  size_t i = 0;

  while (i + 1 < sizeof refusals / sizeof refusals[0] && refusals[i].refusal != refusal)
    i++;
  return &refusals[i]; /* the last is for all others */
}

const char *vprod__refusal_words (enum vprod__refusal refusal)
{
  return find (refusal)->words;
}

const char *vprod__refusal_remedy (enum vprod__refusal refusal)
{
  return vprod__remedy (find (refusal)->remedy);
}
