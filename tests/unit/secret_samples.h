/* SPDX-License-Identifier: MIT */
/* The samples of data/secrets. */
#ifndef VPROD_TESTS_SECRET_SAMPLES_H
#define VPROD_TESTS_SECRET_SAMPLES_H

#include "scan/scan.h"

struct secret_sample {
  const char *rule; /* id; NULL ends the list */
  int is_found;     /* by that rule, in a file of its kind; else by none */
  const char *text;
};
extern const struct secret_sample secret_samples[];

const struct vprod__scan_rule *secret_rule (const char *id);
size_t count_samples (void);

#endif
