/* SPDX-License-Identifier: MIT */
/* What `outage` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_OUTAGE_FACTS_H
#define VPROD_CHECKS_OUTAGE_FACTS_H

#include "result/result.h"

struct vprod__outage_facts {
  int nothing_yet;
};

int vprod__outage_judge (const struct vprod__outage_facts *facts, vprod_result *result, vprod_error **err);

#endif
