/* SPDX-License-Identifier: MIT */
/* A builder's progress from outside: each kind has its reader, which makes steps and events of what it reads. */
#include "runner/build/progress_reader.h"

#include <string.h>

int vprod__progress_new (enum vprod__progress_kind kind, const struct vprod__progress_sink *sink,
                         struct vprod__progress **ret)
{
  struct vprod__progress *progress = calloc (1, sizeof *progress);

  if (!progress)
    return -1;
  progress->kind = kind;
  progress->sink = *sink;
  progress->lines[0].limit = progress->lines[1].limit = VPROD__PROGRESS_LINE_MAX;
  *ret = progress;
  return 0;
}

void vprod__progress_free (struct vprod__progress *progress)
{
  if (!progress)
    return;
  vprod__progress_free_steps (progress);
  vprod__lines_clear (&progress->lines[0]);
  vprod__lines_clear (&progress->lines[1]);
  vprod__buf_clear (&progress->words);
  vprod__buf_clear (&progress->telling);
  vprod__buf_clear (&progress->object);
  free (progress->sequence.stage_name);
  free (progress);
}

/* What is said outside of the streams that tell of steps: stdout of BuildKit. */
static void read_words (void *data, const char *line, size_t length)
{
  vprod__progress_say (data, line, length);
  vprod__progress_word (data, line, length);
}

/* What is said outside of the streams that tell of steps: stderr of the legacy builder, which begins with a warning that
   it is one, over several lines. */
static void read_legacy_words (void *data, const char *line, size_t length)
{
  vprod__progress_say (data, line, length);
  if (line[0] != ' ' && strncmp (line, "DEPRECATED: ", 12) != 0)
    vprod__progress_word (data, line, length);
}

static vprod__line_fn reader (enum vprod__progress_kind kind, vprod_stream stream)
{
  switch (kind) {
  case VPROD__PROGRESS_PLAIN:
    return stream == VPROD_STREAM_STDERR ? vprod__read_plain : read_words;
  case VPROD__PROGRESS_LEGACY:
    return stream == VPROD_STREAM_STDOUT ? vprod__read_legacy : read_legacy_words;
  case VPROD__PROGRESS_PODMAN:
    return vprod__read_podman;
  case VPROD__PROGRESS_RAWJSON:
    break;
  }
  return read_words;
}

int vprod__progress_feed (struct vprod__progress *progress, vprod_stream stream, const char *bytes, size_t length)
{
  if (progress->status != 0)
    return progress->status;
  if (progress->kind == VPROD__PROGRESS_RAWJSON && stream == VPROD_STREAM_STDERR)
    vprod__read_rawjson (progress, bytes, length);
  else if (vprod__lines_feed (&progress->lines[stream == VPROD_STREAM_STDERR], bytes, length,
                              reader (progress->kind, stream), progress) < 0)
    progress->status = -1;
  return progress->status;
}

int vprod__progress_finish (struct vprod__progress *progress, int failed)
{
  vprod__lines_finish (&progress->lines[0], reader (progress->kind, VPROD_STREAM_STDOUT), progress);
  vprod__lines_finish (&progress->lines[1], reader (progress->kind, VPROD_STREAM_STDERR), progress);
  for (size_t i = 0; i < progress->count && progress->kind == VPROD__PROGRESS_RAWJSON; i++)
    vprod__flush_rawjson (progress, progress->steps[i]);
  vprod__finish_sequence (progress, failed);
  for (size_t i = 0; i < progress->count && failed; i++)
    if (progress->steps[i]->told == VPROD_STEP_STARTED)
      vprod__progress_cancelled (progress, progress->steps[i]);
  return progress->status;
}

const char *vprod__progress_running (const struct vprod__progress *progress)
{
  /* a builder that was told to end says so of the steps that it was at */
  static const vprod_step_state states[] = { VPROD_STEP_STARTED, VPROD_STEP_CANCELLED };

  for (size_t s = 0; s < 2; s++)
    for (size_t i = progress->count; i-- > 0;)
      if (progress->steps[i]->told == states[s])
        return progress->steps[i]->name;
  return NULL;
}
