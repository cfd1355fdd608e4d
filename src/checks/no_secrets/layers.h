/* SPDX-License-Identifier: MIT */
/* Secrets in the files of an image's layers. */
#ifndef VPROD_CHECKS_NO_SECRETS_LAYERS_H
#define VPROD_CHECKS_NO_SECRETS_LAYERS_H

#include "image/layers.h"
#include "checks/no_secrets/facts.h"
#include "session/session.h"

/* A secret in files; one for each value and rule. */
struct vprod__layer_secret {
  struct vprod__secret *is; /* its path: "app/.env"; "app/x.jar!/settings" in an archive */
  size_t number;            /* of its layer, in the archive's order */
  long layer;               /* set at the end: the layer's place, from 0 for the base */
  size_t places;
  int allowed;              /* by the spec: kept until the end, as the same value is found there by its name, too */
};

struct vprod__layer_secrets {
  struct vprod__layer_secret *list; /* by layer, path and line */
  size_t count;
  size_t more;                      /* secrets that are not in the list, which is full */
  struct vprod__layers layers;
  uint64_t bytes;                   /* searched, unpacked */
  size_t files;
  size_t n_cut;                     /* archives in the image that were not read to their end */
  char *cut;                        /* the first of them, or NULL */
  const char *why_cut;              /* why it was not; static */
};

/* Searches all layers of the image as they stream by. values: as of vprod__scan_new. 0 and *ret, or negative. */
int vprod__layer_secrets_find (vprod_session *session, int64_t timeout_ms, const char *const *values,
                               struct vprod__secret_allow *allow, struct vprod__layer_secrets *ret,
                               vprod_error **err);
void vprod__layer_secrets_clear (struct vprod__layer_secrets *secrets);

#endif
