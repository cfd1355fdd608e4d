/* SPDX-License-Identifier: MIT */
/* --makefile: where the make fragment is. Beside the program first, so that an installation that was moved, or lies below
   a DESTDIR, finds its own; else where it was installed to. A build folder has it where it was made. */
#include "cli.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* CLI_MAKEFILE is given by the Makefile */
static const char *const beside_program[] = { "/../share/verify-prod/verify-prod.mk",
                                              "/../../../packaging/make/verify-prod.mk" };

static int print_beside (const char *folder)
{
  char path[PATH_MAX], real[PATH_MAX];

  for (size_t i = 0; i < sizeof beside_program / sizeof *beside_program; i++) {
    int length = snprintf (path, sizeof path, "%s%s", folder, beside_program[i]);
    if (length > 0 && (size_t) length < sizeof path && access (path, R_OK) == 0 && realpath (path, real))
      return puts (real);
  }
  return -1;
}

int cli_print_makefile (void)
{
  char program[PATH_MAX];
  ssize_t length = readlink ("/proc/self/exe", program, sizeof program - 1);

  if (length > 0) {
    program[length] = '\0';
    char *slash = strrchr (program, '/');
    if (slash) {
      *slash = '\0';
      if (print_beside (program) >= 0)
        return CLI_PASSED;
    }
  }
  if (access (CLI_MAKEFILE, R_OK) != 0) {
    cli_say ("the make fragment is not at %s: `make install` or the package verify-prod puts it there", CLI_MAKEFILE);
    return CLI_NOT_TOLD;
  }
  puts (CLI_MAKEFILE);
  return CLI_PASSED;
}
