/* SPDX-License-Identifier: MIT */
#include "image/privileged.h"
#include "image/visible.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_PRIVILEGED 1000

int vprod__privileged_add (struct vprod__privileged *programs, const struct vprod__layer_file *file)
{
  int can_run = (file->mode & 0111) != 0;
  struct vprod__privileged_file program = {
    .layer = file->layer,
    .setuid = can_run && (file->mode & S_ISUID),
    .setgid = can_run && (file->mode & S_ISGID), /* without x it was a mark of locking */
    .capabilities = file->capabilities != 0,
    .uid = file->uid,
  };

  if (file->kind != VPROD__FILE_REGULAR || !(program.setuid || program.setgid || program.capabilities)
      || programs->count == MOST_PRIVILEGED)
    return 0;
  struct vprod__privileged_file *longer = realloc (programs->list, (programs->count + 1) * sizeof *longer);
  if (!longer)
    return -1;
  programs->list = longer;
  program.path = strdup (file->path);
  if (!program.path)
    return -1;
  longer[programs->count++] = program;
  return 0;
}

static int by_path (const void *a, const void *b)
{
  const struct vprod__privileged_file *one = a, *other = b;

  return strcmp (one->path, other->path);
}

void vprod__privileged_settle (struct vprod__privileged *programs, const struct vprod__visible *visible)
{
  size_t n = 0;

  for (size_t i = 0; i < programs->count; i++)
    if (vprod__visible_covered (visible, programs->list[i].path, programs->list[i].layer))
      free (programs->list[i].path);
    else
      programs->list[n++] = programs->list[i];
  programs->count = n;
  if (n > 1)
    qsort (programs->list, n, sizeof *programs->list, by_path);
}

void vprod__privileged_clear (struct vprod__privileged *programs)
{
  for (size_t i = 0; i < programs->count; i++)
    free (programs->list[i].path);
  free (programs->list);
  *programs = (struct vprod__privileged) { 0 };
}
