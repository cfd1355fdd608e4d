/* SPDX-License-Identifier: MIT */
/*
 * Reading files that somebody else names. A FIFO is waited for until someone writes to it, a device may do anything when
 * it is opened: what is no regular file is refused, not read.
 */
#ifndef VPROD_UTIL_REGULAR_H
#define VPROD_UTIL_REGULAR_H

#include <sys/types.h>
#include "util/buf.h"
#include "util/error.h"

/* What is not a regular file, in a word: "a FIFO", "a folder"; NULL for a regular file. */
const char *vprod__irregular (mode_t mode);

/* Opens a regular file (or a link to one) for reading. 0 with *ret_fd; 1: there is none; negative: IO, with "cannot read
   PATH: it is a FIFO, …" where it is something else. */
int vprod__regular_open (const char *path, int *ret_fd, vprod_error **err);

/* 0, or minus IO, if there is something else than a regular file; not opened. None at all is fine. */
int vprod__regular_check (const char *path, vprod_error **err);

/* Adds its first `limit` bytes to *ret. 0; 1: there is none; negative: IO, NO_MEMORY. */
int vprod__regular_read (const char *path, size_t limit, struct vprod__buf *ret, vprod_error **err);

#endif
