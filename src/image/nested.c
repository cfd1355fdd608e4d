/* SPDX-License-Identifier: MIT */
#include "image/nested.h"
#include "image/feed.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "util/cancel.h"
#include "util/path.h"

#define MAX_DEPTH 10                              /* an archive in an archive in …; a packed archive counts twice */
#define FREE_BYTES ((uint64_t) 64 << 20)          /* may always be unpacked of a file */
#define MAX_RATIO 120                             /* of bytes unpacked to the file's own, beyond that */
#define MAX_ALL_BYTES ((uint64_t) 32 << 30)       /* of all files of an image */
#define MAX_WINDOW ((uint64_t) 24 << 20)          /* of all open filters together */
#define MOST_WINDOW ((uint64_t) 128 << 20)        /* what needs more is not opened at all (`xz -9` needs 64 MB) */
#define HEAD_BYTES 512                            /* that tell a file's kind */

#define TOO_MUCH_MEMORY "it takes too much memory to unpack"

/* The bytes of an archive's entry. */
struct source {
  struct vprod__nested *nested;
  struct vprod__content content;
  int depth;             /* 0: of the layer itself */
  int broken;            /* the archive cannot be read further */
  size_t reads;          /* blocks that were read */
  char head[HEAD_BYTES]; /* the first bytes, where the first block is shorter than that */
  const void *first;     /* read to tell the kind, and not handed on yet */
  size_t first_length;
  const void *second;    /* what follows `first`; NULL: nothing was read */
  size_t second_length;
};

static void cut_short (struct vprod__nested *nested, const char *path, const char *why)
{
  if (nested->n_cut++ > 0)
    return;
  nested->cut = strdup (path); /* NULL: it is not shown */
  nested->why_cut = why;
}

/* ---- bytes ---------------------------------------------------------------------------------------------------------- */

/* 1: there is a block; 0: the end, or it cannot be read further. */
static int read_block (struct source *source, const void **ret, size_t *ret_length)
{
  struct vprod__nested *nested = source->nested;
  int r;

  do {
    r = vprod__content_block (&source->content, ret, ret_length);
    if (r != ARCHIVE_OK && r != ARCHIVE_WARN) {
      source->broken = r != ARCHIVE_EOF;
      return 0;
    }
  } while (*ret_length == 0);
  source->reads++;
  if (source->depth == 0)
    nested->in += *ret_length;
  else {
    nested->out += *ret_length;
    nested->all_out += *ret_length;
    if ((nested->out > FREE_BYTES && nested->out / MAX_RATIO > nested->in) || nested->all_out > MAX_ALL_BYTES)
      nested->stop = 1;
    if (nested->narrow > 0 && nested->out > nested->narrow) {
      nested->stop = 1;
      nested->why_stop = TOO_MUCH_MEMORY;
    }
  }
  return 1;
}

static int next_block (struct source *source, const void **ret, size_t *ret_length)
{
  if (source->first) {
    *ret = source->first;
    *ret_length = source->first_length;
    source->first = source->second;
    source->first_length = source->second_length;
    source->second = NULL;
    return 1;
  }
  return read_block (source, ret, ret_length);
}

/* Reads as much as is needed to tell the content's kind. */
static void read_head (struct source *source)
{
  const void *block;
  size_t length, have = 0;

  while (have < HEAD_BYTES && read_block (source, &block, &length)) {
    size_t n = length < HEAD_BYTES - have ? length : HEAD_BYTES - have;
    if (have == 0 && length >= HEAD_BYTES) {
      source->first = block;
      source->first_length = length;
      return;
    }
    memcpy (source->head + have, block, n);
    have += n;
    source->second = n < length ? (const char *) block + n : NULL;
    source->second_length = length - n;
  }
  source->first = have > 0 ? source->head : NULL;
  source->first_length = have;
}

/* ---- what is no archive ---------------------------------------------------------------------------------------------- */

static int give_bytes (struct source *source, const char *path, vprod_error **err)
{
  struct vprod__nested *nested = source->nested;
  const void *block;
  size_t length;
  int begun = 0, r = 0;

  while (r == 0 && !(source->depth > 0 && nested->stop) && next_block (source, &block, &length)) {
    if (!begun)
      r = nested->on_begin (nested->data, path, err);
    begun = 1;
    nested->bytes += length;
    if (r == 0)
      r = nested->on_bytes (nested->data, block, length, err);
    if (r == 0 && nested->call)
      r = vprod__call_check (nested->call, "reading the image's layers", err);
  }
  nested->files += (size_t) begun;
  return r == 0 && begun ? nested->on_end (nested->data, err) : r;
}

/* ---- archives --------------------------------------------------------------------------------------------------------- */

/* archive_path: the path under which it is told as an archive; `path` is that of a plain file. */
static int read_content (struct source *source, const char *path, const char *archive_path, vprod_error **err);

static la_ssize_t pull (struct archive *archive, void *data, const void **ret)
{
  struct source *source = data;
  size_t length;

  if (source->nested->stop) {
    archive_set_error (archive, EFBIG, "too much of it");
    return -1;
  }
  if (next_block (source, ret, &length))
    return (la_ssize_t) length;
  return source->broken ? -1 : 0;
}

static int open_archive (struct source *source, enum vprod__packing packing, struct archive **ret, vprod_error **err)
{
  _cleanup_ (vprod__archive_freep) struct archive *archive = archive_read_new ();

  if (!archive)
    return vprod__error_no_memory (err);
  if (packing == VPROD__PACKING_ARCHIVE) {
    archive_read_support_format_tar (archive);
    archive_read_support_format_zip_streamable (archive);
    archive_read_support_format_cpio (archive);
    archive_read_support_format_ar (archive);
  } else { /* what comes out may be an archive: read_content looks at it again */
    archive_read_support_format_raw (archive);
    archive_read_support_format_empty (archive);
    /* without its library, libarchive would start a program to unpack */
    if (archive_zlib_version ())
      archive_read_support_filter_gzip (archive);
    if (archive_bzlib_version ())
      archive_read_support_filter_bzip2 (archive);
    if (archive_liblzma_version ())
      archive_read_support_filter_xz (archive);
    if (archive_libzstd_version ())
      archive_read_support_filter_zstd (archive);
  }
  if (archive_read_open (archive, source, NULL, pull, NULL) != ARCHIVE_OK)
    return 0;
  *ret = archive;
  archive = NULL;
  return 0;
}

/* The path of an archive's entry; NULL out of memory. */
static char *inner_path (struct archive_entry *entry, const char *path)
{
  char clean[PATH_MAX], *inner;
  const char *name = vprod__entry_path (entry);

  if (!name || !vprod__clean_path (name, clean))
    snprintf (clean, sizeof clean, "(no usable name)");
  /* names that are longer together than any path say nothing more */
  return asprintf (&inner, "%.*s!/%s", PATH_MAX, path, clean) < 0 ? NULL : inner;
}

/* The path of what a single compressed file holds: its name without ".gz". */
static char *unpacked_path (const char *path)
{
  const char *base = vprod__path_name (path), *dot = strrchr (base, '.');
  char *inner;
  int length = (int) (dot && dot > base ? (size_t) (dot - base) : strlen (base));

  return asprintf (&inner, "%.*s!/%.*s", PATH_MAX, path, length, base) < 0 ? NULL : inner;
}

/* Some of zip's methods let a hostile archive choose how much memory they need. */
static int is_readable (struct archive *archive, struct archive_entry *entry)
{
  const char *format;

  if (archive_entry_is_data_encrypted (entry))
    return 0;
  if ((archive_format (archive) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_ZIP)
    return 1;
  format = archive_format_name (archive);
  return format && (strstr (format, "(deflation)") || strstr (format, "(uncompressed)"));
}

/* *ret_entries: how many entries it had. */
static int read_entries (struct source *source, struct archive *archive, const char *path, size_t *ret_entries,
                         vprod_error **err)
{
  struct vprod__nested *nested = source->nested;
  struct archive_entry *entry;
  int r;

  while (!nested->stop && (r = archive_read_next_header (archive, &entry)) != ARCHIVE_EOF) {
    if (r == ARCHIVE_FATAL) {
      if (*ret_entries > 0 && !nested->stop)
        cut_short (nested, path, "it is damaged");
      return 0;
    }
    if (r == ARCHIVE_RETRY)
      continue;
    ++*ret_entries;
    r = nested->call ? vprod__call_check (nested->call, "reading the image's layers", err) : 0;
    if (r < 0)
      return r;
    if (archive_entry_filetype (entry) != AE_IFREG || archive_entry_hardlink (entry))
      continue;
    int is_raw = archive_format (archive) == ARCHIVE_FORMAT_RAW;
    _cleanup_free_ char *inner = is_raw ? unpacked_path (path) : inner_path (entry, path);
    if (!inner)
      return vprod__error_no_memory (err);
    if (!is_readable (archive, entry)) {
      cut_short (nested, inner, "it is encrypted, or packed in a way that is not read");
      continue;
    }
    struct source inside = { .nested = nested, .content = { .archive = archive }, .depth = source->depth + 1 };
    r = read_content (&inside, inner, is_raw ? path : inner, err);
    if (r < 0)
      return r;
    if (inside.broken && !nested->stop)
      cut_short (nested, inner, "it is damaged");
  }
  return 0;
}

static int look_into (struct source *source, enum vprod__packing packing, uint64_t window, const char *path, vprod_error **err)
{
  struct vprod__nested *nested = source->nested;
  _cleanup_ (vprod__archive_freep) struct archive *archive = NULL;
  const struct source before = *source;
  size_t entries = 0;
  int r;

  uint64_t left = MAX_WINDOW - nested->window, narrow = nested->narrow;
  if (window > left) { /* a window takes memory as it fills, so it may be unpacked until the memory is used up */
    window = left / 4 * 3; /* archives in it need some, too */
    if (narrow == 0 || nested->out + window < narrow)
      nested->narrow = nested->out + window;
  }
  nested->window += window;
  r = open_archive (source, packing, &archive, err);
  if (r == 0 && archive)
    r = read_entries (source, archive, path, &entries, err);
  nested->window -= window;
  nested->narrow = narrow;
  if (r == 0 && entries == 0 && source->reads == before.reads) { /* it was no archive: what was read is handed on as a plain file */
    source->first = before.first == before.head ? source->head : before.first;
    source->first_length = before.first_length;
    source->second = before.second;
    source->second_length = before.second_length;
  }
  return r;
}

/* Programs may be a zip behind the line that says what runs them: Python's zip applications. */
static void skip_first_line (struct source *source)
{
  const char *bytes = source->first;
  size_t length = source->first_length < HEAD_BYTES ? source->first_length : HEAD_BYTES;
  const char *zip = length > 2 && memcmp (bytes, "#!", 2) == 0 ? memmem (bytes, length, "\nPK\3\4", 5) : NULL;

  if (!zip)
    return;
  source->first = zip + 1;
  source->first_length -= (size_t) (zip + 1 - bytes);
}

static int read_content (struct source *source, const char *path, const char *archive_path, vprod_error **err)
{
  struct vprod__nested *nested = source->nested;
  uint64_t window = 0;

  read_head (source);
  skip_first_line (source);
  size_t length = source->first_length < HEAD_BYTES ? source->first_length : HEAD_BYTES;
  enum vprod__packing packing = source->first ? vprod__packing_of (source->first, length, &window) : VPROD__PACKING_NONE;
  if (packing && source->depth >= MAX_DEPTH)
    cut_short (nested, path, "it lies too deep in other archives");
  else if (packing && window > MOST_WINDOW)
    cut_short (nested, path, TOO_MUCH_MEMORY);
  else if (packing && !nested->stop) {
    int r = look_into (source, packing, window, archive_path, err);
    if (r < 0)
      return r;
    if (nested->stop && source->depth == 0)
      cut_short (nested, path, nested->why_stop ? nested->why_stop : "it unpacks to too much");
  }
  return give_bytes (source, path, err);
}

int vprod__nested_read (struct vprod__nested *nested, const struct vprod__content *content, const char *path,
                        vprod_error **err)
{
  struct source source = { .nested = nested, .content = *content };
  int r;

  nested->in = nested->out = nested->window = nested->narrow = 0;
  nested->why_stop = NULL;
  nested->stop = nested->all_out > MAX_ALL_BYTES;
  r = read_content (&source, path, path, err);
  return r < 0 ? r : source.broken;
}

void vprod__nested_clear (struct vprod__nested *nested)
{
  free (nested->cut);
  nested->cut = NULL;
}
