/* SPDX-License-Identifier: MIT */
/*
 * Are there credentials in these bytes? Files come in pieces of any size and number, and are looked at in constant memory,
 * in three steps. The keywords of all rules are found at once (libhs, literals: a gigabyte a second and more). Around a
 * keyword the rule's pattern is tried. What a pattern cannot say (what stands before and after, how random the value is,
 * whether it is a placeholder) is then looked at in plain C.
 *
 *   vprod__scan_begin (scan, "app/.env");  vprod__scan_bytes (scan, …) …;  vprod__scan_end (scan);
 */
#ifndef VPROD_SCAN_SCAN_H
#define VPROD_SCAN_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

/* Where a rule's candidates count. In what a package manager brought for tests, as an example or to be read, none does. */
enum vprod__scan_where {
  VPROD__SCAN_ANYWHERE = 0, /* the form alone tells: prefixes and lengths that a vendor published */
  VPROD__SCAN_SETTINGS,     /* only in files that hold settings (.env, credentials …): the form is common */
  VPROD__SCAN_OWN,          /* not in what a package manager brought (/usr/lib, site-packages …): the form is common there */
  VPROD__SCAN_NO_EXAMPLE    /* not in packages of languages, nor in the system's programs: they carry keys for tests */
};

struct vprod__scan_rule {
  const char *id;
  const char *description;
  const char *keywords;  /* one of these stands in every candidate; with | between; any case where pattern begins (?i) */
  const char *pattern;   /* libhs; finds the shortest candidate: the value is then extended over `more` */
  const char *stop;      /* characters that no candidate has behind its keyword: it is not looked beyond them; NULL: none */
  const char *more;      /* further characters that belong to the value, as for strspn; NULL: none */
  const char *value;     /* the secret begins after the last of these characters in the candidate; NULL: all of it */
  const char *files;     /* only files whose name matches one of these, with spaces between (fnmatch); NULL: all */
  const char *short_in;  /* the image's own files of these names, in which `least` does not count; NULL: none */
  const char *before;    /* this stands before the candidate, or the value is USER:PASSWORD in base64; NULL: neither is asked */
  const char *never;     /* what a value begins with that is none, as everybody has it; with | between; NULL: nothing */
  size_t least;          /* characters that the value must at least have; 0: any */
  double entropy;        /* bits a character that the value must at least have; 0: any */
  enum vprod__scan_where where;
  size_t most;           /* characters that it has at most: a longer one is something else; 0: any */
  int is_assignment;     /* 1: no pattern, but NAME=value with a keyword in the name, and both must be a secret's */
  int any_before;        /* 1: a letter or digit may stand before the candidate */
};

/* All rules, made of data/secrets; ended by one without id. */
extern const struct vprod__scan_rule vprod__scan_rules[];

/* `never` of all rules; NULL-ended. */
extern const char *const vprod__scan_never[];

struct vprod__scan_match {
  const char *rule;        /* id */
  const char *description;
  const char *path;
  uint64_t line;           /* from 1 */
  const char *variable;    /* what it is given to, of an assignment; else NULL */
  const char *value;       /* the secret itself, ended by NUL: for comparing, never for showing */
  const char *fingerprint; /* names this very value in this place of this file, for allow lists: "rule:path:hash" */
};

/* Lent for the time of the call; not 0 ends the scan of this file. */
typedef int (*vprod__scan_fn) (void *data, const struct vprod__scan_match *match);

/* values: literal secrets to look for beside the rules (rule id "run-env-value"), also in base64; NULL-ended, or NULL. */
struct vprod__scan;
int vprod__scan_new (const char *const *values, vprod__scan_fn on_match, void *data, struct vprod__scan **ret,
                     vprod_error **err);

/* One file, in pieces. begin also judges the name alone. Each: 0, or -VPROD_ERROR_NO_MEMORY. */
int vprod__scan_begin (struct vprod__scan *scan, const char *path, vprod_error **err);
int vprod__scan_bytes (struct vprod__scan *scan, const void *bytes, size_t length, vprod_error **err);
int vprod__scan_end (struct vprod__scan *scan, vprod_error **err);

/* A text that stands for itself, such as a variable's value or a command: all rules count but assignments, and those for
   files of certain names where the text names such a file. Whoever is told is so in place of the one that vprod__scan_new
   was given; the match has no path. 0, or -VPROD_ERROR_NO_MEMORY. */
int vprod__scan_text (struct vprod__scan *scan, const char *text, vprod__scan_fn on_match, void *data, vprod_error **err);

#define VPROD__SCAN_WHOLE "secret-file" /* the rule of files that are a secret and nothing else; not in the table */

/* Does what a rule (by its id) found in a file count, where a package of a language brought that file? */
int vprod__scan_counts_in_packages (const char *rule, const char *path);

/* Bits a character of a string's own distribution (Shannon). */
double vprod__scan_entropy (const char *value, size_t length);

/* ---- literal values -------------------------------------------------------------------------------------------- */

#define VPROD__SCAN_LONG_VALUE 12 /* characters: such a value is in nothing by chance */

/* Is what stands in text from start to end no part of a longer word, or too long to be one by chance? */
int vprod__scan_is_whole (const char *text, size_t length, size_t start, size_t end);

/* The text in base64 as it stands in a longer one, whose part before it is `shift` (0 to 2) bytes longer than a multiple of 3,
   without the characters that depend on the neighbours; the caller's; NULL out of memory, "" where nothing is left. */
char *vprod__scan_base64 (const char *text, size_t shift);

/* Does coded stand in text, its character number `offset` at text[at], in either alphabet, broken into lines or not? */
int vprod__scan_base64_stands (const char *text, size_t length, size_t at, const char *coded, size_t offset);

/* ---- by name: assignment.c ------------------------------------------------------------------------------------- */

/* Does something of this name hold a secret? "DB_PASSWORD" does, "TOKEN_URL" does not. */
int vprod__secret_name (const char *name, size_t length);

/* Is it, as the value of such a name, a secret that stands there, rather than nothing, a switch, a path, a reference, or what
   people write where a secret will be? */
int vprod__secret_value (const char *name, size_t name_length, const char *value, size_t length);

/* Is this what people write where a secret will be ("changeme", "xxxx", "<token>", "{{ token }}", "example")? */
int vprod__secret_placeholder (const char *value, size_t length);

/* … or a word that people use for throwaway values, and that stands in texts for other reasons ("verify", "postgres")? */
int vprod__secret_common (const char *value, size_t length);

void vprod__scan_free (struct vprod__scan *scan);
VPROD_DEFINE_CLEANUP (struct vprod__scan *, vprod__scan_free);

#endif
