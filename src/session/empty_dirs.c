/* SPDX-License-Identifier: MIT */
#include "session/empty_dirs.h"
#include "image/tar.h"
#include "session/files.h"
#include "session/parts.h"
#include "session/volume.h"
#include "util/strv.h"

#include <stdio.h>

static char *next_name (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  int nth = ++session->files->n_empty_dirs;
  vprod__monitor_unlock (session->monitor);
  return vprod__asprintf ("verify-prod-%s-empty%d", session->id, nth);
}

int vprod__bind_empty_dirs (vprod_session *session, const char *const *paths, char ***mounts, vprod_error **err)
{
  _cleanup_free_ char *name = NULL, *mountpoint = NULL;
  _cleanup_buf_ struct vprod__buf tar = { 0 };
  char number[24];

  if (!paths || !paths[0])
    return 0;
  for (size_t i = 0; paths[i]; i++) {
    snprintf (number, sizeof number, "%zu", i);
    if (vprod__tar_add_folder (&tar, number, 0777) < 0)
      return vprod__error_no_memory (err);
  }
  name = next_name (session);
  if (!name || vprod__tar_end (&tar) < 0)
    return vprod__error_no_memory (err);
  int r = vprod__make_volume (session, name, &tar, "0", &mountpoint, err);
  for (size_t i = 0; r == 0 && paths[i]; i++)
    if (vprod__strv_addf (mounts, "%s/%zu/:%s", mountpoint, i, paths[i]) < 0)
      r = vprod__error_no_memory (err);
  return r;
}
