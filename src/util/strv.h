/* SPDX-License-Identifier: MIT */
/* NULL-ended, malloc'ed lists of malloc'ed strings. A NULL list is an empty one. */
#ifndef VPROD_UTIL_STRV_H
#define VPROD_UTIL_STRV_H

#include <stddef.h>
#include "util/cleanup.h"

size_t vprod__strv_length (char *const *list);

/* Appends a copy of string to *list. 0, or -1 out of memory. */
int vprod__strv_add (char ***list, const char *string);

/* Appends string itself, and frees it on failure; string NULL is a failure. */
int vprod__strv_take (char ***list, char *string);

/* Appends printf's result. */
int vprod__strv_addf (char ***list, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* A deep copy in *ret (NULL for NULL). */
int vprod__strv_copy (char *const *list, char ***ret);

int vprod__strv_has (char *const *list, const char *string);

/* The value of NAME in a list of NAME=value, or NULL. Lent. */
const char *vprod__strv_env (char *const *list, const char *name);

/* The strings with separator between; NULL out of memory. */
char *vprod__strv_join (char *const *list, const char *separator);

void vprod__strv_free (char **list);
VPROD_DEFINE_CLEANUP (char **, vprod__strv_free);
#define _cleanup_strv_ _cleanup_ (vprod__strv_freep)

#endif
