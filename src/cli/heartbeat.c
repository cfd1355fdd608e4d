/* SPDX-License-Identifier: MIT */
#include "heartbeat.h"
#include "cli.h"
#include "util/buf.h"
#include "util/grow.h"
#include "util/size_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SHOWN 4
#define NAME_BYTES 120 /* of a step: an instruction may be a page long */

enum activity_kind { ACTIVITY_CHECK, ACTIVITY_STEP, ACTIVITY_PULL };

struct activity {
  enum activity_kind kind;
  char *name;
  char *check;     /* of a step: the check that it is part of; or NULL */
  char *waits_for; /* of a check, or NULL */
  char *progress;  /* of a pull, what is shown in place of the name; or NULL */
  int64_t since_ms;
  int64_t told_ms; /* when a line was due to it last; 0: never */
};

struct heartbeat {
  struct activity **list;
  size_t count;
  int64_t every_ms;
};

struct heartbeat *heartbeat_new (int64_t every_ms)
{
  struct heartbeat *heartbeat = calloc (1, sizeof *heartbeat);

  if (heartbeat)
    heartbeat->every_ms = every_ms;
  return heartbeat;
}

static void activity_free (struct activity *activity)
{
  if (!activity)
    return;
  free (activity->name);
  free (activity->check);
  free (activity->waits_for);
  free (activity->progress);
  free (activity);
}

void heartbeat_free (struct heartbeat *heartbeat)
{
  if (!heartbeat)
    return;
  for (size_t i = 0; i < heartbeat->count; i++)
    activity_free (heartbeat->list[i]);
  free (heartbeat->list);
  free (heartbeat);
}

/* ---- what runs ------------------------------------------------------------------------------------------ */

static struct activity *find (struct heartbeat *heartbeat, enum activity_kind kind, const char *name)
{
  for (size_t i = 0; name && i < heartbeat->count; i++)
    if (heartbeat->list[i]->kind == kind && strcmp (heartbeat->list[i]->name, name) == 0)
      return heartbeat->list[i];
  return NULL;
}

/* NULL: it has no name, or out of memory: it is then not told of. */
static struct activity *begin (struct heartbeat *heartbeat, enum activity_kind kind, const char *name, int64_t now_ms)
{
  struct activity *activity = find (heartbeat, kind, name);

  if (activity || !name)
    return activity;
  activity = calloc (1, sizeof *activity);
  if (!activity || !(activity->name = strdup (name)) || vprod__grow (&heartbeat->list, heartbeat->count) < 0) {
    activity_free (activity);
    return NULL;
  }
  activity->kind = kind;
  activity->since_ms = now_ms;
  return heartbeat->list[heartbeat->count++] = activity;
}

static void end_at (struct heartbeat *heartbeat, size_t i)
{
  activity_free (heartbeat->list[i]);
  memmove (&heartbeat->list[i], &heartbeat->list[i + 1], (--heartbeat->count - i) * sizeof heartbeat->list[0]);
}

static void end (struct heartbeat *heartbeat, enum activity_kind kind, const char *name)
{
  for (size_t i = heartbeat->count; name && i-- > 0;)
    if (heartbeat->list[i]->kind == kind && strcmp (heartbeat->list[i]->name, name) == 0)
      end_at (heartbeat, i);
}

/* A build that was cut short does not tell of the end of its steps. */
static void end_steps_of (struct heartbeat *heartbeat, const char *check)
{
  for (size_t i = heartbeat->count; check && i-- > 0;)
    if (heartbeat->list[i]->kind == ACTIVITY_STEP && heartbeat->list[i]->check
        && strcmp (heartbeat->list[i]->check, check) == 0)
      end_at (heartbeat, i);
}

static void set (char **field, const char *text)
{
  free (*field);
  *field = text ? strdup (text) : NULL;
}

static void check_waits (struct activity *check, const char *what, int64_t now_ms)
{
  if (!check)
    return;
  set (&check->waits_for, what);
  check->since_ms = now_ms; /* it is a thing of its own, as is what comes after */
}

void heartbeat_event (struct heartbeat *heartbeat, const vprod_event *event, int64_t now_ms)
{
  struct activity *activity;

  switch (event->kind) {
  case VPROD_EVENT_CHECK_STARTED:
    begin (heartbeat, ACTIVITY_CHECK, event->check, now_ms);
    break;
  case VPROD_EVENT_CHECK_ENDED:
    end (heartbeat, ACTIVITY_CHECK, event->check);
    end_steps_of (heartbeat, event->check);
    break;
  case VPROD_EVENT_WAITING:
    check_waits (find (heartbeat, ACTIVITY_CHECK, event->check), event->text, now_ms);
    break;
  case VPROD_EVENT_BUILD_STEP:
    activity = begin (heartbeat, ACTIVITY_STEP, event->text, now_ms);
    if (activity)
      set (&activity->check, event->check);
    break;
  case VPROD_EVENT_BUILD_STEP_ENDED:
    end (heartbeat, ACTIVITY_STEP, event->text);
    break;
  case VPROD_EVENT_PULL:
    activity = begin (heartbeat, ACTIVITY_PULL, event->text, now_ms);
    if (activity) {
      free (activity->progress);
      activity->progress = cli_pull_text (event);
    }
    break;
  case VPROD_EVENT_PULL_ENDED:
    end (heartbeat, ACTIVITY_PULL, event->text);
    break;
  case VPROD_EVENT_BUILD_LOG:
  case VPROD_EVENT_NOTE:
    break;
  }
}

/* ---- what is said of it --------------------------------------------------------------------------------- */

static int64_t due_ms (const struct heartbeat *heartbeat, const struct activity *activity)
{
  int64_t from_ms = activity->since_ms > activity->told_ms ? activity->since_ms : activity->told_ms;

  return from_ms + heartbeat->every_ms;
}

int64_t heartbeat_next_ms (const struct heartbeat *heartbeat)
{
  int64_t next_ms = INT64_MAX;

  for (size_t i = 0; i < heartbeat->count; i++)
    if (due_ms (heartbeat, heartbeat->list[i]) < next_ms)
      next_ms = due_ms (heartbeat, heartbeat->list[i]);
  return next_ms;
}

/* Its steps say more. */
static int has_steps (const struct heartbeat *heartbeat, const char *check)
{
  for (size_t i = 0; i < heartbeat->count; i++)
    if (heartbeat->list[i]->kind == ACTIVITY_STEP && heartbeat->list[i]->check
        && strcmp (heartbeat->list[i]->check, check) == 0)
      return 1;
  return 0;
}

static int is_long (const struct heartbeat *heartbeat, size_t i, int64_t now_ms)
{
  return now_ms - heartbeat->list[i]->since_ms >= heartbeat->every_ms;
}

/* Has one before it in the list waited for the same, and long enough? */
static int is_told (const struct heartbeat *heartbeat, size_t index, int64_t now_ms)
{
  for (size_t i = 0; i < index; i++)
    if (heartbeat->list[i]->waits_for && is_long (heartbeat, i, now_ms)
        && strcmp (heartbeat->list[i]->waits_for, heartbeat->list[index]->waits_for) == 0)
      return 1;
  return 0;
}

static int is_shown (const struct heartbeat *heartbeat, size_t i, int waiting, int64_t now_ms)
{
  const struct activity *activity = heartbeat->list[i];

  if (!is_long (heartbeat, i, now_ms))
    return 0;
  if (waiting)
    return activity->waits_for && !is_told (heartbeat, i, now_ms);
  return !activity->waits_for && !(activity->kind == ACTIVITY_CHECK && has_steps (heartbeat, activity->name));
}

static int add_time (struct vprod__buf *line, int64_t ms)
{
  long long seconds = (long long) ms / 1000;

  return seconds < 60 ? vprod__buf_addf (line, ", for %lld s", seconds)
                      : vprod__buf_addf (line, ", for %lld min %lld s", seconds / 60, seconds % 60);
}

/* The first line of it, cut where it is long. */
static int add_name (struct vprod__buf *line, const struct activity *activity)
{
  const char *name = activity->waits_for ? activity->waits_for : activity->progress ? activity->progress : activity->name;
  size_t length = strcspn (name, "\r\n"), cut = length;

  if (length > NAME_BYTES)
    for (cut = NAME_BYTES; cut > 0 && ((unsigned char) name[cut] & 0xc0) == 0x80; cut--)
      ;
  int r = activity->waits_for ? vprod__buf_addf (line, "waiting for ") : 0;
  if (r == 0)
    r = vprod__buf_add (line, name, cut);
  return r < 0 || cut == strlen (name) ? r : vprod__buf_addf (line, "…");
}

/* Adds what runs or, with waiting, what is waited for. Returns how many, or -1. */
static int add_activities (const struct heartbeat *heartbeat, int waiting, int64_t now_ms, struct vprod__buf *line)
{
  int shown = 0;

  for (size_t i = 0; i < heartbeat->count; i++) {
    if (!is_shown (heartbeat, i, waiting, now_ms) || ++shown > MOST_SHOWN)
      continue;
    if (vprod__buf_addf (line, shown == 1 ? "still " : "; ") < 0
        || (shown == 1 && !waiting && vprod__buf_addf (line, "running: ") < 0)
        || add_name (line, heartbeat->list[i]) < 0 || add_time (line, now_ms - heartbeat->list[i]->since_ms) < 0)
      return -1;
  }
  return shown > MOST_SHOWN && vprod__buf_addf (line, "; and %d more", shown - MOST_SHOWN) < 0 ? -1 : shown;
}

char *heartbeat_line (struct heartbeat *heartbeat, int64_t now_ms)
{
  _cleanup_buf_ struct vprod__buf line = { 0 };

  if (now_ms < heartbeat_next_ms (heartbeat))
    return NULL;
  for (size_t i = 0; i < heartbeat->count; i++) /* one line for all, from now on at the same times */
    if (is_long (heartbeat, i, now_ms))
      heartbeat->list[i]->told_ms = now_ms;
  int shown = add_activities (heartbeat, 0, now_ms, &line);
  if (shown == 0)
    shown = add_activities (heartbeat, 1, now_ms, &line);
  return shown > 0 ? vprod__buf_steal (&line) : NULL;
}

char *cli_pull_text (const vprod_event *event)
{
  const vprod_pull_progress *pull = event->pull;
  char bytes[VPROD__SIZE_TEXT], total[VPROD__SIZE_TEXT], *text = NULL;
  int n;

  if (!pull || pull->layers == 0)
    n = asprintf (&text, "pulling %s", event->text);
  else if (pull->bytes_total <= 0)
    n = asprintf (&text, "pulling %s: %zu of %zu layers", event->text, pull->layers_done, pull->layers);
  else {
    vprod__size_text ((uint64_t) pull->bytes, bytes);
    vprod__size_text ((uint64_t) pull->bytes_total, total);
    n = asprintf (&text, "pulling %s: %zu of %zu layers, %s of %s", event->text, pull->layers_done, pull->layers, bytes,
                  total);
  }
  return n < 0 ? NULL : text;
}
