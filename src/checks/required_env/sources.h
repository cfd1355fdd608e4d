/* SPDX-License-Identifier: MIT */
/* Who gives a variable a default: the sources in the build context that the app may be made of. */
#ifndef VPROD_CHECKS_REQUIRED_ENV_SOURCES_H
#define VPROD_CHECKS_REQUIRED_ENV_SOURCES_H

#include "checks/required_env/facts.h"

struct vprod__env_sources {
  struct vprod__env_default *defaults; /* of secrets of run.env that are not listed */
  size_t n_defaults;
  char **names, **places; /* what these and code_default lend */
};

/* Looks for defaults of the variables without which the app did not end with an error (their code_default), and of those of
   run.env that are not in vars and hold secrets by their names. 0, or negative: out of memory. What cannot be read has none. */
int vprod__env_sources_look (struct vprod__env_sources *sources, const vprod_spec *spec, char *const *vars,
                             struct vprod__without *without, size_t count, vprod_error **err);
void vprod__env_sources_clear (struct vprod__env_sources *sources);

#endif
