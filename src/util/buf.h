/* SPDX-License-Identifier: MIT */
/* A growing byte buffer that is always ended by NUL. Zero it to begin: `struct vprod__buf b = { 0 };` */
#ifndef VPROD_UTIL_BUF_H
#define VPROD_UTIL_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include "util/cleanup.h"

struct vprod__buf {
  char *data; /* NULL while nothing was added */
  size_t length;
  size_t capacity;
};

/* printf into a new string; NULL out of memory. */
char *vprod__asprintf (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
char *vprod__vasprintf (const char *format, va_list ap) __attribute__ ((format (printf, 1, 0)));

/* Each returns 0, or -1 out of memory (the buffer is then as it was). */
int vprod__buf_add (struct vprod__buf *buf, const void *bytes, size_t length);
int vprod__buf_adds (struct vprod__buf *buf, const char *string);
int vprod__buf_addf (struct vprod__buf *buf, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* What is in it as a string; "" while it is empty. Lent. */
const char *vprod__buf_string (const struct vprod__buf *buf);

/* Takes the string out ("" if empty); NULL out of memory. */
char *vprod__buf_steal (struct vprod__buf *buf);

/* Drops length bytes at the front. */
void vprod__buf_consume (struct vprod__buf *buf, size_t length);

void vprod__buf_clear (struct vprod__buf *buf);
#define _cleanup_buf_ _cleanup_ (vprod__buf_clear)

#endif
