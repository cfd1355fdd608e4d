/* SPDX-License-Identifier: MIT */
/*
 * Which programs of an image run with more rights than their caller: setuid, setgid, file capabilities. Told of every file
 * of every layer by whoever reads them, in any order of layers; at the end a file counts if no later layer covers it.
 */
#ifndef VPROD_IMAGE_PRIVILEGED_H
#define VPROD_IMAGE_PRIVILEGED_H

#include "image/layers.h"

struct vprod__privileged_file {
  char *path;       /* in the image, without "/" in front */
  int setuid;
  int setgid;
  int capabilities; /* security.capability */
  int64_t uid;      /* its owner */
};
struct vprod__privileged {
  struct vprod__privileged_file *list;
  size_t count;
};
void vprod__privileged_clear (struct vprod__privileged *programs);

struct vprod__privileged_files {
  struct privileged_file *list;
  size_t count;
  struct covering *covering; /* what may cover a file of a lower layer */
  size_t n_covering;
  size_t room;
};

/* 0, or -1 out of memory. */
int vprod__privileged_files_see (struct vprod__privileged_files *files, const struct vprod__layer_file *file);

/* Those of the whole image, by path. 0, or -1 out of memory. */
int vprod__privileged_files_settle (const struct vprod__privileged_files *files, const struct vprod__layers *layers,
                                    struct vprod__privileged *ret);
void vprod__privileged_files_clear (struct vprod__privileged_files *files);

#endif
