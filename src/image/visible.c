/* SPDX-License-Identifier: MIT */
#include "image/visible.h"

#include <stdlib.h>
#include <string.h>
#include "util/grow.h"
#include "util/hash.h"

#define MOST_HIDING ((size_t) 8 << 20)

struct vprod__hiding {
  uint64_t path; /* hash */
  uint32_t layer;
  uint8_t kind;
};

static int may_hide (const struct vprod__layer_file *file)
{
  return file->kind != VPROD__FILE_FOLDER && (file->kind != VPROD__FILE_REGULAR || (file->mode & 0111));
}

int vprod__visible_add (struct vprod__visible *visible, const struct vprod__layer_file *file)
{
  if (vprod__privileged_add (&visible->privileged, file) < 0)
    return -1;
  if (!may_hide (file) && !visible->every_file)
    return 0;
  if (visible->count == MOST_HIDING) {
    visible->too_many = 1;
    return 0;
  }
  if (vprod__grow (&visible->hiding, visible->count) < 0)
    return -1;
  visible->hiding[visible->count++] = (struct vprod__hiding) {
    .path = vprod__hash (VPROD__HASH_BEGIN, file->path, strlen (file->path)),
    .layer = (uint32_t) file->layer,
    .kind = (uint8_t) file->kind,
  };
  return 0;
}

static int by_path (const void *a, const void *b)
{
  const struct vprod__hiding *one = a, *other = b;

  return one->path < other->path ? -1 : one->path > other->path;
}

/* What files of one kind hide of lower layers: these are bits. */
enum { ITSELF = 1, INSIDE = 2 };

static int removes (enum vprod__file_kind kind)
{
  return kind == VPROD__FILE_WHITEOUT ? ITSELF | INSIDE : kind == VPROD__FILE_OPAQUE ? INSIDE : 0;
}

/* Where there was a folder and now is something else, nothing in it is left. */
static int covers (enum vprod__file_kind kind)
{
  return removes (kind) ? removes (kind) : kind == VPROD__FILE_FOLDER ? ITSELF : ITSELF | INSIDE;
}

/* The first file of that path, the first `length` bytes of it; the others follow. */
static size_t find_path (const struct vprod__visible *visible, const char *path, size_t length, uint64_t *ret_hash)
{
  uint64_t hash = vprod__hash (VPROD__HASH_BEGIN, path, length);
  size_t low = 0, high = visible->count;

  while (low < high) {
    size_t middle = (low + high) / 2;
    if (visible->hiding[middle].path < hash)
      low = middle + 1;
    else
      high = middle;
  }
  *ret_hash = hash;
  return low;
}

/* Is there a file in a layer above `place` that hides the path, the first `length` bytes of it, in that way? */
static int is_hidden_at (const struct vprod__visible *visible, const char *path, size_t length, int way, long place,
                         int (*hides) (enum vprod__file_kind kind))
{
  uint64_t hash;
  size_t low = find_path (visible, path, length, &hash);

  for (; low < visible->count && visible->hiding[low].path == hash; low++)
    if (visible->layers.place[visible->hiding[low].layer] > place
        && (hides ((enum vprod__file_kind) visible->hiding[low].kind) & way))
      return 1;
  return 0;
}

static int is_hidden (const struct vprod__visible *visible, const char *path, size_t layer,
                      int (*hides) (enum vprod__file_kind kind))
{
  long place = visible->layers.place[layer];

  if (place < 0 || is_hidden_at (visible, "", 0, INSIDE, place, hides))
    return 1;
  for (size_t i = 1; path[i]; i++)
    if (path[i] == '/' && is_hidden_at (visible, path, i, INSIDE, place, hides))
      return 1;
  return is_hidden_at (visible, path, strlen (path), ITSELF, place, hides);
}

int vprod__visible_removed (const struct vprod__visible *visible, const char *path, size_t layer)
{
  return is_hidden (visible, path, layer, removes);
}

int vprod__visible_covered (const struct vprod__visible *visible, const char *path, size_t layer)
{
  return is_hidden (visible, path, layer, covers);
}

/* ---- which layer hides it ------------------------------------------------------------------------------ */

struct hidden {
  long above; /* the place of the file's own layer */
  long by;    /* the lowest so far; -1: none */
  int removed;
};

/* As is_hidden_at, by the lowest layer. */
static void find_hidden_at (const struct vprod__visible *visible, const char *path, size_t length, int way, struct hidden *ret)
{
  uint64_t hash;
  size_t i = find_path (visible, path, length, &hash);

  for (; i < visible->count && visible->hiding[i].path == hash; i++) {
    enum vprod__file_kind kind = (enum vprod__file_kind) visible->hiding[i].kind;
    long place = visible->layers.place[visible->hiding[i].layer];
    if (place <= ret->above || !(covers (kind) & way) || (ret->by >= 0 && place > ret->by))
      continue;
    ret->removed = removes (kind) != 0 && (place != ret->by || ret->removed);
    ret->by = place;
  }
}

long vprod__visible_hidden_by (const struct vprod__visible *visible, const char *path, size_t layer, int *ret_removed)
{
  struct hidden hidden = { .above = visible->layers.place[layer], .by = -1 };

  if (hidden.above < 0)
    return -1;
  find_hidden_at (visible, "", 0, INSIDE, &hidden);
  for (size_t i = 1; path[i]; i++)
    if (path[i] == '/')
      find_hidden_at (visible, path, i, INSIDE, &hidden);
  find_hidden_at (visible, path, strlen (path), ITSELF, &hidden);
  *ret_removed = hidden.removed;
  return hidden.by;
}

void vprod__visible_clear (struct vprod__visible *visible)
{
  vprod__layers_clear (&visible->layers);
  vprod__privileged_clear (&visible->privileged);
  free (visible->hiding);
  *visible = (struct vprod__visible) { 0 };
}

/* ---- programs with rights of their own ---------------------------------------------------------------- */

static int by_own_path (const void *a, const void *b)
{
  const struct vprod__privileged_file *one = a, *other = b;

  return strcmp (one->path, other->path);
}

/* Leaves those that a container sees, by path. */
static void settle_privileged (struct vprod__privileged *programs, const struct vprod__visible *visible)
{
  size_t n = 0;

  for (size_t i = 0; i < programs->count; i++)
    if (vprod__visible_covered (visible, programs->list[i].path, programs->list[i].layer))
      free (programs->list[i].path);
    else
      programs->list[n++] = programs->list[i];
  programs->count = n;
  if (n > 1)
    qsort (programs->list, n, sizeof *programs->list, by_own_path);
}

void vprod__visible_settle (struct vprod__visible *visible)
{
  if (visible->count > 0)
    qsort (visible->hiding, visible->count, sizeof *visible->hiding, by_path);
  settle_privileged (&visible->privileged, visible);
}
