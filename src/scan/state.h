/* SPDX-License-Identifier: MIT */
/* The state of a search: made in make.c, used in scan.c. */
#ifndef VPROD_SCAN_STATE_H
#define VPROD_SCAN_STATE_H

#include "scan/inside.h"

#include <hs.h>

#define VPROD__SCAN_BLOCK (256 * 1024) /* bytes */
#define VPROD__SCAN_BEHIND 4096        /* bytes after a keyword: the longest candidate */

struct vprod__scan_keyword {
  size_t rule;    /* index; past the rules: value number rule - n_rules */
  size_t length;
  const char *exact; /* its case counts: this; lent; NULL: in any case */
};

struct vprod__own_search;

struct vprod__scan {
  vprod__secret_fn on_secret;
  void *data;
  size_t n_rules;
  struct vprod__scan_keyword *keywords;
  size_t n_keywords;
  hs_database_t *literals;
  int literals_are_shared;  /* 1: not to be freed */
  hs_database_t **patterns; /* one a rule, compiled when its keyword first occurs; shared */
  size_t *widths;           /* the longest match of each pattern */
  hs_scratch_t *scratch;
  struct vprod__scan_values values;
  struct vprod__own_search *own; /* for rules of the user; NULL: there are none */

  /* the current file */
  char *path;
  struct vprod__scan_name name;
  char *block;
  size_t length;
  uint64_t lines;           /* newlines before the block */
  int has_dropped;          /* the block is not the file's beginning */
  size_t done;              /* keywords that end before this offset of the block are done */
  struct vprod__scan_wide wide;
  int final;
  int stopped;               /* by on_secret */
  int has_told;             /* a secret was found in this file */
  int no_memory;
  unsigned *found;          /* matches in this file, by rule and then by value */
  unsigned char *wanted;    /* does a rule look at this file? 0: not asked yet, 1: no, 2: yes */
  size_t *last_value;       /* end of the last match of each, so that two keywords in one value give one match */
};

/* Reports a secret of the current file. */
struct vprod__scan_told {
  const char *rule, *description;
  size_t at;                        /* offset in the block */
  const char *value;
  size_t length;
  size_t variable, variable_length; /* offset in the block; 0, 0: it is not known */
  int is_own;                       /* found by a rule of the user */
};
void vprod__scan_tell (struct vprod__scan *scan, const struct vprod__scan_told *told);

/* Can libhs run on this machine? 0, or UNSUPPORTED. */
int vprod__scan_is_possible (vprod_error **err);

/* A rule's pattern, compiled once a process, and the length of its longest match. Lent; NULL out of memory. */
hs_database_t *vprod__scan_pattern (size_t rule, size_t *ret_width);

#endif
