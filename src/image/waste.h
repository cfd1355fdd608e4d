/* SPDX-License-Identifier: MIT */
/*
 * Bytes that an image carries and no container sees: those of files in lower layers that an upper layer replaces or removes.
 * A file is replaced as a whole, also where only its mode or owner changes: `RUN chown -R app /app` has all of /app twice. A
 * file with several names (hard links) counts once, and only when none of them is left.
 *
 * It reads no contents: a file that was copied up for its mode or owner has its size and time. Per file some 56 bytes and
 * its path are kept, of two million files at most.
 */
#ifndef VPROD_IMAGE_WASTE_H
#define VPROD_IMAGE_WASTE_H

#include "image/visible.h"
#include "util/buf.h"

enum vprod__waste_kind {
  VPROD__WASTE_REPLACED = 0,
  VPROD__WASTE_RIGHTS,    /* replaced by itself, with another mode or owner */
  VPROD__WASTE_REPEATED,  /* replaced by itself, as it was */
  VPROD__WASTE_REMOVED
};

/* What one layer wastes of another, in one way. */
struct vprod__waste_group {
  long by; /* places of the two layers */
  long of;
  enum vprod__waste_kind kind;
  int64_t bytes;
  size_t files;
  char *largest; /* path of the largest of them */
  int64_t largest_bytes;
};

struct vprod__waste_layer {
  int64_t bytes; /* of all its files */
  int64_t wasted; /* of those that upper layers hide */
  size_t files;
};

/* To begin, zero it. */
struct vprod__waste {
  /* once it is settled */
  struct vprod__waste_group *groups; /* the largest first */
  size_t n_groups;
  struct vprod__waste_layer *layers; /* by place */
  size_t depth;
  int64_t bytes;
  int64_t wasted;
  /* inside */
  struct vprod__waste_file *files;
  size_t count;
  struct vprod__buf names;
};

/* A file of a layer. 0, or negative with *err set: UNSUPPORTED where there are too many. */
int vprod__waste_add (struct vprod__waste *waste, const struct vprod__layer_file *file, vprod_error **err);

/* Once all are added, to a `visible` that keeps every file. 0, or negative with *err set. */
int vprod__waste_settle (struct vprod__waste *waste, const struct vprod__visible *visible, vprod_error **err);

void vprod__waste_clear (struct vprod__waste *waste);

#endif
