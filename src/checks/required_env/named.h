/* SPDX-License-Identifier: MIT */
/*
 * Which variable an app names when it ends. Settings libraries show what they were given beside what they lack (pydantic:
 * `input_value={'owner_name': 'x', …}`): the names in such a dump of values, in brackets and on one line, are none of what is
 * missing. A dump that is not closed counts as words, so that it can only make less sure.
 */
#ifndef VPROD_CHECKS_REQUIRED_ENV_NAMED_H
#define VPROD_CHECKS_REQUIRED_ENV_NAMED_H

#include "checks/required_env/facts.h"

/* Its output has the variable's name. */
int vprod__names_variable (const struct vprod__without *without);

/* The beginning of the last line that may tell why the app ended, without indented lines (frames of a stack) and what runtimes
   write after each end. "": there is none. */
const char *vprod__last_words (const struct vprod__once *once);

/* Its last line has the variable's name and no other's, but in dumps: not a warning, nor what it writes at each failure. */
int vprod__is_explained (const struct vprod__without *without, const struct vprod__without *all, size_t count);

/* It ended with an error, and that is not explained. */
static inline int vprod__is_unexplained (const struct vprod__without *without, const struct vprod__without *all, size_t count)
{
  return vprod__is_refusal (without) && !vprod__is_explained (without, all, count);
}

#endif
