/* SPDX-License-Identifier: MIT */
/* A tar archive in memory, of small files: what a runner's container_put unpacks. */
#ifndef VPROD_IMAGE_TAR_H
#define VPROD_IMAGE_TAR_H

#include "util/buf.h"

/* Appends a regular file of root's with these permissions (0444). name: as in the archive ("etc/app.conf"), of any length; the
   folders on its way need no entries. 0, or -1 out of memory. */
int vprod__tar_add (struct vprod__buf *tar, const char *name, unsigned mode, const void *bytes, size_t length);

/* Appends a folder of root's. */
int vprod__tar_add_folder (struct vprod__buf *tar, const char *name, unsigned mode);

/* Appends its end. */
int vprod__tar_end (struct vprod__buf *tar);

#endif
