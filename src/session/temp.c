/* SPDX-License-Identifier: MIT */
/* Folders for temporary files. Their names carry the session's id, so that vprod_clean can judge what a killed run
   left. */
#include "session/inside.h"
#include "util/strv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *vprod__temp_root (void)
{
  const char *dir = getenv ("TMPDIR");

  return dir && *dir ? dir : "/tmp";
}

int vprod__session_temp_dir (vprod_session *session, char **ret, vprod_error **err)
{
  _cleanup_free_ char *path = NULL;

  if (asprintf (&path, "%s/" VPROD__TEMP_PREFIX "%s-XXXXXX", vprod__temp_root (), session->id) < 0) {
    path = NULL;
    return vprod__error_no_memory (err);
  }
  if (!mkdtemp (path))
    return vprod__error_set (err, VPROD_ERROR_IO, errno,
                             "cannot make a folder for temporary files in %s (TMPDIR names another place)",
                             vprod__temp_root ());
  pthread_mutex_lock (&session->lock);
  int r = vprod__strv_add (&session->temp_dirs, path);
  pthread_mutex_unlock (&session->lock);
  if (r < 0) {
    rmdir (path);
    return vprod__error_no_memory (err);
  }
  *ret = vprod__steal (&path);
  return 0;
}

static int remove_at (int dir_fd, const char *name);

/* Takes fd. */
static int remove_children (int fd)
{
  int result = 0;
  DIR *dir = fdopendir (fd);

  if (!dir) {
    close (fd);
    return -1;
  }
  for (struct dirent *entry; (entry = readdir (dir));)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0
        && remove_at (dirfd (dir), entry->d_name) < 0)
      result = -1;
  int saved = errno;
  closedir (dir);
  errno = saved;
  return result;
}

static int remove_at (int dir_fd, const char *name)
{
  if (unlinkat (dir_fd, name, 0) == 0 || errno == ENOENT)
    return 0;
  if (errno != EISDIR && errno != EPERM)
    return -1;
  int fd = openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == EACCES && fchmodat (dir_fd, name, 0700, 0) == 0)
    fd = openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return -1;
  fchmod (fd, 0700); /* a copied folder may be read-only */
  if (remove_children (fd) < 0)
    return -1;
  return unlinkat (dir_fd, name, AT_REMOVEDIR);
}

int vprod__temp_remove (const char *path)
{
  return remove_at (AT_FDCWD, path);
}
