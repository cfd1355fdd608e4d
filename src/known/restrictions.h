/* SPDX-License-Identifier: MIT */
/* What a restricted cluster takes from a container: data/restrictions. */
#ifndef VPROD_KNOWN_RESTRICTIONS_H
#define VPROD_KNOWN_RESTRICTIONS_H

#include "known/phrases.h"

/* In the order in which one is guessed to be guilty. */
enum vprod__restriction {
  VPROD__RESTRICTION_USER = 0,
  VPROD__RESTRICTION_READ_ONLY,
  VPROD__RESTRICTION_LOW_PORTS,
  VPROD__RESTRICTION_SERVICE_LINKS,
  VPROD__RESTRICTION_NO_NEW_PRIVILEGES,
  VPROD__RESTRICTION_CAPABILITIES,
  VPROD__RESTRICTION_MEMORY,
  VPROD__RESTRICTION_MOUNTS,
  VPROD__RESTRICTION_IN_CLUSTER, /* not one: the variables that say that a cluster is there */
  VPROD__RESTRICTION_COUNT
};

/* In Kubernetes' words. */
const char *vprod__restriction_name (enum vprod__restriction restriction);

/* What to do about an app that cannot live with it. */
const char *vprod__restriction_remedy (enum vprod__restriction restriction);

/* The last line of a log that says that it is the reason, *ret_length bytes; NULL: none does. Lent. */
const char *vprod__restriction_told (enum vprod__restriction restriction, const char *log, size_t *ret_length);

#endif
