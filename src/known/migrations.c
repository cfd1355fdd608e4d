/* SPDX-License-Identifier: MIT */
#include "known/migrations.h"

static const struct vprod__migration_tool tools[] = {
#include "data/migrations.h"
};

const struct vprod__migration_tool *vprod__migration_tools (size_t *ret_count)
{
  *ret_count = sizeof tools / sizeof tools[0];
  return tools;
}
