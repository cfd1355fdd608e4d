/* SPDX-License-Identifier: MIT */
/*
 * Is a container still starting? /proc shows what its processes do at one moment; some looks, one after the other, show
 * whether anything goes on. A thread that wants the processor is seen as such also where it does not get it, so that a
 * busy machine does not make a start look finished.
 */
#ifndef VPROD_PROBE_ACTIVITY_H
#define VPROD_PROBE_ACTIVITY_H

#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

/* One look. */
struct vprod__activity {
  int known;          /* 0: /proc cannot be read */
  int busy;           /* a thread runs, waits for a processor or a disk, or was stopped */
  int waits;          /* a connection is being made, or a UDP query is under way: the container waits for another host */
  uint64_t processes; /* a digest of which processes there are */
  uint64_t listens;   /* a digest of the sockets that listen */
  uint64_t ticks;     /* processor time of all of them, in clock ticks (sysconf _SC_CLK_TCK) */
};

/* proc: "/proc". 0; negative: out of memory. */
int vprod__activity_look (const char *proc, int64_t first_pid, struct vprod__activity *ret, vprod_error **err);

/* Several looks. Zero it to begin. */
struct vprod__quiet {
  struct vprod__activity first;
  uint64_t first_log_bytes;
  int looks;
  int busy_looks;
  int disturbed; /* something changed, or something is being waited for */
  uint64_t ticks;
};

/* log_bytes: what the container has written until now. */
void vprod__quiet_add (struct vprod__quiet *quiet, const struct vprod__activity *look, uint64_t log_bytes);

/* 1: nothing goes on in the container; 0: something does, or it cannot be told. span_ms: from the first look to the
   last; ticks_a_second: what a tick is. */
int vprod__quiet_holds (const struct vprod__quiet *quiet, int64_t span_ms, long ticks_a_second);

#endif
