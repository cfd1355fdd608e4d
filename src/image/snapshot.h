/* SPDX-License-Identifier: MIT */
/*
 * What a container of an image sees of its files, to be compared with that of another image: paths, types, modes, owners, link
 * targets, devices, extended attributes, and contents by 128 bits of their SHA-256, which is made as they stream by. Times are
 * left out. A hard link is compared as the file that it names, as an archive may have either of two names first.
 *
 * Some 130 bytes and the path are kept of each file of each layer, until what is hidden is left out at the end: of a million
 * files at most, which is some 200 MB.
 */
#ifndef VPROD_IMAGE_SNAPSHOT_H
#define VPROD_IMAGE_SNAPSHOT_H

#include "image/visible.h"
#include "util/buf.h"

#define VPROD__SNAPSHOT_HEAD 16

struct vprod__snapshot_file {
  size_t name;     /* where its path begins in `names` */
  uint64_t path;   /* hash */
  uint64_t target; /* of a hard link: hash of the path it is another name of; else 0 */
  uint64_t attributes;
  uint64_t device;
  int64_t size;
  unsigned char content[16];                /* of a file; of a link: of what it names */
  unsigned char head[VPROD__SNAPSHOT_HEAD]; /* its first bytes; 0 behind its end */
  uint32_t order;
  uint32_t layer;
  uint32_t origin; /* the layer that brought this content; a later one that only has the file in another mode or owner is not it */
  uint32_t type;   /* S_IFREG … */
  uint32_t mode;
  uint32_t uid;
  uint32_t gid;
};

/* To begin, zero it. */
struct vprod__snapshot {
  struct vprod__layers layers;
  struct vprod__snapshot_file *files; /* once it was read: those that are seen, by path */
  size_t count;
  struct vprod__buf names;
  /* inside */
  void *digest;     /* EVP_MD_CTX */
  size_t head_length;
};

/* Fills it; the snapshot outlives the reading. */
struct vprod__layer_visitor vprod__snapshot_visitor (struct vprod__snapshot *snapshot);
void vprod__snapshot_clear (struct vprod__snapshot *snapshot);

/* Without "/" in front; "" is the top. Lent. */
const char *vprod__snapshot_path (const struct vprod__snapshot *snapshot, const struct vprod__snapshot_file *file);

/* In what two files of one path differ: bits. */
enum vprod__differs {
  VPROD__DIFFERS_ABSENT = 1 << 0, /* only one image has it */
  VPROD__DIFFERS_TYPE = 1 << 1,
  VPROD__DIFFERS_CONTENT = 1 << 2,
  VPROD__DIFFERS_TARGET = 1 << 3, /* of a symbolic link */
  VPROD__DIFFERS_MODE = 1 << 4,
  VPROD__DIFFERS_OWNER = 1 << 5,
  VPROD__DIFFERS_DEVICE = 1 << 6,
  VPROD__DIFFERS_ATTRIBUTES = 1 << 7
};

/* on_difference is told of each path in which they differ, in their order; one of the files is NULL where it is absent. What it
   returns, unless it is 0, ends it and is returned. */
int vprod__snapshot_compare (const struct vprod__snapshot *first, const struct vprod__snapshot *second,
                             int (*on_difference) (void *data, const char *path, unsigned differs,
                                                   const struct vprod__snapshot_file *one,
                                                   const struct vprod__snapshot_file *other),
                             void *data);

#endif
