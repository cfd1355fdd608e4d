/* SPDX-License-Identifier: MIT */
/* What `reproducible` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_REPRODUCIBLE_FACTS_H
#define VPROD_CHECKS_REPRODUCIBLE_FACTS_H

#include "image/snapshot.h"
#include "known/irreproducible.h"
#include "result/result.h"
#include "runner/runner.h"

struct vprod__difference {
  char *path;       /* without "/" in front */
  unsigned differs; /* enum vprod__differs */
  int absent_in;    /* 1, 2: the build that does not have it; 0: both have it */
  long place;       /* of the layer that it comes from, in the second build if that has it */
  const struct vprod__irreproducible *known; /* why, or NULL */
};

/* An entry of the images' configurations that differs. */
struct vprod__setting_difference {
  char *name;   /* "label build-date" */
  char *first;  /* NULL: the first build has none */
  char *second;
};

struct vprod__differences {
  struct vprod__difference *files;
  size_t n_files; /* that are kept … */
  size_t more;    /* … and beyond these */
  struct vprod__setting_difference *settings;
  size_t n_settings;
  size_t ignored;
};
void vprod__differences_clear (struct vprod__differences *differences);

/* Compares files, without those that patterns name. 0, or -1 out of memory. */
int vprod__differences_of_files (const struct vprod__snapshot *first, const struct vprod__snapshot *second, char *const *ignore,
                                 struct vprod__differences *ret);
/* Compares configurations. 0, or -1 out of memory. */
int vprod__differences_of_settings (const vprod_image_facts *first, const vprod_image_facts *second, struct vprod__differences *ret);

/* Of one build. */
struct vprod__build_outcome {
  int succeeded;
  const char *failed_step; /* or NULL */
  const char *message;     /* why not, or NULL */
};

struct vprod__reproducible_facts {
  struct vprod__build_outcome builds[2];
  int same_image;                  /* 1: both have one id; what follows is then not read */
  const struct vprod__differences *differences;
  size_t files;                    /* of the second image */
  size_t layers[2];
  const char *const *created_by;   /* of each layer of the second image, base first; NULL: not known */
  const int *lines;                /* of the Dockerfile, 0: not known */
};

int vprod__reproducible_judge (const struct vprod__reproducible_facts *facts, vprod_result *result, vprod_error **err);

/* How long the second build waits at least after the first, so that times in seconds differ; unit tests shorten it. */
extern int64_t vprod__reproducible_pause_ms;

#endif
