/* SPDX-License-Identifier: MIT */
/* Which instruction of a Dockerfile made which layer of its image, by the image's history. */
#ifndef VPROD_DOCKERFILE_LAYER_LINES_H
#define VPROD_DOCKERFILE_LAYER_LINES_H

#include "dockerfile/dockerfile.h"

/* created_by: what the history says of each layer, base first; NULL: nothing. The line of each goes to ret_lines, 0 where none is
   found, and the number of layers below the first that is found, those of the base image, to *ret_base. stage: the one that is
   built. 0, or -1 out of memory. */
int vprod__dockerfile_layer_lines (const struct vprod__dockerfile *dockerfile, int stage, const char *const *created_by,
                                   size_t count, int *ret_lines, size_t *ret_base);

/* The instruction as a person would write it, "RUN make": without the builder's marks, build arguments and shell; one blank between
   words. malloc'ed; NULL out of memory. */
char *vprod__created_by_shown (const char *created_by);

#endif
