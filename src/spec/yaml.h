/* SPDX-License-Identifier: MIT */
/*
 * YAML as a small tree with positions, libfyaml behind it. What a spec has no use for is refused here: several
 * documents, tags, merge keys, keys that are not text, duplicate keys. Size, depth and number of nodes are bounded, and
 * nothing is printed. An alias shares the node that it names, so that a tree never grows beyond its text.
 */
#ifndef VPROD_SPEC_YAML_H
#define VPROD_SPEC_YAML_H

#include "util/error.h"

enum {
  VPROD__YAML_MAX_BYTES = 1024 * 1024,
  VPROD__YAML_MAX_LINES = 10000, /* libfyaml's time grows with the square of the empty lines in a scalar */
  VPROD__YAML_MAX_NODES = 10000,
  VPROD__YAML_MAX_DEPTH = 16
};

enum vprod__yaml_kind { VPROD__YAML_SCALAR = 0, VPROD__YAML_SEQUENCE, VPROD__YAML_MAPPING };

struct vprod__yaml_node {
  enum vprod__yaml_kind kind;
  int plain;        /* a scalar without quotes, not a block */
  char *text;       /* of a scalar, as written: "on", "1.10", "~"; never NULL there */
  struct vprod__yaml_node **items; /* of a sequence; of a mapping: key, value, key, value … */
  size_t count;
  size_t begin, end; /* bytes in the source */
};

struct vprod__yaml {
  char *label;      /* the file's name in messages; NULL: messages carry no position */
  char *source;
  size_t length;
  struct vprod__yaml_node **nodes; /* all of them */
  size_t n_nodes;
  struct vprod__yaml_node *root;   /* NULL: there is nothing in it */
};

int vprod__yaml_parse (const char *bytes, size_t length, const char *label, struct vprod__yaml **ret,
                       vprod_error **err);
/* Parses a file of another program: merge keys are keys called "<<", tags are ignored. */
int vprod__yaml_parse_foreign (const char *bytes, size_t length, const char *label, struct vprod__yaml **ret,
                               vprod_error **err);
void vprod__yaml_free (struct vprod__yaml *yaml);

/* Is the source text, in UTF-8, of not too many lines? */
int vprod__yaml_check_text (const struct vprod__yaml *yaml, vprod_error **err);

/* Sets *err to a SPEC error "label:line:column: message". */
int vprod__yaml_error (const struct vprod__yaml *yaml, size_t at, vprod_error **err, const char *format, ...)
  __attribute__ ((format (printf, 4, 5)));

/* Line and column, both from 1, columns in characters, of a byte in the source. */
void vprod__yaml_position (const char *source, size_t length, size_t at, size_t *ret_line, size_t *ret_column);

/* The value of a key in a mapping, and the key; NULL if it is not there. */
struct vprod__yaml_node *vprod__yaml_get (const struct vprod__yaml_node *mapping, const char *key,
                                          struct vprod__yaml_node **ret_key);

/* Where the value of a key in it stands, or one in the value, which is a list; else the node itself, or 0. */
size_t vprod__yaml_place (const struct vprod__yaml_node *node, const char *key, size_t index);

/* Is it null: nothing, ~ or null, without quotes? */
int vprod__yaml_is_null (const struct vprod__yaml_node *node);

VPROD_DEFINE_CLEANUP (struct vprod__yaml *, vprod__yaml_free);
#define _cleanup_yaml_ _cleanup_ (vprod__yaml_freep)

#endif
