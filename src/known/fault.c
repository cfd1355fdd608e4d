/* SPDX-License-Identifier: MIT */
/*
 * Engines do not say it: Docker gives 400, 404 and 500 for either side's faults. What is below was seen on Docker
 * 20.10 and 28.5 and on Podman 4.3, all with runc; crun's words are here unseen. The words of runtimes come through
 * the engine unchanged.
 */
#include "known/fault.h"
#include "util/text.h"

#include <stddef.h>
#include <string.h>

int vprod__fault_is_images (const char *message)
{
  static const char *const words[] = {
    /* runc says "exec:" only of the program it was to start ("exec: "runc": not found" is the engine's own) */
    "unable to start container process: exec: ",
    "starting container process caused: exec: ",
    "error during container init: exec: ",
    /* crun, Podman */
    "executable file `",
    "open executable: ",
    "exec container process",
    "attempted to invoke a command that was not found",
    "oci permission denied",
    /* USER */
    "unable to find user ",
    "unable to find group ",
    "no matching entries in passwd file",
    "no matching entries in group file",
    "uids and gids must be in range",
    /* WORKDIR and VOLUME; nothing is mounted but what the image asks for */
    "chdir to cwd",
    "cannot mkdir: ",
    "the working directory '",
    "workdir \"",
    "cwd must be an absolute path",
    ": not a directory",
    "too many links in",
    "too many levels of symbolic links",
    "cannot mount volume over existing file",
    /* CMD, STOPSIGNAL, platform */
    "no command specified",
    "no command or entrypoint",
    "invalid signal: ",
    "does not match the specified platform",
    NULL
  };

  for (size_t i = 0; words[i]; i++)
    if (vprod__text_contains_nocase (message, words[i]))
      return 1;
  return 0;
}

int vprod__fault_is_no_subnet (const char *message)
{
  static const char *const words[] = {
    "could not find an available, non-overlapping ipv4 address pool", /* Docker 17.06 to 24 */
    "all predefined address pools have been fully subnetted",         /* Docker 25 and newer */
    "could not find an available predefined network",                 /* Docker before */
    "could not find free subnet from subnet pools",                   /* Podman 4 and 5 */
    NULL
  };

  for (size_t i = 0; words[i]; i++)
    if (vprod__text_contains_nocase (message, words[i]))
      return 1;
  return 0;
}

char *vprod__fault_words (const char *message)
{
  static const char *const before[] = { "unable to start container process: ",
                                        "starting container process caused: ", "error during container init: ",
                                        "crun: ", NULL };

  for (size_t i = 0; before[i]; i++) {
    const char *found = strstr (message, before[i]);
    if (found)
      message = found + strlen (before[i]);
  }
  /* after containerd's ": unknown", Docker guesses at mounts that nobody asked for */
  static const char *const after[] = { ": unknown", ": OCI ", NULL };
  size_t length = strlen (message);
  for (size_t i = 0; after[i]; i++) {
    const char *found = strstr (message, after[i]);
    if (found && (size_t) (found - message) < length)
      length = (size_t) (found - message);
  }
  return strndup (message, length);
}
