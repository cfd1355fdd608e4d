/* SPDX-License-Identifier: MIT */
/* How long a container's processes wanted to run and were not let: what of its time was the machine's, not its own. */
#ifndef VPROD_PROBE_STALL_H
#define VPROD_PROBE_STALL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum vprod__stall_source {
  VPROD__STALL_UNKNOWN = 0, /* nothing that can be read here tells of it */
  VPROD__STALL_CGROUP,      /* cpu.pressure, io.pressure and memory.pressure of the container's cgroup, `full`; and */
  VPROD__STALL_THREADS,     /* schedstat of the container's threads */
  VPROD__STALL_MACHINE      /* cpu.pressure of the whole machine, `some`: at most so long */
};

/* A thread of it, and what was last seen of it: one that has ended keeps that. */
struct vprod__stall_thread {
  pid_t process;
  pid_t thread;
  uint64_t run_ns;
  uint64_t delay_ns;
  int64_t same_since_ms; /* when that was first seen so */
  uint64_t pending_ns;   /* it could run and has not since then: the kernel counts a wait when it is over */
};

/* One container. Not to be used by two threads at once. */
struct vprod__stall {
  enum vprod__stall_source source;
  char *root;
  char *cgroup;      /* the folder of the container's cgroup */
  int processors;    /* of this machine; 0: not known */
  int64_t since_ms;  /* CLOCK_MONOTONIC */
  int64_t base_us;   /* what had been waited by then, by the pressure: for a processor, … */
  int64_t base_others_us; /* … for the rest, … */
  int64_t base_waited_us; /* … and by its threads, … */
  int64_t base_ran_us;    /* … which had run for so long */
  int64_t base_steal_ms;
  int64_t most_ms;   /* the most that was read so far */
  struct vprod__stall_thread *threads; /* NULL: they cannot be read */
  size_t n_threads;
};

/* root: "" for this machine's /proc and /sys, else the folder that they stand in. pid: the container's first process here,
   0: none is known; it is believed only where its cgroup bears the container's id. from_start: what it was kept waiting
   since its start counts too. since_ms: CLOCK_MONOTONIC of its start, or else now_ms. What cannot be read, also for want of
   memory, is not known. */
void vprod__stall_open (struct vprod__stall *stall, const char *root, int64_t pid, const char *container_id,
                        int from_start, int64_t since_ms, int64_t now_ms);

/* Milliseconds since it was opened (or the container's start) in which it was kept waiting, never less than was told
   before; of a container that has ended, what was last seen of it. 0 where nothing is known. */
int64_t vprod__stall_read (struct vprod__stall *stall, int64_t now_ms);

/* 1: what is not looked at in time is lost: a thread that ends takes what is known of it along. */
int vprod__stall_wants_looks (const struct vprod__stall *stall);

void vprod__stall_close (struct vprod__stall *stall);

#endif
