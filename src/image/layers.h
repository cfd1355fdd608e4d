/* SPDX-License-Identifier: MIT */
/*
 * The files in an image's layers, read from an export of the image as it streams by: an archive (docker save, OCI
 * layout) whose entries are archives. Layers come in any order, and a JSON file that may come last says which entries
 * are layers, and in which order they lie; so each layer gets a number as it comes, and its place is told at the end.
 * Nothing is written to disk and no link is followed; memory does not grow with the image.
 */
#ifndef VPROD_IMAGE_LAYERS_H
#define VPROD_IMAGE_LAYERS_H

#include <limits.h>
#include <stdint.h>
#include <verify-prod/runner.h>
#include "util/error.h"

struct archive;
struct archive_entry;

enum vprod__file_kind {
  VPROD__FILE_REGULAR = 1,
  VPROD__FILE_FOLDER,
  VPROD__FILE_LINK,     /* symbolic */
  VPROD__FILE_OTHER,
  VPROD__FILE_WHITEOUT, /* path is what it hides in lower layers */
  VPROD__FILE_OPAQUE    /* path is the folder whose content in lower layers it hides */
};

struct vprod__layer_file {
  size_t layer;     /* its number as it came */
  const char *path; /* from the top, without "/" or "./" in front; never with ".." in it */
  enum vprod__file_kind kind;
  unsigned mode;
  int64_t size;
  int64_t uid;      /* its owner */
  int64_t gid;
  int64_t mtime;    /* seconds since 1970 */
  const char *hard_link; /* the path of the file of this layer that it is another name of, clean as its own; or NULL */
  int capabilities; /* 1: it has some (security.capability) */
  int has_no_name;  /* 1: no file system takes its name (too long, with ".." in it); path is "(no usable name)" */
  struct archive_entry *entry; /* as libarchive has it, for what only few ask */
};

/* The content of a file, as its archive gives it. */
struct vprod__content {
  struct archive *archive;
  /* NULL, or is shown each block that is read */
  void (*on_block) (void *data, const void *bytes, size_t length);
  void *data;
};

/* As archive_read_data_block; a block may be empty. */
int vprod__content_block (const struct vprod__content *content, const void **ret, size_t *ret_length);

struct vprod__visible;
struct vprod__layer_visitor {
  /* A file of a layer. 0: its content is not wanted; 1: it is; negative: an error, *err is set. A hard link to a
     file has no content. */
  int (*on_file) (void *data, const struct vprod__layer_file *file, vprod_error **err);
  /* Its content, piece by piece; a last call has length 0. 0 or negative; 1: no more of it is wanted. */
  int (*on_content) (void *data, const void *bytes, size_t length, vprod_error **err);
  void *data;
  /* Instead of on_content: reads the content itself, as much of it as it likes. 0, or negative; 1: the archive could
     not be read further. */
  int (*take_content) (void *data, const struct vprod__content *content, vprod_error **err);
  /* 1: files that have no name are told of, too. */
  int any_name;
  /* NULL, or called once all layers were read (image/reading.h). 0, or negative with *err set. */
  int (*on_end) (void *data, const struct vprod__visible *visible, vprod_error **err);
  /* 1: on_end asks of all files, not only of few, whether a container sees them (image/visible.h). */
  int every_file;
};

/* Where a layer comes from, by the image's configuration. */
struct vprod__layer_origin {
  char *digest;     /* of the unpacked layer, "sha256:…"; or NULL */
  char *created_by; /* its entry in the history, or NULL */
};

/* The layers' places. */
struct vprod__layers {
  long *place;  /* by number: 0 for the base, and so on; -1: no layer of the image */
  size_t count;
  size_t depth; /* how many layers the image has */
  struct vprod__layer_origin *origins; /* by place; depth of them */
};

/* 0, or -1 out of memory. */
int vprod__layers_copy (const struct vprod__layers *layers, struct vprod__layers *ret);
void vprod__layers_clear (struct vprod__layers *layers);

/* Tells the visitor, which has take_content, of the files in an open archive; image/reading.h is for all others. */
int vprod__image_archive_read (struct archive *archive, const vprod_call *call,
                               const struct vprod__layer_visitor *visitor, struct vprod__layers *ret,
                               vprod_error **err);

/* Takes leading "/", "./" and double slashes out of a path. 1, or 0 where it has ".." in it or is longer than any real path. */
int vprod__clean_path (const char *path, char clean[static PATH_MAX]);

/* The name of an archive's entry, or NULL. */
const char *vprod__entry_path (struct archive_entry *entry);

#endif
