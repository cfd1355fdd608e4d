/* SPDX-License-Identifier: MIT */
/* Forms in which sources give a variable a default: data/defaults. */
#ifndef VPROD_KNOWN_DEFAULT_FORMS_H
#define VPROD_KNOWN_DEFAULT_FORMS_H

#include <stddef.h>

struct vprod__default_form {
  const char *needs;   /* a text that the file must have; NULL: none */
  const char *pattern; /* a regular expression, with NAME for the variable and VALUE for a literal */
};

const struct vprod__default_form *vprod__default_forms (size_t *ret_count);

#endif
