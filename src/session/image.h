/* SPDX-License-Identifier: MIT */
/* The image: built from the spec's Dockerfile, or the one that the spec names. Owner: build. */
#ifndef VPROD_SESSION_IMAGE_H
#define VPROD_SESSION_IMAGE_H

#include <verify-prod/session.h>
#include "session/build.h"
#include "session/fixture.h"

struct vprod__image {
  int given;              /* 1: the spec names one that exists; there was no build */
  int usable;             /* 1: there is an image; 0: it did not build, or the engine has no such image */
  char *ref;              /* tag or reference; NULL if there is none */
  char *why;              /* not usable: in words, "the image did not build"; else NULL */
  vprod_build_facts build;/* zero if given */
  struct vprod__steps steps;
  char *log;              /* tail of the builder's words, or NULL */
  size_t log_length;
  int64_t build_ms;
  vprod_image_facts facts;/* if usable */
};

int vprod__get_image (vprod_session *session, const struct vprod__image **ret, vprod_error **err);
int vprod__need_image (vprod_session *session, vprod_result *result, const struct vprod__image **ret,
                       vprod_error **err);

struct vprod__image_part {
  struct vprod__fixture fixture;
  struct vprod__image made;
  char *tag; /* of the image that it builds */
  int n_extra_tags;
  int n_builds;     /* builds of checks (build_once.h) that run now … */
  int builds_alone; /* … and 1: it is one without cache, beside which no other runs */
};

/* Its history, as the runner's image_history gives it. */
int vprod__session_image_history (vprod_session *session, int64_t timeout_ms,
                                  int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                  vprod_error **err);

int vprod__make_image (vprod_session *session, vprod_error **err);
/* The configuration of an image, what is secret in it registered. */
int vprod__image_facts_of (vprod_session *session, const char *ref, vprod_image_facts *ret, vprod_error **err);
void vprod__image_clear (struct vprod__image *image);

/* Makes the image known to the engine: pulls it if it is not there, and says so. */
int vprod__image_obtain (vprod_session *session, const char *image, const char *platform, vprod_error **err);

/* There is an image that can be used; else an error that says why not. */
int vprod__image_require (vprod_session *session, vprod_error **err);

/* A call about the image gave r: 1 if it is to be made once more, and *error is then cleared. An engine may know nothing
   of the image that this session built and named `ref`: two sessions that build the same at the same time have one
   image with two names, and as one of them goes an engine may lose the other. It is built again, from the cache. */
int vprod__image_is_back (vprod_session *session, const char *ref, int r, vprod_error **error);

#endif
