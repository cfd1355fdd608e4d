/* SPDX-License-Identifier: MIT */
#include "known/health_paths.h"

static const struct vprod__health_path paths[] = {
#include "data/health-paths.h"
};

const struct vprod__health_path *vprod__health_paths (size_t *ret_count)
{
  *ret_count = sizeof paths / sizeof paths[0];
  return paths;
}
