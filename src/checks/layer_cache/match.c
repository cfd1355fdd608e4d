/* SPDX-License-Identifier: MIT */
/*
 * Which steps are dependency steps: those that the spec names by a part of their text, or that run the install of
 * a known package manager. Builders keep all blanks of an instruction that is written on several lines, and put in the
 * values of variables; a spec's author copies from the Dockerfile, onto one line.
 */
#include "checks/layer_cache/facts.h"
#include "dockerfile/installers.h"
#include "dockerfile/steps.h"

#include <ctype.h>
#include <string.h>
#include "util/buf.h"
#include "util/strv.h"

static size_t blanks (const char *text)
{
  size_t n = 0;

  while (isspace ((unsigned char) text[n]))
    n++;
  return n;
}

/* Any white space is like any other. */
static int begins_with (const char *text, const char *pattern)
{
  while (*pattern) {
    size_t n = blanks (text), wanted = blanks (pattern);
    if ((n > 0) != (wanted > 0) || (n == 0 && *text++ != *pattern++))
      return 0;
    text += n;
    pattern += wanted;
  }
  return 1;
}

static int has_any (const char *text, char *const *patterns)
{
  for (; *patterns; patterns++)
    for (const char *p = text; *p; p++)
      if (begins_with (p, *patterns))
        return 1;
  return 0;
}

static int instruction_has_any (const struct vprod__instruction *instruction, char *const *patterns)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (vprod__instruction_written (instruction, &text) < 0)
    return -1;
  return has_any (vprod__buf_string (&text), patterns)
      || (instruction->body && has_any (instruction->body, patterns));
}

/* Does the step's instruction in the Dockerfile contain it? It differs from the step only in its variables. */
static int written_has_any (const struct vprod__layer_cache_facts *facts, const struct vprod__step *step)
{
  const struct vprod__instruction *instruction;

  if (vprod__dockerfile_step (facts->instructions, step->name, step->stage, &instruction) < 0)
    return -1;
  return instruction && strchr (instruction->text, '$') ? instruction_has_any (instruction, facts->patterns) : 0;
}

int vprod__cache_by_default (const struct vprod__layer_cache_facts *facts)
{
  return vprod__strv_length (facts->patterns) == 0;
}

int vprod__cache_examine (const struct vprod__layer_cache_facts *facts, const struct vprod__step *step,
                          struct vprod__install *ret)
{
  _cleanup_free_ char *text = vprod__step_full_text (step, facts->dockerfile);

  *ret = (struct vprod__install) { 0 };
  if (!text)
    return -1;
  if (vprod__find_install (text, ret) < 0)
    return -1;
  if (vprod__cache_by_default (facts))
    return ret->manager != NULL;
  ret->project = 0; /* a step that the spec names is taken as it is */
  return has_any (text, facts->patterns) ? 1 : written_has_any (facts, step);
}

int vprod__cache_is_written (const struct vprod__layer_cache_facts *facts)
{
  int r = 0;

  for (size_t i = 0; i < facts->instructions->count && r == 0; i++)
    r = instruction_has_any (&facts->instructions->list[i], facts->patterns);
  return r;
}
