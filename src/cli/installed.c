/* SPDX-License-Identifier: MIT */
/* Files that are installed with the program: the make fragment, and the schema of specs. They are looked for beside the
   program first, so that an installation that was moved, or lies below a DESTDIR, finds its own; then where they were installed
   to. A build folder has the make fragment where it was made. */
#include "cli.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* CLI_DATADIR, where they are installed, is given by the Makefile. */

/* Relative to the program's folder; the real path, malloc'ed, or NULL. */
static char *beside_program (const char *name)
{
  char program[PATH_MAX];
  ssize_t length = readlink ("/proc/self/exe", program, sizeof program - 1);

  if (length <= 0)
    return NULL;
  program[length] = '\0';
  char *slash = strrchr (program, '/');
  if (!slash)
    return NULL;
  *slash = '\0';
  _cleanup_free_ char *path = cli_format ("%s/%s", program, name);
  return access (path, R_OK) == 0 ? realpath (path, NULL) : NULL;
}

char *cli_find_installed (const char *name)
{
  _cleanup_free_ char *relative = cli_format ("../share/verify-prod/%s", name);
  char *path = beside_program (relative);

  if (!path) {
    path = cli_format ("%s/%s", CLI_DATADIR, name);
    if (access (path, R_OK) != 0) {
      free (path);
      path = NULL;
    }
  }
  return path;
}

int cli_print_makefile (void)
{
  static const char name[] = "verify-prod.mk";
  _cleanup_free_ char *installed = cli_find_installed (name);
  _cleanup_free_ char *made = installed ? NULL : beside_program ("../../../packaging/make/verify-prod.mk");

  if (!installed && !made) {
    cli_say ("the make fragment is not at %s/%s: `make install` or the package verify-prod puts it there", CLI_DATADIR, name);
    return CLI_NOT_TOLD;
  }
  puts (installed ? installed : made);
  return CLI_PASSED;
}
