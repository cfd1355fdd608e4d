/* SPDX-License-Identifier: MIT */
/* What `restricted` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_RESTRICTED_FACTS_H
#define VPROD_CHECKS_RESTRICTED_FACTS_H

#include "result/result.h"

struct vprod__restricted_facts {
  int nothing_yet;
};

int vprod__restricted_judge (const struct vprod__restricted_facts *facts, vprod_result *result, vprod_error **err);

#endif
