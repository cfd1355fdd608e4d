/* SPDX-License-Identifier: MIT */
/* What this machine's /proc says of the sockets of a container's network; only where the engine runs on this very
   machine. */
#ifndef VPROD_PROBE_SOCKETS_H
#define VPROD_PROBE_SOCKETS_H

#include <stddef.h>
#include <stdint.h>
#include <verify-prod/runner.h>
#include "probe/listens.h"

#define VPROD__SOCKETS_MOST 64

/* A file of a process, malloc'ed; NULL with errno: it cannot be read, or (ENOMEM) out of memory. ret_length
   may be NULL. */
char *vprod__proc_read (const char *proc, int64_t pid, const char *name, size_t *ret_length);

/* What a function returns whose vprod__proc_read gave NULL: 1, or minus NO_MEMORY. */
int vprod__proc_unread (vprod_error **err);

/* A process number that an engine on another machine (a virtual one, too) gave may be some other process here: is process
   `pid` surely the container with this id or, on a network of its own, with this address (either may be NULL)? proc:
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

/* The sockets that listen on the port in its network. 0, with *ret not known where they cannot be read here; negative:
   out of memory. */
int vprod__proc_sockets (const char *proc, int64_t pid, int port, struct vprod__sockets *ret, vprod_error **err);

/* How a port that should be reached from outside is listened on, from worst to best; of several sockets the best counts. */
enum vprod__where {
  VPROD__WHERE_NOT_KNOWN = 0,
  VPROD__WHERE_NOWHERE,
  VPROD__WHERE_OTHER_PORT,
  VPROD__WHERE_LOOPBACK, /* on the port, but on loopback addresses only */
  VPROD__WHERE_RIGHT
};

/* listens: as vprod__proc_listens gives it; NULL: not known. */
enum vprod__where vprod__listens_where (char *const *listens, int port);

#endif
