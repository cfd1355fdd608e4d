/* SPDX-License-Identifier: MIT */
/* How the app was stopped by its stop signal (stop.h). */
#ifndef VPROD_SESSION_STOP_FACTS_H
#define VPROD_SESSION_STOP_FACTS_H

#include "known/exit.h"
#include "session/stop_load.h"

struct vprod__stop {
  char *skip;                  /* not NULL: it was not stopped, and this is what a check says of it */
  char *skip_judged_by;        /* the check that judges the reason, or NULL */

  const char *signal;          /* that was sent; lent by the spec or the image */
  char signal_words[VPROD__SIGNAL_WORDS_SIZE];
  const char *signal_from;     /* who named it: "the spec", "the image's STOPSIGNAL", "the default" */
  char *first_process;         /* command line of the container's first process, and of one that it has started; or NULL */
  char *child;
  char **words;                /* what was started: entrypoint, then command */

  int64_t called_ms;           /* CLOCK_MONOTONIC: when the engine was told to send the signal … */
  int64_t sent_ms;             /* … when it said that it had sent it … */
  int64_t killed_ms;           /* … when it was told to kill what still ran; 0: it was not … */
  int64_t seen_ms;             /* … and when the app was seen to have ended */
  int ended;                   /* 0: it was still running at the end of the grace time, and was then killed */
  int64_t ended_ms;            /* from the signal to its end: the upper bound */
  int64_t least_ms;            /* the lower bound */
  int64_t sending_ms;          /* what the engine took to send it */
  int64_t stalled_ms;          /* of that time, how long the machine kept it waiting */
  int stall_is_known;          /* 1: that could be measured */
  int busy;                    /* not ended: 1: the machine was too busy for that to mean anything */
  int exit_code;
  int oom_killed;
  char *log;                   /* the last bytes of its output */
  size_t log_length;

  struct vprod__stop_load *load; /* NULL: none was wanted */
};

#endif
