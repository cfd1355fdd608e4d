/* SPDX-License-Identifier: MIT */
/* Which requests were sent before the signal, and what became of them: a pure function of what was seen. */
#include "checks/drain/facts.h"

enum {
  TAKES_MS = 100,  /* in which an app that can run takes what waits at its door */
  LAST_MS = 1000   /* what was cut so shortly before the app's end was cut by it */
};

struct counting {
  const struct vprod__load_report *report;
  const struct vprod__drain_when *when;
  struct vprod__drain_count *count;
  int64_t margin_ms;
  int at_end;           /* taken while the engine was sending the signal, and closed by the app's end without an answer */
  const char *at_end_words;
  int alive, not_alive; /* how many were reset or refused while the app was alive, and how many when it ended, or may have */
};

static int was_before (const struct counting *c, const struct vprod__load_shot *shot)
{
  return shot->sent_ms < c->report->called_ms;
}

/* Was it sent so long before the signal that the app must have taken it, if it takes anything? */
static int had_time (const struct counting *c, const struct vprod__load_shot *shot)
{
  return c->report->called_ms - shot->sent_ms >= c->margin_ms;
}

/* Was it refused while the app was alive? It was, too, where it lay at the door for a while and was reset only as the app ended:
   one that takes requests had read it, and the connection would have been closed in order. */
static int is_by_the_living (const struct counting *c, const struct vprod__load_shot *shot)
{
  int waited = shot->end == VPROD__LOAD_RESET && shot->acked
            && shot->ended_ms - shot->sent_ms >= c->margin_ms + c->when->stalled_ms;

  return shot->server_ends == 0 || (shot->server_ends == 1 && waited);
}

static void add_cut (struct counting *c, const struct vprod__load_shot *shot)
{
  if (c->count->cut++ == 0)
    c->count->words = shot->words;
}

static void add_right (struct counting *c, const struct vprod__load_shot *shot)
{
  int64_t took_ms = shot->ended_ms - shot->sent_ms, drain_ms = shot->ended_ms - c->report->called_ms;

  if (!was_before (c, shot))
    return;
  if (took_ms - c->when->stalled_ms > c->when->timeout_ms) {
    c->count->late++;
    return;
  }
  c->count->answered++;
  c->count->sure += had_time (c, shot) && shot->ended_ms > c->report->sent_ms;
  if (drain_ms > c->count->longest_ms)
    c->count->longest_ms = drain_ms;
}

/* One that came with the signal; it may have been sent right before, as far as we know. */
static void refuse (struct counting *c, const struct vprod__load_shot *shot)
{
  c->count->in_flight -= was_before (c, shot);
  c->count->refused++;
}

/* … or a while before, and only the machine's haste speaks for the app. */
static void refuse_in_haste (struct counting *c, const struct vprod__load_shot *shot)
{
  refuse (c, shot);
  c->count->unclear += c->report->called_ms - shot->sent_ms >= TAKES_MS;
}

static void add_wrong (struct counting *c, const struct vprod__load_shot *shot)
{
  if (!was_before (c, shot) || !had_time (c, shot))
    refuse_in_haste (c, shot);
  else if (c->count->wrong++ == 0)
    c->count->wrong_status = shot->status;
}

/* The app had it in its hands: that is so even where it was sent while the engine was sending the signal, if it was the
   app's end that cut it. */
static void add_in_hand (struct counting *c, const struct vprod__load_shot *shot)
{
  if (was_before (c, shot))
    add_cut (c, shot);
  else if (c->when->ended_ms - shot->ended_ms > LAST_MS)
    c->count->refused++;
  else if (shot->end == VPROD__LOAD_CUT)
    add_cut (c, shot);
  else if (c->at_end++ == 0)
    c->at_end_words = shot->words;
}

/* Those that the app took and closed as it ended may have been sent right after the signal: by an app that closed its door
   first, and answered what it had, they were refused. By one that just ended they were cut. */
static void settle_at_end (struct counting *c)
{
  if (c->count->sure > 0 || c->alive > 0)
    c->count->refused += c->at_end;
  else if (c->at_end > 0) {
    if (c->count->cut == 0)
      c->count->words = c->at_end_words;
    c->count->cut += c->at_end;
  }
}

static void add_reset (struct counting *c, const struct vprod__load_shot *shot)
{
  if (was_before (c, shot) && had_time (c, shot) && shot->acked) {
    c->count->queued++;
    add_cut (c, shot);
    return;
  }
  if (shot->acked)
    refuse_in_haste (c, shot);
  else
    refuse (c, shot);
  if (!is_by_the_living (c, shot)) {
    c->count->refused--;
    c->count->doubtful++;
  }
}

static void add_slow (struct counting *c, const struct vprod__load_shot *shot)
{
  if (!was_before (c, shot))
    c->count->refused++;
  else if (shot->ended_ms - shot->sent_ms - c->when->stalled_ms >= c->when->timeout_ms)
    c->count->late++;
  else
    c->count->slow++;
}

static int is_by_our_kill (const struct counting *c, const struct vprod__load_shot *shot)
{
  return c->when->killed_ms > 0 && shot->ended_ms >= c->when->killed_ms && shot->end != VPROD__LOAD_RIGHT
      && shot->end != VPROD__LOAD_WRONG && shot->end != VPROD__LOAD_SLOW;
}

/* It was sent after the signal. Does the app take requests then, and end with them? Then it may have done so with those that
   were sent before, too. */
static void add_after (struct counting *c, const struct vprod__load_shot *shot)
{
  int in_hand = shot->end == VPROD__LOAD_CUT || shot->end == VPROD__LOAD_TAKEN;
  int at_end = in_hand ? c->when->ended_ms - shot->ended_ms <= LAST_MS
                       : shot->end == VPROD__LOAD_RESET && shot->server_ends == 1 && !is_by_the_living (c, shot);

  if (at_end)
    c->count->doubtful++;
  else
    c->count->refused += shot->end != VPROD__LOAD_RIGHT;
}

static void add (struct counting *c, const struct vprod__load_shot *shot)
{
  int turned_away = shot->end == VPROD__LOAD_RESET || shot->end == VPROD__LOAD_REFUSED;

  c->alive += turned_away && is_by_the_living (c, shot);
  c->not_alive += turned_away && !is_by_the_living (c, shot);
  if (shot->sent_ms == 0) {
    c->count->refused++;
    return;
  }
  if (shot->sent_ms > c->report->sent_ms) {
    add_after (c, shot);
    return;
  }
  c->count->in_flight += was_before (c, shot);
  if (is_by_our_kill (c, shot)) {
    c->count->killed++;
    return;
  }
  switch (shot->end) {
  case VPROD__LOAD_RIGHT:
    add_right (c, shot);
    break;
  case VPROD__LOAD_WRONG:
    add_wrong (c, shot);
    break;
  case VPROD__LOAD_CUT:
  case VPROD__LOAD_TAKEN:
    add_in_hand (c, shot);
    break;
  case VPROD__LOAD_SLOW:
    add_slow (c, shot);
    break;
  case VPROD__LOAD_RESET:
  case VPROD__LOAD_OPEN:
    add_reset (c, shot);
    break;
  case VPROD__LOAD_REFUSED:
    refuse (c, shot);
    break;
  }
}

void vprod__drain_count (const struct vprod__load_report *report, const struct vprod__drain_when *when,
                         struct vprod__drain_count *ret)
{
  struct counting c = { .report = report, .when = when, .count = ret, .margin_ms = TAKES_MS + when->stalled_before_ms };

  *ret = (struct vprod__drain_count) { .words = "" };
  for (size_t i = 0; i < report->n_shots; i++)
    add (&c, &report->shots[i]);
  settle_at_end (&c);
  ret->unseen = ret->sure == 0 && (ret->doubtful > 0 || (c.not_alive > 0 && c.alive == 0));
}
