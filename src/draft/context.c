/* SPDX-License-Identifier: MIT */
/*
 * Which folder is the context. Usually the Dockerfile's own, but services/api/Dockerfile of a monorepo may copy from two
 * folders above. COPY decides: the nearest folder that has all sources.
 */
#include "draft/draft.h"
#include "known/managers.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/text.h"

#define MAX_UP 4

/* The index of the first COPY source that is missing in the folder, or n_copies. */
static size_t first_missing (const struct vprod__draft *draft)
{
  size_t i = 0;

  while (i < draft->n_copies && (!*draft->copies[i].path || vprod__draft_kind (draft, draft->copies[i].path)))
    i++;
  return i;
}

static int has_all (const struct vprod__draft *draft)
{
  return first_missing (draft) == draft->n_copies;
}

/* Does the folder have a dependency file? */
static int has_manifest (const struct vprod__draft *draft)
{
  DIR *dir = opendir (draft->dir);
  int found = 0;

  for (struct dirent *entry; dir && !found && (entry = readdir (dir));)
    found = vprod__manifest_is (entry->d_name, VPROD__MANIFEST_INSTALLS | VPROD__MANIFEST_BUILDS) && vprod__draft_kind (draft, entry->d_name) == 'f';
  if (dir)
    closedir (dir);
  return found;
}

static int has_manifest_and_all (const struct vprod__draft *draft)
{
  return has_all (draft) && has_manifest (draft);
}

/* Does the Dockerfile copy the whole context although its own folder only has files for building? */
static int copies_nothing (struct vprod__draft *draft)
{
  static const char *const dull[] = { ".yml", ".yaml", ".sh", ".properties", NULL };
  _cleanup_strv_ char **files = NULL;
  int whole = 0;

  for (size_t i = 0; i < draft->n_copies; i++)
    whole |= !*draft->copies[i].path;
  if (!whole || has_manifest (draft))
    return 0;
  vprod__draft_walk (draft, "", &files);
  for (size_t i = 0; files && files[i]; i++) {
    const char *dot = strrchr (files[i], '.');
    if (dot && !vprod__text_is_one_of (dot, dull))
      return 0;
  }
  return 1;
}

/* Takes the folder `up` levels above if it fits: 1. */
static int try_above (struct vprod__draft *draft, const char *whole, int up,
                      int (*fits) (const struct vprod__draft *draft))
{
  struct vprod__draft above = *draft;
  const char *below = whole + strlen (whole);
  _cleanup_free_ char *dir = NULL, *context = strdup ("..");

  for (int i = 0; i < up && below > whole; i++)
    while (below > whole && *--below != '/')
      continue;
  if (below == whole) /* never / */
    return 0;
  for (int i = 1; i < up && context; i++) {
    _cleanup_free_ char *shorter = vprod__steal (&context);
    vprod__draft_set (draft, &context, "%s/..", shorter);
  }
  vprod__draft_set (draft, &dir, "%.*s", (int) (below - whole), whole);
  if (!context || !dir) {
    draft->no_memory = 1;
    return 0;
  }
  above.dir = dir;
  if (!fits (&above))
    return 0;
  free (draft->dir);
  draft->dir = vprod__steal (&dir);
  vprod__draft_set (draft, &draft->context, "%s", context);
  vprod__draft_set (draft, &draft->below, "%s/", below + 1);
  return 1;
}

void vprod__draft_find_context (struct vprod__draft *draft)
{
  if (draft->context_dir) { /* named in the compose file */
    free (draft->dir);
    draft->dir = vprod__steal (&draft->context_dir);
    return;
  }
  size_t missing = first_missing (draft);
  int nothing = missing == draft->n_copies && copies_nothing (draft);

  vprod__draft_set (draft, &draft->context, ".");
  vprod__draft_set (draft, &draft->below, "%s", "");
  if (missing == draft->n_copies && !nothing)
    return;
  _cleanup_free_ char *whole = realpath (draft->dir, NULL);
  for (int up = 1; whole && up <= MAX_UP; up++)
    if (try_above (draft, whole, up, nothing ? has_manifest_and_all : has_all)) {
      if (nothing)
        vprod__draft_set (draft, &draft->context_from, "%s",
                          "the Dockerfile copies the whole context, and there is nothing to build beside it");
      return;
    }
  if (!nothing)
    vprod__draft_set (draft, &draft->missing, "line %zu of the Dockerfile copies %s", draft->copies[missing].line,
                      draft->copies[missing].path);
}
