/* SPDX-License-Identifier: MIT */
/*
 * The judging part of `required-env`: a pure function of facts. Each variable is a finding. Whether the output names the
 * variable is reported but not judged: a good program may not name it, a bad one may print all of them.
 */
#include "checks/required_env/named.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "known/exit.h"
#include "session/limit.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/text.h"

#define TIME_SIZE 32
#define LINE_SHOWN 200
#define PLACE_SIZE 320

enum outcome { OUTCOME_GOOD = 0, OUTCOME_EXIT_0, OUTCOME_RUNS_ON, OUTCOME_UNSET, OUTCOME_NOT_TOLD, OUTCOME_BUSY };

/* Are the two lines equal but for digits, which are times and process ids? */
static int same_words (const char *a, const char *b)
{
  for (;; a++, b++) {
    a += strspn (a, "0123456789");
    b += strspn (b, "0123456789");
    if (!*a || !*b || strchr ("\r\n", *a) || strchr ("\r\n", *b))
      return strcspn (a, "\r\n") == 0 && strcspn (b, "\r\n") == 0;
    if (*a != *b)
      return 0;
  }
}

/* A line with the variable's name may be a warning, a list of settings, or a hint at each failure. If the app with all
   variables ends with the same line, the variable was not the reason. */
static int ends_as (const struct vprod__once *once, const struct vprod__once *beside)
{
  const char *words = vprod__last_words (once);

  return *words && once->exit_code == beside->exit_code && same_words (words, vprod__last_words (beside));
}

/* One still runs, and how long the machine kept it waiting is not known: was another run without a variable slow to end at
   the same time, or did a measurement show that the machine was busy? */
static int is_busy (const struct vprod__required_env_facts *facts, const struct vprod__once *once)
{
  if (once->busy || once->stall_is_known)
    return once->busy;
  for (size_t i = 0; i < facts->count; i++)
    if (vprod__is_refusal (&facts->without[i]) && 2 * facts->without[i].once.duration_ms > facts->timeout_ms)
      return 1;
  return 0;
}

/* An end that the missing variable does not explain proves nothing if the second container with all variables ends, too. */
static enum outcome outcome_of (const struct vprod__required_env_facts *facts, const struct vprod__without *without)
{
  const struct vprod__once *once = &without->once;

  if (without->unset)
    return OUTCOME_UNSET;
  if (vprod__is_refusal (without)) {
    const struct vprod__once *beside = facts->beside;
    int told = !beside || (beside->started && !beside->ended && !beside->busy)
            || (vprod__names_variable (without) && !ends_as (once, beside));
    return told ? OUTCOME_GOOD : beside->busy ? OUTCOME_BUSY : OUTCOME_NOT_TOLD;
  }
  if (!once->started || (once->ended && once->oom_killed))
    return OUTCOME_NOT_TOLD;
  return once->ended ? OUTCOME_EXIT_0 : is_busy (facts, once) ? OUTCOME_BUSY : OUTCOME_RUNS_ON;
}

/* The last line of output, short; malloc'ed, "" if there is none. */
static char *last_line (const struct vprod__once *once)
{
  size_t length = once->output ? once->output_length : 0;

  while (length > 0 && strchr (" \t\r\n", once->output[length - 1]))
    length--;
  return vprod__text_tail (length > 0 ? once->output : "", length, 1, LINE_SHOWN);
}

/* Who gives it a value all the same: "; the image's own ENV gives it a default". */
static const char *say_default (const struct vprod__without *without, char *text, size_t size)
{
  *text = '\0';
  if (without->image_default)
    snprintf (text, size, "; the image's own ENV gives it a default");
  else if (without->code_default)
    snprintf (text, size, "; %s gives it a default", without->code_default);
  return text;
}

/* "without X the app …" */
static vprod_finding *say (const struct vprod__without *without, vprod_result *result)
{
  const struct vprod__once *once = &without->once;
  char words[VPROD__EXIT_WORDS_SIZE], span[TIME_SIZE], given[PLACE_SIZE];

  vprod__format_ms (once->duration_ms, span, sizeof span);
  say_default (without, given, sizeof given);
  if (without->unset)
    return vprod__result_finding (result, "the app runs without %s, which run.%s does not set%s", without->variable,
                                  vprod__is_file (without->variable) ? "files" : "env",
                                  given);
  if (!once->started)
    return vprod__result_finding (result, "without %s the container could not be started: %s", without->variable,
                                  once->why ? once->why : "the engine did not say why");
  if (!once->ended)
    return vprod__result_finding (result, "without %s the app still ran after %s%s", without->variable, span, given);
  if (once->exit_code == 0)
    return vprod__result_finding (result, "without %s the app ended with exit code 0 after %s%s", without->variable,
                                  span, given);
  if (once->oom_killed)
    return vprod__result_finding (result, "without %s the app ended after %s with %s", without->variable, span,
                                  vprod__exit_words (once->exit_code, 1, words));
  return vprod__result_finding (result, "without %s the app ended with exit code %d after %s%s", without->variable,
                                once->exit_code, span,
                                vprod__names_variable (without) ? "" : vprod__is_file (without->variable) ? "; its output does not name the file"
                                                                   : "; its output does not name the variable");
}

static int add_finding (const struct vprod__required_env_facts *facts, const struct vprod__without *without, vprod_result *result)
{
  const struct vprod__once *once = &without->once;
  _cleanup_free_ char *line = last_line (once);
  vprod_finding *finding;

  if (!line)
    return -1;
  finding = say (without, result);
  vprod__finding_set (finding, "variable", "%s", without->variable);
  if (outcome_of (facts, without) == OUTCOME_GOOD)
    vprod__finding_set (finding, "expected", "yes");
  if (once->started) {
    if (once->ended)
      vprod__finding_set (finding, "exit_code", "%d", once->exit_code);
    vprod__finding_set (finding, "duration_ms", "%" PRId64, once->duration_ms);
    if (once->stall_is_known)
      vprod__finding_set (finding, "stalled_ms", "%" PRId64, once->stalled_ms);
    vprod__finding_set (finding, "named_in_output", vprod__names_variable (without) ? "yes" : "no");
    vprod__finding_set (finding, "last_line", "%s", line);
  }
  if (without->image_default)
    vprod__finding_set (finding, "image_default", "%s", *without->image_default ? "set" : "empty");
  if (without->code_default)
    vprod__finding_set (finding, "code_default", "%s", without->code_default);
  return 0;
}

/* The names with this outcome: "A, B and C". 0, or -1 out of memory. */
static int join_names (const struct vprod__required_env_facts *facts, enum outcome outcome,
                       struct vprod__buf *text, size_t *ret_count)
{
  size_t total = 0, done = 0;

  for (size_t i = 0; i < facts->count; i++)
    total += outcome_of (facts, &facts->without[i]) == outcome;
  for (size_t i = 0; i < facts->count; i++) {
    if (outcome_of (facts, &facts->without[i]) != outcome)
      continue;
    const char *before = done == 0 ? "" : done + 1 == total ? " and " : ", ";
    if (vprod__text_addf (text, "%s%s", before, facts->without[i].variable) < 0)
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
    if (outcome_of (facts, &facts->without[i]) == outcome)
      return &facts->without[i];
  return NULL;
}

/* One of those that make it fail, which the sources give a default; NULL: none. */
static const struct vprod__without *any_in_code (const struct vprod__required_env_facts *facts)
{
  for (size_t i = 0; i < facts->count; i++)
    if (facts->without[i].code_default && outcome_of (facts, &facts->without[i]) != OUTCOME_GOOD)
      return &facts->without[i];
  return NULL;
}

static int any_default (const struct vprod__required_env_facts *facts)
{
  for (size_t i = 0; i < facts->count; i++)
    if (facts->without[i].image_default && outcome_of (facts, &facts->without[i]) != OUTCOME_GOOD)
      return 1;
  return 0;
}

/* The outcomes that make the check fail, joined by commas and "and". 0, or -1 out of memory. */
static int say_bad (const struct vprod__required_env_facts *facts, struct vprod__buf *text)
{
  _cleanup_buf_ struct vprod__buf exit_0 = { 0 };
  _cleanup_buf_ struct vprod__buf runs_on = { 0 };
  _cleanup_buf_ struct vprod__buf unset = { 0 };
  size_t n_exit_0, n_runs_on, n_unset;
  const struct vprod__without *first_unset = first_with (facts, OUTCOME_UNSET);
  char span[TIME_SIZE];

  vprod__format_ms (facts->timeout_ms, span, sizeof span);
  if (join_names (facts, OUTCOME_EXIT_0, &exit_0, &n_exit_0) < 0
      || join_names (facts, OUTCOME_RUNS_ON, &runs_on, &n_runs_on) < 0
      || join_names (facts, OUTCOME_UNSET, &unset, &n_unset) < 0)
    return -1;
  if (n_runs_on
      && vprod__text_addf (text, "without %s%s the app still ran after %s", vprod__buf_string (&runs_on),
                          n_runs_on > 1 ? " (each alone)" : "", span)
           < 0)
    return -1;
  if (n_exit_0
      && vprod__text_addf (text, "%swithout %s%s %s ended with exit code 0%s", text->length ? ", and " : "",
                          vprod__buf_string (&exit_0), n_exit_0 > 1 ? " (each alone)" : "",
                          text->length ? "it" : "the app", text->length ? "" : ", as if all were well")
           < 0)
    return -1;
  return n_unset ? vprod__text_addf (text, "%sthe app runs without %s, which run.%s does not set",
                                    text->length ? ", and " : "", vprod__buf_string (&unset),
                                    first_unset && vprod__is_file (first_unset->variable) ? "files" : "env")
                 : 0;
}

/* A variable with this outcome that the app's output names: the app noticed that it is missing. */
static const char *noticed (const struct vprod__required_env_facts *facts, enum outcome outcome)
{
  for (size_t i = 0; i < facts->count; i++)
    if (outcome_of (facts, &facts->without[i]) == outcome && vprod__names_variable (&facts->without[i]))
      return facts->without[i].variable;
  return NULL;
}

static void choose_remedy (const struct vprod__required_env_facts *facts, vprod_result *result)
{
  const char *name = noticed (facts, OUTCOME_RUNS_ON), *with_0 = noticed (facts, OUTCOME_EXIT_0);
  int runs_on = first_with (facts, OUTCOME_RUNS_ON) != NULL;
  const struct vprod__without *in_code = any_in_code (facts);

  if (any_default (facts))
    vprod__result_remedy (result, "Remove the default from the image (ENV in the Dockerfile), and let the "
                                  "entrypoint end with a message and a non-zero code where the variable is "
                                  "missing. What has a good default is not required: list only the others in "
                                  "checks.required-env.vars.");
  else if (in_code)
    vprod__result_remedy (result, "Remove the default that %s gives to %s, and let the app end with a message and a non-zero code "
                                  "where the variable is missing. What has a good default is not required: list only the others "
                                  "in checks.required-env.vars.", in_code->code_default, in_code->variable);
  else if (name && !first_with (facts, OUTCOME_UNSET))
    vprod__result_remedy (result, "The output names %s, but the container stays up. Where a supervisor in it (uvicorn "
                                  "--workers or --reload, supervisord) starts what ended again, let the entrypoint "
                                  "check the settings before it starts that, and exit non-zero; where it is only a "
                                  "warning, make it an end. What the app can do without is not required: list only "
                                  "the others in checks.required-env.vars.", name);
  else if (with_0 && !runs_on && !first_with (facts, OUTCOME_UNSET))
    vprod__result_remedy (result, "The output names %s, but the exit code is 0: let it be a non-zero one. Where a shell "
                                  "starts the app, let it `exec` it or pass its exit code on: after `app | tee`, `app || "
                                  "echo`, `app & wait` or a trap it is the shell's own.", with_0);
  else
    vprod__result_remedy (result, "Let the entrypoint check its settings before anything else, name each missing "
                                  "one on stderr, and exit non-zero%s.%s What the app can do without is not required: "
                                  "list only the others in checks.required-env.vars.",
                          first_with (facts, OUTCOME_UNSET)
                            ? "; what is required must have a value in run.env, so that the app can be run with all of it"
                            : "",
                          runs_on ? " Where it does, something gives a default: the code, the entrypoint, a .env file in "
                                    "the image."
                                  : "");
}

static int judge_bad (const struct vprod__required_env_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  const struct vprod__without *first = first_with (facts, OUTCOME_RUNS_ON);

  if (!first)
    first = first_with (facts, OUTCOME_EXIT_0);
  if (say_bad (facts, &text) < 0)
    return vprod__error_no_memory (err);
  choose_remedy (facts, result);
  if (first)
    vprod__result_log_tail (result, first->once.output, first->once.output_length);
  return vprod__result_fail (result, "%s", vprod__buf_string (&text));
}

static int too_busy (const struct vprod__without *without, const struct vprod__once *beside, vprod_error **err)
{
  const struct vprod__once *once = &without->once;
  char words[VPROD__BUSY_WORDS_SIZE];

  if (vprod__is_refusal (without) && beside)
    once = beside;
  vprod__busy_words (once->duration_ms, once->stalled_ms, once->stall_is_known, words);
  if (once == beside)
    return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0,
                             "cannot tell why the app ends without %s: does a second container with all variables run on? "
                             "%s",
                             without->variable, words);
  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the app ends without %s: %s",
                           without->variable, words);
}

static int cannot_tell (const struct vprod__without *without, const struct vprod__once *beside, vprod_error **err)
{
  char words[VPROD__EXIT_WORDS_SIZE], span[TIME_SIZE];

  if (!without)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "cannot tell what the app does: no variable was left out");
  if (!without->once.started)
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0,
                             "cannot tell what the app does without %s: the container could not be started: %s",
                             without->variable,
                             without->once.why ? without->once.why : "the engine did not say why");
  if (vprod__is_refusal (without) && !beside->started)
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0,
                             "cannot tell why the app ends without %s: a second container, with all variables, could "
                             "not be started: %s",
                             without->variable, beside->why ? beside->why : "the engine did not say why");
  if (vprod__is_refusal (without)) {
    int named = vprod__names_variable (without);
    vprod__format_ms (beside->duration_ms, span, sizeof span);
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0,
                             "cannot tell why the app ends without %s: its output %s, %s a second container beside the "
                             "first, with all variables, ended too, after %s with %s%s",
                             without->variable,
                             named ? "names the variable" : "does not name the variable", named ? "but" : "and", span,
                             vprod__exit_words (beside->exit_code, beside->oom_killed, words),
                             named ? " and the same last words" : "");
  }
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "cannot tell what the app does without %s: it was killed because memory ran out",
                           without->variable);
}

/* Whoever deploys it without such a variable runs it with a secret that everybody knows who has the sources. */
static void tell_defaults (const struct vprod__required_env_facts *facts, vprod_result *result)
{
  for (size_t i = 0; i < facts->n_defaults; i++) {
    const struct vprod__env_default *one = &facts->defaults[i];
    vprod_finding *finding = vprod__result_finding (
      result, "%s, which is not in checks.required-env.vars, holds a secret by its name, and %s gives it a default", one->variable,
      one->place);
    vprod__finding_set (finding, "variable", "%s", one->variable);
    vprod__finding_set (finding, "code_default", "%s", one->place);
  }
}

/* A program may accept an empty value on purpose; most that do only test whether the variable is set. Those that it accepts go
   to *taken. */
static int tell_empty (const struct vprod__required_env_facts *facts, struct vprod__buf *taken, vprod_result *result)
{
  char span[TIME_SIZE];

  for (size_t i = 0; i < facts->n_empty; i++) {
    const struct vprod__without *without = &facts->empty[i];
    enum outcome outcome = outcome_of (facts, without);
    if (outcome != OUTCOME_EXIT_0 && outcome != OUTCOME_RUNS_ON)
      continue;
    vprod__format_ms (without->once.duration_ms, span, sizeof span);
    vprod_finding *finding = vprod__result_finding (
      result, outcome == OUTCOME_EXIT_0 ? "with an empty %s the app ended with exit code 0 after %s"
                                        : "with an empty %s the app still ran after %s: it takes nothing for a value",
      without->variable, span);
    vprod__finding_set (finding, "variable", "%s", without->variable);
    vprod__finding_set (finding, "empty", "accepted");
    if (vprod__text_addf (taken, "%s%s", taken->length ? ", " : "", without->variable) < 0)
      return -1;
  }
  if (facts->n_empty > 0)
    vprod__result_evidence (result, "empty_accepted", "%s", taken->length ? vprod__buf_string (taken) : "none");
  return 0;
}

/* checks.required-env.empty is fail: 1 with a verdict, or an error; 0: each is refused. */
static int judge_empty (const struct vprod__required_env_facts *facts, const char *taken, vprod_result *result,
                        vprod_error **err)
{
  if (*taken) {
    vprod__result_remedy (result, "Let the entrypoint take an empty setting for a missing one: end with a message and a "
                                  "non-zero code. What may be empty is not required: list only the others in "
                                  "checks.required-env.vars.");
    vprod__result_fail (result, "the app takes an empty %s for a value (checks.required-env.empty is fail)", taken);
    return 1;
  }
  for (size_t i = 0; i < facts->n_empty; i++) {
    enum outcome outcome = outcome_of (facts, &facts->empty[i]);
    if (outcome == OUTCOME_BUSY)
      return too_busy (&facts->empty[i], facts->beside, err);
    if (outcome == OUTCOME_NOT_TOLD)
      return cannot_tell (&facts->empty[i], facts->beside, err);
  }
  return 0;
}

int vprod__required_env_judge (const struct vprod__required_env_facts *facts, vprod_result *result,
                               vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf good = { 0 }, taken = { 0 };
  size_t n_good, n_named = 0;

  for (size_t i = 0; i < facts->count; i++) {
    n_named += vprod__is_refusal (&facts->without[i]) && vprod__names_variable (&facts->without[i]);
    if (add_finding (facts, &facts->without[i], result) < 0)
      return vprod__error_no_memory (err);
  }
  tell_defaults (facts, result);
  if (tell_empty (facts, &taken, result) < 0 || join_names (facts, OUTCOME_GOOD, &good, &n_good) < 0)
    return vprod__error_no_memory (err);
  vprod__result_evidence (result, "variables", "%zu", facts->count);
  if (n_good > 0)
    vprod__result_evidence (result, "named_in_output", "%zu of %zu", n_named, n_good);
  if (first_with (facts, OUTCOME_EXIT_0) || first_with (facts, OUTCOME_RUNS_ON) || first_with (facts, OUTCOME_UNSET))
    return judge_bad (facts, result, err);
  const struct vprod__without *busy = first_with (facts, OUTCOME_BUSY);
  if (busy)
    return too_busy (busy, facts->beside, err);
  if (n_good < facts->count || facts->count == 0)
    return cannot_tell (first_with (facts, OUTCOME_NOT_TOLD), facts->beside, err);
  int r = facts->empty_fails ? judge_empty (facts, vprod__buf_string (&taken), result, err) : 0;
  if (r != 0)
    return r < 0 ? r : 0;
  return vprod__result_pass (result, "the app ends with a non-zero exit code without %s%s, and runs with all",
                             vprod__buf_string (&good), n_good > 1 ? " (each alone)" : "");
}
