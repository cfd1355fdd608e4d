/* SPDX-License-Identifier: MIT */
/* One value of the tree, checked against its row of the table and put into its field. */
#ifndef VPROD_SPEC_VALUE_H
#define VPROD_SPEC_VALUE_H

#include "spec/keys.h"
#include "spec/yaml.h"
#include "util/buf.h"

/* A file of at most 1 MiB can exceed this only by repeating aliases. */
enum { VPROD__SPEC_MAX_EXPANDED = 4 * 1024 * 1024, VPROD__SPEC_MOST_MISTAKES = 10 };

struct vprod__spec_reader {
  vprod_spec *spec;
  const struct vprod__yaml *yaml;
  struct vprod__buf path;  /* of the current node: "checks.health.path" */
  size_t expanded;         /* bytes read so far; an alias counts each time that it is used */
  struct vprod__spec_mistake {
    size_t at;
    char *text;            /* "PATH: message" */
  } mistakes[VPROD__SPEC_MOST_MISTAKES];
  size_t n_mistakes;
  vprod_error **err;       /* for what is no mistake in the spec */
};

/* Notes a mistake at a node. Returns minus SPEC; reading may go on with what comes after it, unless vprod__spec_is_over. */
int vprod__spec_error (struct vprod__spec_reader *reader, size_t at, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));
int vprod__spec_no_memory (struct vprod__spec_reader *reader);

/* Is this the end of reading: an error other than a mistake in the spec, or too many of those? */
int vprod__spec_is_over (const struct vprod__spec_reader *reader, int error);

/* Makes the reader's error of the mistakes, in their order in the file, a line each: "file:line:column: PATH: message", without
   a file "PATH: message". Minus SPEC, or 0 where there are none. */
int vprod__spec_report (struct vprod__spec_reader *reader);
void vprod__spec_reader_clear (struct vprod__spec_reader *reader);

/* Adds the node to `expanded`; a SPEC error where aliases expand to too much. `at`: for the message. */
int vprod__spec_count (struct vprod__spec_reader *reader, const struct vprod__yaml_node *node, size_t at);

/* What a node is, for messages: "\"text\"", "a list". NULL out of memory. malloc'ed. */
char *vprod__spec_describe (const struct vprod__yaml_node *node);

/* Reads a node into the field of `key` (one without keys below it) in `base`. `at`: the position for messages. */
int vprod__spec_store (struct vprod__spec_reader *reader, const struct vprod__spec_key *key, void *base,
                       const struct vprod__yaml_node *node, size_t at);

/* Reads one NAME of run.env or image.args: replaces or appends it. */
int vprod__spec_store_string (struct vprod__spec_reader *reader, const struct vprod__spec_key *key, void *base,
                              const char *name, const struct vprod__yaml_node *node, size_t at);

/* ---- shared by value.c and value_list.c ------------------------------------------------------------------- */

/* "must be WANTED, not …" */
int vprod__spec_wrong (struct vprod__spec_reader *reader, const struct vprod__yaml_node *node, size_t at,
                       const char *wanted);

/* An error unless the node is a non-empty text that the key's check accepts. */
int vprod__spec_check_text (struct vprod__spec_reader *reader, const struct vprod__spec_key *key,
                            const struct vprod__yaml_node *node, size_t at);

/* An error unless every ${…} in a scalar is known. */
int vprod__spec_check_value_refs (struct vprod__spec_reader *reader, const struct vprod__yaml_node *node,
                                  size_t at);

int vprod__spec_store_list (struct vprod__spec_reader *reader, const struct vprod__spec_key *key, char ***field,
                            const struct vprod__yaml_node *node, size_t at);
int vprod__spec_store_commands (struct vprod__spec_reader *reader, const struct vprod__spec_key *key,
                                char ****field, const struct vprod__yaml_node *node, size_t at);
int vprod__spec_store_strings (struct vprod__spec_reader *reader, const struct vprod__spec_key *key, void *base,
                               const struct vprod__yaml_node *node, size_t at);

/* ---- fields (field.c) ------------------------------------------------------------------------------------- */

/* Sets an empty field to its default; 0, or -1 out of memory. */
int vprod__spec_field_default (const struct vprod__spec_key *key, void *base);

/* Frees what a field holds; it is NULL then. */
void vprod__spec_field_clear (const struct vprod__spec_key *key, void *base);

/* Copies a field into an empty one; 0, or -1 out of memory. */
int vprod__spec_field_copy (const struct vprod__spec_key *key, const void *from, void *to);

void *vprod__spec_field (const struct vprod__spec_key *key, void *base);
void vprod__spec_commands_free (char ***commands);

/* A copy, ended by 0, in place of *ret. 0, or -1 out of memory. */
int vprod__spec_ints (const int *numbers, size_t count, int **ret);

/* true, false → 1, 0; -1: neither. */
int vprod__spec_parse_bool (const char *text);

/* A number without sign, with digits behind a dot or without. 0, or -1. */
int vprod__spec_parse_decimal (const char *text, double *ret);

/* A whole number without sign or leading zeros. 0, or -1. */
int vprod__spec_parse_int (const char *text, int64_t *ret);

/* The index of a word of a choice (or of what `true` stands for), or -1. */
int vprod__spec_parse_choice (const struct vprod__spec_key *key, const char *text);

#endif
