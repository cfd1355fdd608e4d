/* SPDX-License-Identifier: MIT */
/* The folders that a .dockerignore certainly excludes: literal names, in a file without exceptions. A folder that is not
   listed here may be excluded all the same. */
#ifndef VPROD_DOCKERFILE_IGNORE_H
#define VPROD_DOCKERFILE_IGNORE_H

#include "util/error.h"

/* The file that applies, as BuildKit finds it: DOCKERFILE.dockerignore, else CONTEXT/.dockerignore. *ret is a
   NULL-ended list of paths in the context ("tests", "a/b"), NULL: none, as where a .containerignore makes it depend on
   the builder. dockerfile may be NULL. */
int vprod__ignore_load (const char *context_dir, const char *dockerfile, char ***ret, vprod_error **err);

/* Parses the text of an ignore file into such a list. 0, or -1 out of memory. */
int vprod__ignore_parse (const char *text, char ***ret);

#endif
