/* SPDX-License-Identifier: MIT */
/* Image references, and the credentials that config.json plainly holds for their registry. */
#ifndef VPROD_RUNNER_DOCKER_REGISTRY_AUTH_H
#define VPROD_RUNNER_DOCKER_REGISTRY_AUTH_H

#include <jansson.h>

#include "util/error.h"

/* "alpine" → "alpine" "latest"; "h:5000/a/b:1" → "h:5000/a/b" "1"; "a@sha256:…" → "a" "sha256:…" (a tag before the
   digest is dropped, as docker does). Both malloc'ed. 0, or -1 out of memory. */
int vprod__image_split (const char *image, char **ret_repository, char **ret_tag);

/* The registry's host, "docker.io" where the reference names none. malloc'ed; NULL out of memory. */
char *vprod__image_registry (const char *image);

struct vprod__registry_auth {
  char *header; /* "X-Registry-Auth: …"; NULL: none is known */
  char *helper; /* the credential helper that config.json names for this registry instead; NULL: none */
};

int vprod__registry_auth_find (const json_t *config, const char *image, struct vprod__registry_auth *ret,
                               vprod_error **err);
void vprod__registry_auth_clear (struct vprod__registry_auth *auth);
#define _cleanup_registry_auth_ _cleanup_ (vprod__registry_auth_clear)

#endif
