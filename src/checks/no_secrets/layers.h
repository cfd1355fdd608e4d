/* SPDX-License-Identifier: MIT */
/* Secrets in the files of an image's layers. */
#ifndef VPROD_CHECKS_NO_SECRETS_LAYERS_H
#define VPROD_CHECKS_NO_SECRETS_LAYERS_H

#include "image/layers.h"
#include "checks/no_secrets/facts.h"
#include "session/session.h"

/* What was found, once for each value and rule. */
struct vprod__layer_secret {
  size_t number;           /* of its layer, as it came */
  long layer;              /* after the end: its place, from 0 for the base */
  const char *rule;        /* static */
  const char *description; /* static */
  char *path;              /* "app/.env"; "app/x.jar!/settings" in an archive */
  uint64_t line;
  char *variable;          /* or NULL */
  char *value;
  char *fingerprint;
  size_t places;
};

struct vprod__layer_secrets {
  struct vprod__layer_secret *list; /* by layer, path and line */
  size_t count;
  size_t more;                      /* beyond what is kept */
  struct vprod__layers layers;
  uint64_t bytes;                   /* looked at, unpacked */
  size_t files;
  size_t n_cut;                     /* archives among the files that were not read to their end */
  char *cut;                        /* the first of them, or NULL … */
  const char *why_cut;              /* … and why; static */
  const char *allow_used;           /* by number: this entry of `allow` allowed something in a layer; lent */
};

/* Reads all layers of the image as they stream by. values: what must not be in them (the scan's). *ret is filled
   where it could be done; else negative. */
int vprod__layer_secrets_find (vprod_session *session, int64_t timeout_ms, const char *const *values,
                               struct vprod__secret_allow *allow, struct vprod__layer_secrets *ret,
                               vprod_error **err);
void vprod__layer_secrets_clear (struct vprod__layer_secrets *secrets);

#endif
