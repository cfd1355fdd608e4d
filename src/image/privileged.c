/* SPDX-License-Identifier: MIT */
#include "image/privileged.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "util/grow.h"

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
  if (vprod__grow (&programs->list, programs->count) < 0)
    return -1;
  program.path = strdup (file->path);
  if (!program.path)
    return -1;
  programs->list[programs->count++] = program;
  return 0;
}

void vprod__privileged_clear (struct vprod__privileged *programs)
{
  for (size_t i = 0; i < programs->count; i++)
    free (programs->list[i].path);
  free (programs->list);
  *programs = (struct vprod__privileged) { 0 };
}
