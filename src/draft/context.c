/* SPDX-License-Identifier: MIT */
/*
 * Which folder is the context. Mostly the Dockerfile's own; but services/api/Dockerfile of a larger repository may take
 * all from two folders above. Only what COPY names tells: the nearest folder that has all of it.
 */
#include "draft/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_UP 4

/* The first source of a COPY that is not in the folder, or n_copies. */
static size_t first_missing (const struct vprod__draft *draft)
{
  size_t i = 0;

  while (i < draft->n_copies && (!*draft->copies[i].path || vprod__draft_kind (draft, draft->copies[i].path)))
    i++;
  return i;
}

/* Takes the folder `up` above if it has everything. 1: it has. */
static int try_above (struct vprod__draft *draft, const char *whole, int up)
{
  struct vprod__draft above = *draft;
  const char *below = whole + strlen (whole);
  _cleanup_free_ char *dir = NULL, *context = strdup ("..");

  for (int i = 0; i < up && below > whole; i++)
    while (below > whole && *--below != '/')
      continue;
  if (below == whole) /* never the root */
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
  if (first_missing (&above) < draft->n_copies)
    return 0;
  free (draft->dir);
  draft->dir = vprod__steal (&dir);
  vprod__draft_set (draft, &draft->context, "%s", context);
  vprod__draft_set (draft, &draft->below, "%s/", below + 1);
  return 1;
}

void vprod__draft_find_context (struct vprod__draft *draft)
{
  size_t missing = first_missing (draft);

  vprod__draft_set (draft, &draft->context, ".");
  vprod__draft_set (draft, &draft->below, "%s", "");
  if (missing == draft->n_copies)
    return;
  _cleanup_free_ char *whole = realpath (draft->dir, NULL);
  for (int up = 1; whole && up <= MAX_UP; up++)
    if (try_above (draft, whole, up))
      return;
  vprod__draft_set (draft, &draft->missing, "line %zu of the Dockerfile copies %s", draft->copies[missing].line,
                    draft->copies[missing].path);
}
