/* SPDX-License-Identifier: MIT */
/* Checks of the user's own as the machinery of checks wants them. */
#ifndef VPROD_CHECKS_OWN_CHECK_H
#define VPROD_CHECKS_OWN_CHECK_H

#include "checks/check.h"

/* The check with that index in the spec's list; its words are the spec's. */
struct vprod__check vprod__own_check_of (const vprod_spec *spec, size_t index);

#endif
