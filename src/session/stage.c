/* SPDX-License-Identifier: MIT */
#include "session/stage.h"
#include "dockerfile/ignore.h"
#include "session/base.h"
#include "session/parts.h"
#include "session/temp.h"
#include "util/buf.h"
#include "util/path.h"
#include "util/strv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define PIECE (8 * 1024 * 1024)
#define DEPTH 200 /* folders in folders: each holds two fds */

struct staging {
  const vprod_call *call;
  const char *from;
  const char *to;
  char **ignored;
  const char *keep;
  struct stat root;  /* of the copy, which may lie in what is copied */
  struct vprod__buf path; /* in the context, of what is being copied; "" for itself */
  uint64_t bytes;    /* copied */
  int no_clone;      /* the file systems cannot */
  int no_range;
};

static int failed (struct staging *staging, int errnum, const char *doing, vprod_error **err)
{
  const char *path = vprod__buf_string (&staging->path);

  if (errnum == ENOSPC || errnum == EDQUOT)
    return vprod__error_set (err, VPROD_ERROR_IO, errnum,
                             "no room for a copy of the build context %s in %s, after %.1f MB (at %s): make room, "
                             "let .dockerignore name what the image does not need, or set TMPDIR to a larger place",
                             staging->from, staging->to, (double) staging->bytes / 1e6, path);
  return vprod__error_set (err, VPROD_ERROR_IO, errnum, "cannot copy the build context to %s: cannot %s %s/%s",
                           staging->to, doing, staging->from, path);
}

/* ---- one file ------------------------------------------------------------------------------------------ */

/* 1: done; 0: this way does not work here; -1: errno says why. */
static int copy_range (struct staging *staging, int from, int to, int64_t *offset, vprod_error **err)
{
  while (!staging->no_range) {
    int r = vprod__call_check (staging->call, "copying the build context", err);
    if (r < 0)
      return r;
    loff_t at = *offset, there = *offset;
    ssize_t n = copy_file_range (from, &at, to, &there, PIECE, 0);
    if (n == 0 && *offset > 0)
      return 1;
    if (n <= 0) { /* 0 at the beginning: an empty file, or one of those that only say so */
      staging->no_range = n < 0 && (errno == EXDEV || errno == ENOSYS || errno == EOPNOTSUPP);
      return n < 0 && (errno == ENOSPC || errno == EDQUOT) ? failed (staging, errno, "write", err) : 0;
    }
    *offset += n;
    staging->bytes += (uint64_t) n;
  }
  return 0;
}

static int copy_plain (struct staging *staging, int from, int to, int64_t offset, vprod_error **err)
{
  char bytes[64 * 1024];

  for (;;) {
    int r = vprod__call_check (staging->call, "copying the build context", err);
    if (r < 0)
      return r;
    ssize_t n = pread (from, bytes, sizeof bytes, offset);
    if (n == 0)
      return 0;
    if (n < 0 && errno != EINTR)
      return failed (staging, errno, "read", err);
    for (ssize_t done = 0, w; n > 0 && done < n; done += w) {
      w = pwrite (to, bytes + done, (size_t) (n - done), offset + done);
      if (w < 0 && errno == EINTR)
        w = 0;
      if (w < 0)
        return failed (staging, errno, "write", err);
    }
    if (n > 0) {
      offset += n;
      staging->bytes += (uint64_t) n;
    }
  }
}

static int copy_bytes (struct staging *staging, int from, int to, vprod_error **err)
{
  int64_t offset = 0;

  if (!staging->no_clone) {
    if (ioctl (to, FICLONE, from) == 0)
      return 0;
    staging->no_clone = 1;
  }
  int r = copy_range (staging, from, to, &offset, err);
  if (r != 0)
    return r < 0 ? r : 0;
  return copy_plain (staging, from, to, offset, err);
}

static int set_times (int fd, const struct stat *st)
{
  const struct timespec times[] = { st->st_atim, st->st_mtim };

  return futimens (fd, times);
}

/* Copies a file's capabilities, which builders hash. Failing to set them is ignored: at worst a step runs that was cached. */
static void copy_capability (int from, int to)
{
  static const char name[] = "security.capability";
  char bytes[64]; /* its largest form has 24 */
  ssize_t n = fgetxattr (from, name, bytes, sizeof bytes);

  if (n > 0)
    fsetxattr (to, name, bytes, (size_t) n, 0);
}

/* What may not be read, the builder cannot read either: it is left out. */
static int is_withheld (int errnum)
{
  return errnum == EACCES || errnum == EPERM || errnum == ENOENT;
}

static int copy_file (struct staging *staging, int from_dir, int to_dir, const char *name, vprod_error **err)
{
  struct stat st;

  _cleanup_close_ int from = openat (from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (from < 0)
    return is_withheld (errno) ? 0 : failed (staging, errno, "open", err);
  if (fstat (from, &st) < 0)
    return failed (staging, errno, "look at", err);
  if (!S_ISREG (st.st_mode))
    return 0;
  _cleanup_close_ int to = openat (to_dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (to < 0)
    return failed (staging, errno, "write", err);
  int r = copy_bytes (staging, from, to, err);
  if (r < 0)
    return r;
  copy_capability (from, to);
  if (fchmod (to, st.st_mode & 07777) < 0 || set_times (to, &st) < 0)
    return failed (staging, errno, "set the mode of the copy of", err);
  return 0;
}

static int copy_link (struct staging *staging, int from_dir, int to_dir, const char *name, const struct stat *st,
                      vprod_error **err)
{
  const struct timespec times[] = { st->st_atim, st->st_mtim };
  char target[PATH_MAX];

  ssize_t n = readlinkat (from_dir, name, target, sizeof target - 1);
  if (n < 0)
    return failed (staging, errno, "read the link", err);
  target[n] = '\0';
  if (symlinkat (target, to_dir, name) < 0)
    return failed (staging, errno, "write the link", err);
  utimensat (to_dir, name, times, AT_SYMLINK_NOFOLLOW);
  return 0;
}

/* ---- folders ------------------------------------------------------------------------------------------- */

static int copy_children (struct staging *staging, int from_fd, int to_fd, int depth, vprod_error **err);

/* Does `path` lie in the folder `dir`, or is it the folder? */
static int lies_in (const char *path, const char *dir)
{
  size_t length = strlen (dir);

  return strncmp (path, dir, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int is_ignored (const struct staging *staging)
{
  const char *path = vprod__buf_string (&staging->path);

  return vprod__strv_has (staging->ignored, path) && !(staging->keep && lies_in (staging->keep, path));
}

static int copy_folder (struct staging *staging, int from_dir, int to_dir, const char *name, int depth,
                        vprod_error **err)
{
  struct stat st;

  _cleanup_close_ int from = openat (from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0)
    return is_withheld (errno) ? 0 : failed (staging, errno, "open", err);
  if (fstat (from, &st) < 0)
    return failed (staging, errno, "look at", err);
  if (st.st_dev == staging->root.st_dev && st.st_ino == staging->root.st_ino)
    return 0;
  if (depth > DEPTH)
    return failed (staging, ELOOP, "open", err);
  if (mkdirat (to_dir, name, 0700) < 0)
    return failed (staging, errno, "make a copy of", err);
  _cleanup_close_ int to = openat (to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (to < 0)
    return failed (staging, errno, "open the copy of", err);
  int r = copy_children (staging, from, to, depth, err);
  if (r < 0)
    return r;
  if (fchmod (to, st.st_mode & 07777) < 0 || set_times (to, &st) < 0)
    return failed (staging, errno, "set the mode of the copy of", err);
  return 0;
}

static int copy_one (struct staging *staging, int from_dir, int to_dir, const char *name, int depth,
                     vprod_error **err)
{
  struct stat st;

  int r = vprod__call_check (staging->call, "copying the build context", err);
  if (r < 0)
    return r;
  if (fstatat (from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return is_withheld (errno) ? 0 : failed (staging, errno, "look at", err);
  if (S_ISDIR (st.st_mode))
    return is_ignored (staging) ? 0 : copy_folder (staging, from_dir, to_dir, name, depth + 1, err);
  if (S_ISLNK (st.st_mode))
    return copy_link (staging, from_dir, to_dir, name, &st, err);
  return S_ISREG (st.st_mode) ? copy_file (staging, from_dir, to_dir, name, err) : 0;
}

static void closedirp (DIR **dir)
{
  if (*dir)
    closedir (*dir);
}

static int copy_children (struct staging *staging, int from_fd, int to_fd, int depth, vprod_error **err)
{
  size_t length = staging->path.length;
  int copy = fcntl (from_fd, F_DUPFD_CLOEXEC, 3);
  _cleanup_ (closedirp) DIR *dir = copy < 0 ? NULL : fdopendir (copy);
  struct dirent *entry;

  if (!dir) {
    int errnum = errno;
    if (copy >= 0)
      close (copy);
    return failed (staging, errnum, "list", err);
  }
  while (errno = 0, (entry = readdir (dir))) {
    if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
      continue;
    if ((length > 0 && vprod__buf_adds (&staging->path, "/") < 0)
        || vprod__buf_adds (&staging->path, entry->d_name) < 0)
      return vprod__error_no_memory (err);
    int r = copy_one (staging, from_fd, to_fd, entry->d_name, depth, err);
    if (r < 0)
      return r;
    staging->path.length = length;
    staging->path.data[length] = '\0';
  }
  return errno ? failed (staging, errno, "list", err) : 0;
}

static int copy_context (struct staging *staging, vprod_error **err)
{
  _cleanup_close_ int from = open (staging->from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (from < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot open the build context %s", staging->from);
  _cleanup_close_ int to = open (staging->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (to < 0 || fstat (to, &staging->root) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot open %s", staging->to);
  return copy_children (staging, from, to, 0, err);
}

int vprod__session_stage_context (vprod_session *session, const char *keep, char **ret_dir, vprod_error **err)
{
  const vprod_spec *spec = session->spec;
  _cleanup_strv_ char **ignored = NULL;
  _cleanup_free_ char *dir = NULL;
  struct staging staging = { .from = spec->image.context };
  vprod_call call;

  vprod__session_call (session, -1, &call);
  int r = vprod__ignore_load (spec->image.context, spec->image.dockerfile, &ignored, err);
  if (r == 0)
    r = vprod__session_temp_dir (session, &dir, err);
  if (r < 0)
    return r;
  staging.call = &call;
  staging.to = dir;
  staging.ignored = ignored;
  staging.keep = keep ? vprod__path_relative (keep) : NULL;
  r = copy_context (&staging, err);
  vprod__buf_clear (&staging.path);
  if (r < 0)
    return r;
  *ret_dir = vprod__steal (&dir);
  return 0;
}
