/* SPDX-License-Identifier: MIT */
/* Where a source gives a variable a default: data/defaults. Nothing is parsed: a line is told of that has such a form. */
#ifndef VPROD_SCAN_DEFAULTS_H
#define VPROD_SCAN_DEFAULTS_H

#include <stddef.h>
#include "util/cleanup.h"

/* What is looked for, of one variable. */
struct vprod__defaults;

/* 0, or -1 out of memory. A name with other characters than letters, digits and "_" is never found. */
int vprod__defaults_new (const char *name, struct vprod__defaults **ret);
void vprod__defaults_free (struct vprod__defaults *defaults);
VPROD_DEFINE_CLEANUP (struct vprod__defaults *, vprod__defaults_free);

/* The line of the text in which the variable gets one, from 1; 0: none. The text ends with NUL. */
size_t vprod__defaults_find (const struct vprod__defaults *defaults, const char *text, size_t length);

#endif
