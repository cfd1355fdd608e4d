/* SPDX-License-Identifier: MIT */
/*
 * The content of a file that streams by; where it is an archive or compressed, what is in it, down to some depth. Nothing
 * is stored: what is unpacked is handed on piece by piece. Unpacking stops where it yields far more than the file's own
 * size (a zip bomb), needs much memory, or finds damage; such files are counted.
 */
#ifndef VPROD_IMAGE_NESTED_H
#define VPROD_IMAGE_NESTED_H

#include <stdint.h>
#include "image/layers.h"

struct vprod__nested {
  /* set by the caller; each returns 0, or negative with *err set */
  int (*on_begin) (void *data, const char *path, vprod_error **err); /* "app/x.jar!/META-INF/MANIFEST.MF" */
  int (*on_bytes) (void *data, const void *bytes, size_t length, vprod_error **err);
  int (*on_end) (void *data, vprod_error **err);
  void *data;
  const vprod_call *call;
  /* results */
  uint64_t bytes;       /* handed on */
  size_t files;
  size_t n_cut;         /* archives that were not read to their end */
  char *cut;            /* path of the first of them */
  const char *why_cut;  /* why that one was not; static */
  /* private */
  uint64_t in, out;     /* of the current file: its own bytes, and bytes unpacked from it at any depth */
  uint64_t all_out;     /* bytes unpacked from all files */
  uint64_t window;      /* memory that the windows of the open filters need */
  uint64_t narrow;      /* 0, or the value of `out` at which to stop, as an open filter has a larger window than is left */
  const char *why_stop; /* static; NULL: too many bytes */
  int stop;             /* no more of the current file is unpacked */
};

/* Reads the content of a file. 0, or negative with *err set; 1: the archive could not be read. */
int vprod__nested_read (struct vprod__nested *nested, const struct vprod__content *content, const char *path,
                        vprod_error **err);

void vprod__nested_clear (struct vprod__nested *nested);

/* Are these the first bytes of an archive or of something compressed? *ret_window: memory that unpacking it takes. */
enum vprod__packing {
  VPROD__PACKING_NONE = 0,
  VPROD__PACKING_ARCHIVE, /* tar, zip, cpio, a Debian package */
  VPROD__PACKING_FILTER   /* gzip, bzip2, xz, zstd: a compressed archive or file */
};
enum vprod__packing vprod__packing_of (const void *bytes, size_t length, uint64_t *ret_window);

#endif
