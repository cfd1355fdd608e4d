/* SPDX-License-Identifier: MIT */
/* What later layers hide of earlier ones. */
#ifndef VPROD_CHECKS_DEV_DEPS_ABSENT_HIDDEN_H
#define VPROD_CHECKS_DEV_DEPS_ABSENT_HIDDEN_H

#include "image/layers.h"
#include "session/session.h"

struct vprod__whiteout;

struct vprod__whiteouts {
  struct vprod__whiteout *list;
  size_t count, size;
};

/* Remembers a file that is a whiteout, or says that its folder is opaque. */
int vprod__whiteouts_add (struct vprod__whiteouts *whiteouts, const struct vprod__layer_file *file,
                          vprod_error **err);

/* Once all are added. */
void vprod__whiteouts_sort (struct vprod__whiteouts *whiteouts);

/* After that: do they leave a path of that layer (its number in the archive) to be seen? */
int vprod__whiteouts_leave (const struct vprod__whiteouts *whiteouts, const struct vprod__layers *layers,
                            const char *path, size_t layer);

void vprod__whiteouts_clear (struct vprod__whiteouts *whiteouts);

#endif
