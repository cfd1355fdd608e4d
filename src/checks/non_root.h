/* SPDX-License-Identifier: MIT */
/* What `non-root` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_NON_ROOT_H
#define VPROD_CHECKS_NON_ROOT_H

#include <stddef.h>
#include <stdint.h>
#include "checks/processes.h"
#include "session/result.h"
#include "util/error.h"

struct vprod__non_root_facts {
  const struct vprod__processes *processes; /* UIDs as the container sees them */
  int64_t wanted_uid;                       /* -1: any but 0 */
  const char *image_user;                   /* as written, or NULL */
};

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__non_root_judge (const struct vprod__non_root_facts *facts, vprod_result *result, vprod_error **err);

#endif
