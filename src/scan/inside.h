/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder alone. */
#ifndef VPROD_SCAN_INSIDE_H
#define VPROD_SCAN_INSIDE_H

#include "scan/scan.h"

/* ---- files: names.c --------------------------------------------------------------------------------------------- */

/* What a part of a path says about a file, and how it is compared; data/secrets has the rows. */
enum vprod__scan_match { VPROD__SCAN_NAME, VPROD__SCAN_BEGIN, VPROD__SCAN_WITHIN, VPROD__SCAN_WORD };
enum {
  VPROD__SCAN_KIND_SETTINGS = 1 << 0,
  VPROD__SCAN_KIND_CODE = 1 << 1,
  VPROD__SCAN_KIND_SHELL = 1 << 2,
  VPROD__SCAN_KIND_LIKELY = 1 << 3,
  VPROD__SCAN_KIND_SCRIPT = 1 << 4,
  VPROD__SCAN_KIND_NO_SETTINGS = 1 << 5,
  VPROD__SCAN_KIND_LIKELY_CODE = 1 << 6,
  VPROD__SCAN_KIND_OWN_CODE = 1 << 7,
  VPROD__SCAN_KIND_SETTINGS_FOLDER = 1 << 8,
  VPROD__SCAN_KIND_UNLIKELY = 1 << 9,
  VPROD__SCAN_KIND_EXAMPLE = 1 << 10,
  VPROD__SCAN_KIND_SYSTEM = 1 << 11,
  VPROD__SCAN_KIND_OWN = 1 << 12,
  VPROD__SCAN_KIND_PACKAGE = 1 << 13,
  VPROD__SCAN_KIND_FIXTURE = 1 << 14
};
struct vprod__scan_kind {
  const char *pattern;
  unsigned kinds;
};
extern const struct vprod__scan_kind *const vprod__scan_kinds[]; /* by match; each list ends with a NULL pattern */

/* What a file's path says about its content. */
struct vprod__scan_name {
  int settings;    /* settings of the image's own */
  int guessed;     /* possibly settings: only values count that could be nothing but a secret */
  int program;     /* code of the app, in which settings are rare: only long, random values count */
  int plain;       /* any other file of the app's own: the same */
  int code;        /* settings in a program: only a quoted string is a value */
  int python;      /* code in which "name: type = value" annotates a name */
  int shell;       /* settings in a script: only NAME=value, without blanks */
  int third_party; /* installed by a package manager */
  int package;     /* installed by a package manager of a language */
  int fixture;     /* third party's tests, samples, documentation or archives: no rule counts */
  const char *text; /* it is not a file but this text; else NULL */
  const char *base; /* the part of the path after the last slash; lent */
  int binary;      /* the beginning holds a NUL byte; set once it is read */
};
void vprod__scan_judge_name (const char *path, struct vprod__scan_name *ret);

/* Does a rule's `files` name this file (or has it none)? */
int vprod__scan_rule_wants (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name);

/* ---- candidates: judge.c, pair.c -------------------------------------------------------------------------------- */

/* A candidate [from, to) of a rule in the text of a file: 1 and where its value is, or 0 where it is no secret. */
int vprod__scan_judge (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                       size_t length, size_t from, size_t to, size_t *ret_value, size_t *ret_value_length);

/* The same for the rule of assignments: is there NAME = value or "name": "value" with the keyword (at this offset) in the name? */
struct vprod__scan_assignment {
  size_t name, name_length; /* offset in the text */
  size_t value, value_length;
};
int vprod__scan_judge_assignment (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                                  size_t length, size_t keyword, struct vprod__scan_assignment *ret);

/* Is text[value, end) a placeholder, a reference, published? */
int vprod__scan_is_stand_in (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t value, size_t end);

/* Where a value that has come to `end` ends: at the first character that is none of rule->more. */
size_t vprod__scan_extend (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t value, size_t end);

/* Does what the value says in base64, and what stands close to it, fit the rule? */
int vprod__scan_says (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t from, size_t value, size_t end);

/* What people type when they invent a value. It is not reported in third party's files and in comments; in the image's own
   settings it is, as it may be in use. */
int vprod__scan_has_sequence (const char *value, size_t length);

/* Is text[at] in a comment, of Python also in a docstring? Only within a few lines before it is looked for its begin. */
int vprod__scan_is_comment (const char *text, size_t at, int is_python);

/* Is this neither a word, a name, a version nor a call? It is asked of values in files that need not be settings. */
int vprod__scan_is_unlike_all_else (const char *value, size_t length);

/* Does the path say that the file is a secret and nothing else, and is the whole text one? */
int vprod__scan_judge_whole (const char *path, const struct vprod__scan_name *name, const char *text, size_t length,
                             size_t *ret_value, size_t *ret_value_length);

/* Is name among the patterns, which have spaces between? */
int vprod__scan_is_among (const char *name, const char *patterns);

/* ---- UTF-16: wide.c --------------------------------------------------------------------- */

struct vprod__scan_wide {
  size_t seen;        /* bytes of the file; not counted beyond the byte order mark */
  int is_wide;        /* it is UTF-16: the zero bytes are left out */
  unsigned char mark; /* its first byte */
};
void vprod__scan_wide_see (struct vprod__scan_wide *wide, const void *bytes, size_t length);

/* Copies without zero bytes; how many there are then. */
size_t vprod__scan_narrow (char *to, const char *from, size_t length);

/* ---- literal values: values.c ---------------------------------------------------------------------------------- */

#define VPROD__SCAN_LONG_VALUE 12 /* characters: such a value occurs nowhere by chance */

/* value->text occurs at text[at]: does the whole value, and was it not found by the piece before? */
int vprod__scan_value_stands (const struct vprod__scan_value *value, const char *text, size_t length, size_t at);

/* Does coded occur in text with its character number `offset` at text[at], in either alphabet of base64, in one line or several? */
int vprod__scan_base64_stands (const char *text, size_t length, size_t at, const char *coded, size_t offset);

/* Does one of the parts of the value between dots say one of these texts, with | between, in base64? */
int vprod__scan_base64_says (const char *value, size_t length, const char *texts);

/* What the value says in base64: a line of text of at most `most` characters, without the newline; 0: it says no text. */
size_t vprod__scan_base64_decode (const char *value, size_t length, char *to, size_t most);

/* Is it USER:PASSWORD in base64? */
int vprod__scan_base64_is_login (const char *value, size_t length);

#endif
