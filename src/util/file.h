/* SPDX-License-Identifier: MIT */
/*
 * Files that somebody else names are read only if they are regular: a FIFO is waited for until someone writes to it, and a
 * device may do anything when it is opened. Files of the kernel (/proc, /sys) are read as they are.
 */
#ifndef VPROD_UTIL_FILE_H
#define VPROD_UTIL_FILE_H

#include <sys/types.h>
#include "util/buf.h"
#include "util/error.h"

/* What is not a regular file, in a word: "a FIFO", "a folder"; NULL for a regular file. */
const char *vprod__irregular (mode_t mode);

/* 'f': a regular file, 'd': a folder, 0: neither, as a link, or none. */
int vprod__file_kind (const char *path);

/* Opens a regular file (or a link to one) for reading. 0 with *ret_fd; 1: there is none; negative: IO, with "cannot read
   PATH: it is a FIFO, …" where it is something else. */
int vprod__file_open (const char *path, int *ret_fd, vprod_error **err);

/* 0, or minus IO, if there is something else than a regular file; not opened. None at all is fine. */
int vprod__file_check (const char *path, vprod_error **err);

/* Adds its first `limit` bytes to *ret. 0; 1: there is none; negative: IO, NO_MEMORY. */
int vprod__file_read (const char *path, size_t limit, struct vprod__buf *ret, vprod_error **err);

/* Writes a new file, or a file anew. */
int vprod__file_write (const char *path, const char *bytes, size_t length, vprod_error **err);

/* The first `limit` bytes of a file of the kernel, whose path is printf's result: malloc'ed and ended by NUL. NULL: cannot
   be read, with errno (ENOMEM: out of memory). ret_length may be NULL. */
char *vprod__file_kernel (size_t limit, size_t *ret_length, const char *format, ...) __attribute__ ((format (printf, 3, 4)));

#endif
