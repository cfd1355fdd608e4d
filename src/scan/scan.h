/* SPDX-License-Identifier: MIT */
/*
 * Are there credentials in these bytes? Files come in pieces of any size, and are searched in constant memory in three steps.
 * libhs finds the keywords of all rules in one pass (a gigabyte a second and more). Around a keyword the rule's pattern is
 * tried. What a pattern cannot express (what stands before and after, how random the value is, whether it is a placeholder) is
 * then checked in C.
 *
 * A user's own rules are searched for beside them: scan/own.h.
 *
 *   vprod__scan_begin (scan, "app/.env");  vprod__scan_bytes (scan, …) …;  vprod__scan_end (scan);
 */
#ifndef VPROD_SCAN_SCAN_H
#define VPROD_SCAN_SCAN_H

#include "scan/secret.h"

/* Where a rule's candidates count. In tests, examples and documentation that a package manager installed, none does. */
enum vprod__scan_where {
  VPROD__SCAN_ANYWHERE = 0, /* the form alone tells: prefixes and lengths that a vendor published */
  VPROD__SCAN_SETTINGS,     /* only in files that hold settings (.env, credentials …): the form is common */
  VPROD__SCAN_OWN,          /* not in what a package manager installed (/usr/lib, site-packages …): the form is common there */
  VPROD__SCAN_NO_EXAMPLE    /* not in packages of languages, nor in the system's programs: they have keys for tests */
};

struct vprod__scan_rule {
  const char *id;
  const char *description;
  const char *keywords;  /* one of these stands in every candidate; with | between; any case where pattern begins (?i) */
  const char *pattern;   /* libhs; finds the shortest candidate: the value is then extended over `more` */
  const char *stop;      /* characters that no candidate has after its keyword: the search ends there; NULL: none */
  const char *more;      /* further characters that belong to the value, as for strspn; NULL: none */
  const char *value;     /* the secret begins after the last of these characters in the candidate; NULL: all of it */
  const char *files;     /* only files whose name matches one of these, with spaces between (fnmatch); NULL: all */
  const char *short_in;  /* the image's own files of these names, in which `least` does not count; NULL: none */
  const char *before;    /* this stands before the candidate, or the value is USER:PASSWORD in base64; NULL: no condition */
  const char *never;     /* beginnings of published values, which are no secrets; with | between; NULL: none */
  const char *says;        /* a part of the value between dots is base64 of a text with one of these in it, with | between; NULL: no condition */
  const char *unless_says; /* … with none of these */
  const char *near;        /* one of these stands close by in the file, with | between; NULL: no condition */
  const char *unless_near; /* none of these does */
  size_t least;          /* characters that the value must at least have; 0: any */
  double entropy;        /* bits a character that the value must at least have; 0: any */
  enum vprod__scan_where where;
  size_t most;           /* characters that the value has at most; 0: any */
  int is_assignment;     /* 1: no pattern, but NAME=value with a keyword in the name, and both must be a secret's */
  int is_made;           /* 1: the value is one that only a machine makes */
  int has_entries;       /* 1: the value is one of a mapping, plain or in base64: if it is no secret, the next one may be */
  int any_before;        /* 1: a letter or digit may stand before the candidate */
};

/* All rules, made of data/secrets; ended by one without id. */
extern const struct vprod__scan_rule vprod__scan_rules[];

/* `never` of all rules; NULL-ended. */
extern const char *const vprod__scan_never[];

/* values: literal secrets to look for beside the rules (rule id VPROD__SECRET_RUN_ENV), also in base64; NULL-ended, or NULL.
   on_secret: NULL where only texts are searched. */
int vprod__scan_new (const char *const *values, vprod__secret_fn on_secret, void *data, struct vprod__scan **ret,
                     vprod_error **err);

/* One file, in pieces. Each: 0, or -VPROD_ERROR_NO_MEMORY. */
int vprod__scan_begin (struct vprod__scan *scan, const char *path, vprod_error **err);
int vprod__scan_bytes (struct vprod__scan *scan, const void *bytes, size_t length, vprod_error **err);
int vprod__scan_end (struct vprod__scan *scan, vprod_error **err);

#define VPROD__SCAN_WHOLE "secret-file" /* the rule for files that are one secret and nothing else; it is not in the table */

/* Words of names and values, and pairs of letters, of data/secrets; NULL-ended. */
extern const char *const vprod__scan_words_about[], *const vprod__scan_words_harmless[], *const vprod__scan_words_ending[],
  *const vprod__scan_words_last[], *const vprod__scan_words_key_kind[], *const vprod__scan_words_no_key[],
  *const vprod__scan_words_behind[], *const vprod__scan_words_common[], *const vprod__scan_words_pretend[],
  *const vprod__scan_words_filler[], *const vprod__scan_words_doing[];
extern const uint32_t vprod__scan_pairs[26]; /* by letter: bits for the letters that are frequent behind it in words */

/* Does what a rule (by its id) found in a file count even if a package manager of a language installed that file? */
int vprod__scan_counts_in_packages (const char *rule, const char *path);

/* Shannon entropy: bits a character. */
double vprod__scan_entropy (const char *value, size_t length);

/* The text in base64 as it occurs in a longer text, at an offset of `shift` (0 to 2) bytes more than a multiple of 3, without the
   characters that depend on its neighbours. To be freed; NULL out of memory, "" where nothing is left. */
char *vprod__scan_base64 (const char *text, size_t shift);

void vprod__scan_free (struct vprod__scan *scan);
VPROD_DEFINE_CLEANUP (struct vprod__scan *, vprod__scan_free);

#endif
