/* SPDX-License-Identifier: MIT */
#include "checks/dev_deps_absent/hidden.h"

#include <stdlib.h>
#include <string.h>
#include "util/hash.h"

#define MAX_WHITEOUTS ((size_t) 2 << 20)

/* A path that a layer hides from the layers below, by a hash: there may be a hundred thousand of them. */
struct vprod__whiteout {
  uint64_t hash;
  size_t layer;
  int opaque;
};

int vprod__whiteouts_add (struct vprod__whiteouts *whiteouts, const struct vprod__layer_file *file,
                          vprod_error **err)
{
  if (whiteouts->count == MAX_WHITEOUTS)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the image's layers hide more than %zu files",
                             MAX_WHITEOUTS);
  if (whiteouts->count == whiteouts->size) {
    size_t size = whiteouts->size ? 2 * whiteouts->size : 256;
    struct vprod__whiteout *longer = realloc (whiteouts->list, size * sizeof *longer);
    if (!longer)
      return vprod__error_no_memory (err);
    whiteouts->list = longer;
    whiteouts->size = size;
  }
  whiteouts->list[whiteouts->count++] = (struct vprod__whiteout) {
    .hash = vprod__hash (VPROD__HASH_BEGIN, file->path, strlen (file->path)),
    .layer = file->layer,
    .opaque = file->kind == VPROD__FILE_OPAQUE,
  };
  return 0;
}

static int by_hash (const void *a, const void *b)
{
  const struct vprod__whiteout *x = a, *y = b;

  return x->hash < y->hash ? -1 : x->hash > y->hash;
}

void vprod__whiteouts_sort (struct vprod__whiteouts *whiteouts)
{
  if (whiteouts->count > 0)
    qsort (whiteouts->list, whiteouts->count, sizeof *whiteouts->list, by_hash);
}

/* Does a layer above `place` hide the path, itself or (opaque) as a folder's content? */
static int is_hidden_at (const struct vprod__whiteouts *whiteouts, const struct vprod__layers *layers,
                         const char *path, size_t length, int inside, long place)
{
  uint64_t hash = vprod__hash (VPROD__HASH_BEGIN, path, length);
  size_t low = 0, high = whiteouts->count;

  while (low < high) {
    size_t middle = (low + high) / 2;
    if (whiteouts->list[middle].hash < hash)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < whiteouts->count && whiteouts->list[low].hash == hash; low++) {
    const struct vprod__whiteout *whiteout = &whiteouts->list[low];
    if (layers->place[whiteout->layer] > place && (!whiteout->opaque || inside))
      return 1;
  }
  return 0;
}

int vprod__whiteouts_leave (const struct vprod__whiteouts *whiteouts, const struct vprod__layers *layers,
                            const char *path, size_t layer)
{
  long place = layers->place[layer];
  size_t length = strlen (path);

  if (place < 0 || is_hidden_at (whiteouts, layers, path, length, 0, place)
      || is_hidden_at (whiteouts, layers, "", 0, 1, place))
    return 0;
  for (size_t i = 1; i < length; i++)
    if (path[i] == '/' && is_hidden_at (whiteouts, layers, path, i, 1, place))
      return 0;
  return 1;
}

void vprod__whiteouts_clear (struct vprod__whiteouts *whiteouts)
{
  free (whiteouts->list);
}
