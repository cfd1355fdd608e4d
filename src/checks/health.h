/* SPDX-License-Identifier: MIT */
/* What `health` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_HEALTH_H
#define VPROD_CHECKS_HEALTH_H

#include "session/session.h"

struct vprod__health_facts {
  const struct vprod__health *health;
  const struct vprod__health *later; /* good: what was answered after that (vprod__watch_health); else NULL */
  int port; /* in the container */
  int wanted_status;
  const char *wanted_body; /* contained in it; NULL: any */
  int consecutive;
  int64_t timeout_ms;
  char *const *listens; /* where the app listens, as vprod__proc_listens gives it; NULL: not known */
  const char *loop;     /* what ends and is started again meanwhile, and `start` tells of it; or NULL */
  const char *log;      /* the last bytes of its output; "" if none */
  size_t log_length;
};

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__health_judge (const struct vprod__health_facts *facts, vprod_result *result, vprod_error **err);

#endif
