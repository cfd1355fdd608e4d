/* SPDX-License-Identifier: MIT */
#include "session/files.h"
#include "image/tar.h"
#include "session/base.h"
#include "session/expand.h"
#include "session/image.h"
#include "session/parts.h"
#include "session/volume.h"
#include "util/strv.h"
#include "util/text.h"

#include <string.h>

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

static int fill (vprod_session *session, const struct vprod__buf *tar, vprod_error **err)
{
  _cleanup_free_ char *name = vprod__asprintf ("verify-prod-%s-files", session->id);
  struct vprod__volume volume = { 0 };

  if (!name)
    return vprod__error_no_memory (err);
  int r = vprod__volume_begin (session, name, session->image->made.ref, session->spec->image.platform, &volume, err);
  if (r == 0)
    r = vprod__volume_fill (session, &volume, tar, EMPTY, err);
  if (r == 0)
    session->files->mountpoint = vprod__steal (&volume.mountpoint);
  vprod__volume_end (session, &volume);
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
