/* SPDX-License-Identifier: MIT */
#include "util/program.h"
#include "util/buf.h"
#include "util/cleanup.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int is_program (const char *path)
{
  struct stat st;

  return path[0] == '/' && stat (path, &st) == 0 && S_ISREG (st.st_mode) && access (path, X_OK) == 0;
}

int vprod__program_find (const char *path, const char *name, char **ret)
{
  *ret = NULL;
  for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path;) {
    size_t length = strcspn (path, ":");
    char *program = vprod__asprintf ("%.*s/%s", (int) length, path, name);
    if (!program)
      return -1;
    if (is_program (program)) {
      *ret = program;
      return 0;
    }
    free (program);
    path += length + (path[length] == ':');
  }
  return 0;
}
