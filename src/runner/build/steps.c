/* SPDX-License-Identifier: MIT */
#include "runner/build/steps.h"
#include "util/grow.h"
#include "util/strv.h"

#include <string.h>
#include <strings.h>

const struct vprod__step *vprod__steps_find (const struct vprod__steps *steps, const char *key)
{
  for (size_t i = 0; i < steps->count; i++)
    if (strcmp (steps->list[i].key, key) == 0)
      return &steps->list[i];
  return NULL;
}

static void step_clear (struct vprod__step *step)
{
  free (step->key);
  free (step->stage);
  free (step->text);
  free (step->name);
  vprod__strv_free (step->inputs);
}

static int copy_inputs (const char *const *inputs, char ***ret)
{
  _cleanup_strv_ char **copy = NULL;

  for (size_t i = 0; inputs && inputs[i]; i++)
    if (vprod__strv_add (&copy, inputs[i]) < 0)
      return -1;
  *ret = vprod__steal (&copy);
  return 0;
}

int vprod__steps_tell (struct vprod__steps *steps, const vprod_build_step *told)
{
  for (size_t i = 0; i < steps->count; i++) {
    struct vprod__step *step = &steps->list[i];
    if (strcmp (step->key, told->key) != 0)
      continue;
    step->state = told->state;
    return step->inputs ? 0 : copy_inputs (told->inputs, &step->inputs);
  }

  if (vprod__grow (&steps->list, steps->count) < 0)
    return -1;
  struct vprod__step step = {
    .key = strdup (told->key),
    .stage = strdup (told->stage ? told->stage : ""),
    .text = strdup (told->text ? told->text : told->name),
    .name = strdup (told->name),
    .state = told->state,
  };
  if (!step.key || !step.stage || !step.text || !step.name || copy_inputs (told->inputs, &step.inputs) < 0) {
    step_clear (&step);
    return -1;
  }
  steps->list[steps->count++] = step;
  return 0;
}

int vprod__step_is_instruction (const struct vprod__step *step)
{
  static const char *const words[] = { "RUN", "COPY", "ADD", "WORKDIR", NULL };
  size_t length = strcspn (step->text, " \t");

  for (size_t i = 0; words[i]; i++)
    if (strlen (words[i]) == length && strncasecmp (step->text, words[i], length) == 0)
      return 1;
  return 0;
}

void vprod__steps_clear (struct vprod__steps *steps)
{
  for (size_t i = 0; i < steps->count; i++)
    step_clear (&steps->list[i]);
  free (steps->list);
  *steps = (struct vprod__steps) { 0 };
}
