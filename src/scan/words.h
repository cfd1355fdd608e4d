/* SPDX-License-Identifier: MIT */
/* The words of a name: named.c. */
#ifndef VPROD_SCAN_WORDS_H
#define VPROD_SCAN_WORDS_H

#include "scan/scan.h"

#define VPROD__SCAN_MOST_WORDS 16

struct vprod__scan_name_words {
  struct {
    const char *text;
    size_t length;
  } list[VPROD__SCAN_MOST_WORDS];
  size_t count;
};
void vprod__scan_split_name (const char *name, size_t length, struct vprod__scan_name_words *ret);

/* Is the text, or word number i, in the list, in any case? */
int vprod__scan_is_one_of (const char *text, size_t length, const char *const *list);
int vprod__scan_word_is (const struct vprod__scan_name_words *words, size_t i, const char *const *list);

#endif
