/* SPDX-License-Identifier: MIT */
/*
 * A time limit on a container that counts only the time in which the container could run. Its verdict is one of three:
 * there is time left; it is over, and the container could run all the while; or the machine was too busy to tell.
 *
 *   struct vprod__limit limit;
 *   vprod__limit_begin (&limit, session, id, 1, started_ms, timeout_ms);
 *   while ((state = vprod__limit_look (&limit)) == VPROD__LIMIT_OPEN)
 *     … look at what is waited for, for at most vprod__limit_pause (&limit) ms …
 *   vprod__limit_end (&limit);
 */
#ifndef VPROD_SESSION_LIMIT_H
#define VPROD_SESSION_LIMIT_H

#include <verify-prod/session.h>
#include "probe/stall.h"
#include "util/error.h"

struct vprod__limit_part {
  const char *root; /* where this machine's /proc and /sys are ("" for /); NULL: how busy it is cannot be told */
};

/* For tests. Lent. */
void vprod__session_set_root (vprod_session *session, const char *root);

enum vprod__limit_state {
  VPROD__LIMIT_OPEN = 0,
  VPROD__LIMIT_OVER,
  VPROD__LIMIT_BUSY /* the container was kept waiting for too much of the time */
};

struct vprod__limit {
  vprod_session *session;
  const char *container_id; /* lent */
  int64_t since_ms;         /* CLOCK_MONOTONIC */
  int64_t limit_ms;
  int64_t held_ms;    /* in which we, or the engine, were held up and could not look: does not count */
  int64_t answer_ms;  /* the longest that the engine took for an answer */
  int64_t elapsed_ms; /* as of the last look */
  int64_t stalled_ms; /* how much of elapsed_ms the container was kept waiting */
  int64_t machine_ms; /* how much of elapsed_ms any process of this machine was */
  int known;          /* 1: stalled_ms and machine_ms are known */
  struct vprod__stall *stalls; /* of the container, and of the services that it may wait for */
  size_t n_stalls;
  struct vprod__stall machine;
};

/* Pure. A limit is extended to a few times its length at most. known: stalled_ms is known; else only a slow answer of the
   engine shows that the machine is busy. */
enum vprod__limit_state vprod__limit_judge (int64_t limit_ms, int64_t elapsed_ms, int64_t stalled_ms, int known,
                                            int64_t answer_ms);

/* from_start: since_ms is the container's start, and what it was kept waiting since then counts. Never fails: where stalls
   cannot be measured, `known` stays 0. To be ended. */
void vprod__limit_begin (struct vprod__limit *limit, vprod_session *session, const char *container_id, int from_start,
                         int64_t since_ms, int64_t limit_ms);
void vprod__limit_end (struct vprod__limit *limit);

enum vprod__limit_state vprod__limit_look (struct vprod__limit *limit);

/* As of the last look: how much of the limit is left; and 1 if counters are lost unless they are read often. */
int64_t vprod__limit_left (const struct vprod__limit *limit);
int vprod__limit_wants_looks (const struct vprod__limit *limit);

/* After a look: how long to wait for the next. */
int64_t vprod__limit_pause (const struct vprod__limit *limit);

/* What began at began_ms and ends now was expected to take expected_ms: if it took much longer, we were held up, and that
   time does not count. */
void vprod__limit_held (struct vprod__limit *limit, int64_t began_ms, int64_t expected_ms);

/* The engine was asked at began_ms and has answered now. */
void vprod__limit_answered (struct vprod__limit *limit, int64_t began_ms);

/* Waits for the container's end within the limit. 1: it ended, with *ret_exit_code; 0: it did not; *ret_state is OVER or
   BUSY then. */
int vprod__limit_wait_end (struct vprod__limit *limit, int *ret_exit_code, enum vprod__limit_state *ret_state,
                           vprod_error **err);

/* Waits until the container was up for so long since then (see vprod__limit_begin), or has ended, or the machine has kept
   it waiting for too long to go on. 0, or negative. */
int vprod__limit_stays_up (vprod_session *session, const char *container_id, int from_start, int64_t since_ms,
                           int64_t stay_up_ms, vprod_error **err);

/* "this machine is too busy to tell: in 40.0 s it was kept waiting for 31.2 s" */
#define VPROD__BUSY_WORDS_SIZE 192
const char *vprod__busy_words (int64_t elapsed_ms, int64_t stalled_ms, int known, char text[static VPROD__BUSY_WORDS_SIZE]);

#endif
