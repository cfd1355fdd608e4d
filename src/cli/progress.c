/* SPDX-License-Identifier: MIT */
/* Plain lines. Events come one at a time, so no lock is needed. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each line of text on standard error, safe for terminals and CI logs. */
static void put_lines (const char *before, const char *said)
{
  char *shown = vprod_log_text (said);

  for (const char *text = shown; text && *text;) {
    size_t length = strcspn (text, "\n\r");
    _cleanup_free_ char *line = strndup (text, length), *fitted = malloc (4 * length + 1);
    if (line && fitted && length > 0) {
      cli_fit (fitted, 4 * length + 1, line, (int) length);
      fprintf (stderr, "%s%s\n", before, fitted);
    }
    text += length + strspn (text + length, "\n\r");
  }
  vprod_string_free (shown);
}

static void put_note (const struct progress *progress, const char *text)
{
  if (progress->mode != PROGRESS_NONE && !progress->quiet)
    put_lines (CLI_NAME ": ", text);
}

/* "[deps 2/4] RUN …", not "[internal] load …" or "exporting to image". */
static int is_of_dockerfile (const char *step)
{
  return strncmp (step, "[internal]", 10) != 0 && strncmp (step, "exporting ", 10) != 0;
}

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
  switch (event->kind) {
  case VPROD_EVENT_CHECK_STARTED:
    break;
  case VPROD_EVENT_CHECK_ENDED:
    if (progress->mode == PROGRESS_TEXT)
      stream_result (progress, event->result);
    else if (progress->mode == PROGRESS_LINES && !cli_signals_caught ())
      put_result (event->result);
    break;
  case VPROD_EVENT_BUILD_STEP:
    /* the builder's log names the steps, too */
    if (progress->mode != PROGRESS_BUILD && event->text && is_of_dockerfile (event->text))
      put_note (progress, event->text);
    break;
  case VPROD_EVENT_NOTE:
    if (event->text)
      put_note (progress, event->text);
    break;
  case VPROD_EVENT_BUILD_LOG:
    if (progress->mode == PROGRESS_BUILD && event->text)
      put_lines ("", event->text);
    break;
  }
}
