/* SPDX-License-Identifier: MIT */
/*
 * What to change where the sources are copied before the installation: in the words of the package manager that the step
 * runs, as a team that uses pip learns little from another one's lines.
 */
#include "checks/layer_cache/facts.h"
#include "dockerfile/installers.h"

#include <fnmatch.h>
#include <string.h>

/* Is it what installations read, rather than a source? */
static int is_manifest (const char *path)
{
  static const char *const names[] = { "uv.lock", "poetry.lock", "pyproject.toml", "requirements*.txt", "Pipfile*",
                                       "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "go.mod", "go.sum",
                                       "Cargo.toml", "Cargo.lock", "Gemfile*", "composer.json", "composer.lock", "pom.xml",
                                       NULL };
  const char *slash = strrchr (path, '/');

  for (size_t i = 0; names[i]; i++)
    if (fnmatch (names[i], slash ? slash + 1 : path, 0) == 0)
      return 1;
  return 0;
}

static const struct {
  const char *manager; /* a word of the table's in src/dockerfile/installers.c */
  const char *lines;   /* what to copy and install before the sources; NULL: it reads nothing of the context */
} orders[] = {
  { "apt-get", NULL },
  { "apk", NULL },
  { "dnf", NULL },
  { "pacman", NULL },
  { "opkg", NULL },
  { "pip", "COPY requirements.txt ./\nRUN pip install --no-cache-dir -r requirements.txt" },
  { "uv", "COPY uv.lock pyproject.toml ./\nRUN uv sync --frozen --no-dev --no-install-project" },
  { "poetry", "COPY poetry.lock pyproject.toml ./\nRUN poetry install --only main --no-root" },
  { "npm", "COPY package.json package-lock.json ./\nRUN npm ci --omit=dev" },
  { "pnpm", "COPY package.json pnpm-lock.yaml ./\nRUN pnpm install --frozen-lockfile --prod" },
  { "yarn", "COPY package.json yarn.lock ./\nRUN yarn install --frozen-lockfile" },
  { "go", "COPY go.mod go.sum ./\nRUN go mod download" },
  { "bundle", "COPY Gemfile Gemfile.lock ./\nRUN bundle install" },
  { "composer", "COPY composer.json composer.lock ./\nRUN composer install --no-dev --no-scripts --no-autoloader" },
  { "mvn", "COPY pom.xml ./\nRUN mvn -B dependency:go-offline" },
};

/* uv's too: it takes the same list */
static int is_pip (const struct vprod__install *install)
{
  return install->manager
         && (strcmp (install->manager, "pip") == 0 || strcmp (install->manager, "pip-sync") == 0
             || (strcmp (install->manager, "uv") == 0 && strstr (install->text, "pip")));
}

static const char *lines_of (const struct vprod__install *install, int *ret_system)
{
  const char *manager = !install->manager ? "" : is_pip (install) ? "pip" : install->manager;
  size_t n = strcspn (manager, " ");

  *ret_system = 0;
  for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
    if (strlen (orders[i].manager) == n && strncmp (manager, orders[i].manager, n) == 0) {
      *ret_system = !orders[i].lines;
      return orders[i].lines;
    }
  return NULL;
}

void vprod__cache_remedy_order (const char *touch, const char *cause, const struct vprod__install *install,
                                vprod_result *result)
{
  int of_system;
  const char *lines = lines_of (install, &of_system);

  if (is_manifest (touch))
    vprod__result_remedy (result, "%s says what to install, so that its change must run the installation again: name a "
                                  "source file in checks.layer-cache.touch.", touch);
  else if (of_system)
    vprod__result_remedy (result, "What the distribution's packages hold does not depend on your sources: install them in "
                                  "a step above %s%s%s.",
                          cause ? "`" : "", cause ? cause : "what copies the sources", cause ? "`" : "");
  else if (install->project && is_pip (install))
    vprod__result_remedy (result,
                          "First copy and install what the project depends on, from a list of its own (made by "
                          "`pip-compile pyproject.toml` or `uv export --no-dev`), then copy the sources and install the "
                          "project alone:\n%s\nCOPY . .\nRUN pip install --no-deps .", lines);
  else
    vprod__result_remedy (result,
                          "First copy only what the installation reads (%s), then install, then copy the sources%s%s%s",
                          lines ? "the list of packages and its lock file"
                                : "requirements.txt, uv.lock, package-lock.json, go.sum …",
                          lines ? ":\n" : ".", lines ? lines : "", lines ? "\nCOPY . ." : "");
}
