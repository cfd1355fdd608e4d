/* SPDX-License-Identifier: MIT */
/* Which entries of an image's archive are its layers, base first, by manifest.json (docker save) or index.json (OCI
   layout). */
#ifndef VPROD_IMAGE_MANIFEST_H
#define VPROD_IMAGE_MANIFEST_H

#include <stddef.h>
#include "util/error.h"

/* An entry of the archive that may matter: a small JSON file, a link, or a layer that was read. */
struct vprod__image_entry {
  char *path;
  char *json;   /* its text, or NULL */
  char *target; /* of a link, relative to the archive's top, or NULL */
  long layer;   /* number of the layer that was read from it; -1: it is none */
};

struct vprod__image_entries {
  struct vprod__image_entry *list;
  size_t count;
};

/* Adds one; its strings are copied. 0, or -1 out of memory. */
int vprod__image_entries_add (struct vprod__image_entries *entries, const char *path, const char *json,
                              const char *target, long layer);
void vprod__image_entries_clear (struct vprod__image_entries *entries);

/* Numbers of the image's layers, base first; malloc'ed. ENGINE where the archive does not name them, or lacks one. */
int vprod__image_manifest_layers (const struct vprod__image_entries *entries, long **ret, size_t *ret_count,
                                  vprod_error **err);

/* Fills where the layers come from, base first, as far as the image's configuration tells. 0, or -1 out of memory. */
struct vprod__layer_origin;
int vprod__image_manifest_origins (const struct vprod__image_entries *entries, struct vprod__layer_origin *origins,
                                   size_t count);

#endif
