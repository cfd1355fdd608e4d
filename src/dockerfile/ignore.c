/* SPDX-License-Identifier: MIT */
#include "dockerfile/ignore.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/path.h"
#include "util/strv.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES (1024 * 1024)

int vprod__ignore_parse (const char *text, char ***ret)
{
  _cleanup_strv_ char **list = NULL;
  char path[PATH_MAX];

  if (strncmp (text, "\xef\xbb\xbf", 3) == 0)
    text += 3;
  for (const char *line = text, *next; *line; line = next) {
    size_t length = strcspn (line, "\n");
    next = line + length + (line[length] == '\n');
    if (line[0] == '#')
      continue;
    while (length > 0 && strchr (" \t\r", line[length - 1]))
      length--;
    while (length > 0 && strchr (" \t", line[0])) {
      line++;
      length--;
    }
    if (length > 0 && line[0] == '!') /* an exception may include part of any folder again */
      return 0;
    if (memchr (line, '*', length) || memchr (line, '?', length) || memchr (line, '[', length)
        || memchr (line, '\\', length))
      continue;
    if (vprod__path_clean (line, length, path, sizeof path) > 0 && vprod__strv_add (&list, path) < 0)
      return -1;
  }
  *ret = vprod__steal (&list);
  return 0;
}

/* 1: read; 0: there is none. */
static int read_file (const char *path, struct vprod__buf *text, vprod_error **err)
{
  int r = vprod__file_read (path, FILE_BYTES, text, err);

  return r < 0 ? r : !r;
}

/* Podman reads a .containerignore, in either place, which Docker ignores. 1: there is one, so that the exclusions depend on
   the builder; -1 out of memory. */
static int depends_on_builder (const char *context_dir, const char *dockerfile)
{
  _cleanup_free_ char *beside = NULL, *within = NULL;

  if (asprintf (&within, "%s/.containerignore", context_dir) < 0)
    within = NULL;
  if (dockerfile && asprintf (&beside, "%s.containerignore", dockerfile) < 0)
    beside = NULL;
  if (!within || (dockerfile && !beside))
    return -1;
  return access (within, F_OK) == 0 || (beside && access (beside, F_OK) == 0);
}

int vprod__ignore_load (const char *context_dir, const char *dockerfile, char ***ret, vprod_error **err)
{
  _cleanup_free_ char *beside = NULL, *within = NULL;
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (asprintf (&within, "%s/.dockerignore", context_dir) < 0)
    within = NULL;
  if (dockerfile && asprintf (&beside, "%s.dockerignore", dockerfile) < 0)
    beside = NULL;
  if (!within || (dockerfile && !beside))
    return vprod__error_no_memory (err);
  int r = depends_on_builder (context_dir, dockerfile);
  if (r != 0)
    return r < 0 ? vprod__error_no_memory (err) : 0;
  r = beside ? read_file (beside, &text, err) : 0;
  if (r == 0)
    r = read_file (within, &text, err);
  if (r < 0)
    return r;
  return vprod__ignore_parse (vprod__buf_string (&text), ret) < 0 ? vprod__error_no_memory (err) : 0;
}
