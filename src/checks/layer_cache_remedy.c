/* SPDX-License-Identifier: MIT */
/* What to change where a change of a source makes the installation of dependencies run again. */
#include "checks/layer_cache.h"

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

/* How it is written for the package manager that was seen: the first is for those that are not listed. */
static const char *example_for (const char *manager)
{
  static const struct {
    const char *manager, *lines;
  } examples[] = {
    { "uv", "COPY uv.lock pyproject.toml ./\nRUN uv sync --frozen --no-dev --no-install-project\nCOPY app/ ./app/" },
    { "pip", "COPY requirements.txt ./\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . ." },
    { "poetry", "COPY pyproject.toml poetry.lock ./\nRUN poetry install --only main --no-root\nCOPY . ." },
    { "npm", "COPY package.json package-lock.json ./\nRUN npm ci --omit=dev\nCOPY . ." },
    { "pnpm", "COPY package.json pnpm-lock.yaml ./\nRUN pnpm install --frozen-lockfile --prod\nCOPY . ." },
    { "yarn", "COPY package.json yarn.lock ./\nRUN yarn install --frozen-lockfile\nCOPY . ." },
    { "go", "COPY go.mod go.sum ./\nRUN go mod download\nCOPY . ." },
    { "bundle bundler", "COPY Gemfile Gemfile.lock ./\nRUN bundle install\nCOPY . ." },
    { "composer composer.phar",
      "COPY composer.json composer.lock ./\nRUN composer install --no-dev --no-scripts --no-autoloader\nCOPY . ." },
    { "mvn mvnw", "COPY pom.xml ./\nRUN mvn -B dependency:go-offline\nCOPY src/ src/" },
    { "apt-get apt aptitude", "RUN apt-get update && apt-get install -y …\nCOPY . ." },
    { "apk", "RUN apk add --no-cache …\nCOPY . ." },
  };

  for (size_t i = 0; manager && i < sizeof examples / sizeof examples[0]; i++)
    if (strcmp (examples[i].manager, manager) == 0)
      return examples[i].lines;
  return examples[0].lines;
}

void vprod__cache_remedy_order (const struct vprod__cache_facts *facts, const char *manager, vprod_result *result)
{
  if (is_manifest (facts->touch)) {
    vprod__result_remedy (result, "%s says what to install, so that its change must run the installation again: name a "
                                  "source file in checks.layer-cache.touch.", facts->touch);
    return;
  }
  vprod__result_remedy (
    result, "First copy only what the installation reads (requirements.txt, uv.lock, package-lock.json, "
            "go.sum …), then install, then copy the sources:\n%s", example_for (manager));
}
