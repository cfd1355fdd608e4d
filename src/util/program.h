/* SPDX-License-Identifier: MIT */
/* Where a program is, without a shell. */
#ifndef VPROD_UTIL_PROGRAM_H
#define VPROD_UTIL_PROGRAM_H

/* The first executable file of that name in path (a PATH; NULL: the usual places). *ret is malloc'ed; NULL: there is
   none. An entry of path that is not absolute is left out: it would mean wherever the caller happens to stand. 0, or -1
   out of memory. */
int vprod__program_find (const char *path, const char *name, char **ret);

#endif
