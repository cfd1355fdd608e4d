/* SPDX-License-Identifier: MIT */
/* A tar archive in memory, of small files: what a runner's container_put unpacks. */
#ifndef VPROD_IMAGE_TAR_H
#define VPROD_IMAGE_TAR_H

#include "util/buf.h"

#include <stdint.h>

/* Appends a regular file of root's with these permissions (0444). name: as in the archive ("etc/app.conf"), of any length; the
   folders on its way need no entries. 0, or -1 out of memory. */
int vprod__tar_add (struct vprod__buf *tar, const char *name, unsigned mode, const void *bytes, size_t length);

struct vprod__tar_owner {
  int64_t uid, gid;
};

/* Appends a folder. */
int vprod__tar_add_folder (struct vprod__buf *tar, const char *name, unsigned mode, const struct vprod__tar_owner *owner);

/* Appends its end. */
int vprod__tar_end (struct vprod__buf *tar);

#endif
