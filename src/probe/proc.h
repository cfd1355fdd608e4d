/* SPDX-License-Identifier: MIT */
/* What this machine's /proc says of a container's first process; only where the engine runs on this very machine.
   */
#ifndef VPROD_PROBE_PROC_H
#define VPROD_PROBE_PROC_H

#include <stdint.h>
#include <verify-prod/runner.h>
#include "probe/sockets.h"

/* One range of a user namespace: UIDs from `inside` on are UIDs from `outside` on, seen from here. */
struct vprod__uid_range {
  int64_t inside;
  int64_t outside;
  int64_t count;
};

/* Its UID map; *ret is malloc'ed. 0; 1: cannot be read here, or is none; negative: out of memory. */
int vprod__proc_uid_map (const char *proc, int64_t pid, struct vprod__uid_range **ret, size_t *ret_count,
                         vprod_error **err);

/* The UID in the container of one seen from here; -1: not in the map. */
int64_t vprod__uid_inside (const struct vprod__uid_range *map, size_t count, int64_t outside);

/* Tells of process first_pid and all its descendants: in a container, all but what the engine starts beside it.
   Orphans are descendants too. 0; 1: cannot be read here; negative: out of memory. */
int vprod__proc_processes (const char *proc, int64_t first_pid,
                           int (*on_process) (void *data, const vprod_process *process), void *data,
                           vprod_error **err);

/* A process that has ended, and whose parent has not asked how: it is a zombie. */
struct vprod__dead {
  int64_t pid;
  char name[64];    /* of its program, as the kernel keeps it: 15 bytes of it */
  int status;       /* as of wait(2) */
  int status_known; /* 0: it may not be seen */
};

/* Tells of all zombies among the descendants of process first_pid. 0; 1: cannot be read here; negative: out of memory. */
int vprod__proc_dead (const char *proc, int64_t first_pid,
                      int (*on_dead) (void *data, const struct vprod__dead *dead), void *data, vprod_error **err);

#endif
