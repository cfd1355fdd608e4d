/* SPDX-License-Identifier: MIT */
#ifndef VPROD_CHECKS_OWN_FACTS_H
#define VPROD_CHECKS_OWN_FACTS_H

#include "session/session.h"

enum vprod__own_end {
  VPROD__OWN_ENDED = 0,
  VPROD__OWN_NO_PROGRAM, /* it could not be run */
  VPROD__OWN_RUNS_ON,    /* not in its time */
  VPROD__OWN_BUSY,       /* the same, but the machine was too busy for that to mean anything */
  VPROD__OWN_APP_ENDED   /* the app's container did */
};

/* What came of the command. */
struct vprod__own_facts {
  const struct vprod__spec_own *spec;
  const struct vprod__own_check *check;
  enum vprod__own_end end;
  int exit_code;      /* if it ended */
  int oom_killed;
  const char *why;    /* if it could not be run: the engine's words */
  const char *output; /* of both streams; NULL: none */
  size_t output_length;
  int is_cut;         /* it may have written more than is there */
  int64_t took_ms;
  int64_t stalled_ms; /* how much of it the machine kept it waiting, where that is known */
  int stall_is_known;
};

/* 0, or negative: it could not be told. */
int vprod__own_judge (const struct vprod__own_facts *facts, vprod_result *result, vprod_error **err);

#endif
