/* SPDX-License-Identifier: MIT */
/* Shared by own_make.c, which compiles rules, own_look.c, which searches for them, and own_allow.c. */
#ifndef VPROD_SCAN_OWN_INSIDE_H
#define VPROD_SCAN_OWN_INSIDE_H

#include "scan/own.h"
#include "scan/state.h"
#include "spec/pattern.h"

#include <pthread.h>

struct vprod__own_allow {
  const struct vprod__rule_allow *is;
  struct vprod__pattern **paths, **regexes; /* by their number in it */
};

struct vprod__own_allows {
  struct vprod__own_allow *list;
  size_t count;
};

struct vprod__own_rule {
  const struct vprod__rule *is;
  size_t file;
  struct vprod__pattern *path;     /* NULL: any */
  struct vprod__own_allows allows; /* its own, and those of its file that name it */
  /* what is compiled when it is first needed, under the lock */
  int is_compiled;
  struct vprod__pattern *pattern;
  hs_database_t *ends; /* where matches end; NULL: libhs cannot have the pattern */
  int is_exact;        /* 0: `ends` only says that there may be one */
  size_t width;        /* of the longest match */
};

struct vprod__own {
  struct vprod__rules *rules;
  pthread_mutex_t lock;
  struct vprod__own_rule *list;
  size_t count;
  struct vprod__own_allows *of_files; /* by the number of the file: what is about all its rules */
  hs_database_t *keywords; /* NULL: no rule has one */
  size_t *rule_of_keyword;
  char *gave_up;
};

/* A search's view. */
struct vprod__own_search {
  struct vprod__own *own;
  hs_scratch_t *scratch;
  struct vprod__matcher *matcher;
  struct vprod__own_place {
    int is_ready;     /* the scratch is large enough for it */
    int is_given_up;
    int64_t cpu_ns;   /* what it took until now, without the passes of libhs */
    /* in the current file */
    int is_seen;      /* one of its keywords is there */
    int wants;        /* 1: its path is right; -1: it is not; 0: not asked yet */
    unsigned found;
    size_t next;      /* offset in the block: where the next match may begin */
  } *places;          /* by rule */
  uint64_t bytes;     /* of all files until now */
  int *files;         /* by file of rules: 1: the path is allowed as a whole; -1: it is not; 0: not asked yet */
};

/* The rule with its patterns; NULL out of memory. */
const struct vprod__own_rule *vprod__own_rule_at (struct vprod__own *own, size_t index);

void vprod__own_give_up (struct vprod__own_search *search, size_t rule, const char *path);

/* ---- own_look.c --------------------------------------------------------------------------------------------------------- */

void vprod__own_begin (struct vprod__own_search *search);

/* Matches in scan's block that begin in [from, limit). */
void vprod__own_look (struct vprod__scan *scan, size_t from, size_t limit);
void vprod__own_shift (struct vprod__own_search *search, size_t drop);

/* At the end of a file: rules that go by the path alone. */
void vprod__own_look_at_path (struct vprod__scan *scan);

void vprod__own_search_free (struct vprod__own_search *search);

/* ---- own_allow.c -------------------------------------------------------------------------------------------------------- */

struct vprod__own_match {
  const char *path; /* NULL: of a text */
  const char *text; /* the block */
  size_t length;
  struct vprod__span match, secret;
};

/* Is the file's path enough for one of them? 1, 0, or -1: a pattern takes too many steps. */
int vprod__own_allows_path (const struct vprod__own_allows *allows, struct vprod__matcher *matcher, const char *path);

/* Does one of them allow what was found? The same. */
int vprod__own_allows_match (const struct vprod__own_allows *allows, struct vprod__matcher *matcher,
                             const struct vprod__own_match *match);

#endif
