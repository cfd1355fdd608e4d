/* SPDX-License-Identifier: MIT */
#include "util/file.h"
#include "util/regular.h"

#include <errno.h>
#include <stdio.h>

int vprod__file_text (const char *path, size_t limit, struct vprod__buf *ret, int *ret_there, vprod_error **err)
{
  int r = vprod__regular_read (path, limit, ret, err);

  *ret_there = r == 0;
  return r < 0 ? r : 0;
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
