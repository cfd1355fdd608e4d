/* SPDX-License-Identifier: MIT */
/* Where a Dockerfile is: what it is called where nobody says, and which there are in a folder of many projects. */
#ifndef VPROD_SPEC_DOCKERFILES_H
#define VPROD_SPEC_DOCKERFILES_H

#include "spec/spec.h"

/* The names that are looked for, in this order, NULL-ended; and as words: "Dockerfile.prod, Dockerfile or Containerfile". */
extern const char *const vprod__dockerfile_names[];
#define VPROD__DOCKERFILE_NAMES "Dockerfile.prod, Dockerfile or Containerfile"

/* Is it how Dockerfiles are called? "Dockerfile.worker", "api.Dockerfile"; not "Dockerfile.dockerignore". */
int vprod__dockerfile_is_name (const char *name);

/* Those in a folder and below it, sorted, as paths from there. Bounded in depth and number; hidden folders, those of installed
   packages, and those that .gitignore names are passed over. What cannot be read is not there. 0, or -1 out of memory. */
int vprod__dockerfiles_below (const char *dir, char ***ret);

/* 0 if there is something to build or run; else a SPEC error that says where Dockerfiles were found. A file or a context that
   the spec names and that is not there is for the build to tell. */
int vprod__spec_need_dockerfile (const vprod_spec *spec, vprod_error **err);

#endif
