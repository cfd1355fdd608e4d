/* SPDX-License-Identifier: MIT */
/* Files of SQL: plain ones, and compressed ones as the official image of PostgreSQL takes them, too. */
#ifndef VPROD_SESSION_SQL_FILE_H
#define VPROD_SESSION_SQL_FILE_H

#include "util/buf.h"
#include "util/error.h"

/* Adds the files that a path names to a list: itself, or, for a folder, those of SQL in it, in the order of their bytes. Those
   that a folder has besides are added to *others (a list of names). Negative: SPEC where there is none. */
int vprod__sql_files (const char *path, char ***ret, char ***others, vprod_error **err);

/* Its text, of which nothing is checked but that it is text. */
int vprod__sql_read (const char *path, struct vprod__buf *ret, vprod_error **err);

#endif
