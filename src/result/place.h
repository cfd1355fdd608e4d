/* SPDX-License-Identifier: MIT */
/* Where in the sources a result has its place: for code hosts and editors that show it there. */
#ifndef VPROD_RESULT_PLACE_H
#define VPROD_RESULT_PLACE_H

#include "dockerfile/dockerfile.h"
#include "result/result.h"
#include "spec/spec.h"

/* The stage of the Dockerfile that is built. The lines below are searched for in it, then in the stages it is from. */
struct vprod__built {
  const struct vprod__dockerfile *dockerfile;
  int stage; /* -1: none */
};

/* What a check knows of the places of its results. All zero: the stage that is built. */
struct vprod__place_rule {
  /* The line of the Dockerfile that a result is about; 0: that of the stage. */
  int (*line) (const struct vprod__built *built, const vprod_result *result);
  const char *file; /* name of the evidence with a file's absolute path: that file is the place where it exists */
};

/* Lines for such a rule; 0: there is none. */
/* Of a step in a builder's words; stage: its stage's name, or NULL. */
int vprod__line_of_step (const struct vprod__built *built, const char *step, const char *stage);
/* Of the last instruction with one of these names ("USER"). */
int vprod__line_of_last (const struct vprod__built *built, const char *const *words);
/* Of the first of them whose text contains `text`. */
int vprod__line_with (const struct vprod__built *built, const char *const *words, const char *text);
/* … contains the value that the first finding possible has under this name. */
int vprod__line_of_findings (const struct vprod__built *built, const char *const *words, const vprod_result *result,
                             const char *name);
/* Of the last CMD or ENTRYPOINT. */
int vprod__line_of_command (const struct vprod__built *built, const vprod_result *result);

/* The lines that made an image's layers, 0 where none is known, and how many of them are the base image's; created_by: what the
   history says of each, base first. All 0 where there is no Dockerfile. 0, or -1 out of memory. */
int vprod__place_layers (const vprod_spec *spec, const char *const *created_by, size_t count, int *ret_lines, size_t *ret_base);

/* Gives a result its place, unless it has one. Nothing comes of what cannot be read. */
void vprod__place_result (const vprod_spec *spec, const struct vprod__place_rule *rule, vprod_result *result);

/* The line of a Dockerfile that a result is about; 1 where none fits better. target: the stage that is built, NULL: the
   last. Pure. -1 out of memory. */
int vprod__place_in_dockerfile (const char *dockerfile, const char *target, const struct vprod__place_rule *rule,
                                const vprod_result *result);

/* The line of a spec file that a result is about: the check's own section, else `image`, else 1. */
int vprod__place_in_spec (const char *spec, const vprod_result *result);

/* An absolute path as seen from the nearest folder above it that holds .git, else from the working directory, else from
   base_dir; malloc'ed, NULL out of memory. */
char *vprod__place_path (const char *path, const char *base_dir);

#endif
