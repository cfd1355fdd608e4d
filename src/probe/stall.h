/* SPDX-License-Identifier: MIT */
/* How long a container's processes wanted to run and were not let: what of its time was the machine's, not its own. */
#ifndef VPROD_PROBE_STALL_H
#define VPROD_PROBE_STALL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum vprod__stall_source {
  VPROD__STALL_UNKNOWN = 0, /* nothing that can be read here shows it */
  VPROD__STALL_CGROUP,      /* `full` of cpu.pressure, io.pressure and memory.pressure of the container's cgroup, with the
                               threads' schedstat */
  VPROD__STALL_THREADS,     /* schedstat of the container's threads alone */
  VPROD__STALL_MACHINE      /* `some` of cpu.pressure of the whole machine: an upper bound */
};

/* A thread of the container, as it was last seen; of one that has ended this stays. */
struct vprod__stall_thread {
  pid_t process;
  pid_t thread;
  uint64_t run_ns;
  uint64_t delay_ns;
  int64_t same_since_ms; /* when both were first seen to have these values */
  uint64_t pending_ns;   /* the wait since then of a thread that could run: the kernel counts a wait only when it is over */
};

/* One container. Not to be used by two threads at once. */
struct vprod__stall {
  enum vprod__stall_source source;
  char *root;
  char *cgroup;      /* the folder of the container's cgroup */
  int processors;    /* of this machine; 0: not known */
  int64_t since_ms;  /* CLOCK_MONOTONIC */
  int64_t base_us;   /* at since_ms, by the pressure: waits for a processor */
  int64_t base_others_us; /* at since_ms, by the pressure: waits for disk and memory */
  int64_t base_waited_us; /* at since_ms: waits of its threads */
  int64_t base_ran_us;    /* at since_ms: time that its threads had run */
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

/* 1: it must be read from time to time, as the kernel forgets what a thread waited once that has ended. */
int vprod__stall_wants_looks (const struct vprod__stall *stall);

void vprod__stall_close (struct vprod__stall *stall);

#endif
