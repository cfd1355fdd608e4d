/* SPDX-License-Identifier: MIT */
/*
 * The area at the bottom of the terminal: a row per check and a last line, drawn by a thread after each change, and
 * four times a second. It moves up as many lines as it drew before, so nothing else may be written meanwhile.
 */
#include "heartbeat.h"
#include "progress.h"
#include "util/clock.h"
#include "util/text.h"
#include "util/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define TEXT_SIZE 512

enum row_state { ROW_WAITS, ROW_RUNS, ROW_ENDED };

struct row {
  const char *id;
  enum row_state state;
  vprod_verdict verdict;
  int64_t since_ms;    /* start, later by the time for which it waited */
  int64_t waits_ms;    /* since when it waits */
  char waits_for[64];  /* "the build"; "": it does not wait */
  int64_t duration_ms; /* if it ended */
  char text[TEXT_SIZE];
};

struct live {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  pthread_t thread;
  int stop;
  int color;
  struct row *rows;
  size_t count;
  const struct row *builds; /* the check that steps of the build were told of; or NULL */
  const char *phase;
  char last_line[TEXT_SIZE];
  /* used by the drawing thread only */
  char *frame;     /* drawn last */
  int drawn[256];  /* columns of each line drawn */
  size_t n_drawn;
};

/* ---- drawing -------------------------------------------------------------------------------------------- */

static void get_size (int *width, int *height)
{
  struct winsize size = { 0 };

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
    size = (struct winsize) { .ws_row = 24, .ws_col = 80 };
  *width = size.ws_col < 20 ? 20 : size.ws_col;
  *height = size.ws_row < 4 ? 4 : size.ws_row;
}

/* A line of the frame, its first word in a colour. */
static void add_line (struct live *live, FILE *frame, const char *color, const char *text, int width)
{
  char fitted[4 * TEXT_SIZE];
  int word = (int) strcspn (text, " ");

  if (live->n_drawn == sizeof live->drawn / sizeof live->drawn[0])
    return;
  /* some terminals wrap after the last column */
  live->drawn[live->n_drawn++] = cli_fit (fitted, sizeof fitted, text, width - 1);
  if (live->color && *color)
    fprintf (frame, "%s%.*s\033[0m%s\033[K\n", color, word, fitted, fitted + word);
  else
    fprintf (frame, "%s\033[K\n", fitted);
}

static void add_row (struct live *live, FILE *frame, const struct row *row, int width)
{
  static const char *const words[] = { "pass", "FAIL", "skip", "ERROR" };
  static const char *const colors[] = { "\033[32m", "\033[1;31m", "\033[33m", "\033[1;35m" };
  const char *word = "wait", *color = "\033[2m";
  char time[32] = "", text[TEXT_SIZE + 64];

  if (row->state == ROW_RUNS && row->waits_for[0]) { /* its time does not pass */
    snprintf (text, sizeof text, "%-7s%-*s  %8s  waiting for %s", word, VPROD__CHECK_ID_WIDTH, row->id, "", row->waits_for);
    add_line (live, frame, color, text, width);
    return;
  }
  if (row->state == ROW_RUNS) {
    word = "run";
    color = "\033[1m";
    snprintf (time, sizeof time, "%lld s", (long long) (vprod__now_ms () - row->since_ms) / 1000);
  }
  else if (row->state == ROW_ENDED) {
    word = words[row->verdict];
    color = colors[row->verdict];
    if (row->verdict != VPROD_VERDICT_SKIP)
      snprintf (time, sizeof time, "%lld.%lld s", (long long) row->duration_ms / 1000,
                (long long) row->duration_ms % 1000 / 100);
  }
  snprintf (text, sizeof text, "%-7s%-*s  %8s  %s", word, VPROD__CHECK_ID_WIDTH, row->id, time, row->text);
  add_line (live, frame, color, text, width);
}

/* A terminal with too few lines shows only the running checks, and how many have ended. */
static void add_rows (struct live *live, FILE *frame, int width, int height)
{
  size_t room = (size_t) height - 2, ended = 0;
  char text[64];

  for (size_t i = 0; i < live->count; i++) {
    ended += live->rows[i].state == ROW_ENDED;
    if (live->count <= room)
      add_row (live, frame, &live->rows[i], width);
    else if (live->rows[i].state == ROW_RUNS && live->n_drawn + 1 < room)
      add_row (live, frame, &live->rows[i], width);
  }
  if (live->count > room) {
    snprintf (text, sizeof text, "%zu of %zu checks have ended", ended, live->count);
    add_line (live, frame, "", text, width);
  }
}

static const char *last_line (const struct live *live)
{
  int count = cli_signals_count ();

  if (count > 1)
    return "the removal is under way and is not cut short, so that nothing is left behind";
  if (count == 1)
    return "interrupted; stopping, and removing what was made";
  return live->phase ? live->phase : live->last_line;
}

/* The lines that the last frame takes now: the terminal may have become narrower. */
static size_t lines_up (const struct live *live, int width)
{
  size_t lines = 0;

  for (size_t i = 0; i < live->n_drawn; i++)
    lines += live->drawn[i] > width ? (size_t) ((live->drawn[i] + width - 1) / width) : 1;
  return lines;
}

static void put (const char *text, size_t length)
{
  while (length > 0) {
    ssize_t n = write (STDERR_FILENO, text, length);
    if (n <= 0)
      return;
    text += n;
    length -= (size_t) n;
  }
}

/* Called with the lock held; writes without it, as a stopped terminal blocks. */
static void draw (struct live *live)
{
  char *text = NULL, *whole = NULL;
  size_t size = 0;
  int width, height;
  FILE *frame = open_memstream (&text, &size);

  if (!frame)
    return;
  get_size (&width, &height);
  size_t up = lines_up (live, width);
  live->n_drawn = 0;
  add_rows (live, frame, width, height);
  add_line (live, frame, "", last_line (live), width);
  if (fclose (frame) != 0 || (live->frame && strcmp (live->frame, text) == 0)) {
    free (text);
    return;
  }
  free (live->frame);
  live->frame = text;
  int length = up ? asprintf (&whole, "\033[%zuA\r%s\033[J", up, text) : asprintf (&whole, "%s", text);
  if (length < 0)
    return;
  pthread_mutex_unlock (&live->lock);
  put (whole, (size_t) length);
  pthread_mutex_lock (&live->lock);
  free (whole);
}

static void *draw_until_stopped (void *data)
{
  struct live *live = data;
  const struct timespec breath = { .tv_nsec = 40000000 };
  struct timespec until;

  pthread_mutex_lock (&live->lock);
  while (!live->stop) {
    draw (live);
    /* a build can send a thousand events a second */
    pthread_mutex_unlock (&live->lock);
    nanosleep (&breath, NULL);
    pthread_mutex_lock (&live->lock);
    clock_gettime (CLOCK_MONOTONIC, &until);
    until.tv_nsec += 250000000; /* a signal does not wake it */
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (!live->stop)
      pthread_cond_timedwait (&live->changed, &live->lock, &until);
  }
  pthread_mutex_unlock (&live->lock);
  return NULL;
}

/* ---- what is shown -------------------------------------------------------------------------------------- */

struct live *live_start (const char *const *ids, int color)
{
  struct live *live = calloc (1, sizeof *live);

  if (!live)
    return NULL;
  while (ids[live->count])
    live->count++;
  live->color = color;
  live->rows = calloc (live->count + 1, sizeof *live->rows);
  if (!live->rows) {
    free (live);
    return NULL;
  }
  for (size_t i = 0; i < live->count; i++)
    live->rows[i].id = ids[i];
  pthread_mutex_init (&live->lock, NULL);
  vprod__cond_init (&live->changed);
  if (vprod__thread_start (&live->thread, draw_until_stopped, live) != 0) {
    free (live->rows);
    free (live);
    return NULL;
  }
  return live;
}

static struct row *find_row (struct live *live, const char *id)
{
  for (size_t i = 0; id && i < live->count; i++)
    if (strcmp (live->rows[i].id, id) == 0)
      return &live->rows[i];
  return NULL;
}

/* The last line of text that is not empty. */
static void set_text (char to[static TEXT_SIZE], const char *text)
{
  size_t end = strlen (text), start;

  while (end > 0 && strchr ("\n\r\t ", text[end - 1]))
    end--;
  for (start = end; start > 0 && text[start - 1] != '\n' && text[start - 1] != '\r'; start--)
    ;
  if (end > start)
    snprintf (to, TEXT_SIZE, "%.*s", (int) (end - start), text + start);
}

static void set_waits (struct row *row, const char *what)
{
  int64_t now_ms = vprod__now_ms ();

  if (row->waits_for[0])
    row->since_ms += now_ms - row->waits_ms;
  row->waits_ms = now_ms;
  snprintf (row->waits_for, sizeof row->waits_for, "%s", what ? what : "");
}

/* A step of the build stands in the row of the check that judges it. */
static void set_step (struct live *live, struct row *row, const vprod_event *event)
{
  char *to = row && row->state == ROW_RUNS ? row->text : live->last_line;

  live->builds = row;
  if (event->text)
    set_text (to, event->text);
  if (event->cached && strlen (to) + sizeof ": CACHED" <= TEXT_SIZE)
    strcat (to, ": CACHED");
}

static void set_pull (struct live *live, const vprod_event *event)
{
  _cleanup_free_ char *text = cli_pull_text (event);

  if (text)
    set_text (live->last_line, text);
}

void live_event (struct live *live, const vprod_event *event)
{
  pthread_mutex_lock (&live->lock);
  struct row *row = find_row (live, event->check);
  switch (event->kind) {
  case VPROD_EVENT_CHECK_STARTED:
    if (row) {
      row->state = ROW_RUNS;
      row->since_ms = vprod__now_ms ();
    }
    break;
  case VPROD_EVENT_CHECK_ENDED:
    if (row && event->result) {
      row->state = ROW_ENDED;
      if (row == live->builds)
        live->last_line[0] = '\0'; /* the build is over */
      row->verdict = vprod_result_get_verdict (event->result);
      row->duration_ms = vprod_result_get_duration_ms (event->result);
      snprintf (row->text, TEXT_SIZE, "%.*s", (int) strcspn (vprod_result_get_message (event->result), "\n"),
                vprod_result_get_message (event->result));
    }
    break;
  case VPROD_EVENT_WAITING:
    if (row)
      set_waits (row, event->text);
    break;
  case VPROD_EVENT_BUILD_STEP:
    set_step (live, row, event);
    break;
  case VPROD_EVENT_BUILD_STEP_ENDED:
    if (event->cached)
      set_step (live, row, event);
    break;
  case VPROD_EVENT_PULL:
    set_pull (live, event);
    break;
  case VPROD_EVENT_PULL_ENDED:
    break;
  case VPROD_EVENT_BUILD_LOG:
  case VPROD_EVENT_NOTE:
    if (event->text)
      set_text (live->last_line, event->text);
    break;
  }
  pthread_cond_signal (&live->changed);
  pthread_mutex_unlock (&live->lock);
}

void live_phase (struct live *live, const char *text)
{
  pthread_mutex_lock (&live->lock);
  live->phase = text;
  pthread_cond_signal (&live->changed);
  pthread_mutex_unlock (&live->lock);
}

void live_end (struct live *live)
{
  char erase[32];
  int width, height;

  if (!live)
    return;
  pthread_mutex_lock (&live->lock);
  live->stop = 1;
  pthread_cond_signal (&live->changed);
  pthread_mutex_unlock (&live->lock);
  pthread_join (live->thread, NULL);
  get_size (&width, &height);
  if (live->frame)
    put (erase, (size_t) snprintf (erase, sizeof erase, "\033[%zuA\r\033[J", lines_up (live, width)));
  pthread_cond_destroy (&live->changed);
  pthread_mutex_destroy (&live->lock);
  free (live->frame);
  free (live->rows);
  free (live);
}
