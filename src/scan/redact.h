/* SPDX-License-Identifier: MIT */
/*
 * What must not be shown: a register of values, and texts without them. A value is found as it is, in the encodings in
 * which programs write it (of URLs, JSON, shells, markup; base64 at any place of a longer text), and where a line or a cut
 * has only a part of it.
 *
 * Where a value is hidden depends on the value: a long one wherever it occurs; a shorter one where it is a word of its own;
 * an ordinary word only in the place of a secret (postgres://user:WORD@, PASSWORD=WORD), unless it is known to be one.
 * Safe from any thread.
 */
#ifndef VPROD_SCAN_REDACT_H
#define VPROD_SCAN_REDACT_H

#include <stddef.h>
#include "util/error.h"

struct vprod__redact;

int vprod__redact_new (struct vprod__redact **ret, vprod_error **err);

/* From here on this value is hidden; of a value of several lines, each line too. 0, or -1 out of memory. */
int vprod__redact_add (struct vprod__redact *redact, const char *value, size_t length);

/* The same for what is known to be a secret: it is hidden where it is a word of its own, however ordinary a word, and so is
   each of its lines that is no ordinary word. Only one or two characters are hidden in the place of a secret alone. */
int vprod__redact_add_secret (struct vprod__redact *redact, const char *value, size_t length);

/* A word that occurs in texts for other reasons, such as the name of what is verified, is treated as an ordinary word. To be
   called before the value is added. 0, or -1 out of memory. */
int vprod__redact_ordinary (struct vprod__redact *redact, const char *word);

/* A copy of the text without what was added until now, each value as vprod__text_redact shows it. NULL out of memory:
   then the text is not to be shown. */
char *vprod__redact_text (struct vprod__redact *redact, const char *text);

/* The same in place: *text, malloc'ed or NULL, is replaced where there is something to hide. 0, or -1 out of memory: then
   it is empty. */
int vprod__redact_string (struct vprod__redact *redact, char **text);

void vprod__redact_free (struct vprod__redact *redact);
VPROD_DEFINE_CLEANUP (struct vprod__redact *, vprod__redact_free);

/* ---- where a value stands: redact_match.c -------------------------------------------------------------------------- */

enum vprod__redact_rule {
  VPROD__REDACT_IN_PLACE, /* only where a secret stands */
  VPROD__REDACT_WHOLE,    /* as a word of its own */
  VPROD__REDACT_ANYWHERE,
  VPROD__REDACT_BASE64    /* the value in base64, without what depends on the neighbours */
};

struct vprod__redact_needle {
  char *text;
  size_t length;
  size_t value;      /* index */
  size_t shift;      /* of base64: bytes in front of it */
  enum vprod__redact_rule rule;
};

/* What stands at text[at], of a text of `length` bytes: how many bytes of it; 0: not this one. */
size_t vprod__redact_match (const struct vprod__redact_needle *needle, const char *text, size_t length, size_t at);

/* The same where the line begins, or ends, in the midst of it. line_end: offset of the newline or the end. */
size_t vprod__redact_match_rest (const struct vprod__redact_needle *needle, const char *text, size_t at, size_t line_end);
size_t vprod__redact_match_begin (const struct vprod__redact_needle *needle, const char *text, size_t at, size_t line_end);

#endif
