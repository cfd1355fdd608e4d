/* SPDX-License-Identifier: MIT */
/* Does a server under a load (load.h) end just now? */
#ifndef VPROD_PROBE_LOAD_SERVER_H
#define VPROD_PROBE_LOAD_SERVER_H

#include <stdint.h>

/* proc: "/proc". 1: the process ends, or is gone; 0: it is alive; -1: not known, or pid is 0. */
int vprod__load_server_ends (const char *proc, int64_t pid);

#endif
