/* SPDX-License-Identifier: MIT */
/* What `start` says of the steps before the app: `run.before`. */
#include "checks/start/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "known/exit.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#define LINE_SHOWN 200
#define ENTRYPOINT_SHOWN 120

void vprod__start_tell_before (const struct vprod__start_facts *facts, vprod_result *result)
{
  for (size_t i = 0; i < facts->n_before; i++) {
    const struct vprod__before_run *run = &facts->before[i];
    char name[32] = "before", words[VPROD__BEFORE_WORDS_SIZE], took[32];
    if (facts->n_before > 1)
      snprintf (name, sizeof name, "before_%zu", run->nth);
    vprod__format_ms (run->once.duration_ms, took, sizeof took);
    if (vprod__before_is_good (run))
      vprod__result_evidence (result, name, "%s: %s", run->what, took);
    else if (run->once.started)
      vprod__result_evidence (result, name, "%s: %s", run->what, vprod__before_words (run, words));
    else
      vprod__result_evidence (result, name, "%s: not started", run->what);
  }
}

/* A sentence on the image's ENTRYPOINT, which is given the command; "" where it has none. NULL out of memory. */
static char *entrypoint_words (const struct vprod__start_facts *facts, const char *then)
{
  if (!facts->entrypoint || !facts->entrypoint[0])
    return strdup ("");
  _cleanup_free_ char *joined = vprod__strv_join (facts->entrypoint, " ");
  return joined ? vprod__text_format (" The command takes CMD's place, so the image's ENTRYPOINT (%.*s) is given it as "
                                      "arguments: %s", ENTRYPOINT_SHOWN, joined, then)
                : NULL;
}

static const char let_entrypoint_go_on[]
  = "it must go on with them (`exec \"$@\"`). Where it is the server itself, give this step an `image` of its own, without "
    "that ENTRYPOINT.";

static int fail_not_started (const struct vprod__start_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__before_run *run = facts->before_failed;
  const char *why = run->once.why ? run->once.why : "it did not say why";
  enum vprod__refusal refusal = vprod__refusal_of_engine (why);
  _cleanup_free_ char *entrypoint = entrypoint_words (facts, let_entrypoint_go_on);

  if (!entrypoint)
    return vprod__error_no_memory (err);
  if (refusal == VPROD__REFUSAL_NO_PROGRAM && !*entrypoint)
    vprod__result_remedy (result, "A step runs in the image under test: install there what it needs, or give it an `image` of "
                                  "its own (run.before in verify-prod.yaml(5)).");
  else
    vprod__result_remedy (result, "%s%s", vprod__refusal_remedy (refusal), entrypoint);
  if (refusal == VPROD__REFUSAL_OTHER)
    return vprod__result_fail (result, "the engine could not start the step before the app, %s: %s", run->what, why);
  return vprod__result_fail (result, "the step before the app could not be started: %s: %s (%s)", run->what,
                             vprod__refusal_words (refusal), why);
}

static int fail_endless (const struct vprod__start_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__before_run *run = facts->before_failed;
  _cleanup_free_ char *entrypoint = entrypoint_words (facts, let_entrypoint_go_on);
  char words[VPROD__BEFORE_WORDS_SIZE];

  if (!entrypoint)
    return vprod__error_no_memory (err);
  vprod__result_remedy (result, "A step does its work and ends; what runs beside the app is a service (`services`).%s",
                        entrypoint);
  return vprod__result_fail (result, "the step before the app, %s, %s", run->what, vprod__before_words (run, words));
}

static int fail_ended (const struct vprod__start_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__before_run *run = facts->before_failed;
  enum vprod__refusal refusal = vprod__refusal_of_output (run->once.output);
  _cleanup_free_ char *entrypoint = entrypoint_words (facts, let_entrypoint_go_on);
  const char *line, *remedy = NULL;
  char words[VPROD__BEFORE_WORDS_SIZE];
  size_t length;

  if (!entrypoint)
    return vprod__error_no_memory (err);
  if (run->once.exit_code < 126 && !run->once.oom_killed)
    remedy = vprod__log_remedy (run->once.output, &line, &length);
  if (refusal != VPROD__REFUSAL_NONE)
    vprod__result_remedy (result, "%s%s", vprod__refusal_remedy (refusal), entrypoint);
  else if (remedy)
    vprod__result_remedy (result, "It said `%.*s`. %s", length < LINE_SHOWN ? (int) length : LINE_SHOWN, line, remedy);
  else if (run->once.exit_code >= 126 || run->once.oom_killed)
    vprod__result_remedy (result, "%s%s", vprod__exit_remedy (run->once.exit_code, run->once.oom_killed), entrypoint);
  else
    vprod__result_remedy (result, "Read its output below. It ran in the image under test with `run.env`, beside the services, "
                                  "which were ready.%s", entrypoint);
  return vprod__result_fail (result, "the step before the app failed: %s: it %s%s", run->what,
                             vprod__before_words (run, words), run->once.output_length ? "" : " and wrote nothing");
}

/* An error, with the tail of what it said. */
static int not_told (const struct vprod__before_run *run, const vprod_error *error, vprod_result *result)
{
  vprod__result_error (result, error);
  if (run->step->has_image && !run->step->image.ref && run->step->image.dockerfile) /* the place of the result */
    vprod__result_evidence (result, VPROD__START_DOCKERFILE, "%s", run->step->image.dockerfile);
  if (run->step->has_image && !run->image && run->build.log)
    vprod__result_log_tail (result, run->build.log, run->build.log_length);
  return 0;
}

int vprod__start_judge_before (const struct vprod__start_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__before_run *run = facts->before_failed;
  _cleanup_error_ vprod_error *error = NULL;

  if (run->once.output)
    vprod__result_log_tail (result, run->once.output, run->once.output_length);
  if (vprod__before_not_told (run, &error) < 0)
    return not_told (run, error, result);
  if (!run->once.started)
    return fail_not_started (facts, result, err);
  return run->once.ended ? fail_ended (facts, result, err) : fail_endless (facts, result, err);
}
