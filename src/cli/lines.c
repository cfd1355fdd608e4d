/* SPDX-License-Identifier: MIT */
/*
 * Plain lines on standard error: steps of the build and notes as they come, and by a thread what runs for long. The line of a
 * step is held back for a moment: a builder says that a step begins, and then at once that it was cached.
 */
#include "heartbeat.h"
#include "progress.h"
#include "util/clock.h"
#include "util/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOLD_MS 200

struct lines {
  enum progress_mode mode;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  int stop;
  struct heartbeat *heartbeat;
  char *held; /* a step whose line is not shown yet, or NULL */
  int64_t held_ms;
};

/* ---- lines ---------------------------------------------------------------------------------------------- */

/* Each line of text, safe for terminals and CI logs. */
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

static void put_note (const char *text)
{
  if (text)
    put_lines (CLI_NAME ": ", text);
}

/* "[deps 2/4] RUN …", not "[internal] load …" or "exporting to image"; of another image "before: [2/4] RUN …". */
static int is_of_dockerfile (const char *step)
{
  const char *whose = strncmp (step, "before", 6) == 0 ? strstr (step, ": ") : NULL;

  if (whose)
    step = whose + 2;
  return strncmp (step, "[internal]", 10) != 0 && strncmp (step, "exporting ", 10) != 0;
}

/* The rest is called with the lock held. */
static void put_held (struct lines *lines)
{
  put_note (lines->held);
  free (lines->held);
  lines->held = NULL;
}

static void hold_step (struct lines *lines, const char *step)
{
  put_held (lines);
  lines->held = strdup (step);
  lines->held_ms = vprod__now_ms ();
}

static void put_cached (struct lines *lines, const char *step)
{
  _cleanup_free_ char *text = NULL;

  if (lines->held && strcmp (lines->held, step) == 0) {
    free (lines->held);
    lines->held = NULL;
  }
  put_held (lines);
  if (asprintf (&text, "%s: CACHED", step) < 0)
    text = NULL;
  put_note (text);
}

static void put_step (struct lines *lines, const vprod_event *event)
{
  /* the builder's log, where it is shown, names the steps and says which were cached, too */
  if (lines->mode == PROGRESS_BUILD || !event->text || !is_of_dockerfile (event->text))
    return;
  if (event->kind == VPROD_EVENT_BUILD_STEP)
    hold_step (lines, event->text);
  else if (event->cached)
    put_cached (lines, event->text);
}

static void put_event (struct lines *lines, const vprod_event *event)
{
  switch (event->kind) {
  case VPROD_EVENT_BUILD_STEP:
  case VPROD_EVENT_BUILD_STEP_ENDED:
    put_step (lines, event);
    break;
  case VPROD_EVENT_NOTE:
    put_held (lines);
    put_note (event->text);
    break;
  case VPROD_EVENT_BUILD_LOG:
    if (lines->mode == PROGRESS_BUILD && event->text)
      put_lines ("", event->text);
    break;
  case VPROD_EVENT_CHECK_ENDED: /* whose line comes next */
    put_held (lines);
    break;
  case VPROD_EVENT_CHECK_STARTED:
  case VPROD_EVENT_PULL:
  case VPROD_EVENT_PULL_ENDED:
  case VPROD_EVENT_WAITING:
    break;
  }
}

/* ---- the thread ----------------------------------------------------------------------------------------- */

static int64_t next_ms (const struct lines *lines)
{
  int64_t ms = heartbeat_next_ms (lines->heartbeat);

  return lines->held && lines->held_ms + HOLD_MS < ms ? lines->held_ms + HOLD_MS : ms;
}

static void wait_until (struct lines *lines, int64_t ms)
{
  if (ms == INT64_MAX) {
    pthread_cond_wait (&lines->changed, &lines->lock);
    return;
  }
  const struct timespec until = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
  pthread_cond_timedwait (&lines->changed, &lines->lock, &until);
}

static void *beat (void *data)
{
  struct lines *lines = data;

  pthread_mutex_lock (&lines->lock);
  while (!lines->stop) {
    int64_t now_ms = vprod__now_ms ();
    if (lines->held && now_ms >= lines->held_ms + HOLD_MS)
      put_held (lines);
    _cleanup_free_ char *line = cli_signals_caught () ? NULL : heartbeat_line (lines->heartbeat, now_ms);
    put_note (line);
    wait_until (lines, next_ms (lines));
  }
  pthread_mutex_unlock (&lines->lock);
  return NULL;
}

/* VERIFY_PROD_HEARTBEAT: another time between two lines, "5m". */
static int64_t heartbeat_ms (void)
{
  const char *variable = getenv ("VERIFY_PROD_HEARTBEAT");
  int64_t ms = HEARTBEAT_MS;

  if (variable && *variable && cli_parse_duration (variable, &ms) < 0)
    cli_say ("VERIFY_PROD_HEARTBEAT wants a time such as 10s or 5m, not '%s'; it is 30s now", variable);
  return ms;
}

struct lines *lines_start (enum progress_mode mode)
{
  struct lines *lines = calloc (1, sizeof *lines);

  if (!lines || !(lines->heartbeat = heartbeat_new (heartbeat_ms ()))) {
    free (lines);
    return NULL;
  }
  lines->mode = mode;
  pthread_mutex_init (&lines->lock, NULL);
  vprod__cond_init (&lines->changed);
  if (vprod__thread_start (&lines->thread, beat, lines) != 0) {
    heartbeat_free (lines->heartbeat);
    free (lines);
    return NULL;
  }
  return lines;
}

void lines_event (struct lines *lines, const vprod_event *event)
{
  if (!lines)
    return;
  pthread_mutex_lock (&lines->lock);
  heartbeat_event (lines->heartbeat, event, vprod__now_ms ());
  put_event (lines, event);
  if (event->kind != VPROD_EVENT_BUILD_LOG)
    pthread_cond_signal (&lines->changed);
  pthread_mutex_unlock (&lines->lock);
}

void lines_end (struct lines *lines)
{
  if (!lines)
    return;
  pthread_mutex_lock (&lines->lock);
  lines->stop = 1;
  put_held (lines);
  pthread_cond_signal (&lines->changed);
  pthread_mutex_unlock (&lines->lock);
  pthread_join (lines->thread, NULL);
  pthread_cond_destroy (&lines->changed);
  pthread_mutex_destroy (&lines->lock);
  heartbeat_free (lines->heartbeat);
  free (lines);
}
