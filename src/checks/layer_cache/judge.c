/* SPDX-License-Identifier: MIT */
/*
 * The verdict of layer-cache from the steps of the build after the change. Every dependency step must have come
 * from the cache, and a step that takes the changed file must have run: without the second, nothing is proven.
 */
#include "checks/layer_cache/facts.h"
#include "dockerfile/installers.h"

#include <stdio.h>
#include <string.h>
#include "util/buf.h"
#include "util/text.h"
#include "util/strv.h"

#define LABEL 100

/* A dependency step. */
struct dependency {
  const struct vprod__step *step;
  struct vprod__install install;
};

struct dependencies {
  struct dependency *list;
  size_t count;
};

static void dependencies_clear (struct dependencies *dependencies)
{
  free (dependencies->list);
}

/* A step as a message shows it: of a long one what it runs, rather than its mounts. */
static const char *label (const struct vprod__step *step, char text[static LABEL])
{
  const char *run = strncmp (step->text, "RUN --", 6) == 0 ? step->text + 4 : NULL;
  size_t length = strcspn (step->text, "\n");

  while (run && length >= LABEL && strncmp (run, "--", 2) == 0) {
    run += strcspn (run, " \t\n");
    run += strspn (run, " \t");
  }
  if (length < LABEL)
    snprintf (text, LABEL, "%.*s", (int) length, step->text);
  else if (run && *run && *run != '\n' && strcspn (run, "\n") < LABEL - 10)
    snprintf (text, LABEL, "RUN … %.*s", (int) strcspn (run, "\n"), run);
  else if (run && *run && *run != '\n')
    snprintf (text, LABEL, "RUN … %.*s…", LABEL - 15, run);
  else
    snprintf (text, LABEL, "%.*s…", LABEL - 5, step->text);
  return text;
}

/* Steps that had begun when a build failed: whether they would have been CACHED is not known. */
static int was_settled (const struct vprod__layer_cache_facts *facts, const struct vprod__step *step)
{
  return facts->succeeded || (step->state != VPROD_STEP_STARTED && step->state != VPROD_STEP_CANCELLED);
}

static int find_dependencies (const struct vprod__layer_cache_facts *facts, struct dependencies *ret)
{
  ret->list = calloc (facts->second->count + 1, sizeof *ret->list);
  if (!ret->list)
    return -1;
  for (size_t i = 0; i < facts->second->count; i++) {
    const struct vprod__step *step = &facts->second->list[i];
    struct vprod__install install;
    if (!vprod__step_is_instruction (step) || !was_settled (facts, step))
      continue;
    int r = vprod__cache_examine (facts, step, &install);
    if (r < 0)
      return -1;
    if (r > 0)
      ret->list[ret->count++] = (struct dependency) { step, install };
  }
  return 0;
}

/* `uv sync` after the sources were copied installs the project on top of what `uv sync --no-install-project` has put into a
   cached layer, a layout of uv's manual. Only if steps are recognized by default: a pattern of the spec is taken as it is. */
static int only_installs_project (const struct dependencies *dependencies, const struct dependency *dependency)
{
  if (!dependency->install.project)
    return 0;
  for (size_t i = 0; i < dependencies->count; i++) {
    const struct dependency *other = &dependencies->list[i];
    if (other->install.manager == dependency->install.manager && !vprod__step_ran (other->step))
      return 1;
  }
  return 0;
}

/* The first dependency step that ran though it should not have, or NULL. */
static const struct dependency *find_offender (const struct dependencies *dependencies)
{
  for (size_t i = 0; i < dependencies->count; i++)
    if (vprod__step_ran (dependencies->list[i].step)
        && !only_installs_project (dependencies, &dependencies->list[i]))
      return &dependencies->list[i];
  return NULL;
}

/* The step that copied the changed file: it ran, and either names the file or has no other reason, as all above it were
   cached. */
static int find_taker (const struct vprod__layer_cache_facts *facts, const struct vprod__step **ret)
{
  *ret = NULL;
  for (size_t i = 0; i < facts->second->count; i++) {
    const struct vprod__step *step = &facts->second->list[i];
    if (!vprod__step_is_instruction (step) || !was_settled (facts, step) || !vprod__step_ran (step))
      continue;
    int named = vprod__step_takes (step, facts->touch), any = vprod__step_takes (step, NULL);
    if (named < 0 || any < 0)
      return -1;
    if (named || (any && vprod__step_breaker (facts->second, step, facts->dockerfile) == step)) {
      *ret = step;
      return 0;
    }
  }
  return 0;
}

int vprod__cache_wants_sent (const struct vprod__layer_cache_facts *facts)
{
  const struct vprod__step *taker;
  int r = find_taker (facts, &taker);

  return r < 0 ? r : !taker && facts->succeeded;
}

/* The step that lost the cache, if a dependency step ran though it should not have. *ret NULL: none did. */
static int find_loser (const struct vprod__layer_cache_facts *facts, const struct vprod__step **ret)
{
  _cleanup_ (dependencies_clear) struct dependencies dependencies = { 0 };
  const struct dependency *offender;

  *ret = NULL;
  if (find_dependencies (facts, &dependencies) < 0)
    return -1;
  offender = find_offender (&dependencies);
  if (offender)
    *ret = vprod__step_breaker (facts->second, offender->step, facts->dockerfile);
  return 0;
}

int vprod__cache_wants_control (const struct vprod__layer_cache_facts *facts)
{
  const struct vprod__step *loser;

  if (find_loser (facts, &loser) < 0)
    return -1;
  int taken = loser ? vprod__step_takes (loser, facts->touch) : 1;
  return taken < 0 ? -1 : !taken;
}

int vprod__cache_wants_again (const struct vprod__layer_cache_facts *facts)
{
  const struct vprod__step *loser;

  if (find_loser (facts, &loser) < 0)
    return -1;
  if (!loser)
    return 0;
  const struct vprod__step *again = vprod__steps_same (facts->control, loser);
  int takes = vprod__step_takes (loser, NULL);
  return takes <= 0 ? takes : again && !vprod__step_ran (again);
}

int vprod__cache_wants_probe (const struct vprod__layer_cache_facts *facts)
{
  for (size_t i = 0; i < facts->control->count; i++)
    if (vprod__step_is_instruction (&facts->control->list[i]) && !vprod__step_ran (&facts->control->list[i]))
      return 0;
  return 1;
}

/* ---- the verdicts -------------------------------------------------------------------------------------- */

/* The instructions of the build, one a line, as evidence. */
static int list_steps (const struct vprod__layer_cache_facts *facts, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  char name[LABEL];

  for (size_t i = 0; i < facts->second->count; i++) {
    const struct vprod__step *step = &facts->second->list[i];
    if (vprod__step_is_instruction (step)
        && vprod__text_addf (&text, "%s%-6s %s", text.length ? "\n" : "", vprod__step_ran (step) ? "RAN" : "CACHED",
                            label (step, name)) < 0)
      return -1;
  }
  if (text.length)
    vprod__result_evidence (result, "steps", "%s", text.data);
  return 0;
}

/* The instruction that shares most words with the patterns, or NULL. */
static const struct vprod__step *nearest (const struct vprod__layer_cache_facts *facts)
{
  const struct vprod__step *best = NULL;
  size_t most = 0;

  for (size_t i = 0; i < facts->second->count; i++) {
    const struct vprod__step *step = &facts->second->list[i];
    size_t shared = 0;
    for (size_t k = 0; vprod__step_is_instruction (step) && facts->patterns[k]; k++)
      for (const char *p = facts->patterns[k]; *(p += strspn (p, " ")); p += strcspn (p, " ")) {
        size_t n = strcspn (p, " ");
        if (n > 2 && memmem (step->text, strlen (step->text), p, n))
          shared += n;
      }
    if (shared > most) {
      most = shared;
      best = step;
    }
  }
  return best;
}

static int judge_no_match (const struct vprod__layer_cache_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_free_ char *patterns = vprod__strv_join (facts->patterns, "\", \"");
  const struct vprod__step *near;
  char name[LABEL];

  if (!patterns)
    return vprod__error_no_memory (err);
  if (vprod__cache_by_default (facts))
    return vprod__result_skip (
      result, "no step of the build runs the install of a package manager that is known: name the "
              "dependency steps in checks.layer-cache.cached");
  int written = vprod__cache_is_written (facts);
  if (written < 0)
    return vprod__error_no_memory (err);
  near = nearest (facts);
  const struct vprod__instruction *untold;
  if (vprod__cache_find_untold (facts, facts->second, &untold) < 0)
    return vprod__error_no_memory (err);
  if (untold)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "the builder did not tell of the dependency step in line %zu of the Dockerfile, though the image "
                             "needs its stage: is the same being built beside it? Try again, alone", untold->line);
  if (written) {
    vprod__result_fail (result,
                        "no dependency step was reached: \"%s\" stands in the Dockerfile, but in no step of this build",
                        patterns);
    vprod__result_remedy (
      result, "The stage that it stands in is not needed for the target, so that the image holds none of "
              "what it installs. Copy from that stage, or name the step that does the work.");
  }
  else if (near) {
    vprod__result_fail (result, "no step of the build contains \"%s\"; the nearest is `%s`", patterns,
                        label (near, name));
    vprod__result_remedy (result,
                          "Correct checks.layer-cache.cached: a step matches when its text contains the string.");
  }
  else {
    vprod__result_fail (result, "no step of the build contains \"%s\"", patterns);
    vprod__result_remedy (result,
                          "Correct checks.layer-cache.cached: a step matches when its text contains the string; "
                          "the build's steps are listed in the evidence.");
  }
  return 0;
}

/* Of steps that match the same pattern of the spec, one ran and should have: by default it would have been distinguished from
   the one that installs only dependencies and was CACHED. *ret is that one; NULL: by default one would fail, too. */
static int find_told_apart (const struct vprod__layer_cache_facts *facts, const struct vprod__step *offender,
                            const struct vprod__step **ret)
{
  _cleanup_ (dependencies_clear) struct dependencies dependencies = { 0 };
  struct vprod__layer_cache_facts by_default = *facts;
  const struct dependency *same = NULL;

  *ret = NULL;
  by_default.patterns = NULL;
  if (vprod__cache_by_default (facts))
    return 0;
  if (find_dependencies (&by_default, &dependencies) < 0)
    return -1;
  for (size_t i = 0; i < dependencies.count && !same; i++)
    if (dependencies.list[i].step == offender && dependencies.list[i].install.project)
      same = &dependencies.list[i];
  for (size_t i = 0; same && !find_offender (&dependencies) && i < dependencies.count && !*ret; i++)
    if (dependencies.list[i].install.manager == same->install.manager && !vprod__step_ran (dependencies.list[i].step))
      *ret = dependencies.list[i].step;
  return 0;
}

/* A dependency step ran. */
static int judge_offender (const struct vprod__layer_cache_facts *facts, const struct dependency *dependency,
                           vprod_result *result, vprod_error **err)
{
  const struct vprod__step *offender = dependency->step;
  const struct vprod__step *breaker = vprod__step_breaker (facts->second, offender, facts->dockerfile);
  const struct vprod__step *again = facts->control ? vprod__steps_same (facts->control, breaker) : NULL;
  int takes = vprod__step_takes (breaker, facts->touch);
  char name[LABEL], cause[LABEL], dependencies[LABEL];

  if (takes < 0)
    return vprod__error_no_memory (err);
  label (offender, name);
  label (breaker, cause);
  vprod_finding *finding = vprod__result_finding (result, "`%s` ran again", name);
  vprod__finding_set (finding, "step", "%s", offender->text);
  vprod__finding_set (finding, "stage", "%s", offender->stage);
  vprod__finding_set (finding, "broken_by", "%s", breaker->text);

  if (!takes && again && vprod__step_ran (again) && facts->builder_caches == 0)
    return vprod__error_set (
      err, VPROD_ERROR_UNSUPPORTED, 0,
      "this builder reuses nothing, not even the layer of a build that is repeated at once: no statement about "
      "the cache can be made. Is it told to (--no-cache, a builder without a store)?");
  /* a COPY of files that did not change is no reason: the builder lost its cache */
  int copies = vprod__step_takes (breaker, NULL);
  if (copies < 0)
    return vprod__error_no_memory (err);
  if (!takes && again && vprod__step_ran (again) && copies)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "the builder ran `%s` again and again although nothing that it copies has changed: its cache "
                             "cannot be relied on just now. Is something else clearing it?",
                             cause);
  if (!takes && again && vprod__step_ran (again)) {
    vprod__result_fail (result,
                        "`%s` is never taken from the cache: `%s` runs in every build, also when nothing changed",
                        name, cause);
    vprod__result_remedy (result,
                          "Move what changes with every build (dates, ADD of a URL, build numbers) below the "
                          "dependency step.");
    return 0;
  }
  const struct vprod__step *alone;
  if (find_told_apart (facts, offender, &alone) < 0)
    return vprod__error_no_memory (err);
  if (alone) {
    vprod__result_fail (result,
                        "checks.layer-cache.cached names two steps alike: `%s`, which installs the dependencies alone, was "
                        "CACHED after a change of %s; `%s` installs the project itself behind `%s`, and ran again as it must",
                        label (alone, dependencies), facts->touch, name, cause);
    vprod__result_remedy (result, "Leave checks.layer-cache.cached out: by default the two are told apart, and the check "
                                  "passes. Or name in it what stands in the former step alone.");
    return 0;
  }
  if (breaker == offender && takes) {
    vprod__result_fail (result,
                        "a change of %s makes `%s` run again: it reads the file itself, through a bind mount",
                        facts->touch, name);
    vprod__result_remedy (
      result, "Mount only what the installation reads: --mount=type=bind,source=uv.lock,target=uv.lock");
    return 0;
  }
  if (breaker == offender)
    vprod__result_fail (result, "a change of %s makes `%s` run again", facts->touch, name);
  else
    vprod__result_fail (result,
                        "a change of %s makes `%s` run again: the cache is lost at `%s`, which comes before it",
                        facts->touch, name, cause);
  vprod__cache_remedy_order (facts->touch, breaker == offender ? NULL : cause, &dependency->install, result);
  return 0;
}

/* The dependency steps of the first build that the second had not reached when the verdict was known. */
static int list_alone (const struct vprod__layer_cache_facts *facts, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  struct vprod__install install;
  char name[LABEL];

  for (size_t i = 0; facts->first && i < facts->first->count; i++) {
    const struct vprod__step *step = &facts->first->list[i];
    if (!vprod__step_is_instruction (step) || vprod__steps_same (facts->second, step))
      continue;
    int r = vprod__cache_examine (facts, step, &install);
    if (r < 0
        || (r > 0 && vprod__text_addf (&text, "%s%s", text.length ? "\n" : "", label (step, name)) < 0))
      return -1;
  }
  if (text.length)
    vprod__result_evidence (result, "not_reached", "%s", text.data);
  return 0;
}

/* All dependency steps came from the cache, and no step copied the changed file. */
static int judge_nothing_changed (const struct vprod__layer_cache_facts *facts, vprod_result *result)
{
  if (facts->sent == 0) {
    vprod__result_fail (
      result, "nothing is proven: %s is not sent to the engine, so that its change changes nothing", facts->touch);
    vprod__result_remedy (result,
                          "%s leaves it out. Name a source file in checks.layer-cache.touch that the image is built "
                          "from, or take it out of there.", facts->ignore_file ? facts->ignore_file : ".dockerignore");
    return 0;
  }
  vprod__result_fail (result,
                      "nothing is proven: no step that was reached copies %s, so that its change changes nothing",
                      facts->touch);
  vprod__result_remedy (result, "Name a source file in checks.layer-cache.touch that the image is built from%s.",
                        facts->sent > 0 ? ", or copy it: it is sent to the engine, but no COPY or ADD takes it"
                                        : "");
  return 0;
}

static int judge_good (const struct vprod__layer_cache_facts *facts, const struct dependencies *dependencies,
                       const struct vprod__step *taker, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf cached = { 0 };
  char name[LABEL];
  size_t count = 0;

  for (size_t i = 0; i < dependencies->count; i++) {
    if (vprod__step_ran (dependencies->list[i].step))
      continue;
    count++;
    if (vprod__text_addf (&cached, "%s`%s`", cached.length ? ", " : "", label (dependencies->list[i].step, name))
        < 0)
      return -1;
  }
  if (list_alone (facts, result) < 0)
    return -1;
  vprod__result_evidence (result, "copied_by", "%s", taker->text);
  if (!facts->succeeded)
    vprod__result_evidence (result, "build_after_the_change", "failed later on: %s",
                            facts->message ? facts->message : "the builder does not say why");
  return vprod__result_pass (result, "after a change of %s, %s %s CACHED and `%s` ran", facts->touch, cached.data,
                             count == 1 ? "was" : "were", label (taker, name));
}

int vprod__layer_cache_judge (const struct vprod__layer_cache_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_ (dependencies_clear) struct dependencies dependencies = { 0 };
  const struct dependency *offender;
  const struct vprod__step *taker;
  int r;

  vprod__result_evidence (result, "touched", "%s", facts->touch);
  if (find_dependencies (facts, &dependencies) < 0 || list_steps (facts, result) < 0
      || find_taker (facts, &taker) < 0)
    return vprod__error_no_memory (err);
  offender = find_offender (&dependencies);
  if (offender)
    return judge_offender (facts, offender, result, err);
  if (!facts->succeeded && (dependencies.count == 0 || !taker))
    return vprod__error_set (
      err, VPROD_ERROR_ENGINE, 0,
      "the image was built, but the build after the change of %s failed before it could be told: %s",
      facts->touch, facts->message ? facts->message : "the builder does not say why");
  if (dependencies.count == 0)
    return judge_no_match (facts, result, err);
  else if (!taker)
    r = judge_nothing_changed (facts, result);
  else
    r = judge_good (facts, &dependencies, taker, result);
  return r < 0 ? vprod__error_no_memory (err) : 0;
}
