/* SPDX-License-Identifier: MIT */
/*
 * The content of a file that streams by, and where the file is an archive or compressed, what is in it, and in that, to a
 * depth. Nothing is stored: what is unpacked is handed on piece by piece. What would unpack to much more than it is (a zip
 * bomb), needs much memory, or is damaged, is left alone there, which is counted.
 */
#ifndef VPROD_IMAGE_NESTED_H
#define VPROD_IMAGE_NESTED_H

#include <stdint.h>
#include "image/layers.h"

struct vprod__nested {
  /* for the caller to set; each gives 0, or negative with *err set */
  int (*on_begin) (void *data, const char *path, vprod_error **err); /* "app/x.jar!/META-INF/MANIFEST.MF" */
  int (*on_bytes) (void *data, const void *bytes, size_t length, vprod_error **err);
  int (*on_end) (void *data, vprod_error **err);
  void *data;
  const vprod_call *call;
  /* what was seen */
  uint64_t bytes;       /* handed on */
  size_t files;
  size_t n_cut;         /* archives that were not read to their end … */
  char *cut;            /* … the path of the first, and why (static) */
  const char *why_cut;
  /* inside */
  uint64_t in, out;     /* of the file at hand: its own bytes, and bytes unpacked from it at any depth */
  uint64_t all_out;     /* the same of all files */
  uint64_t window;      /* memory that the open filters need for what they unpacked before */
  uint64_t narrow;      /* 0, or how far may be unpacked while a filter is open that may need more than that memory */
  const char *why_stop; /* static; NULL: too many bytes */
  int stop;             /* no more of the file at hand is unpacked */
};

/* Reads the content of a file. 0, or negative with *err set; 1: the archive could not be read. */
int vprod__nested_read (struct vprod__nested *nested, const struct vprod__content *content, const char *path,
                        vprod_error **err);

void vprod__nested_clear (struct vprod__nested *nested);

/* Is this the beginning of an archive or of something compressed? *ret_window: bytes of memory to unpack it. */
enum vprod__packing {
  VPROD__PACKING_NONE = 0,
  VPROD__PACKING_ARCHIVE, /* tar, zip, cpio, a Debian package */
  VPROD__PACKING_FILTER   /* gzip, bzip2, xz, zstd: of an archive or of one file */
};
enum vprod__packing vprod__packing_of (const void *bytes, size_t length, uint64_t *ret_window);

#endif
