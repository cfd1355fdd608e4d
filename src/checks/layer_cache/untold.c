/* SPDX-License-Identifier: MIT */
/*
 * A builder may not report a step: if two builds share steps at the same time, BuildKit runs each once and reports it in only
 * one of them. So the Dockerfile is compared with the steps that were reported.
 */
#include "checks/layer_cache/facts.h"
#include "dockerfile/installers.h"
#include "dockerfile/steps.h"

#include <string.h>
#include "util/buf.h"

/* The instruction with its here-documents, as the text of a step. */
static int write_step (const struct vprod__instruction *instruction, struct vprod__buf *text)
{
  if (vprod__instruction_written (instruction, text) < 0)
    return -1;
  if (!instruction->body)
    return 0;
  return vprod__buf_add (text, "\n", 1) < 0 ? -1 : vprod__buf_add (text, instruction->body, strlen (instruction->body));
}

/* Is it among the steps? One with the same text in another stage may stand for it: a builder has it once. */
static int is_told (const struct vprod__dockerfile *instructions, const struct vprod__steps *steps,
                    const struct vprod__instruction *wanted, const char *text)
{
  for (size_t i = 0; i < steps->count; i++) {
    const struct vprod__step *step = &steps->list[i];
    const struct vprod__instruction *found;
    _cleanup_buf_ struct vprod__buf own = { 0 };
    if (vprod__dockerfile_step (instructions, step->name, step->stage, &found) < 0)
      return -1;
    if (found == wanted)
      return 1;
    if (found && write_step (found, &own) < 0)
      return -1;
    if (found && strcmp (vprod__buf_string (&own), text) == 0)
      return 1;
  }
  return 0;
}

static int is_untold (const struct vprod__layer_cache_facts *facts, const struct vprod__steps *steps,
                      const struct vprod__instruction *instruction)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  struct vprod__install install;

  if (write_step (instruction, &text) < 0)
    return -1;
  if (!text.data)
    return 0;
  char *own = text.data, none[] = "";
  const struct vprod__step step = { .key = none, .stage = none, .text = own, .name = own };
  int r = vprod__cache_examine (facts, &step, &install);
  if (r <= 0)
    return r;
  r = is_told (facts->instructions, steps, instruction, own);
  return r < 0 ? r : !r;
}

int vprod__cache_find_untold (const struct vprod__layer_cache_facts *facts, const struct vprod__steps *steps,
                              const struct vprod__instruction **ret)
{
  const struct vprod__dockerfile *instructions = facts->instructions;
  int of = facts->target ? vprod__dockerfile_find_stage (instructions, facts->target) : (int) instructions->n_stages - 1;
  _cleanup_free_ char *needed = vprod__dockerfile_needed (instructions, of);
  int r = needed ? 0 : -1;

  *ret = NULL;
  for (size_t i = 0; i < instructions->count && r == 0; i++) {
    const struct vprod__instruction *one = &instructions->list[i];
    if (one->stage < 0 || !needed[one->stage] || strcmp (one->name, "RUN") != 0)
      continue;
    r = is_untold (facts, steps, one);
    if (r > 0)
      *ret = one;
  }
  return r < 0 ? -1 : 0;
}
