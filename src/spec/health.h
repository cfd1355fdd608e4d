/* SPDX-License-Identifier: MIT */
/* How checks.health has the app asked: one of several kinds. */
#ifndef VPROD_SPEC_HEALTH_H
#define VPROD_SPEC_HEALTH_H

#include "spec/spec.h"

enum vprod__asks {
  VPROD__ASKS_NOTHING = 0,
  VPROD__ASKS_HTTP,    /* path */
  VPROD__ASKS_GRPC,    /* grpc */
  VPROD__ASKS_TCP,     /* tcp */
  VPROD__ASKS_COMMAND, /* command, inside the container */
  VPROD__ASKS_COUNT
};

/* How the health is asked for; nothing where the spec does not say. */
enum vprod__asks vprod__spec_asks (const vprod_spec *spec);

/* Is it asked over the network, at a port of the app? */
int vprod__asks_at_port (enum vprod__asks asks);

/* Is it one of those wanted, a list ended by 0? */
int vprod__status_is_wanted (const int *statuses, int status);

#endif
