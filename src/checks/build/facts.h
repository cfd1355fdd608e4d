/* SPDX-License-Identifier: MIT */
#ifndef VPROD_CHECKS_BUILD_FACTS_H
#define VPROD_CHECKS_BUILD_FACTS_H

#include "session/session.h"

/* What `build` judges by. Strings are lent. */
struct vprod__build_facts {
  const struct vprod__image *image;
  const char *dockerfile; /* the path that was looked for; NULL: none, as there is no context */
  int dockerfile_missing;
  const char *context;
  int context_missing;
  const char *target;     /* or NULL */
  char *const *stages;    /* names of the Dockerfile's stages, or NULL */
};

/* Judges a build of the spec's own Dockerfile. */
int vprod__build_judge (const struct vprod__build_facts *facts, vprod_result *result, vprod_error **err);

/* Names of the stages in a Dockerfile's text ("FROM x AS name"). 0, or -1 out of memory. */
int vprod__dockerfile_stages (const char *text, char ***ret);

/* The remedy for a failure, by the builder's message and the step that failed ("" if not known). Never NULL. */
const char *vprod__build_remedy (const char *message, const char *step);

#endif
