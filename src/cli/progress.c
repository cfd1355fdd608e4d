/* SPDX-License-Identifier: MIT */
/* Where a session's events are shown. They come one at a time. */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first line of the text report. */
static void put_result (const vprod_result *result)
{
  char *text = NULL;

  if (vprod_result_render (result, NULL, &text, NULL, NULL) < 0)
    return;
  fprintf (stderr, "%.*s\n", (int) strcspn (text, "\n"), text);
  vprod_string_free (text);
}

static void stream_result (const struct progress *progress, const vprod_result *result)
{
  const vprod_render_options options = {
    .size = sizeof options,
    .color = progress->color,
    .width = cli_width (STDOUT_FILENO),
  };
  char *text = NULL;
  size_t length = 0;

  if (cli_signals_caught () || vprod_result_render (result, &options, &text, &length, NULL) < 0)
    return;
  cli_out (text, length);
  vprod_string_free (text);
}

void progress_event (void *data, const vprod_event *event)
{
  const struct progress *progress = data;

  if (progress->mode == PROGRESS_LIVE) {
    live_event (progress->live, event);
    return;
  }
  lines_event (progress->lines, event);
  if (event->kind != VPROD_EVENT_CHECK_ENDED)
    return;
  if (progress->mode == PROGRESS_TEXT)
    stream_result (progress, event->result);
  else if (progress->mode == PROGRESS_LINES && !cli_signals_caught ())
    put_result (event->result);
}

void progress_start_lines (struct progress *progress)
{
  if (progress->mode != PROGRESS_NONE && progress->mode != PROGRESS_LIVE && !progress->quiet)
    progress->lines = lines_start (progress->mode);
}

void progress_end (struct progress *progress)
{
  live_end (progress->live);
  lines_end (progress->lines);
  progress->live = NULL;
  progress->lines = NULL;
}
