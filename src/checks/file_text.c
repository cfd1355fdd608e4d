/* SPDX-License-Identifier: MIT */
#include "checks/file_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_regular (int fd)
{
  struct stat st;

  return fstat (fd, &st) == 0 && S_ISREG (st.st_mode);
}

int vprod__file_text (const char *path, size_t limit, struct vprod__buf *ret, int *ret_there, vprod_error **err)
{
  /* a pipe without a writer is not waited for */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), regular = fd >= 0 && is_regular (fd);
  FILE *file = regular ? fdopen (fd, "r") : NULL;
  char piece[4096];
  int r = 0;

  *ret_there = 0;
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return 0;
  if (fd >= 0 && !regular) {
    close (fd);
    return vprod__error_set (err, VPROD_ERROR_IO, 0, "cannot read %s: it is no regular file", path);
  }
  if (!file) {
    int errnum = errno;
    if (fd >= 0)
      close (fd);
    return vprod__error_set (err, VPROD_ERROR_IO, errnum, "cannot read %s", path);
  }
  while (r == 0 && limit > 0) {
    size_t n = fread (piece, 1, limit < sizeof piece ? limit : sizeof piece, file);
    if (n == 0)
      break;
    limit -= n;
    if (vprod__buf_add (ret, piece, n) < 0)
      r = vprod__error_no_memory (err);
  }
  if (r == 0 && ferror (file))
    r = vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read %s", path);
  fclose (file);
  *ret_there = r == 0;
  return r;
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
