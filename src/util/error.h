/* SPDX-License-Identifier: MIT */
/*
 * Making errors. A function that can fail ends in `return vprod__error_set (err, VPROD_ERROR_X, errno, "cannot
 * read %s", path)`; a caller that knows more adds it with vprod__error_prefix. Both cope with err == NULL.
 */
#ifndef VPROD_UTIL_ERROR_H
#define VPROD_UTIL_ERROR_H

#include <stdarg.h>
#include <verify-prod/error.h>
#include "util/cleanup.h"

/* Sets *err and returns -code. With errnum != 0, ": strerror" is appended to the message. */
int vprod__error_set (vprod_error **err, vprod_error_code code, int errnum, const char *format, ...)
  __attribute__ ((format (printf, 4, 5)));

/* Out of memory: a static object, so that it always works. Returns -VPROD_ERROR_NO_MEMORY. */
int vprod__error_no_memory (vprod_error **err);

/* Puts "prefix: " before the message of *err, if there is one. */
void vprod__error_prefix (vprod_error **err, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Gives *err another message, which it takes; NULL: out of memory, and *err is that error. */
void vprod__error_reword (vprod_error **err, char *message);

/* Sets *err to a copy of source and returns minus its code. */
int vprod__error_copy (vprod_error **err, const vprod_error *source);

/* Gives *source to *err (or frees it where err is NULL), sets *source to NULL, returns minus its code. */
int vprod__error_move (vprod_error **err, vprod_error **source);

VPROD_DEFINE_CLEANUP (vprod_error *, vprod_error_free);
#define _cleanup_error_ _cleanup_ (vprod_error_freep)

/* 1: EMFILE or ENFILE: nothing was found out about what was asked. */
int vprod__is_short_of_descriptors (int errnum);

#endif
