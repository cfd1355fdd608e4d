/* SPDX-License-Identifier: MIT */
/* Tools that change a database's schema: data/migrations. */
#ifndef VPROD_KNOWN_MIGRATIONS_H
#define VPROD_KNOWN_MIGRATIONS_H

#include <stddef.h>

struct vprod__migration_tool {
  const char *tool;
  const char *marks;   /* a file or folder */
  const char *needs;   /* in the dependency files; NULL: nothing */
  int self;            /* the app runs them when it starts */
  const char *runs;    /* in a script that runs them; NULL: not known */
  const char *command; /* YAML */
};

const struct vprod__migration_tool *vprod__migration_tools (size_t *ret_count);

#endif
