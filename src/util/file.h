/* SPDX-License-Identifier: MIT */
#ifndef VPROD_UTIL_FILE_H
#define VPROD_UTIL_FILE_H

#include "util/buf.h"
#include "util/error.h"

/* The first `limit` bytes of a file. *ret_there is 0, and that is no error, where there is none. */
int vprod__file_text (const char *path, size_t limit, struct vprod__buf *ret, int *ret_there, vprod_error **err);

/* Writes a new file, or a file anew. */
int vprod__file_write (const char *path, const char *bytes, size_t length, vprod_error **err);

#endif
