/* SPDX-License-Identifier: MIT */
/* What `drain` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_DRAIN_FACTS_H
#define VPROD_CHECKS_DRAIN_FACTS_H

#include "result/result.h"

struct vprod__drain_facts {
  int nothing_yet;
};

int vprod__drain_judge (const struct vprod__drain_facts *facts, vprod_result *result, vprod_error **err);

#endif
