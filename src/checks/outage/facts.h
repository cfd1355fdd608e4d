/* SPDX-License-Identifier: MIT */
/* What `outage` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_OUTAGE_FACTS_H
#define VPROD_CHECKS_OUTAGE_FACTS_H

#include <stdint.h>
#include "result/result.h"
#include "session/health_steady.h"

/* How the app's container ended. */
struct vprod__outage_end {
  int exit_code;
  int oom_killed;
};

struct vprod__outage_facts {
  const char *service; /* its name in the spec */
  const char *noun;    /* what it is: "database" */
  const char *image;   /* of the service */
  const char *asked;   /* how the health is asked, in words */
  enum vprod__asks asks;
  int wants_bad;       /* 1: the health must turn bad */
  int consecutive;     /* so many right answers in a row are a good health */
  int64_t within_ms;   /* for which it was away, and which a request may take */
  int64_t recover_ms;

  struct vprod__steady_seen away;  /* the requests while it was away */
  enum vprod__limit_state away_state; /* BUSY: the machine kept the app waiting for most of that */
  const char *away_words;          /* the last answer of these: "status 503" */

  int was_back;                    /* 0: the verdict was known before: `back` is empty */
  struct vprod__steady_seen back;  /* those since it was ready again */
  enum vprod__limit_state back_state;
  int recovered;
  const char *back_words;
  const char *back_body;           /* what came with the last answer: a body, or why there was none; "" or NULL: nothing */
  const char *moved_from, *moved_to; /* the service's address, before and after; NULL: it is the same */
  int may_lose_it;                 /* 1: on this engine a container that was started again is not always reached */
  int out_of_reach;                /* 1: the last answer was no connection at all, which says nothing of the app */

  int64_t lookup_ms;               /* away.hung: how long it takes here to find out that nobody has a name; -1, 0: not known */
  struct vprod__outage_end end;    /* where away.ended or back.ended */
  int64_t elapsed_ms, stalled_ms;  /* of the phase that a busy machine spoiled */
  int stall_is_known;
  const char *again;               /* command line of what was started again inside the container meanwhile; NULL: nothing */

  const char *log;                 /* the last bytes of the app's output; "" if none */
  size_t log_length;
};

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__outage_judge (const struct vprod__outage_facts *facts, vprod_result *result, vprod_error **err);

#endif
