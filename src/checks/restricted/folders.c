/* SPDX-License-Identifier: MIT */
/*
 * Where the app writes, so that somebody can mount a folder there. Of what was added, the topmost folder is new itself: that one
 * is named. What was changed or removed, or added alone, lies in a folder that the image has: that is named. It may hold more
 * than what is written, so whoever recommends it tries it before.
 */
#include "checks/restricted/facts.h"
#include "known/by_product.h"
#include "known/phrases.h"
#include "util/strv.h"

#include <string.h>

static int is_below (const char *path, const char *folder)
{
  size_t length = strlen (folder);

  return strncmp (path, folder, length) == 0 && (path[length] == '/' || strcmp (folder, "/") == 0);
}

static int is_in (const char *path, char *const *list)
{
  for (size_t i = 0; list && list[i]; i++)
    if (strcmp (path, list[i]) == 0 || is_below (path, list[i]))
      return 1;
  return 0;
}

static int is_mounted (const char *path, char *const *const *except)
{
  for (size_t i = 0; except[i]; i++)
    if (is_in (path, except[i]))
      return 1;
  return 0;
}

/* Something below it changed, too: it is a folder. */
static int has_more (char *const *changes, const char *path)
{
  for (size_t i = 0; changes[i]; i++)
    if (is_below (changes[i] + 1, path))
      return 1;
  return 0;
}

/* The new folder that it lies in, else the one that the image has. NULL out of memory. */
static char *folder_of (char *const *changes, const char *path)
{
  const char *top = NULL, *slash = strrchr (path, '/');

  for (size_t i = 0; changes[i]; i++)
    if (changes[i][0] == 'A' && is_below (path, changes[i] + 1) && (!top || is_below (top, changes[i] + 1)))
      top = changes[i] + 1;
  if (top)
    return strdup (top);
  return slash > path ? strndup (path, (size_t) (slash - path)) : strdup ("/");
}

/* Adds it, in place of those below it; not where one above it is there. */
static int add (char ***list, const char *folder)
{
  size_t kept = 0;

  if (is_in (folder, *list))
    return 0;
  for (size_t i = 0; *list && (*list)[i]; i++)
    if (is_below ((*list)[i], folder))
      free ((*list)[i]);
    else
      (*list)[kept++] = (*list)[i];
  if (*list)
    (*list)[kept] = NULL;
  return vprod__strv_add (list, folder);
}

int vprod__restricted_folders (char *const *changes, char *const *const *except, char ***ret)
{
  _cleanup_strv_ char **list = NULL;

  for (size_t i = 0; changes && changes[i]; i++) {
    const char *path = changes[i] + 1;
    if (*path != '/' || has_more (changes, path) || is_mounted (path, except) || vprod__is_by_product (path + 1, 0)
        || vprod__says (VPROD__NAMES_ENGINE_FILE, path))
      continue;
    _cleanup_free_ char *folder = folder_of (changes, path);
    if (!folder || add (&list, folder) < 0)
      return -1;
  }
  *ret = vprod__steal (&list);
  return 0;
}
