/* SPDX-License-Identifier: MIT */
/*
 * Asking steadily for the health of an app that something is done to: request after request, each with the same time, and
 * what they were like together. Times count only while the app could run (limit.h).
 *
 *   vprod__steady_begin (&steady, session, app, request_ms, err);
 *   vprod__steady_phase (&steady, since_ms, limit_ms);
 *   do
 *     vprod__steady_ask (&steady, err), vprod__steady_pause (&steady, err);
 *   while (vprod__steady_goes_on (&steady));
 *   vprod__steady_end (&steady);
 */
#ifndef VPROD_SESSION_HEALTH_STEADY_H
#define VPROD_SESSION_HEALTH_STEADY_H

#include "session/health_attempts.h"
#include "session/limit.h"

/* Of the requests of one phase. */
struct vprod__steady_seen {
  int asked;
  int wrong;          /* answers that are not as the spec says, no answer among them */
  int wrong_in_row;   /* the last ones */
  int good_in_row;
  int64_t wrong_ms;   /* from the phase's start until the first of these; -1: there was none */
  int64_t right_ms;   /* … and until the first right answer of the last row; -1 */
  int64_t longest_ms; /* that a request took */
  int hung;           /* 1: one had no answer in its time */
  int unclear;        /* so many had none, and the machine was too busy to blame the app */
  int in_doubt;       /* 1: the last one is of these, and the app itself could run: one more would tell */
  int ended;          /* 1: the app's container ended */
};

struct vprod__steady {
  struct vprod__asking asking; /* its limit is the phase's */
  struct vprod__health health; /* what the last answer was */
  struct vprod__pace pace;
  struct vprod__steady_seen seen;
  enum vprod__limit_state state; /* of the phase */
};

/* Begins to ask an app that can be asked; a request has request_ms. */
int vprod__steady_begin (struct vprod__steady *steady, vprod_session *session, const struct vprod__app *app,
                         int64_t request_ms, vprod_error **err);

/* A new phase, which began at since_ms (CLOCK_MONOTONIC) and has limit_ms. */
void vprod__steady_phase (struct vprod__steady *steady, int64_t since_ms, int64_t limit_ms);

/* One request, and what it adds to `seen` and `state`. After a wrong answer it is looked whether the app is still up. */
int vprod__steady_ask (struct vprod__steady *steady, vprod_error **err);

/* Is another one to be asked? Not once the app has ended, one hung, or the phase is over, unless one more would tell. */
int vprod__steady_goes_on (const struct vprod__steady *steady);

/* Waits a moment for the next. */
int vprod__steady_pause (struct vprod__steady *steady, vprod_error **err);

/* Has the app ended? The engine may report it a moment after its server is gone. Sets seen.ended. */
int vprod__steady_look (struct vprod__steady *steady, vprod_error **err);

void vprod__steady_end (struct vprod__steady *steady);
#define _cleanup_steady_ _cleanup_ (vprod__steady_end)

/* The last answer in words: "status 503", "NOT_SERVING", "exit code 1", "no answer". */
#define VPROD__ANSWER_WORDS_SIZE 96
const char *vprod__steady_words (const struct vprod__steady *steady, char text[static VPROD__ANSWER_WORDS_SIZE]);

#endif
