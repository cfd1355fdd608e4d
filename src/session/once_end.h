/* SPDX-License-Identifier: MIT */
/* The end of a container that is to end by itself: in time, and how. */
#ifndef VPROD_SESSION_ONCE_END_H
#define VPROD_SESSION_ONCE_END_H

#include <stddef.h>
#include <stdint.h>
#include <verify-prod/session.h>
#include "util/error.h"

struct vprod__once {
  int started;   /* 0: the engine could not start it, and the image (or command) is at fault */
  char *why;     /* not started: the engine's words */
  int ended;     /* 0: it was still running at the end of its time (and was then removed) */
  int exit_code; /* if ended */
  int oom_killed;
  int busy;            /* not ended: 1: the machine was too busy for that to mean anything */
  int64_t duration_ms; /* by the engine's clock; not ended: how long it was looked at */
  int64_t stalled_ms;  /* for how much of that the machine kept it waiting */
  int stall_is_known;  /* 1: stalled_ms is known */
  char *output;  /* the last bytes of both streams; "" if none */
  size_t output_length;
};

/* Watches a container from its start to its end, or until it has been up for timeout_ms, and reads its output. called_ms: when
   the engine was told to start it, started_ms: when it answered. Of *once, `started` is the caller's. */
int vprod__once_watch (vprod_session *session, const char *container_id, int64_t called_ms, int64_t started_ms,
                       int64_t timeout_ms, struct vprod__once *once, vprod_error **err);

void vprod__once_clear (struct vprod__once *once);

#endif
