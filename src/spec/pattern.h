/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions that a user writes, by PCRE2, as gitleaks' (RE2) mean them: of bytes, "$" is the very end of the text.
 * From each place a match is looked for in a bounded number of steps, more than any text needs by chance, and in bounded memory.
 */
#ifndef VPROD_SPEC_PATTERN_H
#define VPROD_SPEC_PATTERN_H

#include <stddef.h>
#include "util/cleanup.h"

/* Read-only once it is made: any thread may search with it, each by a matcher of its own. */
struct vprod__pattern;

/* 0; 1: it is none, and *why says what is wrong (malloc'ed); -1 out of memory. */
int vprod__pattern_new (const char *text, struct vprod__pattern **ret, char **why);
/* The same for one in which "^" and "$" are the beginning and the end of each line. */
int vprod__pattern_new_of_lines (const char *text, struct vprod__pattern **ret, char **why);
void vprod__pattern_free (struct vprod__pattern *pattern);
VPROD_DEFINE_CLEANUP (struct vprod__pattern *, vprod__pattern_free);

/* How many groups in brackets it has that are kept. */
unsigned vprod__pattern_groups (const struct vprod__pattern *pattern);

/* Does an empty text match it, so that every text has a match that says nothing? -1 out of memory. */
int vprod__pattern_matches_empty (const struct vprod__pattern *pattern);

/* Does it mean characters that are no bytes: é in a class, \p{L}, \x{2014}? */
int vprod__pattern_is_wide (const char *text);

/* Makes it fast; for one that is used more than once. Before other threads see it. */
void vprod__pattern_speed_up (struct vprod__pattern *pattern);

/* What a thread searches with. NULL out of memory. */
struct vprod__matcher;
struct vprod__matcher *vprod__matcher_new (void);
void vprod__matcher_free (struct vprod__matcher *matcher);
VPROD_DEFINE_CLEANUP (struct vprod__matcher *, vprod__matcher_free);

struct vprod__subject {
  const char *text;
  size_t length;
  int begins_before; /* the text goes on before its first byte: "^" is not there */
  int goes_on;       /* … and after its last: "$" is not there */
};

/* The first match that begins in [from, last] and is not empty. 1, and what stands in each group, of those that there are in
   ret[n] (a group that is not in the match: from = to = 0; ret[0]: all of it); 0: there is none; -1: the pattern takes too
   many steps on this text, or too much memory. */
struct vprod__span {
  size_t from, to;
};
int vprod__pattern_find (const struct vprod__pattern *pattern, struct vprod__matcher *matcher,
                         const struct vprod__subject *subject, size_t from, size_t last, struct vprod__span *ret, size_t n);

/* Does it match anywhere in the text? 1, 0, or -1 as above. */
int vprod__pattern_is_in (const struct vprod__pattern *pattern, struct vprod__matcher *matcher, const char *text, size_t length);

#endif
