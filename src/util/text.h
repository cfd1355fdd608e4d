/* SPDX-License-Identifier: MIT */
/* Text that comes from elsewhere, made fit for people. */
#ifndef VPROD_UTIL_TEXT_H
#define VPROD_UTIL_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include "util/buf.h"

#define VPROD__CHECK_ID_WIDTH 17 /* of the longest id of a check, for columns */

/* A copy in which nothing can harm a terminal or a report: ANSI sequences are dropped, "\r\n" becomes "\n", other
   control characters and bytes that are no UTF-8 become "\xNN". Newlines and tabs stay. Of a sequence that holds text
   (a title, a link) and has no end on its line, only its beginning is dropped: what follows is text. NULL out of
   memory. For one word of others: what is put together out of several goes through vprod__text_format. */
char *vprod__text_harmless (const char *bytes, size_t length);

/* printf into a new string, with each %s made harmless by itself. NULL out of memory. */
char *vprod__text_format (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
char *vprod__text_vformat (const char *format, va_list ap) __attribute__ ((format (printf, 1, 0)));

/* Adds printf's result to a buffer, with each %s made harmless by itself. 0, or -1 out of memory. */
int vprod__text_addf (struct vprod__buf *buf, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* A copy of the last `lines` lines, at most `size` bytes, made harmless. NULL out of memory. */
char *vprod__text_tail (const char *bytes, size_t length, size_t lines, size_t size);

/* Of a NULL-ended list, the name that a person who wrote `word` most likely meant, or NULL. */
const char *vprod__text_nearest (const char *word, const char *const *names);

/* A command as a person would type it. NULL out of memory. */
char *vprod__command_text (char *const *argv);

/* A secret as it may be shown: its first characters, then its length, "ghp_…(40 characters)".
   Nothing of it where it is short. NULL out of memory. */
char *vprod__text_redact (const char *value);

/* Does text contain part, whatever the case? _n: in its first `length` bytes. */
int vprod__text_contains_nocase (const char *text, const char *part);
int vprod__text_contains_nocase_n (const char *text, size_t length, const char *part);

/* Does text end in `end`? _nocase_n: its first `length` bytes, whatever the case. */
int vprod__text_ends_with (const char *text, const char *end);
int vprod__text_ends_with_nocase_n (const char *text, size_t length, const char *end);

/* Are the first `length` bytes of text longer than the suffix, and do they end in it? */
int vprod__text_has_suffix (const char *text, size_t length, const char *suffix);

/* Does it begin with one of a NULL-ended list? */
int vprod__text_begins_with_one_of (const char *text, const char *const *list);

/* Is it in a NULL-ended list? */
int vprod__text_is_one_of (const char *word, const char *const *list);
int vprod__text_is_one_of_nocase (const char *word, const char *const *list);

#endif
