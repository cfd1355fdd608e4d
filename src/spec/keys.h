/* SPDX-License-Identifier: MIT */
/*
 * The keys of a spec, in one table that is made of data/options: what each is called, what may be written there, its
 * default, and its field. Reading, setting, copying, freeing, and the names that messages suggest all go by it. A file of rules
 * has a table of its own, made of data/rule-options; a table begins with the key of the whole file, whose path is "", and ends
 * with a row without a path.
 */
#ifndef VPROD_SPEC_KEYS_H
#define VPROD_SPEC_KEYS_H

#include <stddef.h>
#include <stdint.h>
#include "spec/spec.h"

enum vprod__spec_kind {
  VPROD__SPEC_SECTION = 0, /* a mapping of the keys below it; no field */
  VPROD__SPEC_CHECK,       /* the same, or true or false; int, 1: false was written */
  VPROD__SPEC_NAMED,       /* a mapping of names to items; an array of structures */
  VPROD__SPEC_STEPS,       /* a list of items; the same */
  VPROD__SPEC_STRINGS,     /* a mapping of names to strings as written; char **, NAME=value */
  VPROD__SPEC_TEXT,        /* char * */
  VPROD__SPEC_SIGNAL,      /* a signal's name or number; char *, "SIGTERM" */
  VPROD__SPEC_CHOICE,      /* one of the words; int, its index */
  VPROD__SPEC_BOOL,        /* int */
  VPROD__SPEC_INT,         /* int */
  VPROD__SPEC_INT64,       /* int64_t */
  VPROD__SPEC_DECIMAL,     /* double */
  VPROD__SPEC_INTS,        /* one or a list; int *, ended by 0 */
  VPROD__SPEC_SIZE,        /* int64_t, bytes */
  VPROD__SPEC_DURATION,    /* int64_t, milliseconds */
  VPROD__SPEC_LIST,        /* char ** */
  VPROD__SPEC_COMMANDS     /* a list of lists; char *** */
};

enum {
  VPROD__SPEC_REFS = 1 << 0,      /* ${…} is a reference there */
  VPROD__SPEC_COMMAND = 1 << 1,   /* a list that is one command: a single text is refused; empty: as if left out */
  VPROD__SPEC_NOT_EMPTY = 1 << 2, /* an empty list is refused: the check would check nothing */
  VPROD__SPEC_MAY_BE_EMPTY = 1 << 3, /* of a text */
  VPROD__SPEC_MARK = 1 << 4,      /* of a section: its field is an int that says whether it was written */
  VPROD__SPEC_ALONE = 1 << 5,     /* of a list of items: one alone is a list of one */
  VPROD__SPEC_ASKED = 1 << 6      /* of a check: it runs only where it is written; its field is -1 where it is not */
};

/* What is wrong with a text, in words that go after "NAME: ", or NULL. */
typedef const char *(*vprod__spec_check_fn) (const char *text);

struct vprod__spec_key {
  vprod_spec_key_info info;
  enum vprod__spec_kind kind;
  size_t offset;          /* of its field in struct vprod_spec, or in the item that it is in */
  size_t count;           /* of items: the offset of their number, size_t */
  size_t absolute;        /* 0; or the offset of a path made absolute, char *, which goes with the field */
  size_t size;            /* of one item; its first member is its name, char *, NULL in a list */
  int64_t none;           /* of a number without default: what says that it was not named */
  vprod__spec_check_fn check; /* of a text, of each in a list, or of the names of strings */
  const char *shorthand;  /* of a section: the key that a list stands for, or NULL */
  const char *truth;      /* of a word: the one that `true` stands for, or NULL */
  int flags;
};

/* The offset of a field; it does not compile where the field has another type. */
#define VPROD__SPEC_AT(structure, type, field)                                                                \
  (offsetof (structure, field)                                                                               \
   + 0 * sizeof (struct { _Static_assert (__builtin_types_compatible_p (type, __typeof__ (((structure *) 0)->field)), \
                                          "the type of " #field); char any; }))

extern const struct vprod__spec_key vprod__spec_keys[];
extern const size_t vprod__spec_n_keys;
extern const struct vprod__spec_key vprod__rule_keys[];

/* The table; NULL past its end. The first row is the whole file, with the path "". */
const struct vprod__spec_key *vprod__spec_key_at (size_t index);

/* The table that a key is in: its first row, or the row with this number; NULL past its end. */
const struct vprod__spec_key *vprod__spec_key_root (const struct vprod__spec_key *key);
const struct vprod__spec_key *vprod__spec_key_beside_at (const struct vprod__spec_key *key, size_t index);

/* The key called `name` in a section, or NULL. */
const struct vprod__spec_key *vprod__spec_key_child (const struct vprod__spec_key *section, const char *name);

/* Is it in the same structure as the section, and the section itself or below it? */
int vprod__spec_key_beside (const struct vprod__spec_key *key, const struct vprod__spec_key *section);

/* Has it items, that is, is it a mapping or a list of structures? */
int vprod__spec_key_has_items (const struct vprod__spec_key *key);

/* What describes an item of it: "services" → "services.*". */
const struct vprod__spec_key *vprod__spec_key_item (const struct vprod__spec_key *key);

/* The names in a section, NULL-ended; at most `size` with the NULL. */
void vprod__spec_key_names (const struct vprod__spec_key *section, const char **names, size_t size);

/* A key of this name elsewhere, below the section if there is one, or NULL: for what was written one level too high or too
   low. */
const struct vprod__spec_key *vprod__spec_key_elsewhere (const struct vprod__spec_key *section, const char *name);

/* The last name of its path. */
const char *vprod__spec_key_name (const struct vprod__spec_key *key);

enum { VPROD__SPEC_MOST_NAMES = 32 };

/* ---- the forms of texts (text.c) -------------------------------------------------------------------------- */

const char *vprod__spec_check_name (const char *text);
const char *vprod__spec_check_image (const char *text);
const char *vprod__spec_check_target (const char *text);
const char *vprod__spec_check_platform (const char *text);
const char *vprod__spec_check_url_path (const char *text);
const char *vprod__spec_check_url_safe (const char *text);
const char *vprod__spec_check_inside (const char *text); /* a relative path that stays in its folder */
const char *vprod__spec_check_absolute (const char *text);
const char *vprod__spec_check_variable (const char *text);
const char *vprod__spec_check_service (const char *text);
const char *vprod__spec_check_secret (const char *text);
const char *vprod__spec_check_rule_id (const char *text);
const char *vprod__spec_check_file (const char *text);
const char *vprod__spec_check_mount (const char *text);
const char *vprod__spec_check_pod_user (const char *text);
const char *vprod__spec_check_host (const char *text);
const char *vprod__spec_check_header (const char *text);
const char *vprod__spec_check_capability (const char *text);
const char *vprod__spec_check_context (const char *text);
const char *vprod__spec_check_ssh (const char *text);
const char *vprod__spec_check_own_id (const char *text);

/* "term", "SIGTERM", "15" → "SIGTERM" (malloc'ed). 0; 1: no such signal; 2: one that cannot be caught; -1: out
   of memory. */
int vprod__spec_signal (const char *text, char **ret);

/* Names of signals, for suggestions; NULL-ended. */
extern const char *const vprod__spec_signals[];

#endif
