/* SPDX-License-Identifier: MIT */
/* How long it takes this machine to find out that nobody has a name. An engine's name server asks the same servers for what
   it does not know itself: where none of them answers, a program in a container waits as long. */
#ifndef VPROD_PROBE_LOOKUP_H
#define VPROD_PROBE_LOOKUP_H

#include <verify-prod/runner.h>
#include "util/error.h"

/* *ret_ms: how long, at most limit_ms; -1: it is not known. By getent(1), as a look-up in this process cannot be ended. */
int vprod__lookup_unknown (const vprod_call *call, int64_t limit_ms, int64_t *ret_ms, vprod_error **err);

#endif
