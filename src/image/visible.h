/* SPDX-License-Identifier: MIT */
/*
 * What a container of an image sees of its layers' files. A layer may remove a file of a lower layer (a whiteout, or a
 * folder that is opaque) or put something else in its place; an archive has its layers in any order, so that it is known
 * only at the end what is left. This is the one place that knows these rules.
 *
 * A reading (image/reading.h) adds each file as it streams by, and settles at the end. Checks then ask about the few paths
 * that they have kept. Of the files that may hide others only hashes are kept, 16 bytes each, and of plain files only
 * those that can be executed (what `chmod u-s` leaves is such a one): memory stays small in large images. Where a visitor
 * asks of every file, every file is kept.
 */
#ifndef VPROD_IMAGE_VISIBLE_H
#define VPROD_IMAGE_VISIBLE_H

#include "image/layers.h"
#include "image/privileged.h"

/* To begin, zero it. */
struct vprod__visible {
  struct vprod__layers layers;         /* set before it is settled */
  struct vprod__privileged privileged; /* once it is settled: programs with rights of their own, by path */
  struct vprod__hiding *hiding;        /* files that may hide others */
  size_t count;
  int too_many;                        /* of those: what is hidden cannot be told */
  int every_file;                      /* 1, set at first: all are kept, also plain files and folders */
};

/* A file of a layer. 0, or -1 out of memory. */
int vprod__visible_add (struct vprod__visible *visible, const struct vprod__layer_file *file);

/* Once all are added. */
void vprod__visible_settle (struct vprod__visible *visible);

/* After that: is the file that a layer (by its number in the archive) has at this path removed, itself or with a folder above
   it, by a later layer? Also 1 where the layer is none of the image's. */
int vprod__visible_removed (const struct vprod__visible *visible, const char *path, size_t layer);

/* Is it removed, or replaced by a later layer: by a file that can be executed or the like, or by a link, which may also stand
   in the place of a folder above it? */
int vprod__visible_covered (const struct vprod__visible *visible, const char *path, size_t layer);

/* The lowest layer that hides it so, by its place; -1: a container sees it, or its layer is none of the image's. Where every
   file was kept, this holds for files of any kind. *ret_removed: 1: it is removed, and that layer has nothing in its place. */
long vprod__visible_hidden_by (const struct vprod__visible *visible, const char *path, size_t layer, int *ret_removed);

void vprod__visible_clear (struct vprod__visible *visible);

#endif
