/* SPDX-License-Identifier: MIT */
#include "util/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

const char *vprod__irregular (mode_t mode)
{
  static const struct {
    mode_t type;
    const char *word;
  } kinds[] = { { S_IFIFO, "a FIFO" },          { S_IFDIR, "a folder" },         { S_IFSOCK, "a socket" },
                { S_IFCHR, "a character device" }, { S_IFBLK, "a block device" }, { S_IFLNK, "a link" } };

  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if ((mode & S_IFMT) == kinds[i].type)
      return kinds[i].word;
  return S_ISREG (mode) ? NULL : "no file";
}

static int refuse (const char *path, mode_t mode, vprod_error **err)
{
  const char *word = vprod__irregular (mode);

  return word ? vprod__error_set (err, VPROD_ERROR_IO, 0, "cannot read %s: it is %s, not a regular file", path, word)
              : 0;
}

static int refuse_missing (const char *path, vprod_error **err)
{
  if (errno == ENOENT || errno == ENOTDIR)
    return 1;
  return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read %s", path);
}

int vprod__regular_check (const char *path, vprod_error **err)
{
  struct stat st;

  return stat (path, &st) < 0 ? 0 : refuse (path, st.st_mode, err);
}

int vprod__regular_open (const char *path, int *ret_fd, vprod_error **err)
{
  struct stat st;

  /* before it is opened: for a device that may be too late */
  if (stat (path, &st) < 0)
    return refuse_missing (path, err);
  int r = refuse (path, st.st_mode, err);
  if (r < 0)
    return r;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return refuse_missing (path, err);
  /* it may be another one by now */
  r = fstat (fd, &st) < 0 ? vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read %s", path)
                          : refuse (path, st.st_mode, err);
  if (r < 0) {
    close (fd);
    return r;
  }
  *ret_fd = fd;
  return 0;
}

int vprod__regular_read (const char *path, size_t limit, struct vprod__buf *ret, vprod_error **err)
{
  _cleanup_close_ int fd = -1;
  char piece[16384];
  int r = vprod__regular_open (path, &fd, err);

  while (r == 0 && limit > 0) {
    ssize_t n = read (fd, piece, limit < sizeof piece ? limit : sizeof piece);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read %s", path);
    if (n == 0)
      break;
    limit -= (size_t) n;
    if (vprod__buf_add (ret, piece, (size_t) n) < 0)
      return vprod__error_no_memory (err);
  }
  return r;
}
