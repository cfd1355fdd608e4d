/* SPDX-License-Identifier: MIT */
#include "image/layers.h"
#include "image/feed.h"
#include "image/manifest.h"

#include <archive_entry.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "util/buf.h"
#include "util/cancel.h"
#include "util/path.h"

#define MAX_JSON ((int64_t) 4 << 20)     /* of one manifest or configuration */
#define MAX_ALL_JSON ((size_t) 32 << 20) /* of all of them */
#define MAX_ENTRIES 8192                /* of the outer archive */

struct reader {
  struct archive *outer;
  const vprod_call *call;
  const struct vprod__layer_visitor *visitor;
  struct vprod__image_entries entries;
  size_t json_bytes;
  size_t n_layers;
  /* the first block of the entry, read to tell what it is, and not consumed yet */
  const void *first;
  size_t first_length;
};

int vprod__clean_path (const char *path, char clean[static PATH_MAX])
{
  return vprod__path_clean (path, strlen (path), clean, PATH_MAX) > 0;
}

const char *vprod__entry_path (struct archive_entry *entry)
{
  const char *path = archive_entry_pathname (entry);

  /* libarchive cannot convert a UTF-8 name to a locale that does not have its characters */
  return path ? path : archive_entry_pathname_utf8 (entry);
}

/* ---- a layer ------------------------------------------------------------------------------------------- */

/* Turns ".wh.NAME" into NAME and sets its kind. 0: a file that the union file system keeps for itself. */
static int read_whiteout (char *path, enum vprod__file_kind *ret)
{
  char *slash = strrchr (path, '/'), *name = slash ? slash + 1 : path;

  if (strncmp (name, ".wh.", 4) != 0)
    return 1;
  if (strcmp (name, ".wh..wh..opq") == 0) {
    *ret = VPROD__FILE_OPAQUE;
    if (slash)
      *slash = '\0';
    else
      *path = '\0';
    return 1;
  }
  if (strncmp (name, ".wh..wh.", 8) == 0)
    return 0;
  *ret = VPROD__FILE_WHITEOUT;
  memmove (name, name + 4, strlen (name + 4) + 1);
  return *name != '\0';
}

static enum vprod__file_kind kind_of (struct archive_entry *entry)
{
  switch (archive_entry_filetype (entry)) {
  case AE_IFREG:
    return VPROD__FILE_REGULAR;
  case AE_IFDIR:
    return VPROD__FILE_FOLDER;
  case AE_IFLNK:
    return VPROD__FILE_LINK;
  default: /* a hard link has no type of its own */
    return archive_entry_hardlink (entry) ? VPROD__FILE_REGULAR : VPROD__FILE_OTHER;
  }
}

static int has_capabilities (struct archive_entry *entry)
{
  const char *name;
  const void *value;
  size_t size;

  if (archive_entry_xattr_reset (entry) == 0)
    return 0;
  while (archive_entry_xattr_next (entry, &name, &value, &size) == ARCHIVE_OK)
    if (name && strcmp (name, "security.capability") == 0)
      return 1;
  return 0;
}

static int layer_error (struct archive *layer, size_t number, vprod_error **err)
{
  const char *why = archive_error_string (layer);

  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "cannot read layer %zu in the order of the image's archive: %s", number + 1,
                           why ? why : "it is damaged");
}

int vprod__content_block (const struct vprod__content *content, const void **ret, size_t *ret_length)
{
  la_int64_t offset;

  *ret_length = 0;
  int r = archive_read_data_block (content->archive, ret, ret_length, &offset);
  if (content->on_block && *ret_length > 0 && (r == ARCHIVE_OK || r == ARCHIVE_WARN))
    content->on_block (content->data, *ret, *ret_length);
  return r;
}

static int read_content (struct reader *reader, struct archive *layer, vprod_error **err)
{
  const struct vprod__content content = { .archive = layer };
  int r = reader->visitor->take_content (reader->visitor->data, &content, err);

  return r > 0 ? layer_error (layer, reader->n_layers, err) : r;
}

/* More bytes of the layer, from the outer archive. */
static la_ssize_t more_of_layer (struct archive *layer, void *data, const void **ret)
{
  struct reader *reader = data;
  size_t length;
  la_int64_t offset;

  if (reader->first) {
    *ret = reader->first;
    reader->first = NULL;
    return (la_ssize_t) reader->first_length;
  }
  do {
    int r = archive_read_data_block (reader->outer, ret, &length, &offset);
    if (r == ARCHIVE_EOF)
      return 0;
    if (r < ARCHIVE_WARN) {
      archive_set_error (layer, archive_errno (reader->outer), "%s",
                         archive_error_string (reader->outer) ? archive_error_string (reader->outer) : "cut off");
      return -1;
    }
  } while (length == 0);
  return (la_ssize_t) length;
}

static int read_file (struct reader *reader, struct archive *layer, struct archive_entry *entry, vprod_error **err)
{
  char path[PATH_MAX], target[PATH_MAX];
  const char *name = vprod__entry_path (entry), *hard_link = archive_entry_hardlink (entry);
  int has_no_name = !name || !vprod__clean_path (name, path);

  if (has_no_name) {
    if (!reader->visitor->any_name || archive_entry_filetype (entry) != AE_IFREG)
      return 0;
    snprintf (path, sizeof path, "(no usable name)");
  }
  struct vprod__layer_file file = {
    .layer = reader->n_layers,
    .path = path,
    .kind = kind_of (entry),
    .mode = (unsigned) archive_entry_perm (entry),
    .size = hard_link ? 0 : archive_entry_size (entry),
    .uid = archive_entry_uid (entry),
    .gid = archive_entry_gid (entry),
    .mtime = archive_entry_mtime (entry),
    .hard_link = hard_link && vprod__clean_path (hard_link, target) ? target : NULL,
    .capabilities = has_capabilities (entry),
    .has_no_name = has_no_name,
    .entry = entry,
  };
  if (!read_whiteout (path, &file.kind))
    return 0;
  int r = reader->visitor->on_file (reader->visitor->data, &file, err);
  if (r > 0 && file.kind == VPROD__FILE_REGULAR && !hard_link)
    return read_content (reader, layer, err);
  return r < 0 ? r : 0;
}

/* Reads the entry of the outer archive as a layer. 1: it was one; 0: it is something else; or negative. */
static int read_layer (struct reader *reader, vprod_error **err)
{
  _cleanup_ (vprod__archive_freep) struct archive *layer = NULL;
  struct archive_entry *entry;
  int r = vprod__archive_open_tar (reader, more_of_layer, &layer, NULL);

  if (r < 0)
    return r == -VPROD_ERROR_NO_MEMORY ? vprod__error_no_memory (err) : 0;
  for (size_t n = 0; (r = archive_read_next_header (layer, &entry)) != ARCHIVE_EOF; n++) {
    if (r == ARCHIVE_FATAL && n == 0)
      return 0; /* not an archive */
    if (r == ARCHIVE_FATAL)
      return layer_error (layer, reader->n_layers, err);
    if (r == ARCHIVE_RETRY)
      continue;
    r = read_file (reader, layer, entry, err);
    if (r == 0)
      r = vprod__call_check (reader->call, "reading the image's layers", err);
    if (r < 0)
      return r;
  }
  return 1;
}

/* ---- the archive around them --------------------------------------------------------------------------- */

static int cut_off (const struct reader *reader, const char *path, vprod_error **err)
{
  const char *why = archive_error_string (reader->outer);

  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "cannot read %s of the image's archive: %s", path,
                           why ? why : "cut off");
}

/* A tar archive begins with the name of its first file, which may look like JSON: so this is only a first guess. */
static int may_be_json (const char *bytes, size_t length)
{
  while (length > 0 && strchr (" \t\r\n", *bytes) && *bytes) {
    bytes++;
    length--;
  }
  return length > 0 && (*bytes == '{' || *bytes == '[');
}

/* Reads the entry, with the first block that was read already, to its end (1) or until it is too long for JSON (0). */
static int gather (struct reader *reader, const char *path, struct vprod__buf *text, vprod_error **err)
{
  const void *bytes = vprod__steal (&reader->first);
  size_t length = reader->first_length;
  la_int64_t offset;
  int r;

  do {
    if (vprod__buf_add (text, bytes, length) < 0)
      return vprod__error_no_memory (err);
    if ((int64_t) text->length > MAX_JSON)
      return 0;
    r = archive_read_data_block (reader->outer, &bytes, &length, &offset);
  } while (r == ARCHIVE_OK || r == ARCHIVE_WARN);
  return r == ARCHIVE_EOF ? 1 : cut_off (reader, path, err);
}

static int too_much_json (const char *path, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the image's archive has more JSON than an image needs (%s)",
                           path);
}

static int keep_json (struct reader *reader, const char *path, const struct vprod__buf *text, vprod_error **err)
{
  reader->json_bytes += text->length;
  if (reader->json_bytes > MAX_ALL_JSON)
    return too_much_json (path, err);
  return vprod__image_entries_add (&reader->entries, path, vprod__buf_string (text), NULL, -1) < 0
           ? vprod__error_no_memory (err) : 0;
}

static int is_json (const struct vprod__buf *text)
{
  json_auto_t *json = json_loadb (vprod__buf_string (text), text->length, 0, NULL);

  return json != NULL;
}

/* 1: it was a layer; 0: it is something else; or negative. */
static int keep_layer (struct reader *reader, const char *path, vprod_error **err)
{
  int r = read_layer (reader, err);

  if (r <= 0)
    return r;
  if (vprod__image_entries_add (&reader->entries, path, NULL, NULL, (long) reader->n_layers) < 0)
    return vprod__error_no_memory (err);
  reader->n_layers++;
  return 1;
}

static int keep_json_or_layer (struct reader *reader, const char *path, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  int whole = gather (reader, path, &text, err);

  if (whole < 0)
    return whole;
  if (whole && is_json (&text))
    return keep_json (reader, path, &text, err);
  reader->first = text.data;
  reader->first_length = text.length;
  int r = keep_layer (reader, path, err);
  reader->first = NULL;
  if (r != 0)
    return r < 0 ? r : 0;
  /* no archive: JSON that is broken is an error where it is needed */
  return whole ? keep_json (reader, path, &text, err) : too_much_json (path, err);
}

/* Where a link at `path` points, relative to the archive's top. */
static int link_target (const char *path, const char *link, char target[static PATH_MAX])
{
  const char *slash = strrchr (path, '/');
  size_t folder = slash ? (size_t) (slash - path) : 0;
  char joined[2 * PATH_MAX];

  while (strncmp (link, "../", 3) == 0) {
    if (folder == 0)
      return 0;
    link += 3;
    while (folder > 0 && path[folder - 1] != '/')
      folder--;
    if (folder > 0)
      folder--;
  }
  snprintf (joined, sizeof joined, "%.*s/%s", (int) folder, path, link);
  return vprod__clean_path (joined, target);
}

static int read_outer_file (struct reader *reader, const char *path, vprod_error **err)
{
  la_int64_t offset;
  int r = archive_read_data_block (reader->outer, &reader->first, &reader->first_length, &offset);

  if (r == ARCHIVE_EOF || (r >= ARCHIVE_WARN && reader->first_length == 0))
    return 0;
  if (r < ARCHIVE_WARN)
    return cut_off (reader, path, err);
  if (may_be_json (reader->first, reader->first_length))
    return keep_json_or_layer (reader, path, err);
  r = keep_layer (reader, path, err);
  return r < 0 ? r : 0;
}

static int read_outer (struct reader *reader, vprod_error **err)
{
  struct archive_entry *entry;
  char path[PATH_MAX], target[PATH_MAX];
  int r;

  while ((r = archive_read_next_header (reader->outer, &entry)) != ARCHIVE_EOF) {
    if (r == ARCHIVE_FATAL)
      return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "cannot read the image's archive: %s",
                               archive_error_string (reader->outer) ? archive_error_string (reader->outer)
                                                                    : "cut off");
    const char *name = r == ARCHIVE_RETRY ? NULL : vprod__entry_path (entry);
    if (!name || !vprod__clean_path (name, path))
      continue;
    if (reader->entries.count >= MAX_ENTRIES)
      return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                               "the image's archive has more entries than an image needs");
    const char *link = archive_entry_hardlink (entry), *symlink = archive_entry_symlink (entry);
    if (link || symlink) {
      int known = link ? vprod__clean_path (link, target) : link_target (path, symlink, target);
      if (known && vprod__image_entries_add (&reader->entries, path, NULL, target, -1) < 0)
        return vprod__error_no_memory (err);
    }
    else if (archive_entry_filetype (entry) == AE_IFREG && (r = read_outer_file (reader, path, err)) < 0)
      return r;
    r = vprod__call_check (reader->call, "reading the image", err);
    if (r < 0)
      return r;
  }
  return 0;
}

int vprod__image_archive_read (struct archive *archive, const vprod_call *call,
                               const struct vprod__layer_visitor *visitor, struct vprod__layers *ret,
                               vprod_error **err)
{
  struct reader reader = { .outer = archive, .call = call, .visitor = visitor };
  _cleanup_free_ long *order = NULL;
  size_t depth = 0;
  _cleanup_ (vprod__layers_clear) struct vprod__layers layers = { 0 };
  int r = read_outer (&reader, err);

  if (r == 0)
    r = vprod__image_manifest_layers (&reader.entries, &order, &depth, err);
  if (r == 0) {
    layers.count = reader.n_layers;
    layers.depth = depth;
    layers.place = calloc (reader.n_layers + 1, sizeof *layers.place);
    layers.origins = calloc (depth + 1, sizeof *layers.origins);
    if (!layers.place || !layers.origins
        || vprod__image_manifest_origins (&reader.entries, layers.origins, depth) < 0)
      r = vprod__error_no_memory (err);
  }
  vprod__image_entries_clear (&reader.entries);
  if (r < 0)
    return r;
  for (size_t i = 0; i < layers.count; i++)
    layers.place[i] = -1;
  for (size_t i = 0; i < depth; i++)
    layers.place[order[i]] = (long) i; /* a layer that is there twice gets its uppermost place */
  *ret = layers;
  layers = (struct vprod__layers) { 0 };
  return 0;
}

int vprod__layers_copy (const struct vprod__layers *layers, struct vprod__layers *ret)
{
  int r = 0;

  *ret = (struct vprod__layers) {
    .count = layers->count,
    .depth = layers->depth,
    .place = calloc (layers->count + 1, sizeof *layers->place),
    .origins = calloc (layers->depth + 1, sizeof *layers->origins),
  };
  if (!ret->place || !ret->origins)
    return -1;
  for (size_t i = 0; i < layers->count; i++)
    ret->place[i] = layers->place[i];
  for (size_t i = 0; i < layers->depth; i++) {
    const struct vprod__layer_origin *from = &layers->origins[i];
    if (from->digest && !(ret->origins[i].digest = strdup (from->digest)))
      r = -1;
    if (from->created_by && !(ret->origins[i].created_by = strdup (from->created_by)))
      r = -1;
  }
  return r;
}

void vprod__layers_clear (struct vprod__layers *layers)
{
  for (size_t i = 0; layers->origins && i < layers->depth; i++) {
    free (layers->origins[i].digest);
    free (layers->origins[i].created_by);
  }
  free (layers->origins);
  free (layers->place);
  *layers = (struct vprod__layers) { 0 };
}
