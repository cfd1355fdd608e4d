/* SPDX-License-Identifier: MIT */
/* One build of what the spec says; and one whose image stays, `verify-prod build`. */
#ifndef VPROD_SESSION_BUILD_H
#define VPROD_SESSION_BUILD_H

#include <verify-prod/session.h>
#include "runner/build/steps.h"
#include "runner/runner.h"
#include "spec/spec.h"

/* What came of a build; the caller clears it. */
struct vprod__build {
  vprod_build_facts facts;
  char *withheld;           /* the secret or SSH agent for want of which it failed, in words: no verdict on the image. Or NULL */
  struct vprod__steps steps;
  char *log;
  size_t log_length;
  int64_t duration_ms;
};
struct vprod__build_options {
  const struct vprod__spec_image *image; /* what is built, as the spec describes it; NULL: the spec's own image */
  const char *shown_as;     /* begins each step that is told of; NULL: nothing does */
  const char *context_dir;  /* NULL: the image's own */
  const char *dockerfile;   /* the same */
  const char *tag;          /* NULL: one of the session's own; the image goes with the session either way */
  int plain;                /* 1: without the image's target, platform and arguments */
  int no_cache;             /* 1: every step is run */
  const char *epoch;        /* not NULL: the build argument SOURCE_DATE_EPOCH, unless the image's own have it */
  int64_t timeout_ms;
  vprod_bytes_fn on_tar;    /* not NULL: output_tar */
  void *tar_data;
  /* Not NULL: asked after each event of a step; anything but 0 ends the build there, which is no error: nothing is built
     whose outcome does not matter. */
  int (*enough) (void *data, const struct vprod__steps *steps);
  void *enough_data;
};

/* Builds what the options say. shown: on_event is told of its steps and words. */
int vprod__build_image (vprod_session *session, const struct vprod__build_options *options, int shown,
                        struct vprod__build *ret, vprod_error **err);
void vprod__build_clear (struct vprod__build *build);

/* The error of a build that failed for want of what was withheld. */
int vprod__build_not_told (const char *withheld, vprod_error **err);

#endif
