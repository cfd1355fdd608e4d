/* SPDX-License-Identifier: MIT */
/* Which programs of an image run with more rights than their caller: setuid, setgid, file capabilities. */
#ifndef VPROD_IMAGE_PRIVILEGED_H
#define VPROD_IMAGE_PRIVILEGED_H

#include "image/layers.h"

struct vprod__privileged_file {
  char *path;       /* in the image, without "/" in front */
  int setuid;
  int setgid;
  int capabilities; /* security.capability */
  int64_t uid;      /* its owner */
  size_t layer;     /* its number in the archive */
};
struct vprod__privileged {
  struct vprod__privileged_file *list;
  size_t count;
};

/* Keeps a file of a layer that is such a program. 0, or -1 out of memory. */
int vprod__privileged_add (struct vprod__privileged *programs, const struct vprod__layer_file *file);

void vprod__privileged_clear (struct vprod__privileged *programs);

#endif
