/* SPDX-License-Identifier: MIT */
#include "image/installed.h"

#include <stdlib.h>
#include <string.h>
#include "util/grow.h"
#include "util/hash.h"

#define LIST ".dist-info/RECORD"
#define MOST_FILES 400000 /* further ones count as the image's own */

static uint64_t hash_of (const char *folder, const char *path, size_t length)
{
  return vprod__hash (vprod__hash (VPROD__HASH_BEGIN, folder, strlen (folder)), path, length);
}

int vprod__installed_begin (struct vprod__installed *installed, const char *path)
{
  size_t length = strlen (path), tail = strlen (LIST);

  free (installed->folder);
  installed->folder = NULL;
  installed->length = 0;
  if (length <= tail || strcmp (path + length - tail, LIST) != 0)
    return 0;
  while (length > tail && path[length - tail - 1] != '/')
    length--;
  installed->folder = strndup (path, length - tail);
  return installed->folder ? 0 : -1;
}

static int add (struct vprod__installed *installed, uint64_t hash)
{
  if (installed->count == MOST_FILES)
    return 0;
  if (vprod__grow (&installed->files, installed->count) < 0)
    return -1;
  installed->files[installed->count++] = hash;
  installed->sorted = 0;
  return 0;
}

/* "botocore/session.py,sha256=…,123", relative to the folder; in quotes where it has a comma. */
static int add_line (struct vprod__installed *installed)
{
  const char *path = installed->line;
  size_t length;

  if (installed->length == sizeof installed->line) /* too long, cut off */
    return 0;
  installed->line[installed->length] = '\0';
  if (*path == '"')
    length = strcspn (++path, "\"");
  else
    length = strcspn (path, ",\r");
  if (length == 0 || *path == '/' || strncmp (path, "../", 3) == 0)
    return 0;
  return add (installed, hash_of (installed->folder, path, length));
}

int vprod__installed_bytes (struct vprod__installed *installed, const char *bytes, size_t length)
{
  for (size_t i = 0; installed->folder && i < length; i++) {
    if (bytes[i] != '\n') {
      if (installed->length < sizeof installed->line)
        installed->line[installed->length++] = bytes[i];
      continue;
    }
    if (add_line (installed) < 0)
      return -1;
    installed->length = 0;
  }
  return 0;
}

int vprod__installed_end (struct vprod__installed *installed)
{
  int r = installed->folder ? add_line (installed) : 0;

  free (installed->folder);
  installed->folder = NULL;
  return r;
}

static int compare (const void *a, const void *b)
{
  const uint64_t *one = a, *other = b;

  return *one < *other ? -1 : *one > *other;
}

int vprod__installed_has (struct vprod__installed *installed, const char *path)
{
  uint64_t hash = hash_of ("", path, strcspn (path, "!"));

  if (installed->count == 0)
    return 0;
  if (!installed->sorted)
    qsort (installed->files, installed->count, sizeof hash, compare);
  installed->sorted = 1;
  return bsearch (&hash, installed->files, installed->count, sizeof hash, compare) != NULL;
}

void vprod__installed_clear (struct vprod__installed *installed)
{
  free (installed->files);
  free (installed->folder);
  *installed = (struct vprod__installed) { 0 };
}
