/* SPDX-License-Identifier: MIT */
/* References, ${NAME}, in texts. */
#ifndef VPROD_SPEC_REFS_H
#define VPROD_SPEC_REFS_H

#include <stddef.h>
#include "spec/spec.h"

enum vprod__spec_piece_kind {
  VPROD__SPEC_LITERAL = 0,
  VPROD__SPEC_REF,     /* begin and length are the name's */
  VPROD__SPEC_UNCLOSED /* "${" without "}" */
};

struct vprod__spec_piece {
  enum vprod__spec_piece_kind kind;
  const char *begin;
  size_t length;
};

/* The next piece of a text. 1, or 0 at its end. */
int vprod__spec_next_piece (const char **text, struct vprod__spec_piece *ret);

/* Is it "env.NAME" or "env.NAME:-default"? */
int vprod__spec_is_env (const char *name);

/* Its value: of this process's environment; the default where that is unset or empty; NULL: neither. Lent. */
const char *vprod__spec_env (const char *name);

/* What is wrong with the references in a text: 0, nothing; 1: *ret_why (malloc'ed) says what, *ret_index is which
   of its "${" it is, from 0; -1: out of memory. */
int vprod__spec_check_refs (const vprod_spec *spec, const char *text, char **ret_why, size_t *ret_index);

/* Where the "${" with this index is in a text; its beginning if there are fewer. */
const char *vprod__spec_find_ref (const char *text, size_t index);

#endif
