/* SPDX-License-Identifier: MIT */
#include "session/temp.h"
#include "session/parts.h"
#include "util/temp.h"
#include "util/strv.h"

#include <unistd.h>

int vprod__session_temp_dir (vprod_session *session, char **ret, vprod_error **err)
{
  _cleanup_free_ char *path = NULL;
  int r = vprod__temp_make (NULL, session->id, &path, err);

  if (r < 0)
    return r;
  vprod__monitor_lock (session->monitor);
  r = vprod__strv_add (&session->temp->folders, path);
  vprod__monitor_unlock (session->monitor);
  if (r < 0) {
    rmdir (path);
    return vprod__error_no_memory (err);
  }
  *ret = vprod__steal (&path);
  return 0;
}

void vprod__temp_remove_all (struct vprod__temp_part *temp)
{
  for (size_t i = 0; temp->folders && temp->folders[i]; i++)
    vprod__temp_remove (temp->folders[i]);
}
