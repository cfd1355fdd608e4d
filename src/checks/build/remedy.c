/* SPDX-License-Identifier: MIT */
/* What to do about a build that failed, by what BuildKit, the classic builder or Podman say of it. */
#include "checks/build/facts.h"

#include <string.h>
#include <strings.h>
#include "util/strv.h"
#include "util/text.h"

#define NOT_IN_CONTEXT                                                                                       \
  "COPY and ADD see the build context only: look whether the path is right, from the top of image.context, " \
  "and whether .dockerignore leaves it out."
#define NOT_IN_STAGE                                                                                         \
  "The path is not in the stage that --from names: look where that stage really puts it, and whether "       \
  "--from names the right stage."

#define NO_PROGRAM                                                                                              \
  "A program that the step runs is not in the image at that point (127): install it in the same stage, before. " \
  "Of a script that is there, the first line may name an interpreter that is not, or end as lines on Windows do."

#define NO_SERVICE                                                                                                 \
  "The step asks a service, and a build has no database or other service beside it: do at the container's start " \
  "what needs one, or give the step settings that need none."

/* The first row whose words all stand in the message, or in the step, whatever the case; "" is always there. */
static const struct {
  const char *message;
  const char *also;
  const char *step;
  const char *remedy;
} remedies[] = {
  { "no space left on device", "", "",
    "The disk is full where the build ran: free some, for instance with `docker builder prune`." },
  { "exec format error", "", "",
    "A program in the image is for another processor: choose image.platform and a base image that fit this "
    "engine, or install emulation (binfmt) on it." },
  { "no match for platform", "", "",
    "The base image does not exist for this platform: choose another image.platform or another base." },
  { "not found", "", "--from=", NOT_IN_STAGE },
  { "copier: stat", "", "--from=", NOT_IN_STAGE },
  { "no such file or directory", "", "COPY --from=", NOT_IN_STAGE },
  { "target stage", "could not be found", "", "image.target names a stage that the Dockerfile does not have." },
  { "failed to reach build target", "", "", "image.target names a stage that the Dockerfile does not have." },
  { "failed to compute cache key", "not found", "", NOT_IN_CONTEXT },
  { "failed to calculate checksum", "not found", "", NOT_IN_CONTEXT },
  { "excluded by .dockerignore", "", "", NOT_IN_CONTEXT },
  { "copier: stat", "", "", NOT_IN_CONTEXT },
  { "not found", "", "COPY ", NOT_IN_CONTEXT },
  { "should not be blank", "", "",
    "FROM uses a build argument that has no value: give it one in image.args, or a default in the Dockerfile." },
  { "no build stage in current context", "", "", "Begin the Dockerfile with FROM." },
  { "cannot be empty", "", "", "The Dockerfile is empty." },
  { "file with no instructions", "", "", "The Dockerfile has no instruction: begin it with FROM." },
  { "the --mount option requires buildkit", "", "",
    "The Dockerfile needs BuildKit: install the docker-buildx package, so that `docker buildx version` works." },
  { "parse error", "unknown instruction", "",
    "Correct that line of the Dockerfile. If it belongs to a heredoc (<<EOF), the Dockerfile must begin with `# "
    "syntax=docker/dockerfile:1`, or the builder be a newer one." },
  { "parse error", "", "", "Correct that line of the Dockerfile." },
  { "unknown instruction", "", "", "Correct that line of the Dockerfile." },
  { "unable to find user", "", "",
    "USER names a user that the image does not have: create it before, or use its number." },
  { "exit code: 137", "", "",
    "The command was killed (137): most often because memory ran out. Give the engine more, or let the step use "
    "less." },
  { "non-zero code: 137", "", "",
    "The command was killed (137): most often because memory ran out. Give the engine more, or let the step use "
    "less." },
  { "exit code: 127", "", "", NO_PROGRAM },
  { "non-zero code: 127", "", "", NO_PROGRAM },
  { "executable file not found", "", "",
    "A program that the step runs is not in the image at that point: install it in the same stage, before." },
  { "exit code: 126", "", "",
    "The step runs a file that is not executable (126): chmod it, or name its interpreter." },
  { "could not translate host name", "", "RUN", NO_SERVICE },
  { "connection refused", "", "RUN", NO_SERVICE },
  { "econnrefused", "", "RUN", NO_SERVICE },
  { "could not resolve host", "", "RUN",
    "The step could not reach the network: look at the engine's name servers and proxies; HTTP_PROXY can be given "
    "in image.args." },
  { "temporary failure", "resol", "RUN",
    "The step could not reach the network: look at the engine's name servers and proxies; HTTP_PROXY can be given "
    "in image.args." },
  { "unable to fetch some archives", "404", "RUN",
    "apt asked for versions that its mirror no longer has: run `apt-get update` in the same RUN as the installation, so "
    "that the lists do not come from the cache." },
  { "unable to locate package", "", "RUN",
    "apt knows no package of this name: run `apt-get update` in the same RUN, before, and look up the name in the base "
    "image's release." },
  { "no matching distribution found", "", "RUN",
    "The index has no such version for this Python and processor: look at name and version, and at image.platform." },
  { "", "", "RUN", "Correct what the step complains of; its last words are in the log below." },
  { "", "", "", "Correct what the builder complains of; its last words are in the log below." },
};

const char *vprod__build_remedy (const char *message, const char *step)
{
  size_t i = 0;

  while (!vprod__text_contains_nocase (message, remedies[i].message)
         || !vprod__text_contains_nocase (message, remedies[i].also)
         || !vprod__text_contains_nocase (step, remedies[i].step))
    i++;
  return remedies[i].remedy;
}

int vprod__dockerfile_stages (const char *text, char ***ret)
{
  _cleanup_strv_ char **stages = NULL;

  for (const char *line = text; *line; line += strcspn (line, "\n"), line += *line == '\n') {
    const char *p = line + strspn (line, " \t");
    const char *end = line + strcspn (line, "\n");
    if (strncasecmp (p, "FROM", 4) != 0 || !strchr (" \t", p[4]) || p[4] == '\0')
      continue;
    for (p += 4; p < end; p += strcspn (p, " \t\r\n")) {
      p += strspn (p, " \t\r");
      if (strncasecmp (p, "AS", 2) != 0 || (p[2] != ' ' && p[2] != '\t'))
        continue;
      p += 2 + strspn (p + 2, " \t");
      char *name = strndup (p, strcspn (p, " \t\r\n"));
      if (vprod__strv_take (&stages, name) < 0)
        return -1;
      break;
    }
  }
  *ret = vprod__steal (&stages);
  return 0;
}
