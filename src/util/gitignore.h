/* SPDX-License-Identifier: MIT */
/* What .gitignore files leave out, as gitignore(5) has it. They are read where git is not installed, or is not used, too. */
#ifndef VPROD_UTIL_GITIGNORE_H
#define VPROD_UTIL_GITIGNORE_H

#include "util/cleanup.h"

struct vprod__gitignore; /* the patterns of one file */

/* Parses the text of a .gitignore. NULL out of memory. */
struct vprod__gitignore *vprod__gitignore_parse (const char *text);

/* path: from the file's folder, without "./". 1: it is left out; -1: it is taken in again ("!"); 0: nothing is said of it, and
   the .gitignore of the folder above decides. */
int vprod__gitignore_says (const struct vprod__gitignore *ignore, const char *path, int is_folder);

void vprod__gitignore_free (struct vprod__gitignore *ignore);
VPROD_DEFINE_CLEANUP (struct vprod__gitignore *, vprod__gitignore_free);

#endif
