/* SPDX-License-Identifier: MIT */
/* What `reproducible` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_REPRODUCIBLE_FACTS_H
#define VPROD_CHECKS_REPRODUCIBLE_FACTS_H

#include "result/result.h"

struct vprod__reproducible_facts {
  int nothing_yet;
};

int vprod__reproducible_judge (const struct vprod__reproducible_facts *facts, vprod_result *result, vprod_error **err);

#endif
