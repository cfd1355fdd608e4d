/* SPDX-License-Identifier: MIT */
/* Reading the folder's files, with limits: links are not followed, and only regular files are opened. */
#include "draft/compose.h"
#include "known/sources.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "util/path.h"
#include "util/file.h"
#include "util/text.h"

void vprod__draft_set (struct vprod__draft *draft, char **field, const char *format, ...)
{
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0) {
    text = NULL;
    draft->no_memory = 1;
  }
  va_end (ap);
  free (*field);
  *field = text;
}

void vprod__draft_add (struct vprod__draft *draft, char ***list, const char *text)
{
  if (!vprod__strv_has (*list, text) && vprod__strv_add (list, text) < 0)
    draft->no_memory = 1;
}

static char *in_folder (const struct vprod__draft *draft, const char *path)
{
  char *whole = NULL;

  return asprintf (&whole, "%s/%s", draft->dir, path) < 0 ? NULL : whole;
}

int vprod__draft_read_file (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret)
{
  _cleanup_free_ char *whole = in_folder (draft, path);

  if (!whole) {
    draft->no_memory = 1;
    return 0;
  }
  size_t before = ret->length;
  int r = vprod__file_read (whole, limit > before ? limit - before : 0, ret, NULL);
  draft->no_memory |= r == -VPROD_ERROR_NO_MEMORY;
  return r == 0 || (r != 1 && ret->length > before);
}

int vprod__draft_kind (const struct vprod__draft *draft, const char *path)
{
  _cleanup_free_ char *whole = in_folder (draft, path);

  return whole ? vprod__file_kind (whole) : 0;
}

int vprod__draft_has_sql (const char *path)
{
  DIR *dir = opendir (path);
  int found = 0;

  for (struct dirent *entry; dir && !found && (entry = readdir (dir));)
    found = vprod__text_ends_with (entry->d_name, ".sql");
  if (dir)
    closedir (dir);
  return found;
}

int vprod__draft_text_file (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret)
{
  if (!vprod__compose_read (draft, path, limit + 1, ret) || ret->length > limit || !ret->data)
    return 0;
  for (size_t i = 0; i < ret->length; i++)
    if ((unsigned char) ret->data[i] < 0x20 && !strchr ("\n\t", ret->data[i]))
      return 0;
  return 1;
}

void vprod__draft_note (struct vprod__draft *draft, char ***notes, const char *format, ...)
{
  _cleanup_free_ char *text = NULL;
  va_list ap;

  va_start (ap, format);
  text = vprod__vasprintf (format, ap);
  va_end (ap);
  if (!text)
    draft->no_memory = 1;
  else if (vprod__strv_length (*notes) < 12)
    vprod__draft_add (draft, notes, text);
}

int vprod__draft_is_ignored (const struct vprod__draft *draft, const char *path)
{
  return vprod__is_ignored (draft->ignored, path);
}

void vprod__draft_walk (struct vprod__draft *draft, const char *path, char ***list)
{
  draft->no_memory |= vprod__sources_list (draft->dir, path, draft->ignored, list) < 0;
}
