/* SPDX-License-Identifier: MIT */
/*
 * What covers a file of a lower layer: a file, link or whiteout of that path in a later one, a link or whiteout in the place
 * of a folder above it, or an opaque folder above it. Of these only a hash is kept, and of plain files only those that
 * can be run (`chmod u-s` in a later layer leaves such a one), so that memory stays small in large images.
 */
#include "image/privileged.h"

#include <string.h>
#include <sys/stat.h>
#include "util/hash.h"

#define MOST_PRIVILEGED 1000

struct privileged_file {
  char *path;
  size_t layer;
  struct vprod__privileged_file what;
};

struct covering {
  uint64_t path; /* hash */
  uint32_t layer;
  uint8_t kind;
};

static int may_cover (const struct vprod__layer_file *file)
{
  return file->kind != VPROD__FILE_FOLDER && (file->kind != VPROD__FILE_REGULAR || (file->mode & 0111));
}

static int add_covering (struct vprod__privileged_files *files, const struct vprod__layer_file *file)
{
  if (files->n_covering == files->room) {
    size_t room = files->room ? 2 * files->room : 1024;
    struct covering *longer = realloc (files->covering, room * sizeof *longer);
    if (!longer)
      return -1;
    files->covering = longer;
    files->room = room;
  }
  files->covering[files->n_covering++] =
    (struct covering) { .path = vprod__hash (VPROD__HASH_BEGIN, file->path, strlen (file->path)),
                        .layer = (uint32_t) file->layer,
                        .kind = (uint8_t) file->kind };
  return 0;
}

int vprod__privileged_files_see (struct vprod__privileged_files *files, const struct vprod__layer_file *file)
{
  struct privileged_file *longer;
  struct vprod__privileged_file what = {
    .setuid = (file->mode & S_ISUID) && (file->mode & 0111),
    .setgid = (file->mode & S_ISGID) && (file->mode & 0111), /* without x it was a mark of locking */
    .capabilities = file->capabilities != 0,
    .uid = file->uid,
  };

  if (may_cover (file) && add_covering (files, file) < 0)
    return -1;
  if (file->kind != VPROD__FILE_REGULAR || !(what.setuid || what.setgid || what.capabilities)
      || files->count == MOST_PRIVILEGED)
    return 0;
  longer = realloc (files->list, (files->count + 1) * sizeof *longer);
  if (!longer)
    return -1;
  files->list = longer;
  longer[files->count] = (struct privileged_file) { strdup (file->path), file->layer, what };
  return longer[files->count++].path ? 0 : -1;
}

/* ---- which are left ------------------------------------------------------------------------------------ */

/* Does c, in a later layer, cover path, of which the first `length` bytes are looked at? */
static int covers (const struct covering *c, uint64_t path, int whole)
{
  if (c->path != path)
    return 0;
  if (c->kind == VPROD__FILE_OPAQUE)
    return !whole;
  return whole || c->kind == VPROD__FILE_WHITEOUT || c->kind == VPROD__FILE_LINK;
}

static int is_covered (const struct vprod__privileged_files *files, const struct vprod__layers *layers,
                       const struct privileged_file *file)
{
  long place = layers->place[file->layer];

  for (const char *end = file->path; *end;) {
    end += strcspn (end + 1, "/") + 1;
    uint64_t path = vprod__hash (VPROD__HASH_BEGIN, file->path, (size_t) (end - file->path));
    for (size_t i = 0; i < files->n_covering; i++)
      if (layers->place[files->covering[i].layer] > place && covers (&files->covering[i], path, *end == '\0'))
        return 1;
  }
  return 0;
}

static int compare (const void *a, const void *b)
{
  const struct vprod__privileged_file *one = a, *other = b;

  return strcmp (one->path, other->path);
}

int vprod__privileged_files_settle (const struct vprod__privileged_files *files, const struct vprod__layers *layers,
                                    struct vprod__privileged *ret)
{
  ret->list = calloc (files->count + 1, sizeof *ret->list);
  if (!ret->list)
    return -1;
  for (size_t i = 0; i < files->count; i++) {
    if (layers->place[files->list[i].layer] < 0 || is_covered (files, layers, &files->list[i]))
      continue;
    ret->list[ret->count] = files->list[i].what;
    ret->list[ret->count].path = strdup (files->list[i].path);
    if (!ret->list[ret->count++].path)
      return -1;
  }
  qsort (ret->list, ret->count, sizeof *ret->list, compare);
  return 0;
}

void vprod__privileged_files_clear (struct vprod__privileged_files *files)
{
  for (size_t i = 0; i < files->count; i++)
    free (files->list[i].path);
  free (files->list);
  free (files->covering);
  *files = (struct vprod__privileged_files) { 0 };
}

void vprod__privileged_clear (struct vprod__privileged *programs)
{
  for (size_t i = 0; i < programs->count; i++)
    free (programs->list[i].path);
  free (programs->list);
  *programs = (struct vprod__privileged) { 0 };
}
