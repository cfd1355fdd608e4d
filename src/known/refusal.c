/* SPDX-License-Identifier: MIT */
/* Why a container's first program could not be run, from what the engine or its runtime says. */
#include "known/exit.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

/* The first that is found decides: the more telling parts come first. */
static const struct {
  const char *part;
  enum vprod__refusal refusal;
} parts[] = {
  { "unable to find user", VPROD__REFUSAL_NO_USER },
  { "unable to find group", VPROD__REFUSAL_NO_USER },
  { "no matching entries in passwd", VPROD__REFUSAL_NO_USER },
  { "no matching entries in group", VPROD__REFUSAL_NO_USER },
  { "no command specified", VPROD__REFUSAL_NO_COMMAND },
  { "no command or entrypoint", VPROD__REFUSAL_NO_COMMAND },
  { "exec format error", VPROD__REFUSAL_FORMAT },
  { "chdir to cwd", VPROD__REFUSAL_WORKDIR },
  { "cannot chdir", VPROD__REFUSAL_WORKDIR },
  { "mkdir of file path", VPROD__REFUSAL_WORKDIR },
  { "cannot mkdir", VPROD__REFUSAL_WORKDIR },
  { "executable file not found", VPROD__REFUSAL_NO_PROGRAM },
  { "not found in $path", VPROD__REFUSAL_NO_PROGRAM },
  { "no such file or directory", VPROD__REFUSAL_NO_PROGRAM },
  { "is a directory", VPROD__REFUSAL_NOT_EXECUTABLE },
  { "permission denied", VPROD__REFUSAL_NOT_EXECUTABLE },
};

enum vprod__refusal vprod__refusal_of_engine (const char *words)
{
  for (size_t i = 0; words && i < sizeof parts / sizeof parts[0]; i++)
    if (strcasestr (words, parts[i].part))
      return parts[i].refusal;
  return VPROD__REFUSAL_OTHER;
}

enum vprod__refusal vprod__refusal_of_output (const char *output)
{
  /* what runc and crun begin such a line with; the app's own lines hardly do */
  static const char *const begins[] = { "exec /", "exec user process", "standard_init_linux.go", "exec: \"",
                                        "exec container process" };

  while (output && *output) {
    const char *end = strchrnul (output, '\n');
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
      if (strncmp (output, begins[i], strlen (begins[i])) == 0) {
        char line[256];
        size_t length = (size_t) (end - output) < sizeof line - 1 ? (size_t) (end - output) : sizeof line - 1;
        memcpy (line, output, length);
        line[length] = '\0';
        enum vprod__refusal refusal = vprod__refusal_of_engine (line);
        if (refusal != VPROD__REFUSAL_OTHER)
          return refusal;
      }
    output = *end ? end + 1 : end;
  }
  return VPROD__REFUSAL_NONE;
}

const char *vprod__refusal_words (enum vprod__refusal refusal)
{
  switch (refusal) {
  case VPROD__REFUSAL_NO_PROGRAM:
    return "its program, or the interpreter or library loader that this needs, is not in the image";
  case VPROD__REFUSAL_NOT_EXECUTABLE:
    return "its program may not be executed by the image's user";
  case VPROD__REFUSAL_FORMAT:
    return "its program is not for this processor, or is a script without a `#!` line";
  case VPROD__REFUSAL_NO_USER:
    return "its USER is not in the image's /etc/passwd or /etc/group";
  case VPROD__REFUSAL_NO_COMMAND:
    return "it has neither ENTRYPOINT nor CMD";
  case VPROD__REFUSAL_WORKDIR:
    return "its WORKDIR cannot be entered by the image's user";
  case VPROD__REFUSAL_NONE:
  case VPROD__REFUSAL_OTHER:
    break;
  }
  return "the engine cannot run it";
}

const char *vprod__refusal_remedy (enum vprod__refusal refusal)
{
  switch (refusal) {
  case VPROD__REFUSAL_NO_PROGRAM:
    return "Check the path of the program in ENTRYPOINT and CMD, that it is copied into the last stage, that a "
           "script's `#!` line names a shell that the image has and ends in LF (not CRLF), and that a dynamically "
           "linked program finds its loader (glibc programs do not run on musl images, nor on scratch).";
  case VPROD__REFUSAL_NOT_EXECUTABLE:
    return "Make the program executable for the image's USER (`COPY --chmod=755`, or `RUN chmod 755`), and the "
           "folders on the way to it too.";
  case VPROD__REFUSAL_FORMAT:
    return "Build for the engine's platform (`image.platform`, or GOARCH, --target … of the compiler), and begin "
           "scripts with `#!/bin/sh`.";
  case VPROD__REFUSAL_NO_USER:
    return "Make the user in the last stage (`RUN useradd …`), or name it by number: `USER 1001:1001` needs no "
           "entry.";
  case VPROD__REFUSAL_NO_COMMAND:
    return "Name what the container runs: `CMD [\"…\"]` or `ENTRYPOINT [\"…\"]` in the last stage, or "
           "`run.command` in the spec.";
  case VPROD__REFUSAL_WORKDIR:
    return "Give the image's USER the right to enter WORKDIR (`chmod`, `chown`, `COPY --chown`), and check that "
           "it is a folder.";
  case VPROD__REFUSAL_NONE:
  case VPROD__REFUSAL_OTHER:
    break;
  }
  return "Try `docker run` with the same image and environment; the engine's words above say what it stumbled "
         "over.";
}
