/* SPDX-License-Identifier: MIT */
/* What `image-healthcheck` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_IMAGE_HEALTHCHECK_FACTS_H
#define VPROD_CHECKS_IMAGE_HEALTHCHECK_FACTS_H

#include "result/result.h"

struct vprod__image_healthcheck_facts {
  int nothing_yet;
};

int vprod__image_healthcheck_judge (const struct vprod__image_healthcheck_facts *facts, vprod_result *result, vprod_error **err);

#endif
