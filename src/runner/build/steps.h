/* SPDX-License-Identifier: MIT */
/* The steps of one build, by key, with their last state. */
#ifndef VPROD_RUNNER_BUILD_STEPS_H
#define VPROD_RUNNER_BUILD_STEPS_H

#include <verify-prod/runner.h>
#include "util/cleanup.h"

struct vprod__step {
  char *key;
  char *stage;
  char *text;
  char *name;
  vprod_step_state state;
  char **inputs; /* keys; NULL: not known */
};

struct vprod__steps {
  struct vprod__step *list; /* in the order in which they were first told of */
  size_t count;
};

/* Adds or updates. 0, or -1 out of memory. */
int vprod__steps_tell (struct vprod__steps *steps, const vprod_build_step *step);
const struct vprod__step *vprod__steps_find (const struct vprod__steps *steps, const char *key);

/* Is it an instruction that says something of caching: not "[internal] …", not FROM, not the export? */
int vprod__step_is_instruction (const struct vprod__step *step);
void vprod__steps_clear (struct vprod__steps *steps);

#endif
