/* SPDX-License-Identifier: MIT */
/* What `drain` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_DRAIN_FACTS_H
#define VPROD_CHECKS_DRAIN_FACTS_H

#include <stddef.h>
#include "probe/load.h"
#include "result/result.h"
#include "util/error.h"

/* What became of the requests that were sent before the signal; see the head of check.c. */
struct vprod__drain_count {
  int in_flight;   /* under way when the signal was asked for, but for `refused` and `doubtful` ones */
  int answered;    /* of these: rightly and whole */
  int cut;         /* the app had them, and did not answer them whole: of these, and of those sent until the engine confirmed */
  int queued;      /* of `cut`: nobody took them, though the app had time to */
  int wrong;       /* a whole answer, but not the right one */
  int wrong_status;/* of the first of them */
  int late;        /* no whole answer within the time of one request */
  int slow;        /* the same, but the machine kept the app waiting */
  int killed;      /* ended by our own kill */
  int unclear;     /* of `refused`: sent a while before, but the machine may have kept the app from taking them */
  int refused;     /* sent around the signal or after it, and refused, as may be */
  int doubtful;    /* sent with the signal or after it, and gone with the app's end: it may have ended so with others, too */
  int unseen;      /* 1: nothing shows that the app answered what it had before it ended: what was under way was so quickly
                      answered that it may have been before the signal came, and no request was refused by the living app */
  int sure;        /* of `answered`: sent well before the signal, and answered after the engine had confirmed it */
  int64_t longest_ms; /* from the signal to the last of `answered` */
  const char *words;  /* libcurl's, of the first of `cut`; "" if none */
};

struct vprod__drain_when {
  int64_t killed_ms;  /* CLOCK_MONOTONIC: when the app was killed; 0: it was not */
  int64_t ended_ms;   /* when it had ended, at the latest */
  int64_t stalled_before_ms; /* how long the machine kept the app waiting, right before the signal … */
  int64_t stalled_ms;        /* … and from the signal to its end */
  int64_t timeout_ms; /* of a request */
};

void vprod__drain_count (const struct vprod__load_report *report, const struct vprod__drain_when *when,
                         struct vprod__drain_count *ret);

struct vprod__drain_facts {
  const char *signal_words;
  const char *path;
  int no_port;       /* 1: nothing was asked, for no port is known */
  int health_bad;    /* 1: … for the health, whose path it is, is not good to begin with */
  const struct vprod__load_problem *problem; /* of the load, before the signal */
  int direct;        /* 1: asked at the container's own address */
  int before;        /* requests that were answered before */
  int at_once;       /* how many were under way all the time */
  int spoiled;       /* 1: one was not answered rightly right before the signal */
  struct vprod__drain_count count;

  int64_t grace_ms;
  int64_t timeout_ms;
  int ended;         /* 0: the app did not end in its grace time, and was killed */
  int busy;          /* 1: the machine was too busy for that to mean anything */
  int64_t ended_ms, stalled_ms; /* from the signal to its end */
  int stall_is_known;
  int64_t on_ms, stalled_before_ms; /* the same of the time right before it */
  const char *end_judged_by; /* the check of this run that says so of the app; NULL: none */
  const char *health_judged_by;
  const char *log;
  size_t log_length;
};

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__drain_judge (const struct vprod__drain_facts *facts, vprod_result *result, vprod_error **err);

#endif
