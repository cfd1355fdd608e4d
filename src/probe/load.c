/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "probe/load.h"
#include "probe/load_slot.h"
#include "util/clock.h"
#include "util/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  QUIET_ANSWERS = 3,
  STEADY_MS = 1000,  /* of so many a second */
  LEAST_FULL_MS = 300, /* of all at once, before the signal */
  LAST_MS = 1000,    /* for what is on its way when the server has ended */
  AFTER_MS = 300,    /* the signal was sent, and the app may still be on its way to see it */
  AROUND_MS = 1000,  /* after the signal was asked for, nothing is asked any more, though the engine is slow to send it */
  BUSY_TIMES = 4,    /* so much longer a request may take whose time on a busy machine is judged later */
  MOMENT_MS = 200,   /* to look for one with many requests under way */
  SLOW_MS = 100,     /* answers that take twice as long are not quick */
  OLD_MS = 600,      /* which such requests may have been under way when the signal is asked for */
  TURN_MS = 20
};

enum phase { IN_QUIET, STEADY, FULL, LEAVING };

struct vprod__load {
  struct vprod__load_request request;
  CURLM *multi;
  struct vprod__load_slot slots[VPROD__LOAD_AT_ONCE];
  struct vprod__load_learned learned;
  enum phase phase;
  int has_signal; /* 1: the signal is asked for */
  int open;      /* slots that are under way */
  int keep;      /* how many are asked again */
  int64_t most_ms; /* the slowest answer since the phase began */
  struct vprod__load_shot bad; /* the first that was not answered rightly, before the signal; sent_ms 0: none */
  int is_bad;
  struct vprod__load_report report;
  size_t shots_capacity;

  pthread_t thread;
  int has_thread;
  vprod_call call;
  vprod_error *error; /* of the thread */
  pthread_mutex_t lock; /* of what follows, and of report.called_ms and report.sent_ms */
  int64_t give_up_ms;   /* 0: it goes on */
  int64_t asked_ms;     /* since when a moment for the signal is looked for; 0: it is not */
  pthread_cond_t changed;
};

int vprod__load_new (const struct vprod__load_request *request, struct vprod__load **ret, vprod_error **err)
{
  struct vprod__load *load = calloc (1, sizeof *load);

  if (!load)
    return vprod__error_no_memory (err);
  pthread_mutex_init (&load->lock, NULL);
  vprod__cond_init (&load->changed);
  load->request = *request;
  load->learned = (struct vprod__load_learned) { .least_body = SIZE_MAX };
  load->keep = load->report.at_once = VPROD__LOAD_AT_ONCE;
  load->multi = vprod__load_multi_new ();
  int bad = !load->multi;
  for (int i = 0; i < VPROD__LOAD_AT_ONCE && !bad; i++)
    bad = vprod__load_slot_init (&load->slots[i], &load->request, &load->learned) < 0;
  if (bad) {
    vprod__load_free (load);
    return vprod__error_no_memory (err);
  }
  *ret = load;
  return 0;
}

/* ---- one turn --------------------------------------------------------------------------------------------- */

static int ask (struct vprod__load *load, struct vprod__load_slot *slot, int alone, vprod_error **err)
{
  int64_t limit_ms = load->request.timeout_ms * (load->phase == FULL ? BUSY_TIMES : 1);

  if (vprod__load_slot_ask (slot, load->multi, alone, limit_ms) < 0)
    return vprod__error_no_memory (err);
  load->open++;
  return 0;
}

static int keep_shot (struct vprod__load *load, const struct vprod__load_shot *shot, vprod_error **err)
{
  struct vprod__load_report *report = &load->report;

  if (report->n_shots == load->shots_capacity) {
    size_t capacity = load->shots_capacity ? load->shots_capacity * 2 : 256;
    struct vprod__load_shot *shots = realloc (report->shots, capacity * sizeof *shots);
    if (!shots)
      return vprod__error_no_memory (err);
    report->shots = shots;
    load->shots_capacity = capacity;
  }
  report->shots[report->n_shots++] = *shot;
  return 0;
}

/* Is this slot to be asked again at once? */
static int goes_on (struct vprod__load *load, const struct vprod__load_slot *slot, const struct vprod__load_shot *shot)
{
  if (load->phase != FULL || shot->end != VPROD__LOAD_RIGHT || slot - load->slots >= load->keep)
    return 0;
  pthread_mutex_lock (&load->lock);
  int64_t called_ms = load->report.called_ms, sent_ms = load->report.sent_ms;
  pthread_mutex_unlock (&load->lock);
  int64_t now_ms = vprod__now_ms ();
  return called_ms == 0 || (now_ms - called_ms < AROUND_MS && (sent_ms == 0 || now_ms - sent_ms < AFTER_MS));
}

/* What ended before the signal was asked for is counted; of the rest each is kept. */
static int take (struct vprod__load *load, const struct vprod__load_shot *shot, vprod_error **err)
{
  pthread_mutex_lock (&load->lock);
  int64_t called_ms = load->report.called_ms;
  pthread_mutex_unlock (&load->lock);
  if (called_ms > 0 && shot->ended_ms >= called_ms)
    return keep_shot (load, shot, err);
  int64_t took_ms = shot->ended_ms - shot->sent_ms;
  if (shot->end == VPROD__LOAD_RIGHT) {
    load->report.before++;
    load->most_ms = took_ms > load->most_ms ? took_ms : load->most_ms;
  } else if (!load->is_bad) {
    load->is_bad = 1;
    load->bad = *shot;
  }
  return 0;
}

static int end_slot (struct vprod__load *load, struct vprod__load_slot *slot, CURLcode code, vprod_error **err)
{
  struct vprod__load_shot shot;

  load->open--;
  slot->answers++;
  if (vprod__load_slot_end (slot, load->multi, code, &shot) < 0)
    return vprod__error_no_memory (err);
  int r = take (load, &shot, err);
  if (r == 0 && goes_on (load, slot, &shot))
    r = ask (load, slot, 1, err);
  return r;
}

static int fail (CURLMcode code, const char *url, vprod_error **err)
{
  return code == CURLM_OUT_OF_MEMORY ? vprod__error_no_memory (err)
                                     : vprod__error_set (err, VPROD_ERROR_IO, 0, "asking %s: %s", url,
                                                         curl_multi_strerror (code));
}

/* Lets libcurl work, and waits at most until then for more. */
static int turn (struct vprod__load *load, const vprod_call *call, int64_t until_ms, vprod_error **err)
{
  struct curl_waitfd cancel = { .fd = call->cancel_fd, .events = CURL_WAIT_POLLIN };
  int running = 0, left = 0, ended = 0, r = 0;
  CURLMsg *message;

  CURLMcode code = curl_multi_perform (load->multi, &running);
  while (r == 0 && (message = curl_multi_info_read (load->multi, &left))) {
    struct vprod__load_slot *slot = NULL;
    if (message->msg != CURLMSG_DONE)
      continue;
    CURLcode result = message->data.result;
    curl_easy_getinfo (message->easy_handle, CURLINFO_PRIVATE, (char **) &slot);
    r = end_slot (load, slot, result, err);
    ended = 1;
  }
  if (r < 0)
    return r;
  if (call->deadline_ms != VPROD_NO_DEADLINE && vprod__now_ms () >= call->deadline_ms)
    return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "asking %s: out of time", load->request.url);
  int64_t left_ms = until_ms - vprod__now_ms ();
  int wait = ended || left_ms < 0 ? 0 : left_ms < TURN_MS ? (int) left_ms : TURN_MS;
  if (code == CURLM_OK)
    code = curl_multi_poll (load->multi, call->cancel_fd >= 0 ? &cancel : NULL, call->cancel_fd >= 0, wait, NULL);
  if (code != CURLM_OK)
    return fail (code, load->request.url, err);
  if (cancel.revents)
    return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "asking %s: cancelled", load->request.url);
  return 0;
}

/* ---- before the signal ------------------------------------------------------------------------------------ */

static void begin_phase (struct vprod__load *load, enum phase phase)
{
  load->phase = phase;
  load->most_ms = 0;
  for (int i = 0; i < VPROD__LOAD_AT_ONCE; i++)
    load->slots[i].answers = 0;
}

static int wait_all (struct vprod__load *load, const vprod_call *call, vprod_error **err)
{
  int r = 0;

  while (r == 0 && !load->is_bad && load->open > 0)
    r = turn (load, call, INT64_MAX, err);
  return r;
}

static int ask_in_quiet (struct vprod__load *load, const vprod_call *call, vprod_error **err)
{
  int r = 0;

  begin_phase (load, IN_QUIET);
  for (int i = 0; r == 0 && i < QUIET_ANSWERS && !load->is_bad; i++) {
    r = ask (load, &load->slots[0], 1, err);
    if (r == 0)
      r = wait_all (load, call, err);
  }
  load->report.quiet_ms = load->most_ms;
  return r;
}

static struct vprod__load_slot *find_idle (struct vprod__load *load)
{
  for (int i = 0; i < VPROD__LOAD_AT_ONCE; i++)
    if (!load->slots[i].busy)
      return &load->slots[i];
  return NULL;
}

/* So many a second, as clients do that keep their connections: what a server closes while it is idle is asked again on
   another connection by libcurl itself (RFC 9112, 9.3.1). */
static int ask_steadily (struct vprod__load *load, const vprod_call *call, vprod_error **err)
{
  int64_t began_ms = vprod__now_ms (), now_ms = began_ms;
  int64_t asked = 0;
  int r = 0;

  begin_phase (load, STEADY);
  for (; r == 0 && !load->is_bad && now_ms - began_ms < STEADY_MS; now_ms = vprod__now_ms ()) {
    int64_t due = (now_ms - began_ms) * load->request.rate / 1000 + 1;
    struct vprod__load_slot *slot;
    for (; r == 0 && asked < due && (slot = find_idle (load)); asked++)
      r = ask (load, slot, 0, err);
    asked = asked < due ? due : asked; /* all are under way: what is missed is not made up for */
    if (r == 0)
      r = turn (load, call, began_ms + asked * 1000 / load->request.rate + 1, err);
  }
  return r == 0 ? wait_all (load, call, err) : r;
}

/* A server may wait, when it is stopped, until its clients close what they keep: none is kept from here on. */
static int close_kept (struct vprod__load *load, vprod_error **err)
{
  CURLM *multi = vprod__load_multi_new ();

  if (!multi)
    return vprod__error_no_memory (err);
  curl_multi_cleanup (load->multi);
  load->multi = multi;
  return 0;
}

static int count_answered (const struct vprod__load *load)
{
  int count = 0;

  for (int i = 0; i < VPROD__LOAD_AT_ONCE; i++)
    count += load->slots[i].answers > 0;
  return count;
}

/* A server that answers them one by one would need longer for all than it has after the signal: those that it has answered
   so far are kept on, the first of the slots. */
static int keep_fewer (struct vprod__load *load, const vprod_call *call, vprod_error **err)
{
  int count = count_answered (load);

  int64_t until_ms = vprod__deadline (load->request.timeout_ms);
  int r = 0;

  load->keep = load->report.at_once = count > 0 ? count : 1;
  while (r == 0 && !load->is_bad && load->open > load->keep && vprod__now_ms () < until_ms)
    r = turn (load, call, until_ms, err);
  if (r == 0 && !load->is_bad && load->open > load->keep) {
    load->is_bad = 1;
    load->bad = (struct vprod__load_shot) { .end = VPROD__LOAD_SLOW };
  }
  return r;
}

static int ask_all_at_once (struct vprod__load *load, const vprod_call *call, int64_t most_ms, vprod_error **err)
{
  int64_t began_ms = vprod__now_ms (), now_ms = began_ms;
  int r = 0;

  begin_phase (load, FULL);
  for (int i = 0; r == 0 && i < VPROD__LOAD_AT_ONCE; i++)
    r = ask (load, &load->slots[i], 1, err);
  while (r == 0 && !load->is_bad && now_ms - began_ms < most_ms
         && (now_ms - began_ms < LEAST_FULL_MS || count_answered (load) < VPROD__LOAD_AT_ONCE)) {
    r = turn (load, call, began_ms + most_ms, err);
    now_ms = vprod__now_ms ();
  }
  if (r == 0 && !load->is_bad && count_answered (load) < VPROD__LOAD_AT_ONCE)
    r = keep_fewer (load, call, err);
  load->report.load_ms = load->most_ms;
  return r;
}

static void find_problem (struct vprod__load *load, struct vprod__load_problem *ret)
{
  *ret = (struct vprod__load_problem) { .took_ms = load->most_ms, .asked = load->report.before };
  if (!load->is_bad)
    return;
  ret->shot = load->bad;
  ret->kind = load->phase == IN_QUIET ? VPROD__LOAD_BAD_IN_QUIET : VPROD__LOAD_BAD_UNDER_LOAD;
}

int vprod__load_warm (struct vprod__load *load, const vprod_call *call, int64_t most_ms, struct vprod__load_problem *ret,
                      vprod_error **err)
{
  int r = ask_in_quiet (load, call, err);

  /* what takes nearly all of the time after the signal even alone is not asked while it is stopped */
  if (r == 0 && !load->is_bad && load->report.quiet_ms > most_ms + most_ms / 2) {
    *ret = (struct vprod__load_problem) { .kind = VPROD__LOAD_TOO_SLOW, .took_ms = load->report.quiet_ms };
    return 0;
  }
  if (r == 0 && !load->is_bad)
    r = ask_steadily (load, call, err);
  if (r == 0 && !load->is_bad)
    r = close_kept (load, err);
  if (r == 0 && !load->is_bad)
    r = ask_all_at_once (load, call, most_ms, err);
  if (r == 0)
    find_problem (load, ret);
  return r;
}

/* ---- around and after it ---------------------------------------------------------------------------------- */

static int64_t give_up_at (struct vprod__load *load)
{
  pthread_mutex_lock (&load->lock);
  int64_t at = load->give_up_ms;
  pthread_mutex_unlock (&load->lock);
  return at;
}

static int count_sent (const struct vprod__load *load, int64_t now_ms)
{
  int count = 0;

  for (int i = 0; i < VPROD__LOAD_AT_ONCE; i++)
    count += load->slots[i].busy && load->slots[i].sent_ms > 0 && load->slots[i].sent_ms < now_ms;
  return count;
}

/* How long requests are to be under way when the signal is asked for. Where answers take a while, all are asked at about the
   same time, over and over: right after that none has been under way long enough to tell. */
static int64_t age_wanted (const struct vprod__load *load)
{
  int64_t half_ms = load->report.load_ms / 2;

  return half_ms < SLOW_MS ? 0 : half_ms < OLD_MS ? half_ms : OLD_MS;
}

/* Where answers are quick, there are moments in which hardly any request is under way: the signal is asked for in another. */
static void choose_moment (struct vprod__load *load)
{
  int64_t now_ms = vprod__now_ms (), age_ms = age_wanted (load);
  int count = count_sent (load, now_ms - age_ms);

  pthread_mutex_lock (&load->lock);
  if (load->asked_ms > 0 && load->report.called_ms == 0
      && (count > load->keep / 2 || now_ms - load->asked_ms >= MOMENT_MS + age_ms)) {
    load->report.called_ms = now_ms;
    pthread_cond_broadcast (&load->changed);
  }
  load->has_signal = load->report.called_ms > 0;
  pthread_mutex_unlock (&load->lock);
}

static void *run (void *data)
{
  struct vprod__load *load = data;
  int r = 0;

  for (;;) {
    int64_t give_up_ms = give_up_at (load);
    if (r < 0 || (give_up_ms > 0 && (load->open == 0 || vprod__now_ms () >= give_up_ms)))
      return NULL;
    if (!load->has_signal)
      choose_moment (load);
    r = turn (load, &load->call, INT64_MAX, &load->error);
  }
}

int vprod__load_start (struct vprod__load *load, const vprod_call *call, vprod_error **err)
{
  load->call = *call;
  int errnum = vprod__thread_start (&load->thread, run, load);
  if (errnum != 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errnum, "asking %s: cannot start a thread", load->request.url);
  load->has_thread = 1;
  return 0;
}

void vprod__load_called (struct vprod__load *load)
{
  int64_t now_ms = vprod__now_ms (), until_ms = now_ms + 2 * (MOMENT_MS + OLD_MS);
  struct timespec until = { until_ms / 1000, until_ms % 1000 * 1000000 };

  pthread_mutex_lock (&load->lock);
  load->asked_ms = now_ms;
  while (load->report.called_ms == 0 && pthread_cond_timedwait (&load->changed, &load->lock, &until) == 0)
    ;
  if (load->report.called_ms == 0)
    load->report.called_ms = vprod__now_ms ();
  pthread_mutex_unlock (&load->lock);
}

void vprod__load_sent (struct vprod__load *load)
{
  pthread_mutex_lock (&load->lock);
  load->report.sent_ms = vprod__now_ms ();
  pthread_mutex_unlock (&load->lock);
}

static void end_thread (struct vprod__load *load, int64_t wait_ms)
{
  if (!load->has_thread)
    return;
  pthread_mutex_lock (&load->lock);
  load->give_up_ms = vprod__now_ms () + wait_ms;
  pthread_mutex_unlock (&load->lock);
  pthread_join (load->thread, NULL);
  load->has_thread = 0;
}

int vprod__load_finish (struct vprod__load *load, vprod_error **err)
{
  end_thread (load, LAST_MS);
  load->report.spoiled = load->is_bad;
  if (load->error)
    return vprod__error_move (err, &load->error);
  for (int i = 0; i < VPROD__LOAD_AT_ONCE; i++) {
    struct vprod__load_shot shot;
    if (!load->slots[i].busy)
      continue;
    load->phase = LEAVING;
    vprod__load_slot_leave (&load->slots[i], load->multi, &shot);
    load->open--;
    int r = keep_shot (load, &shot, err);
    if (r < 0)
      return r;
  }
  return 0;
}

const struct vprod__load_report *vprod__load_report (const struct vprod__load *load)
{
  return &load->report;
}

void vprod__load_free (struct vprod__load *load)
{
  if (!load)
    return;
  end_thread (load, 0);
  for (int i = 0; i < VPROD__LOAD_AT_ONCE; i++)
    vprod__load_slot_clear (&load->slots[i], load->multi);
  if (load->multi)
    curl_multi_cleanup (load->multi);
  vprod_error_free (load->error);
  free (load->report.shots);
  pthread_cond_destroy (&load->changed);
  pthread_mutex_destroy (&load->lock);
  free (load);
}
