/* SPDX-License-Identifier: MIT */
#include "util/temp.h"
#include "util/buf.h"
#include "util/ids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RANDOM_LENGTH 6   /* of mkdtemp */
#define SHORT_ROOT_MAX 12 /* leaves room for the rest of a socket's path, of 107 bytes in all, 17 of which are ssh's */

const char *vprod__temp_root (void)
{
  const char *dir = getenv ("TMPDIR");

  return dir && *dir ? dir : "/tmp";
}

static int make (const char *root, const char *prefix, const char *id, char **ret, vprod_error **err)
{
  _cleanup_free_ char *own = NULL, *path = NULL;
  struct vprod__identity self;

  if (!id) {
    vprod__identity_self (&self);
    id = own = vprod__identity_make_id (&self);
  }
  if (!id || !(path = vprod__asprintf ("%s/%s%s-XXXXXX", root, prefix, id)))
    return vprod__error_no_memory (err);
  if (!mkdtemp (path))
    return vprod__error_set (err, VPROD_ERROR_IO, errno,
                             "cannot make a folder for temporary files in %s (TMPDIR names another place)", root);
  *ret = vprod__steal (&path);
  return 0;
}

int vprod__temp_make (const char *root, const char *id, char **ret, vprod_error **err)
{
  return make (root ? root : vprod__temp_root (), VPROD__TEMP_PREFIX, id, ret, err);
}

int vprod__temp_make_short (char **ret, vprod_error **err)
{
  const char *root = vprod__temp_root ();

  return make (*root == '/' && strlen (root) <= SHORT_ROOT_MAX ? root : VPROD__TEMP_SHORT_ROOT,
               VPROD__TEMP_SHORT_PREFIX, NULL, ret, err);
}

char *vprod__temp_id (const char *name, const char *prefix)
{
  size_t skip = strlen (prefix), length = strlen (name);

  if (strncmp (name, prefix, skip) != 0 || length < skip + 1 + 1 + RANDOM_LENGTH
      || name[length - RANDOM_LENGTH - 1] != '-')
    return NULL;
  return strndup (name + skip, length - skip - RANDOM_LENGTH - 1);
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
    return errno == ENOENT ? 0 : -1; /* another removes it, too */
  fchmod (fd, 0700); /* a copied folder may be read-only */
  if (remove_children (fd) < 0)
    return -1;
  return unlinkat (dir_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

int vprod__temp_remove (const char *path)
{
  return remove_at (AT_FDCWD, path);
}
