/* SPDX-License-Identifier: MIT */
#include "util/path.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include "util/cleanup.h"

#define MAX_NAME 256  /* a component is at most 255 bytes long */
#define MAX_DEPTH 64

/* Takes the next component of *path, "." and empty ones left out. Its length, 0 at the end. */
static size_t next_component (const char **path)
{
  const char *p = *path;
  size_t length;

  for (;;) {
    p += strspn (p, "/");
    length = strcspn (p, "/");
    if (length != 1 || *p != '.')
      break;
    p++;
  }
  *path = p;
  return length;
}

const char *vprod__path_relative (const char *path)
{
  next_component (&path);
  return path;
}

const char *vprod__path_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash ? slash + 1 : path;
}

ssize_t vprod__path_clean (const char *path, size_t length, char *clean, size_t size)
{
  const char *end = path + length;
  size_t used = 0;

  while (path < end) {
    const char *slash = memchr (path, '/', (size_t) (end - path));
    size_t n = (size_t) ((slash ? slash : end) - path);
    if (n == 2 && memcmp (path, "..", 2) == 0)
      return -1;
    if (n > 0 && !(n == 1 && *path == '.')) {
      if (used + n + 2 > size)
        return -1;
      if (used > 0)
        clean[used++] = '/';
      memcpy (clean + used, path, n);
      used += n;
    }
    path += n + 1;
  }
  clean[used] = '\0';
  return (ssize_t) used;
}

int vprod__path_is_pattern (const char *path)
{
  return strpbrk (path, "*?[\\") != NULL;
}

static int component_matches (const char *pattern, size_t pattern_length, const char *name, size_t length)
{
  char p[MAX_NAME], n[MAX_NAME];

  if (pattern_length >= sizeof p || length >= sizeof n)
    return 0;
  memcpy (p, pattern, pattern_length);
  p[pattern_length] = '\0';
  memcpy (n, name, length);
  n[length] = '\0';
  return fnmatch (p, n, 0) == 0;
}

/* `below`: what lies under a match matches as well. */
static int match (const char *path, const char *pattern, int below)
{
  /* where to go on when the last "**" takes one component more */
  const char *again_pattern = NULL, *again_path = NULL;

  for (;;) {
    size_t pattern_length = next_component (&pattern);
    size_t length = next_component (&path);

    if (pattern_length == 2 && pattern[0] == '*' && pattern[1] == '*') {
      pattern += 2;
      again_pattern = pattern;
      again_path = path;
      if (next_component (&pattern) == 0)
        return length > 0 || below; /* all that there is below */
      continue;
    }
    if (pattern_length == 0 && (length == 0 || below))
      return 1;
    if (pattern_length > 0 && length > 0 && component_matches (pattern, pattern_length, path, length)) {
      pattern += pattern_length;
      path += length;
      continue;
    }
    if (!again_pattern || (length = next_component (&again_path)) == 0)
      return 0;
    again_path += length;
    path = again_path;
    pattern = again_pattern;
  }
}

int vprod__path_is_under (const char *path, const char *pattern)
{
  return match (path, pattern, 1);
}

int vprod__path_is_under_anywhere (const char *path, const char *pattern)
{
  size_t length;

  if (*pattern == '/')
    return match (path, pattern, 1);
  while ((length = next_component (&path)) > 0) {
    if (match (path, pattern, 1))
      return 1;
    path += length;
  }
  return 0;
}

int vprod__path_matches (const char *path, const char *pattern)
{
  return match (path, pattern, 0);
}

/* Looks for a component that matches in the open folder, and goes on below it. Takes fd. */
static int exists_at (int fd, const char *pattern, int depth)
{
  _cleanup_close_ int folder_fd = fd;
  size_t length = next_component (&pattern);
  char name[MAX_NAME];
  struct stat st;

  if (length == 0)
    return 1;
  if (length >= sizeof name || depth > MAX_DEPTH)
    return 0;
  memcpy (name, pattern, length);
  name[length] = '\0';
  const char *rest = pattern + length;
  const char *next = rest;
  int last = next_component (&next) == 0, any_depth = strcmp (name, "**") == 0;

  if (!any_depth && !vprod__path_is_pattern (name)) {
    if (last)
      return fstatat (folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    int below = openat (folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return below >= 0 && exists_at (below, rest, depth + 1);
  }

  int again = openat (folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (any_depth && again >= 0 && exists_at (again, rest, depth + 1)) /* exists_at closes it */
    return 1;
  if (any_depth)
    again = openat (folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = again >= 0 ? fdopendir (again) : NULL;
  if (!folder) {
    if (again >= 0)
      close (again);
    return 0;
  }
  int found = 0;
  for (struct dirent *entry; !found && (entry = readdir (folder));) {
    if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0
        || (!any_depth && fnmatch (name, entry->d_name, 0) != 0))
      continue;
    if (last && !any_depth) {
      found = 1;
      continue;
    }
    int below = openat (folder_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below >= 0)
      found = exists_at (below, any_depth ? pattern : rest, depth + 1);
  }
  closedir (folder);
  return found;
}

int vprod__path_exists_under (const char *folder, const char *pattern)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  return fd >= 0 && exists_at (fd, pattern, 0);
}
