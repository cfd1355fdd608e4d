/* SPDX-License-Identifier: MIT */
#include "image/waste.h"

#include <stdlib.h>
#include <string.h>
#include "util/grow.h"
#include "util/hash.h"

#define MOST_FILES ((size_t) 2 << 20)
#define MOST_NAMES ((size_t) 256 << 20) /* bytes of all paths */

struct vprod__waste_file {
  uint64_t path;   /* hash */
  uint64_t target; /* of a hard link: hash of the path it is another name of; else 0 */
  int64_t size;
  int64_t mtime;
  size_t name;     /* where its path begins in `names` */
  uint32_t layer;
  uint32_t mode;
  uint32_t uid;
  uint32_t gid;
};

static uint64_t hash_of (const char *path)
{
  return vprod__hash (VPROD__HASH_BEGIN, path, strlen (path));
}

static int too_many (vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                           "the image has too many files to tell which of them its layers waste (more than %zu, or %zu MiB of paths)",
                           MOST_FILES, MOST_NAMES >> 20);
}

int vprod__waste_add (struct vprod__waste *waste, const struct vprod__layer_file *file, vprod_error **err)
{
  if (file->kind != VPROD__FILE_REGULAR)
    return 0;
  if (waste->count == MOST_FILES || waste->names.length > MOST_NAMES)
    return too_many (err);
  struct vprod__waste_file kept = {
    .path = hash_of (file->path),
    .target = file->hard_link ? hash_of (file->hard_link) : 0,
    .size = file->size > 0 ? file->size : 0,
    .mtime = file->mtime,
    .name = waste->names.length,
    .layer = (uint32_t) file->layer,
    .mode = file->mode,
    .uid = (uint32_t) file->uid,
    .gid = (uint32_t) file->gid,
  };

  if (vprod__buf_add (&waste->names, file->path, strlen (file->path) + 1) < 0
      || vprod__grow (&waste->files, waste->count) < 0)
    return vprod__error_no_memory (err);
  waste->files[waste->count++] = kept;
  return 0;
}

/* ---- finding ------------------------------------------------------------------------------------------- */

static int by_path (const void *a, const void *b)
{
  const struct vprod__waste_file *one = a, *other = b;

  return one->path != other->path ? (one->path < other->path ? -1 : 1) : (one->layer > other->layer) - (one->layer < other->layer);
}

/* Pointers to hard links. */
static int by_target (const void *a, const void *b)
{
  const struct vprod__waste_file *one = *(const struct vprod__waste_file *const *) a,
                                 *other = *(const struct vprod__waste_file *const *) b;

  return one->target != other->target ? (one->target < other->target ? -1 : 1)
                                      : (one->layer > other->layer) - (one->layer < other->layer);
}

struct settling {
  struct vprod__waste *waste;
  const struct vprod__visible *visible;
  const struct vprod__waste_file **links; /* sorted by target and layer */
  size_t n_links;
};

static const char *name_of (const struct settling *settling, const struct vprod__waste_file *file)
{
  return settling->waste->names.data + file->name;
}

/* The file that the layer at that place has at this path, or NULL. */
static const struct vprod__waste_file *find_at (const struct settling *settling, uint64_t path, long place)
{
  const struct vprod__waste *waste = settling->waste;
  size_t low = 0, high = waste->count;

  while (low < high) {
    size_t middle = (low + high) / 2;
    if (waste->files[middle].path < path)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < waste->count && waste->files[low].path == path; low++)
    if (settling->visible->layers.place[waste->files[low].layer] == place)
      return &waste->files[low];
  return NULL;
}

/* Is the file still seen under another of its names? */
static int has_name_left (const struct settling *settling, const struct vprod__waste_file *file)
{
  size_t low = 0, high = settling->n_links;
  int removed;

  while (low < high) {
    size_t middle = (low + high) / 2;
    const struct vprod__waste_file *link = settling->links[middle];
    if (link->target < file->path || (link->target == file->path && link->layer < file->layer))
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < settling->n_links && settling->links[low]->target == file->path && settling->links[low]->layer == file->layer; low++)
    if (vprod__visible_hidden_by (settling->visible, name_of (settling, settling->links[low]), file->layer, &removed) < 0)
      return 1;
  return 0;
}

static enum vprod__waste_kind kind_of (const struct settling *settling, const struct vprod__waste_file *file, long by, int removed)
{
  const struct vprod__waste_file *other = removed ? NULL : find_at (settling, file->path, by);

  if (removed)
    return VPROD__WASTE_REMOVED;
  if (!other || other->mtime != file->mtime || (other->size != file->size && !other->target))
    return VPROD__WASTE_REPLACED;
  return other->mode != file->mode || other->uid != file->uid || other->gid != file->gid ? VPROD__WASTE_RIGHTS
                                                                                         : VPROD__WASTE_REPEATED;
}

/* ---- adding up ----------------------------------------------------------------------------------------- */

static struct vprod__waste_group *find_group (struct vprod__waste *waste, long by, long of, enum vprod__waste_kind kind)
{
  for (size_t i = 0; i < waste->n_groups; i++)
    if (waste->groups[i].by == by && waste->groups[i].of == of && waste->groups[i].kind == kind)
      return &waste->groups[i];
  if (vprod__grow (&waste->groups, waste->n_groups) < 0)
    return NULL;
  waste->groups[waste->n_groups] = (struct vprod__waste_group) { .by = by, .of = of, .kind = kind };
  return &waste->groups[waste->n_groups++];
}

static int add_waste (struct settling *settling, const struct vprod__waste_file *file, long of)
{
  int removed = 0;
  long by = vprod__visible_hidden_by (settling->visible, name_of (settling, file), file->layer, &removed);

  if (by < 0 || file->size == 0 || has_name_left (settling, file))
    return 0;
  struct vprod__waste_group *group = find_group (settling->waste, by, of, kind_of (settling, file, by, removed));
  if (!group)
    return -1;
  group->bytes += file->size;
  group->files++;
  settling->waste->layers[of].wasted += file->size;
  settling->waste->wasted += file->size;
  if (file->size <= group->largest_bytes)
    return 0;
  char *largest = strdup (name_of (settling, file));
  if (!largest)
    return -1;
  free (group->largest);
  group->largest = largest;
  group->largest_bytes = file->size;
  return 0;
}

static int by_bytes (const void *a, const void *b)
{
  const struct vprod__waste_group *one = a, *other = b;

  if (one->bytes != other->bytes)
    return one->bytes > other->bytes ? -1 : 1;
  return one->of != other->of ? (one->of < other->of ? -1 : 1) : one->by < other->by ? -1 : one->by > other->by;
}

static int add_all (struct settling *settling)
{
  struct vprod__waste *waste = settling->waste;

  for (size_t i = 0; i < waste->count; i++) {
    const struct vprod__waste_file *file = &waste->files[i];
    long of = settling->visible->layers.place[file->layer];
    if (of < 0)
      continue;
    waste->layers[of].bytes += file->size;
    waste->layers[of].files++;
    waste->bytes += file->size;
    if (add_waste (settling, file, of) < 0)
      return -1;
  }
  if (waste->n_groups > 1)
    qsort (waste->groups, waste->n_groups, sizeof *waste->groups, by_bytes);
  return 0;
}

int vprod__waste_settle (struct vprod__waste *waste, const struct vprod__visible *visible, vprod_error **err)
{
  _cleanup_free_ const struct vprod__waste_file **links = calloc (waste->count + 1, sizeof *links);
  struct settling settling = { waste, visible, links, 0 };

  if (visible->too_many)
    return too_many (err);
  waste->depth = visible->layers.depth;
  waste->layers = calloc (waste->depth + 1, sizeof *waste->layers);
  if (!links || !waste->layers)
    return vprod__error_no_memory (err);
  if (waste->count > 0)
    qsort (waste->files, waste->count, sizeof *waste->files, by_path);
  for (size_t i = 0; i < waste->count; i++)
    if (waste->files[i].target)
      links[settling.n_links++] = &waste->files[i];
  if (settling.n_links > 1)
    qsort (links, settling.n_links, sizeof *links, by_target);
  return add_all (&settling) < 0 ? vprod__error_no_memory (err) : 0;
}

void vprod__waste_clear (struct vprod__waste *waste)
{
  for (size_t i = 0; i < waste->n_groups; i++)
    free (waste->groups[i].largest);
  free (waste->groups);
  free (waste->layers);
  free (waste->files);
  vprod__buf_clear (&waste->names);
  *waste = (struct vprod__waste) { 0 };
}
