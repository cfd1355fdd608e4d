/* SPDX-License-Identifier: MIT */
/* Secrets that a spec gives to the build and to the app: in an image, or in its history, none of them may be. */
#ifndef VPROD_SCAN_GIVEN_H
#define VPROD_SCAN_GIVEN_H

#include "scan/secret.h"

enum vprod__given_by { VPROD__GIVEN_RUN_ENV = 0, VPROD__GIVEN_RUN_FILES, VPROD__GIVEN_IMAGE_SECRETS };

struct vprod__given_secret {
  enum vprod__given_by by;
  char *name;  /* "JWT_SECRET_KEY", "/run/secrets/jwt", "index_token" */
  char *value;
};
struct vprod__given {
  struct vprod__given_secret *list;
  size_t count;
};

/* Adds one, unless it is so short or ordinary that it occurs by chance, or there already. 0, or -1 out of memory. */
int vprod__given_add (struct vprod__given *given, enum vprod__given_by by, const char *name, size_t name_length,
                      const char *value, size_t length);

/* Adds the value of NAME=value of run.env, where its name says that it is a secret. */
int vprod__given_add_env (struct vprod__given *given, const char *pair);

const struct vprod__given_secret *vprod__given_find (const struct vprod__given *given, const char *value);

/* "value of the spec's run.env", "… in base64"; static. */
const char *vprod__given_words (enum vprod__given_by by, int in_base64);

void vprod__given_clear (struct vprod__given *given);
#define _cleanup_given_ _cleanup_ (vprod__given_clear)

#endif
