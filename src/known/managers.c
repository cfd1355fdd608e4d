/* SPDX-License-Identifier: MIT */
#include "known/managers.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#define VPROD__SAMPLE(member) /* for the unit test */

static const struct vprod__manager managers[] = {
#include "data/managers.h"
};

static const struct {
  const char *name;
  int kinds;
} files[] = {
#include "data/manifests.h"
};

const struct vprod__manager *vprod__manager_find (const char *name)
{
  size_t length = strcspn (name, " ");

  for (size_t i = 0; i < sizeof managers / sizeof managers[0]; i++)
    if (strlen (managers[i].name) == length && strncmp (managers[i].name, name, length) == 0)
      return &managers[i];
  return NULL;
}

static int begins (const char *line, size_t length, const char *with)
{
  const char *end = line + length;

  for (; *with; with++) {
    if (*with == '#') {
      const char *digits = line;
      while (line < end && isdigit ((unsigned char) *line))
        line++;
      if (line == digits)
        return 0;
    }
    else if (line == end || *line++ != *with)
      return 0;
  }
  return 1;
}

/* What everybody may say counts with what only dpkg says behind it. */
static int is_said (const char *line, size_t length, const char *says)
{
  static const char end[] = ") ...";
  size_t n = sizeof end - 1;

  return begins (line, length, says)
         && (strcmp (says, "Setting up ") != 0 || (length >= n && memcmp (line + length - n, end, n) == 0));
}

const struct vprod__manager *vprod__manager_of_line (const char *line, size_t length)
{
  for (size_t i = 0; i < sizeof managers / sizeof managers[0]; i++)
    if (managers[i].says && is_said (line, length, managers[i].says))
      return &managers[i];
  return NULL;
}

int vprod__manifest_is (const char *path, int kinds)
{
  const char *slash = strrchr (path, '/');

  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
    if (files[i].kinds & kinds && fnmatch (files[i].name, slash ? slash + 1 : path, 0) == 0)
      return 1;
  return 0;
}
