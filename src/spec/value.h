/* SPDX-License-Identifier: MIT */
/* One value of the tree, checked against its row of the table and put into its field. */
#ifndef VPROD_SPEC_VALUE_H
#define VPROD_SPEC_VALUE_H

#include "spec/keys.h"
#include "spec/yaml.h"
#include "util/buf.h"

/* More than this out of a file of at most 1 MiB can come from aliases only. */
enum { VPROD__SPEC_MAX_EXPANDED = 4 * 1024 * 1024 };

struct vprod__spec_reader {
  vprod_spec *spec;
  const struct vprod__yaml *yaml;
  struct vprod__buf path;  /* where it is: "checks.health.path" */
  size_t expanded;         /* bytes that were read until now, those of aliases each time */
  vprod_error **err;
};

/* A SPEC error at a node, "file:line:column: PATH: message"; without a file "PATH: message". Returns its code. */
int vprod__spec_error (struct vprod__spec_reader *reader, size_t at, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));
int vprod__spec_no_memory (struct vprod__spec_reader *reader);

/* Counts what is read, so that aliases cannot make much of little. `at`: for the message. */
int vprod__spec_count (struct vprod__spec_reader *reader, const struct vprod__yaml_node *node, size_t at);

/* What a node is, for messages: "\"text\"", "a list". NULL out of memory. malloc'ed. */
char *vprod__spec_describe (const struct vprod__yaml_node *node);

/* Reads a node into the field of `key` (not a section, check or services) in `base`. `at`: where an empty node
   is. */
int vprod__spec_store (struct vprod__spec_reader *reader, const struct vprod__spec_key *key, void *base,
                       const struct vprod__yaml_node *node, size_t at);

/* Reads one NAME of run.env or image.args: replaces or appends it. */
int vprod__spec_store_string (struct vprod__spec_reader *reader, const struct vprod__spec_key *key, void *base,
                              const char *name, const struct vprod__yaml_node *node, size_t at);

/* ---- parts of the above (value.c, value_list.c) ----------------------------------------------------------- */

/* "must be WANTED, not …" */
int vprod__spec_wrong (struct vprod__spec_reader *reader, const struct vprod__yaml_node *node, size_t at,
                       const char *wanted);

/* A text that is not empty and that the key's check lets through. */
int vprod__spec_check_text (struct vprod__spec_reader *reader, const struct vprod__spec_key *key,
                            const struct vprod__yaml_node *node, size_t at);

/* Every ${…} in a scalar stands for something. */
int vprod__spec_check_value_refs (struct vprod__spec_reader *reader, const struct vprod__yaml_node *node,
                                  size_t at);

int vprod__spec_store_list (struct vprod__spec_reader *reader, const struct vprod__spec_key *key, char ***field,
                            const struct vprod__yaml_node *node, size_t at);
int vprod__spec_store_commands (struct vprod__spec_reader *reader, const struct vprod__spec_key *key,
                                char ****field, const struct vprod__yaml_node *node, size_t at);
int vprod__spec_store_strings (struct vprod__spec_reader *reader, const struct vprod__spec_key *key, void *base,
                               const struct vprod__yaml_node *node, size_t at);

/* ---- fields (field.c) ------------------------------------------------------------------------------------- */

/* The default, into a field that holds nothing; 0, or -1 out of memory. */
int vprod__spec_field_default (const struct vprod__spec_key *key, void *base);

/* What a field holds is ended, and it holds nothing. */
void vprod__spec_field_clear (const struct vprod__spec_key *key, void *base);

/* A copy of a field into one that holds nothing; 0, or -1 out of memory. */
int vprod__spec_field_copy (const struct vprod__spec_key *key, const void *from, void *to);

void *vprod__spec_field (const struct vprod__spec_key *key, void *base);
void vprod__spec_commands_free (char ***commands);

/* true, false → 1, 0; -1: neither. */
int vprod__spec_parse_bool (const char *text);

/* A whole number without sign or leading zeros. 0, or -1. */
int vprod__spec_parse_int (const char *text, int64_t *ret);

/* The index of a word of a choice, or -1. */
int vprod__spec_parse_choice (const struct vprod__spec_key *key, const char *text);

#endif
