/* SPDX-License-Identifier: MIT */
/* A session's folders for temporary files: removed when it ends. */
#include "session/inside.h"
#include "util/strv.h"

int vprod__session_temp_dir (vprod_session *session, char **ret, vprod_error **err)
{
  _cleanup_free_ char *path = NULL;
  int r = vprod__temp_make (NULL, session->id, &path, err);

  if (r < 0)
    return r;
  pthread_mutex_lock (&session->lock);
  r = vprod__strv_add (&session->temp_dirs, path);
  pthread_mutex_unlock (&session->lock);
  if (r < 0) {
    rmdir (path);
    return vprod__error_no_memory (err);
  }
  *ret = vprod__steal (&path);
  return 0;
}
