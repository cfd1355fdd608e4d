/* SPDX-License-Identifier: MIT */
/*
 * The secrets that the spec gives to the build and to the app: values of image.secrets, whatever they look like, and what
 * looks like a secret in run.env and in files. They are hidden wherever a session shows something, and looked for in the image.
 */
#ifndef VPROD_SESSION_SECRETS_H
#define VPROD_SESSION_SECRETS_H

#include <verify-prod/session.h>
#include "scan/given.h"
#include "scan/own.h"
#include "spec/spec.h"

struct vprod__given_text {
  enum vprod__given_by by;
  const char *name;
  const char *text; /* without white space at its ends, never "" */
  int is_sure;      /* it is a secret as a whole, not only what looks like one in it */
};

/* Calls on_text with every text that is a secret or may hold some; not 0 ends it. 0, or -1 out of memory, or on_text's. What
   cannot be read is left out: whoever uses it says so. */
int vprod__session_each_text (vprod_session *session, int (*on_text) (void *data, const struct vprod__given_text *text),
                              void *data);

/* What looks like a secret in a text, read as a file of its name; own: by these rules, too, or NULL. 0, or -1. */
int vprod__given_text_scan (const struct vprod__given_text *text, struct vprod__own *own, vprod__secret_fn on_secret, void *data);

/* Calls on_value with each ${env.NAME} of a text whose NAME is that of a secret. 0, or -1 out of memory, or on_value's. */
int vprod__secret_variables (const char *text,
                             int (*on_value) (void *data, const char *name, size_t length, const char *value), void *data);

/* Of a text of the spec, with what its ${…} stand for: is it about services of the session alone, which end with it? */
int vprod__is_of_services (const char *text);

/* What must not be in the image. *ret is cleared by the caller, also on failure. */
int vprod__session_given (vprod_session *session, struct vprod__given *ret, vprod_error **err);

/* For the build: "id=ID,env=NAME", "id=ID,src=PATH". 0, or -1 out of memory. */
int vprod__secret_options (const struct vprod__spec_image *image, char ***ret);

#endif
