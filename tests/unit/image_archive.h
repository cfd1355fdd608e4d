/* SPDX-License-Identifier: MIT */
/* For tests: makes archives of images, as engines export them. */
#ifndef VPROD_TESTS_IMAGE_ARCHIVE_H
#define VPROD_TESTS_IMAGE_ARCHIVE_H

#include "unit.h"

#include <archive.h>
#include <archive_entry.h>

#include "util/buf.h"

/* An entry of an archive. path NULL ends a list; "dir/" is a folder. */
struct tar_entry {
  const char *path;
  const char *text;   /* of a file; NULL: empty */
  const char *link;   /* not NULL: a symbolic link to this */
  size_t length;      /* of text; 0: strlen */
  int executable;
  unsigned mode;      /* not 0: instead */
  int64_t uid;
  int64_t mtime;
  const char *hard;   /* not NULL: a hard link to this */
};

enum packing { PLAIN = 0, GZIP, ZSTD };

static inline la_ssize_t tar_add_bytes (struct archive *archive, void *data, const void *bytes, size_t length)
{
  (void) archive;
  return vprod__buf_add (data, bytes, length) == 0 ? (la_ssize_t) length : -1;
}

/* The archive's bytes; the caller's. */
static inline struct vprod__buf make_tar (const struct tar_entry *entries, enum packing packing)
{
  struct vprod__buf tar = { 0 };
  struct archive *archive = archive_write_new ();

  ck_assert_ptr_nonnull (archive);
  archive_write_set_format_pax_restricted (archive);
  archive_write_set_bytes_in_last_block (archive, 1);
  if (packing == GZIP)
    ck_assert_int_eq (archive_write_add_filter_gzip (archive), ARCHIVE_OK);
  if (packing == ZSTD)
    ck_assert_int_eq (archive_write_add_filter_zstd (archive), ARCHIVE_OK);
  ck_assert_int_eq (archive_write_open (archive, &tar, NULL, tar_add_bytes, NULL), ARCHIVE_OK);
  for (const struct tar_entry *e = entries; e->path; e++) {
    struct archive_entry *entry = archive_entry_new ();
    size_t length = e->text ? (e->length ? e->length : strlen (e->text)) : 0;
    int folder = e->path[strlen (e->path) - 1] == '/';
    archive_entry_set_pathname (entry, e->path);
    archive_entry_set_filetype (entry, folder ? AE_IFDIR : e->link ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm (entry, e->mode ? e->mode : folder || e->executable ? 0755 : 0644);
    archive_entry_set_uid (entry, e->uid);
    if (e->mtime)
      archive_entry_set_mtime (entry, (time_t) e->mtime, 0);
    if (e->hard)
      archive_entry_set_hardlink (entry, e->hard);
    if (e->link)
      archive_entry_set_symlink (entry, e->link);
    archive_entry_set_size (entry, folder || e->link ? 0 : (la_int64_t) length);
    ck_assert_int_ge (archive_write_header (archive, entry), ARCHIVE_WARN);
    if (!folder && !e->link && length)
      ck_assert_int_eq (archive_write_data (archive, e->text, length), (la_ssize_t) length);
    archive_entry_free (entry);
  }
  ck_assert_int_eq (archive_write_close (archive), ARCHIVE_OK);
  archive_write_free (archive);
  return tar;
}

struct memory {
  const char *bytes;
  size_t length;
  size_t piece; /* how much at a time; 0: all */
};

static inline la_ssize_t read_memory (struct archive *archive, void *data, const void **ret)
{
  struct memory *memory = data;
  size_t n = memory->piece && memory->piece < memory->length ? memory->piece : memory->length;

  (void) archive;
  *ret = memory->bytes;
  memory->bytes += n;
  memory->length -= n;
  return (la_ssize_t) n;
}

#endif
