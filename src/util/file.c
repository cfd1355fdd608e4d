/* SPDX-License-Identifier: MIT */
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
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

int vprod__file_check (const char *path, vprod_error **err)
{
  struct stat st;

  return stat (path, &st) < 0 ? 0 : refuse (path, st.st_mode, err);
}

int vprod__file_kind (const char *path)
{
  struct stat st;

  if (lstat (path, &st) < 0)
    return 0;
  return S_ISREG (st.st_mode) ? 'f' : S_ISDIR (st.st_mode) ? 'd' : 0;
}

int vprod__file_open (const char *path, int *ret_fd, vprod_error **err)
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

/* Adds what fd gives, `limit` bytes at most. 0, or an errno. */
static int read_all (int fd, size_t limit, struct vprod__buf *ret)
{
  char piece[16384];

  while (limit > 0) {
    ssize_t n = read (fd, piece, limit < sizeof piece ? limit : sizeof piece);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n < 0 ? errno : 0;
    limit -= (size_t) n;
    if (vprod__buf_add (ret, piece, (size_t) n) < 0)
      return ENOMEM;
  }
  return 0;
}

int vprod__file_read (const char *path, size_t limit, struct vprod__buf *ret, vprod_error **err)
{
  _cleanup_close_ int fd = -1;
  int r = vprod__file_open (path, &fd, err), errnum = r == 0 ? read_all (fd, limit, ret) : 0;

  if (errnum == ENOMEM)
    return vprod__error_no_memory (err);
  return errnum ? vprod__error_set (err, VPROD_ERROR_IO, errnum, "cannot read %s", path) : r;
}

int vprod__file_write (const char *path, const char *bytes, size_t length, vprod_error **err)
{
  FILE *file = fopen (path, "we");
  int errnum = 0;

  if (!file)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot write %s", path);
  if (fwrite (bytes, 1, length, file) != length)
    errnum = errno;
  if (fclose (file) != 0 && errnum == 0)
    errnum = errno;
  return errnum ? vprod__error_set (err, VPROD_ERROR_IO, errnum, "cannot write %s", path) : 0;
}

char *vprod__file_kernel (size_t limit, size_t *ret_length, const char *format, ...)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  va_list ap;

  va_start (ap, format);
  _cleanup_free_ char *path = vprod__vasprintf (format, ap);
  va_end (ap);
  if (!path) {
    errno = ENOMEM;
    return NULL;
  }
  _cleanup_close_ int fd = open (path, O_RDONLY | O_CLOEXEC);
  int errnum = fd < 0 ? errno : read_all (fd, limit, &text);
  if (ret_length)
    *ret_length = text.length;
  char *whole = errnum == 0 ? vprod__buf_steal (&text) : NULL;
  if (!whole) /* the cleanups keep errno: free does, and close of what was read */
    errno = errnum ? errnum : ENOMEM;
  return whole;
}
