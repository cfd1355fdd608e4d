/* SPDX-License-Identifier: MIT */
#include "image/snapshot.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "util/grow.h"
#include "util/hash.h"

#define MOST_FILES ((size_t) 1 << 20)
#define MOST_NAMES ((size_t) 192 << 20)

static uint64_t hash_of (const char *text)
{
  return vprod__hash (VPROD__HASH_BEGIN, text, strlen (text));
}

static int too_many (vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                           "the image has too many files to be compared (more than %zu, or %zu MiB of paths)", MOST_FILES,
                           MOST_NAMES >> 20);
}

const char *vprod__snapshot_path (const struct vprod__snapshot *snapshot, const struct vprod__snapshot_file *file)
{
  return snapshot->names.data + file->name;
}

/* ---- digests ------------------------------------------------------------------------------------------- */

static int digest_begin (struct vprod__snapshot *snapshot, vprod_error **err)
{
  if (!snapshot->digest && !(snapshot->digest = EVP_MD_CTX_new ()))
    return vprod__error_no_memory (err);
  return EVP_DigestInit_ex (snapshot->digest, EVP_sha256 (), NULL) == 1 ? 0 : vprod__error_no_memory (err);
}

static int digest_end (struct vprod__snapshot *snapshot, struct vprod__snapshot_file *file, vprod_error **err)
{
  unsigned char whole[EVP_MAX_MD_SIZE];

  if (EVP_DigestFinal_ex (snapshot->digest, whole, NULL) != 1)
    return vprod__error_no_memory (err);
  memcpy (file->content, whole, sizeof file->content);
  return 0;
}

static int digest_text (struct vprod__snapshot *snapshot, struct vprod__snapshot_file *file, const char *text, vprod_error **err)
{
  int r = digest_begin (snapshot, err);

  if (r == 0 && EVP_DigestUpdate (snapshot->digest, text, strlen (text)) != 1)
    r = vprod__error_no_memory (err);
  return r == 0 ? digest_end (snapshot, file, err) : r;
}

/* ---- files --------------------------------------------------------------------------------------------- */

/* The same whatever their order. */
static uint64_t attributes_of (struct archive_entry *entry)
{
  const char *name;
  const void *value;
  size_t size;
  uint64_t sum = 0;

  if (!entry || archive_entry_xattr_reset (entry) == 0)
    return 0;
  while (archive_entry_xattr_next (entry, &name, &value, &size) == ARCHIVE_OK)
    if (name)
      sum += vprod__hash (vprod__hash (VPROD__HASH_BEGIN, name, strlen (name) + 1), value, size);
  return sum;
}

static uint32_t type_of (const struct vprod__layer_file *file)
{
  switch (file->kind) {
  case VPROD__FILE_REGULAR:
    return S_IFREG;
  case VPROD__FILE_FOLDER:
    return S_IFDIR;
  case VPROD__FILE_LINK:
    return S_IFLNK;
  default:
    return file->entry ? (uint32_t) archive_entry_filetype (file->entry) : 0;
  }
}

static const char *link_of (const struct vprod__layer_file *file)
{
  const char *target = archive_entry_symlink (file->entry);

  target = target ? target : archive_entry_symlink_utf8 (file->entry);
  return target ? target : "";
}

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  struct vprod__snapshot *snapshot = data;

  if (file->kind == VPROD__FILE_WHITEOUT || file->kind == VPROD__FILE_OPAQUE)
    return 0;
  if (snapshot->count == MOST_FILES || snapshot->names.length > MOST_NAMES)
    return too_many (err);
  struct vprod__snapshot_file kept = {
    .name = snapshot->names.length,
    .path = hash_of (file->path),
    .target = file->hard_link ? hash_of (file->hard_link) : 0,
    .attributes = attributes_of (file->entry),
    .size = file->kind == VPROD__FILE_REGULAR ? file->size : 0,
    .order = (uint32_t) snapshot->count,
    .layer = (uint32_t) file->layer,
    .origin = (uint32_t) file->layer,
    .type = type_of (file),
    .mode = file->kind == VPROD__FILE_LINK ? 0 : file->mode,
    .uid = (uint32_t) file->uid,
    .gid = (uint32_t) file->gid,
  };
  if ((kept.type == S_IFCHR || kept.type == S_IFBLK) && file->entry)
    kept.device = ((uint64_t) archive_entry_rdevmajor (file->entry) << 32) + (uint64_t) archive_entry_rdevminor (file->entry);
  int r = file->kind == VPROD__FILE_LINK ? digest_text (snapshot, &kept, link_of (file), err) : 0;
  if (r < 0)
    return r;
  if (vprod__buf_add (&snapshot->names, file->path, strlen (file->path) + 1) < 0
      || vprod__grow (&snapshot->files, snapshot->count) < 0)
    return vprod__error_no_memory (err);
  snapshot->files[snapshot->count++] = kept;
  if (file->kind != VPROD__FILE_REGULAR || file->hard_link)
    return 0;
  snapshot->head_length = 0;
  r = digest_begin (snapshot, err);
  return r < 0 ? r : 1;
}

static int on_content (void *data, const void *bytes, size_t length, vprod_error **err)
{
  struct vprod__snapshot *snapshot = data;
  struct vprod__snapshot_file *file = &snapshot->files[snapshot->count - 1];
  size_t room = VPROD__SNAPSHOT_HEAD - snapshot->head_length, n = length < room ? length : room;

  if (length == 0)
    return digest_end (snapshot, file, err);
  memcpy (file->head + snapshot->head_length, bytes, n);
  snapshot->head_length += n;
  return EVP_DigestUpdate (snapshot->digest, bytes, length) == 1 ? 0 : vprod__error_no_memory (err);
}

/* ---- what is seen -------------------------------------------------------------------------------------- */

static int by_hash (const void *a, const void *b)
{
  const struct vprod__snapshot_file *one = a, *other = b;

  if (one->path != other->path)
    return one->path < other->path ? -1 : 1;
  if (one->layer != other->layer)
    return one->layer < other->layer ? -1 : 1;
  return one->order < other->order ? -1 : one->order > other->order;
}

/* The layer's file of that path, or NULL. */
static const struct vprod__snapshot_file *find (const struct vprod__snapshot *snapshot, uint64_t path, uint32_t layer)
{
  size_t low = 0, high = snapshot->count;

  while (low < high) {
    size_t middle = (low + high) / 2;
    const struct vprod__snapshot_file *file = &snapshot->files[middle];
    if (file->path < path || (file->path == path && file->layer < layer))
      low = middle + 1;
    else
      high = middle;
  }
  return low < snapshot->count && snapshot->files[low].path == path && snapshot->files[low].layer == layer ? &snapshot->files[low]
                                                                                                           : NULL;
}

static void follow_hard_links (struct vprod__snapshot *snapshot)
{
  for (size_t i = 0; i < snapshot->count; i++) {
    struct vprod__snapshot_file *file = &snapshot->files[i];
    const struct vprod__snapshot_file *named = file->target ? find (snapshot, file->target, file->layer) : NULL;
    if (!named || named->target)
      continue;
    memcpy (file->content, named->content, sizeof file->content);
    memcpy (file->head, named->head, sizeof file->head);
    file->size = named->size;
    file->type = named->type;
    file->attributes = named->attributes;
  }
}

static int has_same_content (const struct vprod__snapshot_file *one, const struct vprod__snapshot_file *other)
{
  return one->type == other->type && one->size == other->size && memcmp (one->content, other->content, sizeof one->content) == 0;
}

/* Files of one path stand together. */
static void find_origins (struct vprod__snapshot *snapshot, const long *place)
{
  for (size_t begin = 0, end; begin < snapshot->count; begin = end) {
    for (end = begin + 1; end < snapshot->count && snapshot->files[end].path == snapshot->files[begin].path;)
      end++;
    for (size_t i = begin; i < end; i++)
      for (size_t k = begin; k < end; k++)
        if (place[snapshot->files[k].layer] >= 0 && place[snapshot->files[k].layer] < place[snapshot->files[i].origin]
            && has_same_content (&snapshot->files[i], &snapshot->files[k]))
          snapshot->files[i].origin = snapshot->files[k].layer;
  }
}

struct named {
  const char *path;
  struct vprod__snapshot_file file;
};

static int by_name (const void *a, const void *b)
{
  const struct named *one = a, *other = b;
  int paths = strcmp (one->path, other->path);

  return paths != 0 ? paths : one->file.order < other->file.order ? -1 : one->file.order > other->file.order;
}

/* Leaves those that are seen, sorted by path; of two in one layer, the later. 0, or -1 out of memory. */
static int leave_seen (struct vprod__snapshot *snapshot, const struct vprod__visible *visible)
{
  _cleanup_free_ struct named *seen = calloc (snapshot->count + 1, sizeof *seen);
  size_t n = 0, kept = 0;
  int removed;

  if (!seen)
    return -1;
  for (size_t i = 0; i < snapshot->count; i++) {
    const char *path = vprod__snapshot_path (snapshot, &snapshot->files[i]);
    if (visible->layers.place[snapshot->files[i].layer] >= 0
        && vprod__visible_hidden_by (visible, path, snapshot->files[i].layer, &removed) < 0)
      seen[n++] = (struct named) { path, snapshot->files[i] };
  }
  if (n > 1)
    qsort (seen, n, sizeof *seen, by_name);
  for (size_t i = 0; i < n; i++)
    if (i + 1 == n || strcmp (seen[i].path, seen[i + 1].path) != 0)
      snapshot->files[kept++] = seen[i].file;
  snapshot->count = kept;
  return 0;
}

static int on_end (void *data, const struct vprod__visible *visible, vprod_error **err)
{
  struct vprod__snapshot *snapshot = data;

  if (visible->too_many)
    return too_many (err);
  if (snapshot->count > 1)
    qsort (snapshot->files, snapshot->count, sizeof *snapshot->files, by_hash);
  follow_hard_links (snapshot);
  find_origins (snapshot, visible->layers.place);
  if (leave_seen (snapshot, visible) < 0 || vprod__layers_copy (&visible->layers, &snapshot->layers) < 0)
    return vprod__error_no_memory (err);
  return 0;
}

struct vprod__layer_visitor vprod__snapshot_visitor (struct vprod__snapshot *snapshot)
{
  return (struct vprod__layer_visitor) {
    .on_file = on_file,
    .on_content = on_content,
    .on_end = on_end,
    .every_file = 1,
    .data = snapshot,
  };
}

void vprod__snapshot_clear (struct vprod__snapshot *snapshot)
{
  vprod__layers_clear (&snapshot->layers);
  free (snapshot->files);
  vprod__buf_clear (&snapshot->names);
  EVP_MD_CTX_free (snapshot->digest);
  *snapshot = (struct vprod__snapshot) { 0 };
}

/* ---- comparing ----------------------------------------------------------------------------------------- */

static unsigned differs (const struct vprod__snapshot_file *one, const struct vprod__snapshot_file *other)
{
  unsigned bits = 0;

  if (one->type != other->type)
    return VPROD__DIFFERS_TYPE;
  if (memcmp (one->content, other->content, sizeof one->content) != 0 || one->size != other->size)
    bits |= one->type == S_IFLNK ? VPROD__DIFFERS_TARGET : VPROD__DIFFERS_CONTENT;
  if (one->mode != other->mode)
    bits |= VPROD__DIFFERS_MODE;
  if (one->uid != other->uid || one->gid != other->gid)
    bits |= VPROD__DIFFERS_OWNER;
  if (one->device != other->device)
    bits |= VPROD__DIFFERS_DEVICE;
  if (one->attributes != other->attributes)
    bits |= VPROD__DIFFERS_ATTRIBUTES;
  return bits;
}

int vprod__snapshot_compare (const struct vprod__snapshot *first, const struct vprod__snapshot *second,
                             int (*on_difference) (void *data, const char *path, unsigned differs,
                                                   const struct vprod__snapshot_file *one,
                                                   const struct vprod__snapshot_file *other),
                             void *data)
{
  size_t i = 0, k = 0;
  int r = 0;

  while (r == 0 && (i < first->count || k < second->count)) {
    const struct vprod__snapshot_file *one = i < first->count ? &first->files[i] : NULL;
    const struct vprod__snapshot_file *other = k < second->count ? &second->files[k] : NULL;
    const char *path = one ? vprod__snapshot_path (first, one) : NULL, *beside = other ? vprod__snapshot_path (second, other) : NULL;
    int order = !path ? 1 : !beside ? -1 : strcmp (path, beside);
    if (order < 0)
      other = NULL;
    if (order > 0)
      one = NULL;
    i += one != NULL;
    k += other != NULL;
    unsigned bits = one && other ? differs (one, other) : VPROD__DIFFERS_ABSENT;
    if (bits)
      r = on_difference (data, order > 0 ? beside : path, bits, one, other);
  }
  return r;
}
