/* SPDX-License-Identifier: MIT */
/* Where in the sources a result has its place: for code hosts and editors that show it there. */
#ifndef VPROD_RESULT_PLACE_H
#define VPROD_RESULT_PLACE_H

#include "result/result.h"
#include "spec/spec.h"

/* Gives a result its place, unless it has one. Nothing comes of what cannot be read. */
void vprod__place_result (const vprod_spec *spec, vprod_result *result);

/* The line of a Dockerfile that a result is about; 1 where none fits better. target: the stage that is built, NULL: the
   last. Pure. -1 out of memory. */
int vprod__place_in_dockerfile (const char *dockerfile, const char *target, const vprod_result *result);

/* The same of a spec file: the check's own section, else `image`. */
int vprod__place_in_spec (const char *spec, const vprod_result *result);

/* An absolute path as seen from the nearest folder above it that holds .git, else from the working directory, else from
   base_dir; malloc'ed, NULL out of memory. */
char *vprod__place_path (const char *path, const char *base_dir);

#endif
