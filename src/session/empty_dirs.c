/* SPDX-License-Identifier: MIT */
#include "session/empty_dirs.h"
#include "image/feed.h"
#include "image/tar.h"
#include "session/base.h"
#include "session/engine.h"
#include "session/files.h"
#include "session/parts.h"
#include "session/volume.h"
#include "util/strv.h"

#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_MS 60000

static char *next_name (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  int nth = ++session->files->n_empty_dirs;
  vprod__monitor_unlock (session->monitor);
  return vprod__asprintf ("verify-prod-%s-empty%d", session->id, nth);
}

/* ---- what the image has there -------------------------------------------------------------------------- */

struct folder {
  unsigned mode;
  struct vprod__tar_owner owner;
  int is_link;
};

/* Of an archive of a folder, the folder itself comes first: that is all that is read. */
static int read_folder (void *data, struct archive *archive, vprod_error **err)
{
  struct folder *folder = data;
  struct archive_entry *entry;

  int r = archive_read_next_header (archive, &entry);
  if (r >= ARCHIVE_WARN && r != ARCHIVE_EOF && archive_entry_filetype (entry) == AE_IFLNK) {
    folder->is_link = 1;
    return 0;
  }
  if (r < ARCHIVE_WARN || r == ARCHIVE_EOF || archive_entry_filetype (entry) != AE_IFDIR)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "run.volumes: what the image has there is no folder");
  *folder = (struct folder) { archive_entry_perm (entry), { archive_entry_uid (entry), archive_entry_gid (entry) }, 0 };
  return 0;
}

/* What is not there leaves *ret as it is. */
static int look_at (vprod_session *session, const char *container, const char *path, struct folder *ret, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  struct vprod__feed *feed = NULL;
  vprod_call call;

  int r = vprod__feed_start (read_folder, ret, &feed, err);
  if (r < 0)
    return r;
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_container_copy (session->runner, &call, container, path, vprod__feed_bytes, feed, &error);
  r = vprod__feed_end (feed, r, &error);
  if (r == -VPROD_ERROR_NOT_FOUND)
    return 0;
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

/* Docker gives a link as one, and what it leads to where the path ends in a dot. */
static int find_folder (vprod_session *session, const char *container, const char *path, struct folder *ret, vprod_error **err)
{
  int r = look_at (session, container, path, ret, err);

  if (r < 0 || !ret->is_link)
    return r;
  _cleanup_free_ char *inside = vprod__asprintf ("%s/.", path);
  ret->is_link = 0;
  return inside ? look_at (session, container, inside, ret, err) : vprod__error_no_memory (err);
}

/* ---- the folders --------------------------------------------------------------------------------------- */

/* In the volume they are called by their numbers. */
struct packing {
  vprod_session *session;
  struct vprod__volume volume;
  struct vprod__buf tar;
  size_t count;
  char ***mounts;
};

static int pack (struct packing *packing, const char *path, const struct folder *folder, vprod_error **err)
{
  char number[24];

  snprintf (number, sizeof number, "%zu", packing->count);
  if (vprod__tar_add_folder (&packing->tar, number, folder->mode, &folder->owner) < 0
      || vprod__strv_addf (packing->mounts, "%s/%s/:%s", packing->volume.mountpoint, number, path) < 0)
    return vprod__error_no_memory (err);
  packing->count++;
  return 0;
}

static int pack_all (struct packing *packing, const struct vprod__empty_dirs *dirs, vprod_error **err)
{
  static const struct folder for_anybody = { .mode = 0777 };
  int r = 0;

  for (size_t i = 0; r == 0 && dirs->for_anybody && dirs->for_anybody[i]; i++)
    r = pack (packing, dirs->for_anybody[i], &for_anybody, err);
  for (size_t i = 0; r == 0 && dirs->as_image && dirs->as_image[i]; i++) {
    struct folder folder = { .mode = 0755 };
    r = find_folder (packing->session, packing->volume.filler, dirs->as_image[i], &folder, err);
    if (r == 0)
      r = pack (packing, dirs->as_image[i], &folder, err);
  }
  return r == 0 && vprod__tar_end (&packing->tar) < 0 ? vprod__error_no_memory (err) : r;
}

static int is_empty (const char *const *list)
{
  return !list || !list[0];
}

static int bind_packed (vprod_session *session, const struct vprod__empty_dirs *dirs, char ***mounts, char ***volumes,
                        vprod_error **err)
{
  struct packing packing = { .session = session, .mounts = mounts };
  _cleanup_free_ char *name = next_name (session);

  if (!name)
    return vprod__error_no_memory (err);
  int r = vprod__volume_begin (session, name, dirs->image, dirs->platform, &packing.volume, err);
  if (r == 0)
    r = pack_all (&packing, dirs, err);
  if (r == 0)
    r = vprod__volume_fill (session, &packing.volume, &packing.tar, "0", err);
  vprod__volume_end (session, &packing.volume);
  vprod__buf_clear (&packing.tar);
  return r == 0 && vprod__strv_add (volumes, name) < 0 ? vprod__error_no_memory (err) : r;
}

/* One for each, whose owner the engine finds. */
static int bind_volumes (vprod_session *session, const char *const *paths, char ***mounts, char ***volumes, vprod_error **err)
{
  int r = 0;

  for (size_t i = 0; r == 0 && paths[i]; i++) {
    _cleanup_free_ char *name = next_name (session), *mountpoint = NULL;
    if (!name)
      return vprod__error_no_memory (err);
    r = vprod__volume_make (session, name, &mountpoint, err);
    if (r == 0 && (vprod__strv_addf (mounts, "%s:%s", name, paths[i]) < 0 || vprod__strv_add (volumes, name) < 0))
      r = vprod__error_no_memory (err);
  }
  return r;
}

int vprod__bind_empty_dirs (vprod_session *session, const struct vprod__empty_dirs *dirs, char ***mounts, char ***volumes,
                            vprod_error **err)
{
  struct vprod__empty_dirs packed = *dirs;
  const vprod_engine_facts *engine;
  int r = 0;

  if (is_empty (dirs->for_anybody) && is_empty (dirs->as_image))
    return 0;
  r = vprod__get_engine (session, &engine, err);
  if (r == 0 && !is_empty (dirs->as_image) && engine->name && strcmp (engine->name, "podman") == 0) {
    packed.as_image = NULL;
    r = bind_volumes (session, dirs->as_image, mounts, volumes, err);
  }
  if (r < 0 || (is_empty (packed.for_anybody) && is_empty (packed.as_image)))
    return r;
  return bind_packed (session, &packed, mounts, volumes, err);
}
