/* SPDX-License-Identifier: MIT */
/*
 * Does the app install packages as it starts? Then it cannot start without the package index, its versions change with
 * the index, and it writes into its file system. Recognized by what package managers write to disk and to the log.
 */
#ifndef VPROD_CHECKS_START_INSTALLS_H
#define VPROD_CHECKS_START_INSTALLS_H

#include <stddef.h>
#include <verify-prod/runner.h>

#define VPROD__INSTALLS_NAMED 64

/* To begin, zero it. */
struct vprod__installs {
  size_t count;     /* of packages that are new */
  char *where;      /* a folder in which one of them is */
  size_t n_named;
  struct {
    char *name;     /* "pytest 8.3.4" as its file is called: pytest-8.3.4 */
    int counted;
    int local;      /* a distribution of Python that comes from no index: the project itself */
  } named[VPROD__INSTALLS_NAMED];
  int no_memory;
};

/* One change of the container. 0, or 1: out of memory. */
int vprod__installs_take (struct vprod__installs *installs, const vprod_change *change);
void vprod__installs_clear (struct vprod__installs *installs);

/* In words: "5 packages below /srv/.venv/lib/python3.13/site-packages (iniconfig-2.1.0, …)"; "": none. NULL out of
   memory. */
char *vprod__installs_text (const struct vprod__installs *installs);

/* The line in which an installer says that it installed something; NULL: there is none. Lent by the log. */
const char *vprod__installs_said (const char *log, size_t *ret_length);

#endif
