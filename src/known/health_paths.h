/* SPDX-License-Identifier: MIT */
/* Where apps answer that they are well: data/health-paths. */
#ifndef VPROD_KNOWN_HEALTH_PATHS_H
#define VPROD_KNOWN_HEALTH_PATHS_H

#include <stddef.h>

struct vprod__health_path {
  const char *path;
  int asked; /* 1: of a running app whose own path is not well, in their order */
  int rank;  /* how sure it is of a path of the sources that ends so; 0: not at all */
};

const struct vprod__health_path *vprod__health_paths (size_t *ret_count);

#endif
