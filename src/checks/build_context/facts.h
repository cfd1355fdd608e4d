/* SPDX-License-Identifier: MIT */
#ifndef VPROD_CHECKS_BUILD_CONTEXT_FACTS_H
#define VPROD_CHECKS_BUILD_CONTEXT_FACTS_H

#include <stdint.h>
#include "session/context_probe.h"

/* What was sent of the files that one entry of `exclude` names. */
struct vprod__context_excluded {
  const char *pattern; /* as written */
  uint64_t files;      /* also links, devices and the like */
  uint64_t bytes;
  uint64_t folders;
  char *example;       /* the first file's path, or NULL */
  int in_context;      /* 1: something in the context's folder matches it */
};

struct vprod__context_facts {
  struct vprod__context_excluded *excluded;
  size_t n_excluded;
  uint64_t files; /* sent, in all */
  uint64_t bytes;
  const struct vprod__ignore_file *ignore_file;
};

/* Counts one entry of what was sent. 0, or -1 out of memory. */
int vprod__context_count (struct vprod__context_facts *facts, const char *path, int folder, uint64_t bytes);

int vprod__judge_build_context (const struct vprod__context_facts *facts, vprod_result *result);
void vprod__context_facts_clear (struct vprod__context_facts *facts);

#endif
