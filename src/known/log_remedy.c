/* SPDX-License-Identifier: MIT */
/*
 * What an app says as it gives up, in the words of the C library and of the runtimes that most servers stand on. It
 * decides no verdict, only which remedy is given: the last line that is of a known kind is quoted beside it.
 */
#include "known/exit.h"
#include "util/text.h"

#include <string.h>

#define TAIL 4000 /* bytes of a log that are looked at … */
#define LINE 511  /* … and of each line */

#define DENIED                                                                                                    \
  "Give the image's USER what it needs: the file or folder in the Dockerfile (`RUN install -d -o 1001 …`, "        \
  "`COPY --chown`), pid files and temporary ones under /tmp, logs on stdout, a port above 1023."
#define MISSING                                                                                                   \
  "What the app loads is not in the last stage of the image, or not where it looks: install or copy it there, "    \
  "and check the names in WORKDIR, ENTRYPOINT and CMD."
#define TAKEN                                                                                                     \
  "Two programs in the container, or the app twice, take the same address: start it once, or give each its own "   \
  "port."
#define MEMORY "Give the app less memory to ask for (for a JVM -XX:MaxRAMPercentage instead of -Xmx), or more of it."
#define FULL "Make room where the app writes: a volume that is large enough, or less to write."
#define EMPTY                                                                                                     \
  "The database is a new and empty one: let the image make its tables before the app starts (`migrate && "        \
  "exec app`)."
#define LOGIN                                                                                                     \
  "Let user, password and name of the database come from `run.env` (${db.user}, ${db.password}, ${db.database})."
#define NO_HOST                                                                                                   \
  "Nothing of that name is on the app's network: only what `services` in the spec names runs beside "           \
  "it, and its name is given to the app in `run.env` (${db.host})."

#define INSTALLS                                                                                                  \
  "It installs packages as it starts, and did not get them: install all that runs while the image is built, and "  \
  "start the app itself (`uv run --no-sync`, no `npm install` or `pip install` in the start command)."

static const struct {
  const char *part;
  const char *remedy;
} known[] = {
  { "permission denied", DENIED },
  { "operation not permitted", DENIED },
  { "read-only file system", DENIED },
  { "EACCES", DENIED },
  { "AccessDeniedException", DENIED },
  { "address already in use", TAKEN },
  { "EADDRINUSE", TAKEN },
  { "unable to access jarfile", MISSING },
  { "could not find or load main class", MISSING },
  { "cannot find module", MISSING },
  { "ModuleNotFoundError", MISSING },
  { "cannot load such file", MISSING },
  { "error while loading shared libraries", MISSING },
  { "could not reserve enough space", MEMORY },
  { "insufficient memory for the java", MEMORY },
  { "out of memory", MEMORY },
  { "no space left on device", FULL },
  { "UndefinedTable", EMPTY },
  { "relation \"", EMPTY }, /* … "notes" does not exist */
  { "password authentication failed", LOGIN },
  { "could not translate host name", NO_HOST },
  { "name or service not known", NO_HOST },
  { "temporary failure in name resolution", NO_HOST },
  { "UnknownHostException", NO_HOST },
  { "ENOTFOUND", NO_HOST },
  /* uv, pip, npm, Bundler, apt, apk; after what they say of the network */
  { "failed to fetch: `", INSTALLS },
  { "failed to fetch http", INSTALLS },
  { "no matching distribution found for", INSTALLS },
  { "npm error network", INSTALLS },
  { "npm err! network", INSTALLS },
  { "could not fetch specs from", INSTALLS },
  { "unable to locate package", INSTALLS },
  { "unable to select packages", INSTALLS },
};

static const char *remedy_of_line (const char *line, size_t length)
{
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (vprod__text_contains_nocase_n (line, length < LINE ? length : LINE, known[i].part))
      return known[i].remedy;
  return NULL;
}

const char *vprod__log_remedy (const char *log, const char **ret_line, size_t *ret_length)
{
  const char *remedy = NULL;
  size_t length = log ? strlen (log) : 0;

  if (length > TAIL)
    log += length - TAIL;
  while (log && *log) {
    size_t line = strcspn (log, "\n");
    const char *one = remedy_of_line (log, line);
    if (one) {
      remedy = one;
      *ret_line = log;
      *ret_length = line > 0 && log[line - 1] == '\r' ? line - 1 : line;
    }
    log += line + (log[line] == '\n');
  }
  return remedy;
}
