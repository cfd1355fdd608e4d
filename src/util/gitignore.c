/* SPDX-License-Identifier: MIT */
#include "util/gitignore.h"
#include "util/grow.h"
#include "util/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vprod__gitignore {
  struct pattern {
    char *text;       /* as util/path.h has patterns: with "**" before one that holds at any depth */
    int again;        /* "!": it takes in again */
    int folders_only; /* it ended with a slash */
  } *patterns;
  size_t count;
};

/* Without its line end, and without blanks at its end unless they are escaped. */
static size_t length_of (const char *line, size_t length)
{
  if (length > 0 && line[length - 1] == '\r')
    length--;
  while (length > 0 && line[length - 1] == ' ' && !(length > 1 && line[length - 2] == '\\'))
    length--;
  return length;
}

/* 0, or -1 out of memory. */
static int add_line (struct vprod__gitignore *ignore, const char *line, size_t length)
{
  struct pattern pattern = { 0 };

  length = length_of (line, length);
  if (length == 0 || *line == '#')
    return 0;
  if (*line == '!') {
    pattern.again = 1;
    line++;
    length--;
  }
  if (length > 0 && line[length - 1] == '/') {
    pattern.folders_only = 1;
    length--;
  }
  if (length == 0)
    return 0;
  /* a slash but at its end: it begins at the file's own folder */
  int anchored = memchr (line, '/', length) != NULL;
  if (asprintf (&pattern.text, "%s%.*s", anchored ? "" : "**/", (int) length, line) < 0)
    return -1;
  if (vprod__grow (&ignore->patterns, ignore->count) < 0) {
    free (pattern.text);
    return -1;
  }
  ignore->patterns[ignore->count++] = pattern;
  return 0;
}

struct vprod__gitignore *vprod__gitignore_parse (const char *text)
{
  struct vprod__gitignore *ignore = calloc (1, sizeof *ignore);

  for (const char *line = text; ignore && *line;) {
    size_t length = strcspn (line, "\n");
    if (add_line (ignore, line, length) < 0) {
      vprod__gitignore_free (ignore);
      return NULL;
    }
    line += length + (line[length] == '\n');
  }
  return ignore;
}

int vprod__gitignore_says (const struct vprod__gitignore *ignore, const char *path, int is_folder)
{
  /* the last that matches */
  for (size_t i = ignore ? ignore->count : 0; i-- > 0;) {
    const struct pattern *pattern = &ignore->patterns[i];
    if ((is_folder || !pattern->folders_only) && vprod__path_matches (path, pattern->text))
      return pattern->again ? -1 : 1;
  }
  return 0;
}

void vprod__gitignore_free (struct vprod__gitignore *ignore)
{
  if (!ignore)
    return;
  for (size_t i = 0; i < ignore->count; i++)
    free (ignore->patterns[i].text);
  free (ignore->patterns);
  free (ignore);
}
