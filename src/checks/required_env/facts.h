/* SPDX-License-Identifier: MIT */
/* What `required-env` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_REQUIRED_ENV_FACTS_H
#define VPROD_CHECKS_REQUIRED_ENV_FACTS_H

#include "session/session.h"

/* One variable, and what the container did without it, or with nothing in it. */
struct vprod__without {
  const char *variable;      /* or the path of a file: it begins with a slash */
  const char *image_default; /* the value that the image's own ENV gives it; NULL: none */
  struct vprod__once once;
  int empty; /* 1: it was set to the empty text instead */
  int unset; /* 1: run.env does not set it, so the control is the run without it */
  const char *code_default; /* where the sources give it one, "app/settings.py:12"; NULL: nowhere, or not looked for */
};

/* Is it a file of run.files? */
static inline int vprod__is_file (const char *variable)
{
  return *variable == '/';
}

/* A variable of run.env that the spec does not ask about, holds a secret by its name, and has a default in the sources. */
struct vprod__env_default {
  const char *variable, *place;
};

struct vprod__required_env_facts {
  const struct vprod__without *without;
  size_t count;
  int64_t timeout_ms;
  const struct vprod__without *empty; /* the runs with an empty variable */
  size_t n_empty;
  const struct vprod__once *beside; /* a second container with all variables, beside the app; NULL: none was needed */
  const struct vprod__env_default *defaults; /* of secrets that are not listed */
  size_t n_defaults;
  int empty_fails; /* the runs with an empty variable are: 1: judged; 0: reported alone */
};

/* It ended by itself with a non-zero exit code. */
int vprod__is_refusal (const struct vprod__without *without);

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__required_env_judge (const struct vprod__required_env_facts *facts, vprod_result *result,
                               vprod_error **err);

#endif
