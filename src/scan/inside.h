/* SPDX-License-Identifier: MIT */
/* Shared by the files of this folder alone. */
#ifndef VPROD_SCAN_INSIDE_H
#define VPROD_SCAN_INSIDE_H

#include "scan/scan.h"

/* What a file's name says of it. */
struct vprod__scan_name {
  int settings;    /* it holds settings of the image's own */
  int guessed;     /* … or may do so: only values that look like nothing else count; … */
  int program;     /* … hardly, as it is the app's own code: only a long value counts that a machine has made; … */
  int code;        /* … as a program: only what stands in quotes is a value; … */
  int python;      /* … in which "name: value" says of what type the name is */
  int shell;       /* … as a script: only NAME=value, without blanks */
  int third_party; /* a package manager brought it … */
  int package;     /* … one of a language */
  int fixture;     /* it is third party's, and lies among tests, samples or documentation, or in an archive of its own:
                      no rule counts */
  const char *text; /* it is no file but this text; else NULL */
  const char *base; /* the part of its path after the last slash; lent */
  int binary;      /* its beginning holds a NUL byte; set when that is known */
};
void vprod__scan_judge_name (const char *path, struct vprod__scan_name *ret);

/* Does a rule's `files` name this file (or has it none)? */
int vprod__scan_rule_wants (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name);

/* A candidate [from, to) of a rule in a text of that name: 1 and where its value is, or 0 when it is none after all. */
int vprod__scan_judge (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                       size_t length, size_t from, size_t to, size_t *ret_value, size_t *ret_value_length);

/* The same of a rule that is an assignment: is it one, NAME = value or "name": "value", in whose name the keyword stands? */
struct vprod__scan_assignment {
  size_t name, name_length; /* offset in the text */
  size_t value, value_length;
};
int vprod__scan_judge_assignment (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                                  size_t length, size_t keyword, struct vprod__scan_assignment *ret);

/* Would nobody write this but as a secret? It is asked of values in files that hold all else as well. */
int vprod__scan_is_unlike_all_else (const char *value, size_t length);

/* The whole text of a short file: is it nothing but a secret, as the file's path says? */
int vprod__scan_judge_whole (const char *path, const struct vprod__scan_name *name, const char *text, size_t length,
                             size_t *ret_value, size_t *ret_value_length);

/* Is name among the patterns, which have spaces between? */
int vprod__scan_is_among (const char *name, const char *patterns);

/* ---- texts of two bytes a character: wide.c --------------------------------------------------------------------- */

struct vprod__scan_wide {
  size_t seen;        /* bytes of the file, as far as they tell how it is written */
  int is_wide;        /* it is UTF-16: the zero bytes are left out */
  unsigned char mark; /* its first byte */
};
void vprod__scan_wide_see (struct vprod__scan_wide *wide, const void *bytes, size_t length);

/* Copies without zero bytes; how many there are then. */
size_t vprod__scan_narrow (char *to, const char *from, size_t length);

/* ---- literal values: values.c ---------------------------------------------------------------------------------- */

#define VPROD__SCAN_LONG_VALUE 12 /* characters: such a value is in nothing by chance */

/* value->text stands at text[at]: does the whole value stand there, and is it told of for the first time? */
int vprod__scan_value_stands (const struct vprod__scan_value *value, const char *text, size_t length, size_t at);

/* Does coded stand in text, its character number `offset` at text[at], in either alphabet, broken into lines or not? */
int vprod__scan_base64_stands (const char *text, size_t length, size_t at, const char *coded, size_t offset);

/* Is it USER:PASSWORD in base64? */
int vprod__scan_base64_is_login (const char *value, size_t length);

#endif
