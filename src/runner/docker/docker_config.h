/* SPDX-License-Identifier: MIT */
/* What the docker CLI keeps in its folder (~/.docker): config.json and the contexts. */
#ifndef VPROD_RUNNER_DOCKER_DOCKER_CONFIG_H
#define VPROD_RUNNER_DOCKER_DOCKER_CONFIG_H

#include "runner/docker/json.h"
#include "util/error.h"

/* config.json; an empty object where there is none or config_dir is NULL. Errors: INVALID (not JSON), IO. */
int vprod__docker_config_load (const char *config_dir, json_t **ret, vprod_error **err);

struct vprod__context {
  char *host;          /* as written; "" if it names none */
  int skip_tls_verify;
  char *tls_dir;       /* holds ca.pem, cert.pem, key.pem, if there are any; may not exist */
};

/* Errors: INVALID (there is no context of that name; the message names those there are), IO. */
int vprod__context_load (const char *config_dir, const char *name, struct vprod__context *ret, vprod_error **err);

void vprod__context_clear (struct vprod__context *context);
#define _cleanup_context_ _cleanup_ (vprod__context_clear)

#endif
