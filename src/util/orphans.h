/* SPDX-License-Identifier: MIT */
/*
 * Programs that outlived the process that started them: a builder goes on building after a SIGKILL of its parent. Each
 * program that vprod__child_start starts carries a mark in its environment that says whose it is; no moment lies between
 * its start and the mark, and a process number that was taken again by somebody else's process has none.
 */
#ifndef VPROD_UTIL_ORPHANS_H
#define VPROD_UTIL_ORPHANS_H

#include "util/ids.h"

#define VPROD__CHILD_MARK "VERIFY_PROD_CHILD_OF" /* =ID:NAME, of the parent and of the program (argv[0]) */

/* Ends the process groups that such programs lead: SIGTERM, and what is left grace_ms later SIGKILL. Of this process,
   which must be gone; NULL: of all that are. What left its group on purpose (a daemon) goes on. */
void vprod__orphans_end (const struct vprod__identity *of, int64_t grace_ms);

#endif
