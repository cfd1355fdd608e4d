/* SPDX-License-Identifier: MIT */
#include "spec/health.h"

enum vprod__asks vprod__spec_asks (const vprod_spec *spec)
{
  if (spec->checks.health.path)
    return VPROD__ASKS_HTTP;
  if (spec->checks.health.grpc)
    return VPROD__ASKS_GRPC;
  if (spec->checks.health.tcp)
    return VPROD__ASKS_TCP;
  return spec->checks.health.command ? VPROD__ASKS_COMMAND : VPROD__ASKS_NOTHING;
}

int vprod__asks_at_port (enum vprod__asks asks)
{
  return asks == VPROD__ASKS_HTTP || asks == VPROD__ASKS_GRPC || asks == VPROD__ASKS_TCP;
}

int vprod__status_is_wanted (const int *statuses, int status)
{
  for (; statuses && *statuses; statuses++)
    if (*statuses == status)
      return 1;
  return 0;
}
