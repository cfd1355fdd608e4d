/* SPDX-License-Identifier: MIT */
/*
 * Checks of the user's own (checks.own), made ready: their regular expressions, and what is said of them. They are made when the
 * spec is settled; copies of the spec share them.
 */
#ifndef VPROD_SPEC_OWN_H
#define VPROD_SPEC_OWN_H

#include <stddef.h>
#include <verify-prod/checks.h>
#include "util/error.h"

struct vprod__pattern;

struct vprod__own_check {
  vprod_check_info info; /* its words are the members below, or static; run is NULL */
  char *id, *title, *what, *why, *remedy;
  char *command; /* as a person would type it */
  struct vprod__pattern **output, **excluded; /* in the order of the spec; NULL-ended, or NULL */
};

/* Read-only. */
struct vprod__own_checks {
  struct vprod__own_check *list;
  size_t count;
  int refs;
};

/* Makes those of a spec that is settled; NULL for none. */
int vprod__own_make (const vprod_spec *spec, struct vprod__own_checks **ret, vprod_error **err);

struct vprod__own_checks *vprod__own_ref (struct vprod__own_checks *own); /* NULL is fine for both */
void vprod__own_unref (struct vprod__own_checks *own);
VPROD_DEFINE_CLEANUP (struct vprod__own_checks *, vprod__own_unref);

/* The rules for each entry, and for all of them: called as the spec is settled. 0, or negative. */
struct vprod__spec_reader;
int vprod__own_check_spec (struct vprod__spec_reader *reader);

/* Their index in the spec's list, which is that in `own`; -1: there is none of this id. */
int vprod__own_find (const vprod_spec *spec, const char *id);

#endif
