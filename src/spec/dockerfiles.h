/* SPDX-License-Identifier: MIT */
/* Finding Dockerfiles: the default names, and those in a folder of many projects. */
#ifndef VPROD_SPEC_DOCKERFILES_H
#define VPROD_SPEC_DOCKERFILES_H

#include "spec/spec.h"

/* The default names, in the order in which they are looked for, NULL-ended; and as words. */
extern const char *const vprod__dockerfile_names[];
#define VPROD__DOCKERFILE_NAMES "Dockerfile.prod, Dockerfile or Containerfile"

/* Is it a usual name of a Dockerfile? "Dockerfile.worker", "api.Dockerfile"; not "Dockerfile.dockerignore". */
int vprod__dockerfile_is_name (const char *name);

/* The Dockerfiles in a folder and below it, sorted, as paths from there, limited in depth and number. Hidden folders, those of
   installed packages, and those that .gitignore names are skipped, as is what cannot be read. 0, or -1 out of memory. */
int vprod__dockerfiles_below (const char *dir, char ***ret);

/* 0 if there is something to build or run; else a SPEC error that says where Dockerfiles were found. Whether a
   file or context that the spec names exists is left to the build. */
int vprod__spec_need_dockerfile (const vprod_spec *spec, vprod_error **err);

#endif
