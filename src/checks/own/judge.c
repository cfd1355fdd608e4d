/* SPDX-License-Identifier: MIT */
/* The judging part of a check of the user's own: a pure function of facts. */
#include "checks/own/facts.h"
#include "known/exit.h"
#include "session/limit.h"
#include "spec/pattern.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define OUTPUT_LINES 20
#define OUTPUT_BYTES 4096
#define LINE_SHOWN 200
#define TIME_SIZE 32

static const char *place_words (const struct vprod__own_facts *facts)
{
  return facts->spec->in == VPROD__OWN_IN_APP ? "the app's container" : "the image";
}

/* ---- what is told --------------------------------------------------------------------------------------------- */

/* 0, or -1 out of memory. */
static int tell (const struct vprod__own_facts *facts, vprod_result *result)
{
  _cleanup_free_ char *tail = NULL;

  vprod__result_evidence (result, "command", "%s", facts->check->command);
  vprod__result_evidence (result, "in", "%s", facts->spec->in == VPROD__OWN_IN_APP ? "app" : "image");
  if (facts->end == VPROD__OWN_ENDED)
    vprod__result_evidence (result, "exit_code", "%d", facts->exit_code);
  vprod__result_evidence (result, "took_ms", "%lld", (long long) facts->took_ms);
  if (facts->check->why)
    vprod__result_evidence (result, "why", "%s", facts->check->why);
  if (!facts->output)
    return 0;
  tail = vprod__text_tail (facts->output, facts->output_length, OUTPUT_LINES, OUTPUT_BYTES);
  if (tail && *tail)
    vprod__result_evidence (result, "output", "%s", tail);
  return tail ? 0 : -1;
}

/* The user's own, else what fits the failure; and why it is asked, which else only `explain` says. */
static void advise (const struct vprod__own_facts *facts, const char *remedy, vprod_result *result)
{
  const char *why = facts->check->why;

  if (facts->check->remedy)
    remedy = facts->check->remedy;
  else if (!remedy)
    remedy = facts->check->info.remedy;
  vprod__result_remedy (result, "%s%s%s%s", remedy, why ? " (why it is asked: " : "", why ? why : "", why ? ")" : "");
}

/* The last line with words: its length; 0: there is none. */
static size_t last_line (const struct vprod__own_facts *facts, const char **ret)
{
  const char *output = facts->output ? facts->output : "";
  size_t end = facts->output ? facts->output_length : 0, start;

  while (end > 0 && strchr (" \t\r\n", output[end - 1]))
    end--;
  for (start = end; start > 0 && !strchr ("\r\n", output[start - 1]);)
    start--;
  *ret = output + start;
  return end - start < LINE_SHOWN ? end - start : LINE_SHOWN;
}

/* ---- it was not run, or did not end ----------------------------------------------------------------------------- */

/* What a shell would say of a command that cannot be run; -1: it would not come to that. */
static int exit_of_refusal (enum vprod__refusal refusal)
{
  switch (refusal) {
  case VPROD__REFUSAL_NO_PROGRAM:
    return 127;
  case VPROD__REFUSAL_NOT_EXECUTABLE:
  case VPROD__REFUSAL_FORMAT:
    return 126;
  default:
    return -1;
  }
}

static int fail_not_run (const struct vprod__own_facts *facts, enum vprod__refusal refusal, vprod_result *result)
{
  const char *program = facts->spec->command[0], *why = facts->why ? facts->why : "the engine did not say why";

  switch (refusal) {
  case VPROD__REFUSAL_NO_PROGRAM:
    advise (facts, "A command is run without a shell: name a program that is in the image, by its path where PATH does not lead "
                   "to it.", result);
    return vprod__result_fail (result, "the command cannot be run: %s is not in %s, or what it needs to run is not", program,
                               place_words (facts));
  case VPROD__REFUSAL_NOT_EXECUTABLE:
    advise (facts, "Let the image's user execute it (`COPY --chmod=755 …`), or name its interpreter first.", result);
    return vprod__result_fail (result, "the command cannot be run: %s may not be executed in %s by its user", program,
                               place_words (facts));
  case VPROD__REFUSAL_FORMAT:
    advise (facts, vprod__refusal_remedy (refusal), result);
    return vprod__result_fail (result, "the command cannot be run: %s in %s is not for this processor, or is a script without a "
                                       "`#!` line", program, place_words (facts));
  default:
    advise (facts, refusal == VPROD__REFUSAL_OTHER ? NULL : vprod__refusal_remedy (refusal), result);
    return vprod__result_fail (result, "the command cannot be run in %s: %s", place_words (facts), why);
  }
}

static int fail_runs_on (const struct vprod__own_facts *facts, vprod_result *result)
{
  char limit[TIME_SIZE];

  vprod__format_ms (facts->spec->timeout_ms, limit, sizeof limit);
  advise (facts, "Let the command end by itself, or allow it more time with `timeout`.", result);
  return vprod__result_fail (result, "the command does not end in %s", limit);
}

static int too_busy (const struct vprod__own_facts *facts, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the command ends in time: %s",
                           vprod__busy_words (facts->took_ms, facts->stalled_ms, facts->stall_is_known, words));
}

/* ---- it ended --------------------------------------------------------------------------------------------------- */

/* What the codes of shells and signals mean; others are the program's own. */
static const char *exit_words (const struct vprod__own_facts *facts, char words[static VPROD__EXIT_WORDS_SIZE])
{
  if (facts->exit_code >= 126 || facts->oom_killed)
    return vprod__exit_words (facts->exit_code, facts->oom_killed, words);
  snprintf (words, VPROD__EXIT_WORDS_SIZE, "exit code %d", facts->exit_code);
  return words;
}

static int fail_exit (const struct vprod__own_facts *facts, vprod_result *result)
{
  char words[VPROD__EXIT_WORDS_SIZE];
  const char *line;
  size_t length = last_line (facts, &line);

  advise (facts, NULL, result);
  return vprod__result_fail (result, "the command ends with %s, not with %d%s%.*s",
                             exit_words (facts, words), facts->spec->exit_code,
                             length > 0 ? ": " : "", (int) length, length > 0 ? line : "");
}

static int too_many_steps (const char *pattern, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "cannot tell whether /%s/ matches what the command wrote: it takes too many "
                                                            "steps on it; write a simpler expression", pattern);
}

static int cut_off (const struct vprod__own_facts *facts, const char *pattern, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "cannot tell whether /%s/ matches what the command wrote: it wrote more than "
                                                            "is looked at, the %s; let it write less", pattern,
                           facts->spec->in == VPROD__OWN_IN_APP ? "first 8 KiB" : "last 64 KiB");
}

/* The line that a place in the output is in, not longer than is shown. */
static size_t line_at (const struct vprod__own_facts *facts, size_t at, const char **ret)
{
  const char *output = facts->output, *end = memchr (output + at, '\n', facts->output_length - at);
  size_t begin = at, after = end ? (size_t) (end - output) : facts->output_length;

  while (begin > 0 && output[begin - 1] != '\n' && at - begin < LINE_SHOWN / 2)
    begin--;
  *ret = output + begin;
  return after - begin < LINE_SHOWN ? after - begin : LINE_SHOWN;
}

/* What the output lacks, or has though it must not. 1: *result has its verdict; 0: all is well. */
static int judge_output (const struct vprod__own_facts *facts, struct vprod__matcher *matcher, vprod_result *result, vprod_error **err)
{
  const struct vprod__subject subject = { .text = facts->output ? facts->output : "", .length = facts->output_length };
  struct vprod__pattern *const *output = facts->check->output, *const *excluded = facts->check->excluded;
  struct vprod__span span;
  const char *line;

  for (size_t i = 0; output && output[i]; i++) {
    const char *text = facts->spec->output[i];
    int found = vprod__pattern_is_in (output[i], matcher, subject.text, subject.length);
    if (found < 0)
      return too_many_steps (text, err);
    if (!found && facts->is_cut)
      return cut_off (facts, text, err);
    if (!found) {
      size_t length = last_line (facts, &line);
      advise (facts, NULL, result);
      vprod__result_fail (result, "nothing that the command writes matches /%s/; its last words: %.*s", text,
                          length > 0 ? (int) length : 4, length > 0 ? line : "none");
      return 1;
    }
  }
  for (size_t i = 0; excluded && excluded[i]; i++) {
    const char *text = facts->spec->excluded_output[i];
    int found = subject.length == 0 ? 0 : vprod__pattern_find (excluded[i], matcher, &subject, 0, subject.length - 1, &span, 1);
    if (found < 0)
      return too_many_steps (text, err);
    if (!found && facts->is_cut)
      return cut_off (facts, text, err);
    if (found) {
      size_t length = line_at (facts, span.from, &line);
      advise (facts, NULL, result);
      vprod__result_fail (result, "the command writes what matches /%s/: %.*s", text, (int) length, line);
      return 1;
    }
  }
  return 0;
}

static int judge_end (const struct vprod__own_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_ (vprod__matcher_freep) struct vprod__matcher *matcher = NULL;

  if (facts->exit_code != facts->spec->exit_code || facts->oom_killed)
    return fail_exit (facts, result);
  if (!(matcher = vprod__matcher_new ()))
    return vprod__error_no_memory (err);
  int r = judge_output (facts, matcher, result, err);
  if (r != 0)
    return r < 0 ? r : 0;
  size_t patterns = vprod__strv_length (facts->spec->output), excluded = vprod__strv_length (facts->spec->excluded_output);
  return vprod__result_pass (result, "`%s` ends with exit code %d in %s%s%s", facts->check->command, facts->exit_code,
                             place_words (facts), patterns > 0 ? ", and writes what it must" : "",
                             excluded > 0 ? ", and nothing that it must not" : "");
}

int vprod__own_judge (const struct vprod__own_facts *facts, vprod_result *result, vprod_error **err)
{
  if (tell (facts, result) < 0)
    return vprod__error_no_memory (err);
  switch (facts->end) {
  case VPROD__OWN_APP_ENDED:
    return vprod__result_skip (result, "not checked: the app did not stay up");
  case VPROD__OWN_BUSY:
    return too_busy (facts, err);
  case VPROD__OWN_RUNS_ON:
    return fail_runs_on (facts, result);
  case VPROD__OWN_NO_PROGRAM: {
    enum vprod__refusal refusal = vprod__refusal_of_engine (facts->why ? facts->why : "");
    if (exit_of_refusal (refusal) != facts->spec->exit_code || facts->check->output)
      return fail_not_run (facts, refusal, result);
    return vprod__result_pass (result, "the command cannot be run in %s, which is the exit code %d that is asked for",
                               place_words (facts), facts->spec->exit_code);
  }
  case VPROD__OWN_ENDED:
    break;
  }
  return judge_end (facts, result, err);
}
