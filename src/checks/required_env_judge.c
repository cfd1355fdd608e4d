/* SPDX-License-Identifier: MIT */
/*
 * The judging part of `required-env`: a pure function of facts. Each variable is a finding. Whether the output
 * names the variable is told but not judged: a good program may end without naming it, a bad one may print all of
 * them.
 */
#include "checks/required_env.h"

#include <inttypes.h>
#include <string.h>
#include "checks/exit.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/text.h"

#define TIME_SIZE 32
#define LINE_SHOWN 200

enum outcome { OUTCOME_GOOD = 0, OUTCOME_EXIT_0, OUTCOME_RUNS_ON, OUTCOME_NOT_TOLD };

static enum outcome outcome_of (const struct vprod__without *without)
{
  const struct vprod__once *once = &without->once;

  if (!once->started || (once->ended && once->oom_killed))
    return OUTCOME_NOT_TOLD;
  if (!once->ended)
    return OUTCOME_RUNS_ON;
  return once->exit_code == 0 ? OUTCOME_EXIT_0 : OUTCOME_GOOD;
}

/* The last line of output, short; malloc'ed, "" if there is none. */
static char *last_line (const struct vprod__once *once)
{
  size_t length = once->output ? once->output_length : 0;

  while (length > 0 && strchr (" \t\r\n", once->output[length - 1]))
    length--;
  return vprod__text_tail (length > 0 ? once->output : "", length, 1, LINE_SHOWN);
}

static int names_variable (const struct vprod__without *without)
{
  return without->once.output && vprod__text_contains_nocase (without->once.output, without->variable);
}

/* "without X the app …" */
static vprod_finding *say (const struct vprod__without *without, vprod_result *result)
{
  const struct vprod__once *once = &without->once;
  char words[VPROD__EXIT_WORDS_SIZE], span[TIME_SIZE];

  vprod__format_ms (once->duration_ms, span, sizeof span);
  if (!once->started)
    return vprod__result_finding (result, "without %s the container could not be started: %s", without->variable,
                                  once->why ? once->why : "the engine did not say why");
  if (!once->ended)
    return vprod__result_finding (result, "without %s the app still ran after %s%s", without->variable, span,
                                  without->image_default ? "; the image's own ENV gives it a default" : "");
  if (once->exit_code == 0)
    return vprod__result_finding (result, "without %s the app ended with exit code 0 after %s", without->variable,
                                  span);
  if (once->oom_killed)
    return vprod__result_finding (result, "without %s the app ended after %s with %s", without->variable, span,
                                  vprod__exit_words (once->exit_code, 1, words));
  return vprod__result_finding (result, "without %s the app ended with exit code %d after %s%s", without->variable,
                                once->exit_code, span,
                                names_variable (without) ? "" : "; its output does not name the variable");
}

static int add_finding (const struct vprod__without *without, vprod_result *result)
{
  const struct vprod__once *once = &without->once;
  _cleanup_free_ char *line = last_line (once);
  vprod_finding *finding;

  if (!line)
    return -1;
  finding = say (without, result);
  vprod__finding_set (finding, "variable", "%s", without->variable);
  if (once->started) {
    if (once->ended)
      vprod__finding_set (finding, "exit_code", "%d", once->exit_code);
    vprod__finding_set (finding, "duration_ms", "%" PRId64, once->duration_ms);
    vprod__finding_set (finding, "named_in_output", names_variable (without) ? "yes" : "no");
    vprod__finding_set (finding, "last_line", "%s", line);
  }
  if (without->image_default)
    vprod__finding_set (finding, "image_default", "%s", *without->image_default ? "set" : "empty");
  return 0;
}

/* The names with this outcome: "A, B and C". 0, or -1 out of memory. */
static int join_names (const struct vprod__required_env_facts *facts, enum outcome outcome,
                       struct vprod__buf *text, size_t *ret_count)
{
  size_t total = 0, done = 0;

  for (size_t i = 0; i < facts->count; i++)
    total += outcome_of (&facts->without[i]) == outcome;
  for (size_t i = 0; i < facts->count; i++) {
    if (outcome_of (&facts->without[i]) != outcome)
      continue;
    const char *before = done == 0 ? "" : done + 1 == total ? " and " : ", ";
    if (vprod__buf_addf (text, "%s%s", before, facts->without[i].variable) < 0)
      return -1;
    done++;
  }
  *ret_count = total;
  return 0;
}

static const struct vprod__without *first_with (const struct vprod__required_env_facts *facts,
                                                enum outcome outcome)
{
  for (size_t i = 0; i < facts->count; i++)
    if (outcome_of (&facts->without[i]) == outcome)
      return &facts->without[i];
  return NULL;
}

static int any_default (const struct vprod__required_env_facts *facts)
{
  for (size_t i = 0; i < facts->count; i++)
    if (facts->without[i].image_default && outcome_of (&facts->without[i]) != OUTCOME_GOOD)
      return 1;
  return 0;
}

static int judge_bad (const struct vprod__required_env_facts *facts, const char *exit_0, size_t n_exit_0,
                      const char *runs_on, size_t n_runs_on, vprod_result *result)
{
  char span[TIME_SIZE];
  const struct vprod__without *first = first_with (facts, n_runs_on ? OUTCOME_RUNS_ON : OUTCOME_EXIT_0);

  vprod__format_ms (facts->timeout_ms, span, sizeof span);
  if (any_default (facts))
    vprod__result_remedy (result, "Remove the default from the image (ENV in the Dockerfile), and let the "
                                  "entrypoint end with a message and a non-zero code where the variable is "
                                  "missing. What has a good default is not required: list only the others in "
                                  "checks.required-env.vars.");
  else
    vprod__result_remedy (result, "Let the entrypoint check its settings before anything else, name each missing "
                                  "one on stderr, and exit non-zero. What the app can do without is not required: "
                                  "list only the others in checks.required-env.vars.");
  if (first)
    vprod__result_log_tail (result, first->once.output, first->once.output_length);
  if (n_exit_0 && n_runs_on)
    return vprod__result_fail (result,
                               "without %s the app still ran after %s, and without %s it ended with exit code 0",
                               runs_on, span, exit_0);
  if (n_runs_on)
    return vprod__result_fail (result, "without %s%s the app still ran after %s", runs_on,
                               n_runs_on > 1 ? " (each alone)" : "", span);
  return vprod__result_fail (result, "without %s%s the app ended with exit code 0, as if all were well", exit_0,
                             n_exit_0 > 1 ? " (each alone)" : "");
}

static int cannot_tell (const struct vprod__without *without, vprod_error **err)
{
  if (!without)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "cannot tell what the app does: no variable was left out");
  if (!without->once.started)
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0,
                             "cannot tell what the app does without %s: the container could not be started: %s",
                             without->variable,
                             without->once.why ? without->once.why : "the engine did not say why");
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "cannot tell what the app does without %s: it was killed because memory ran out",
                           without->variable);
}

/* A program may have good reasons to take nothing for a value; most that do only ask whether the variable is set. */
static int tell_empty (const struct vprod__required_env_facts *facts, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf taken = { 0 };
  char span[TIME_SIZE];

  for (size_t i = 0; i < facts->n_empty; i++) {
    const struct vprod__without *without = &facts->empty[i];
    enum outcome outcome = outcome_of (without);
    if (outcome != OUTCOME_EXIT_0 && outcome != OUTCOME_RUNS_ON)
      continue;
    vprod__format_ms (without->once.duration_ms, span, sizeof span);
    vprod_finding *finding = vprod__result_finding (
      result, outcome == OUTCOME_EXIT_0 ? "with an empty %s the app ended with exit code 0 after %s"
                                        : "with an empty %s the app still ran after %s: it takes nothing for a value",
      without->variable, span);
    vprod__finding_set (finding, "variable", "%s", without->variable);
    vprod__finding_set (finding, "empty", "accepted");
    if (vprod__buf_addf (&taken, "%s%s", taken.length ? ", " : "", without->variable) < 0)
      return -1;
  }
  if (facts->n_empty > 0)
    vprod__result_evidence (result, "empty_accepted", "%s", taken.length ? vprod__buf_string (&taken) : "none");
  return 0;
}

int vprod__required_env_judge (const struct vprod__required_env_facts *facts, vprod_result *result,
                               vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf good = { 0 };
  _cleanup_buf_ struct vprod__buf exit_0 = { 0 };
  _cleanup_buf_ struct vprod__buf runs_on = { 0 };
  size_t n_good, n_exit_0, n_runs_on, n_named = 0;

  for (size_t i = 0; i < facts->count; i++) {
    n_named += outcome_of (&facts->without[i]) == OUTCOME_GOOD && names_variable (&facts->without[i]);
    if (add_finding (&facts->without[i], result) < 0)
      return vprod__error_no_memory (err);
  }
  if (tell_empty (facts, result) < 0)
    return vprod__error_no_memory (err);
  if (join_names (facts, OUTCOME_GOOD, &good, &n_good) < 0
      || join_names (facts, OUTCOME_EXIT_0, &exit_0, &n_exit_0) < 0
      || join_names (facts, OUTCOME_RUNS_ON, &runs_on, &n_runs_on) < 0)
    return vprod__error_no_memory (err);
  vprod__result_evidence (result, "variables", "%zu", facts->count);
  vprod__result_evidence (result, "named_in_output", "%zu of %zu", n_named, n_good);
  if (n_exit_0 || n_runs_on)
    return judge_bad (facts, vprod__buf_string (&exit_0), n_exit_0, vprod__buf_string (&runs_on), n_runs_on,
                      result);
  if (n_good < facts->count || facts->count == 0)
    return cannot_tell (first_with (facts, OUTCOME_NOT_TOLD), err);
  return vprod__result_pass (result, "the app ends with a non-zero exit code without %s%s, and runs with all",
                             vprod__buf_string (&good), n_good > 1 ? " (each alone)" : "");
}
