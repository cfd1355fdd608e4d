/* SPDX-License-Identifier: MIT */
/* What this machine's /proc says of a container's first process; only where the engine runs on this very machine.
   */
#ifndef VPROD_CHECKS_PROC_H
#define VPROD_CHECKS_PROC_H

#include <stdint.h>
#include <verify-prod/runner.h>
#include "probe/listens.h"

#define VPROD__SOCKETS_MOST 64

/* One range of a user namespace: UIDs from `inside` on are UIDs from `outside` on, seen from here. */
struct vprod__uid_range {
  int64_t inside;
  int64_t outside;
  int64_t count;
};

/* A file of a process, malloc'ed; NULL with errno: it cannot be read, or (ENOMEM) out of memory. ret_length
   may be NULL. */
char *vprod__proc_read (const char *proc, int64_t pid, const char *name, size_t *ret_length);

/* A number of another machine (an engine in a virtual machine, too) may be some process here: is process `pid`
   surely the container with this id or, on a network of its own, with this address (either may be NULL)? proc:
   "/proc". */
int vprod__proc_is_container (const char *proc, int64_t pid, const char *container_id, const char *ip_address);

/* On which addresses TCP sockets listen in its network, "0.0.0.0:8000" …; NULL-ended, malloc'ed; the engine's own
   name server is left out. 0; 1: cannot be read here; negative: out of memory. */
int vprod__proc_listens (const char *proc, int64_t pid, char ***ret, vprod_error **err);

/* The sockets that listen on one TCP port, by the kernel's numbers for them: who opens the port again has others. */
struct vprod__sockets {
  int known;
  size_t count;
  uint64_t inodes[VPROD__SOCKETS_MOST];
};

/* Those of the port in its network. 0, *ret is not known where they cannot be read here; negative: out of memory. */
int vprod__proc_sockets (const char *proc, int64_t pid, int port, struct vprod__sockets *ret, vprod_error **err);

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
