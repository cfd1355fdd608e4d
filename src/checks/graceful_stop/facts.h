/* SPDX-License-Identifier: MIT */
/* What `graceful-stop` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_GRACEFUL_STOP_FACTS_H
#define VPROD_CHECKS_GRACEFUL_STOP_FACTS_H

#include <stddef.h>
#include "result/result.h"
#include "util/error.h"

struct vprod__graceful_stop_facts {
  const char *signal;      /* that was sent */
  const char *signal_words;  /* its name, for people */
  const char *signal_from; /* who named it: "the spec", "the image's STOPSIGNAL", "the default" */
  int64_t grace_ms;
  int wanted_exit_code;
  int ended;        /* 0: it was still running at the end of the grace time, and was then killed */
  int64_t ended_ms;   /* from the signal to its end: the upper bound */
  int64_t least_ms;   /* the lower bound */
  int64_t sending_ms; /* what the engine took to send it */
  int64_t stalled_ms; /* of that time, how long the machine kept it waiting */
  int stall_is_known; /* 1: that could be measured */
  int busy;           /* not ended: 1: the machine was too busy for that to mean anything */
  int exit_code;
  int oom_killed;
  const char *first_process; /* command line of the container's first process; NULL: not known */
  const char *child;         /* command line of a process that the first one has started; NULL: none, or not known */
  const char *const *words;  /* what the image or the spec starts: entrypoint, then command; may be NULL */
  const char *log;           /* the last bytes of its output; "" if none */
  size_t log_length;
};

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__graceful_stop_judge (const struct vprod__graceful_stop_facts *facts, vprod_result *result, vprod_error **err);

#endif
