/* SPDX-License-Identifier: MIT */
/* Package managers: data/managers. And what files of a project are, by their names: data/manifests. */
#ifndef VPROD_KNOWN_MANAGERS_H
#define VPROD_KNOWN_MANAGERS_H

#include <stddef.h>

struct vprod__manager {
  const char *name;
  int system;        /* it is a distribution's */
  const char *says;  /* NULL: nothing that is known */
  const char *order; /* what to copy and run before the sources are copied; NULL: not known */
};

/* By its name, which ends at a blank or NUL; NULL: there is none. */
const struct vprod__manager *vprod__manager_find (const char *name);

/* The first whose output such a line is, when it installs something; NULL: of none. */
const struct vprod__manager *vprod__manager_of_line (const char *line, size_t length);

/* Is the file of one of these kinds? */
enum vprod__manifest_kind { VPROD__MANIFEST_INSTALLS = 1 << 0, VPROD__MANIFEST_BUILDS = 1 << 1 };
int vprod__manifest_is (const char *path, int kinds);

#endif
