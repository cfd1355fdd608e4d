/* SPDX-License-Identifier: MIT */
/*
 * When has the build after the change shown enough? Compiling the application, after the sources were copied, may take
 * minutes and says nothing about the cache. But a builder reports a stage's cached steps only once it needs them, so a
 * dependency step in another stage may not be reported yet: for such a step the first build shows whether a changed
 * source could reach it at all.
 */
#include "checks/layer_cache/facts.h"
#include "dockerfile/installers.h"

#include <string.h>
#include <strings.h>

/* --mount= of a cache, a secret, a socket or memory. A bind mount may have the changed file. */
static int mounts_no_files (const char *options)
{
  static const char *const types[] = { "type=cache", "type=secret", "type=ssh", "type=tmpfs" };
  size_t length = strcspn (options, " \t\n"), found = 0;

  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    found += memmem (options, length, types[i], strlen (types[i])) != NULL;
  return found == 1 && !memmem (options, length, "from=", 5);
}

/* WORKDIR, or RUN without files from elsewhere. */
static int takes_nothing (const struct vprod__step *step)
{
  if (strncasecmp (step->text, "WORKDIR", 7) == 0)
    return 1;
  for (const char *p = step->text; (p = strstr (p, "--mount="));) {
    p += strlen ("--mount=");
    if (!mounts_no_files (p))
      return 0;
  }
  return strncasecmp (step->text, "RUN", 3) == 0;
}

/* Does the step depend only on a base image: are all steps before it in its stage known, and do none copy from the context,
   another stage or the network? "[stage 1/4]" is FROM an image; in a stage FROM another stage, or from scratch, it is an
   instruction. 0 if the names have no such numbers. */
static int stands_alone (const struct vprod__steps *steps, const struct vprod__step *step)
{
  long number = vprod__step_number (step);

  if (number < 2 || step->name[0] != '[' || strstr (step->name, "STEP "))
    return 0;
  for (long n = 1; n <= number; n++) {
    const struct vprod__step *nth = NULL;
    for (size_t i = 0; i < steps->count && !nth; i++)
      if (strcmp (steps->list[i].stage, step->stage) == 0 && vprod__step_number (&steps->list[i]) == n
          && vprod__step_is_instruction (&steps->list[i]))
        nth = &steps->list[i];
    if (n == 1 ? nth != NULL : !nth || !takes_nothing (nth))
      return 0;
  }
  return 1;
}

/* May `step`, which is `now` in the build after the change (NULL: not seen so far), still make the check fail? 1, 0, or -1 out
   of memory. Counts what was seen CACHED. */
static int is_open (const struct vprod__layer_cache_facts *facts, const struct vprod__step *step,
                    const struct vprod__step *now, size_t *cached)
{
  struct vprod__install install;
  int r = vprod__step_is_instruction (step) ? vprod__cache_examine (facts, step, &install) : 0;

  if (r <= 0)
    return r;
  if (!now)
    return !stands_alone (facts->first, step);
  if (vprod__step_ran (now))
    return 1;
  ++*cached;
  return 0;
}

static size_t count_same (const struct vprod__steps *steps, const struct vprod__step *step)
{
  size_t n = 0;

  for (size_t i = 0; i < steps->count; i++)
    n += strcmp (steps->list[i].text, step->text) == 0;
  return n;
}

/* A step of the first build in the second; NULL: not seen so far. Of steps with the same words, in two stages or twice in
   one, nothing is known before all of them were seen. */
static const struct vprod__step *seen_again (const struct vprod__layer_cache_facts *facts, const struct vprod__step *step)
{
  return count_same (facts->second, step) < count_same (facts->first, step) ? NULL
                                                                           : vprod__steps_same (facts->second, step);
}

int vprod__cache_is_told (const struct vprod__layer_cache_facts *facts)
{
  int taken = 0, r = 0;
  size_t cached = 0;

  for (size_t i = 0; i < facts->second->count && !taken; i++) {
    const struct vprod__step *step = &facts->second->list[i];
    if (step->state == VPROD_STEP_RAN && vprod__step_is_instruction (step))
      taken = vprod__step_takes (step, facts->touch);
  }
  if (taken <= 0)
    return taken;
  const struct vprod__instruction *untold;
  if (vprod__cache_find_untold (facts, facts->first, &untold) < 0)
    return -1;
  if (untold)
    return 0;
  for (size_t i = 0; i < facts->first->count && r == 0; i++)
    r = is_open (facts, &facts->first->list[i], seen_again (facts, &facts->first->list[i]), &cached);
  for (size_t i = 0; i < facts->second->count && r == 0; i++)
    r = is_open (facts, &facts->second->list[i], &facts->second->list[i], &cached);
  return r < 0 ? r : r == 0 && cached > 0;
}

