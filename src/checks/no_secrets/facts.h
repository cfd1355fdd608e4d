/* SPDX-License-Identifier: MIT */
#ifndef VPROD_CHECKS_NO_SECRETS_FACTS_H
#define VPROD_CHECKS_NO_SECRETS_FACTS_H

#include "runner/runner.h"
#include "scan/given.h"
#include "scan/redact.h"
#include "scan/scan.h"
#include "result/result.h"

struct vprod__history_line {
  char *created_by;
  char *comment;
};

struct vprod__layer_secrets;
struct vprod__no_secrets_facts {
  const vprod_image_facts *image;
  const struct vprod__history_line *history; /* newest first */
  size_t n_history;
  const struct vprod__given *given; /* secrets of the spec */
  struct vprod__secret_allow *allow; /* NULL: nothing is allowed */
  const struct vprod__layer_secrets *layers; /* NULL: they could not be read */
  struct vprod__scan *scan; /* finds credentials by their form; NULL: libhs cannot run on this machine */
  struct vprod__redact *redact; /* gets every value that is found; NULL: not wanted */
};

/* 0, or -1 out of memory. No value of a secret is in the result, whole or in a form that gives it away. */
int vprod__no_secrets_judge (const struct vprod__no_secrets_facts *facts, vprod_result *result, vprod_error **err);

#endif
