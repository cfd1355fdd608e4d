/* SPDX-License-Identifier: MIT */
/* The steps of a build and what events make of their states. */
#include "runner/build/progress_reader.h"
#include "util/grow.h"
#include "util/strv.h"
#include "util/text.h"

#include <string.h>

/* Far more than any Dockerfile has; what goes beyond is not looked at. */
#define MAX_STEPS 2000
#define MAX_NAME 65536
#define MAX_BYTES (16u << 20)
/* Last words: the builder's summary with the part of the Dockerfile, and an error that repeats a long command. */
#define MAX_WORDS 32768

static int fail (struct vprod__progress *progress)
{
  progress->status = -1;
  return -1;
}

static void step_free (struct vprod__progress_step *step)
{
  free (step->key);
  free (step->stage);
  free (step->text);
  free (step->name);
  vprod__strv_free (step->inputs);
  free (step->error);
  vprod__step_log_free (step->log);
  free (step);
}
VPROD_DEFINE_CLEANUP (struct vprod__progress_step *, step_free);

void vprod__progress_free_steps (struct vprod__progress *progress)
{
  for (size_t i = 0; i < progress->count; i++)
    step_free (progress->steps[i]);
  free (progress->steps);
}

struct vprod__progress_step *vprod__progress_find (struct vprod__progress *progress, const char *key)
{
  if (progress->found && strcmp (progress->found->key, key) == 0)
    return progress->found;
  for (size_t i = progress->count; i-- > 0;)
    if (strcmp (progress->steps[i]->key, key) == 0)
      return progress->found = progress->steps[i];
  return NULL;
}

struct vprod__progress_step *vprod__progress_add (struct vprod__progress *progress, const char *key,
                                                  const char *stage, const char *text, const char *name)
{
  struct vprod__progress_step *known = vprod__progress_find (progress, key);

  if (known || progress->count >= MAX_STEPS || progress->bytes >= MAX_BYTES || progress->status < 0)
    return known;
  _cleanup_ (step_freep) struct vprod__progress_step *step = calloc (1, sizeof *step);
  int r = -1;
  if (step && (step->key = strndup (key, MAX_NAME)) && (step->name = strndup (name, MAX_NAME))) {
    if (!stage)
      r = vprod__progress_split_name (step->name, &step->stage, &step->text);
    else if ((step->stage = strndup (stage, MAX_NAME)) && (step->text = strndup (text, MAX_NAME)))
      r = 0;
  }
  if (r < 0 || vprod__grow (&progress->steps, progress->count) < 0) {
    fail (progress);
    return NULL;
  }
  step->number = progress->count + 1;
  progress->bytes += strlen (step->key) + strlen (step->name) * 2;
  progress->found = progress->steps[progress->count++] = step;
  return vprod__steal (&step);
}

static void tell (struct vprod__progress *progress, struct vprod__progress_step *step, vprod_step_state state)
{
  if (step->told == state)
    return;
  step->told = state;
  if (state == VPROD_STEP_RAN || state == VPROD_STEP_CACHED) {
    vprod__step_log_free (step->log);
    step->log = NULL;
  }
  if (progress->status != 0 || !progress->sink.on_step)
    return;
  const vprod_build_step public = {
    .size = sizeof public,
    .key = step->key,
    .stage = step->stage,
    .text = step->text,
    .name = step->name,
    .state = state,
    .inputs = (const char *const *) step->inputs,
  };
  if (progress->sink.on_step (progress->sink.data, &public) != 0)
    progress->status = 1;
}

/* ---- events ------------------------------------------------------------------------------------------------- */

/* A failure is the last word on a step: nothing that comes later unmakes it. */
static int is_over (const struct vprod__progress_step *step)
{
  return !step || step->told == VPROD_STEP_FAILED || step->told == VPROD_STEP_CANCELLED;
}

void vprod__progress_started (struct vprod__progress *progress, struct vprod__progress_step *step)
{
  if (!is_over (step))
    tell (progress, step, VPROD_STEP_STARTED);
}

void vprod__progress_cached (struct vprod__progress *progress, struct vprod__progress_step *step)
{
  if (is_over (step))
    return;
  step->cached = 1;
  tell (progress, step, step->ran ? VPROD_STEP_RAN : VPROD_STEP_CACHED);
}

void vprod__progress_done (struct vprod__progress *progress, struct vprod__progress_step *step)
{
  if (is_over (step))
    return;
  step->ran = 1;
  tell (progress, step, VPROD_STEP_RAN);
}

void vprod__progress_failed (struct vprod__progress *progress, struct vprod__progress_step *step,
                             const char *error)
{
  if (is_over (step))
    return;
  /* what the builder says of those that it gave up because another step failed */
  if (vprod__text_ends_with (error, "context canceled")) {
    tell (progress, step, VPROD_STEP_CANCELLED);
    return;
  }
  free (step->error);
  step->error = strndup (error, MAX_NAME);
  if (!step->error)
    fail (progress);
  tell (progress, step, VPROD_STEP_FAILED);
}

void vprod__progress_cancelled (struct vprod__progress *progress, struct vprod__progress_step *step)
{
  if (!is_over (step))
    tell (progress, step, VPROD_STEP_CANCELLED);
}

struct vprod__step_log *vprod__progress_log (struct vprod__progress *progress, struct vprod__progress_step *step)
{
  if (!step->log) {
    step->log = calloc (1, sizeof *step->log);
    if (step->log)
      step->log->lines.limit = VPROD__PROGRESS_LINE_MAX;
    else
      fail (progress);
  }
  return step->log;
}

void vprod__progress_output (struct vprod__progress *progress, struct vprod__progress_step *step, const char *line,
                             size_t length)
{
  if (!step || progress->status < 0)
    return;
  struct vprod__step_log *log = vprod__progress_log (progress, step);
  if (log && vprod__step_log_add (log, line, length) < 0)
    fail (progress);
}

void vprod__progress_word (struct vprod__progress *progress, const char *line, size_t length)
{
  struct vprod__buf *words = &progress->words;

  if (progress->status < 0 || length == 0)
    return;
  if (vprod__buf_add (words, line, length) < 0 || vprod__buf_add (words, "\n", 1) < 0)
    fail (progress);
  else if (words->length > 2 * MAX_WORDS + VPROD__PROGRESS_LINE_MAX)
    vprod__buf_consume (words, words->length - MAX_WORDS);
}

void vprod__progress_say (struct vprod__progress *progress, const char *line, size_t length)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (progress->status != 0 || !progress->sink.on_log)
    return;
  if (vprod__buf_add (&text, line, length) < 0 || vprod__buf_add (&text, "\n", 1) < 0)
    fail (progress);
  else if (progress->sink.on_log (progress->sink.data, text.data, text.length) != 0)
    progress->status = 1;
}
