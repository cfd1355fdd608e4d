/* SPDX-License-Identifier: MIT */
#include "session/files.h"
#include "image/tar.h"
#include "session/base.h"
#include "session/container.h"
#include "session/engine.h"
#include "session/expand.h"
#include "session/image.h"
#include "session/made.h"
#include "session/parts.h"
#include "util/strv.h"
#include "util/text.h"

#include <string.h>

#define ANSWER_MS 60000
#define FOLDER "/verify-prod-files" /* where the volume is in the container that fills it */
#define EMPTY "empty"

/* "/path=text", all of them; NULL: there are none. */
static int find_files (vprod_session *session, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **files = NULL;
  int r = vprod__session_expand_all (session, session->spec->run.files, &files, err);

  if (r == 0 && session->files->add_own)
    r = session->files->add_own (session, &files, err);
  if (r == 0)
    *ret = vprod__steal (&files);
  return r;
}

/* In the volume they are called by their numbers; the one of this name is empty. */
static int pack (char *const *files, char ***ret_paths, struct vprod__buf *tar)
{
  for (size_t i = 0; files[i]; i++) {
    size_t length = strcspn (files[i], "=");
    const char *text = files[i] + length + (files[i][length] == '=');
    _cleanup_free_ char *name = vprod__asprintf ("%zu", i);
    if (!name || vprod__tar_add (tar, name, 0444, text, strlen (text)) < 0
        || vprod__strv_take (ret_paths, strndup (files[i], length)) < 0)
      return -1;
  }
  return vprod__tar_add (tar, EMPTY, 0444, "", 0) < 0 ? -1 : vprod__tar_end (tar);
}

static int make_volume (vprod_session *session, const char *name, vprod_error **err)
{
  const vprod_engine_facts *engine;
  vprod_call call;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_volume_create (session->runner, &call, name, (const char *const *) session->engine->labels,
                                   &session->files->mountpoint, err);
  if (r < 0) {
    vprod__made_failed (session, r);
    return r;
  }
  if (vprod__made_add (session, VPROD_OBJECT_VOLUME, name) < 0)
    return vprod__error_no_memory (err);
  if (!session->files->mountpoint)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "the engine does not say where the files of its volume %s are, so none can be bound", name);
  return 0;
}

/* The container's image is of no account: it is never started. */
static int make_filler (vprod_session *session, const char *volume, char **ret_id, vprod_error **err)
{
  static const char *const nothing[] = { "/", NULL };
  _cleanup_free_ char *mount = vprod__asprintf ("%s:" FOLDER, volume);
  const char *const mounts[] = { mount, NULL };
  vprod_container_request request = {
    .image = session->image->made.ref,
    .platform = session->spec->image.platform,
    .entrypoint = nothing,
    .network = "none",
    .mounts = mounts,
  };

  return mount ? vprod__container_create (session, "files", &request, ret_id, err) : vprod__error_no_memory (err);
}

/* The answer may not have come from the engine: an app that is missing its files must not be judged. */
static int put (vprod_session *session, const char *id, const struct vprod__buf *tar, vprod_error **err)
{
  vprod_call call;
  int there = 0;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_container_put (session->runner, &call, id, FOLDER, tar->data, tar->length, err);
  if (r == 0)
    r = vprod__runner_container_has_path (session->runner, &call, id, FOLDER "/" EMPTY, &there, err);
  if (r == 0 && !there)
    r = vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                          "the engine answered that it has the files of run.files, but they are not in its volume");
  return r;
}

static int fill (vprod_session *session, const struct vprod__buf *tar, vprod_error **err)
{
  _cleanup_free_ char *volume = vprod__asprintf ("verify-prod-%s-files", session->id), *id = NULL;

  if (!volume)
    return vprod__error_no_memory (err);
  int r = make_volume (session, volume, err);
  if (r == 0)
    r = make_filler (session, volume, &id, err);
  if (r == 0)
    r = put (session, id, tar, err);
  if (id)
    vprod__made_retire (session, id);
  return r;
}

int vprod__make_files (vprod_session *session, vprod_error **err)
{
  _cleanup_strv_ char **files = NULL, **paths = NULL;
  _cleanup_buf_ struct vprod__buf tar = { 0 };

  int r = find_files (session, &files, err);
  if (r < 0 || !files)
    return r;
  if (pack (files, &paths, &tar) < 0)
    return vprod__error_no_memory (err);
  r = vprod__image_require (session, err);
  if (r < 0)
    return r;
  r = fill (session, &tar, err);
  if (r < 0) {
    vprod__error_prefix (err, "cannot give the app its files (run.files)");
    return r;
  }
  session->files->paths = vprod__steal (&paths);
  return 0;
}

int vprod__files_bind (vprod_session *session, const struct vprod__file_change *change, char ***mounts, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->files->fixture, err);

  for (size_t i = 0; r == 0 && session->files->paths && session->files->paths[i]; i++) {
    const char *path = session->files->paths[i];
    int changed = change && strcmp (change->path, path) == 0;
    int added = changed && !change->empty ? 0
                : changed ? vprod__strv_addf (mounts, "%s/" EMPTY ":%s", session->files->mountpoint, path)
                          : vprod__strv_addf (mounts, "%s/%zu:%s", session->files->mountpoint, i, path);
    if (added < 0)
      r = vprod__error_no_memory (err);
  }
  return r;
}

void vprod__files_clear (struct vprod__files_part *files)
{
  vprod_error_free (files->fixture.error);
  vprod__strv_free (files->paths);
  free (files->mountpoint);
}
