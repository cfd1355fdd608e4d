/* SPDX-License-Identifier: MIT */
/* What the folder around the Dockerfile says: language, dependencies, database. */
#include "draft/draft.h"
#include "known/managers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "util/path.h"
#include "spec/keys.h"
#include "util/text.h"

#define MAX_MANIFEST (256 * 1024)

/* ---- .dockerignore ---------------------------------------------------------------------------------------- */

static void read_ignored (struct vprod__draft *draft)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  char *save = NULL;

  /* docker's name, which podman reads, too; then podman's own */
  const struct {
    const char *folder, *file, *end;
  } names[] = { { draft->below, draft->dockerfile, ".dockerignore" },
                { "", "", ".dockerignore" },
                { draft->below, draft->dockerfile, ".containerignore" },
                { "", "", ".containerignore" } };
  int there = 0;
  for (size_t i = 0; i < sizeof names / sizeof names[0] && !there; i++) {
    vprod__draft_set (draft, &draft->ignore_name, "%s%s%s", names[i].folder, names[i].file, names[i].end);
    there = draft->ignore_name && vprod__draft_read_file (draft, draft->ignore_name, MAX_MANIFEST, &text);
  }
  if (!there) {
    free (draft->ignore_name);
    draft->ignore_name = NULL;
    return;
  }
  for (char *line = text.data ? strtok_r (text.data, "\r\n", &save) : NULL; line;
       line = strtok_r (NULL, "\r\n", &save)) {
    line += strspn (line, " \t");
    for (size_t n = strlen (line); n > 0 && isspace ((unsigned char) line[n - 1]);)
      line[--n] = '\0';
    if (*line && *line != '#' && strlen (line) < 1024 && vprod__strv_length (draft->ignored) < 500
        && vprod__strv_add (&draft->ignored, line) < 0)
      draft->no_memory = 1;
  }
}

/* ---- language --------------------------------------------------------------------------------------------- */

static const struct {
  const char *name; /* of a file; "*.csproj" matches the end */
  enum vprod__language language;
} manifests[] = {
  { "pyproject.toml", VPROD__LANGUAGE_PYTHON }, { "uv.lock", VPROD__LANGUAGE_UNKNOWN },
  { "requirements.txt", VPROD__LANGUAGE_PYTHON }, { "Pipfile", VPROD__LANGUAGE_PYTHON },
  { "setup.py", VPROD__LANGUAGE_PYTHON }, { "setup.cfg", VPROD__LANGUAGE_PYTHON },
  { "go.mod", VPROD__LANGUAGE_GO }, { "Cargo.toml", VPROD__LANGUAGE_RUST }, { "pom.xml", VPROD__LANGUAGE_JAVA },
  { "build.gradle", VPROD__LANGUAGE_JAVA }, { "build.gradle.kts", VPROD__LANGUAGE_JAVA },
  { "composer.json", VPROD__LANGUAGE_PHP }, { "Gemfile", VPROD__LANGUAGE_RUBY },
  { "*.csproj", VPROD__LANGUAGE_DOTNET }, { "*.fsproj", VPROD__LANGUAGE_DOTNET },
  { "*.sln", VPROD__LANGUAGE_DOTNET }, { "package.json", VPROD__LANGUAGE_NODE },
  { "CMakeLists.txt", VPROD__LANGUAGE_C }, { "meson.build", VPROD__LANGUAGE_C },
  { "configure.ac", VPROD__LANGUAGE_C }, { "mix.exs", VPROD__LANGUAGE_ELIXIR },
  { "build.sbt", VPROD__LANGUAGE_JAVA }, { "deno.json", VPROD__LANGUAGE_UNKNOWN },
};

static const struct {
  const char *part; /* of a base image's name, or the end of a file's name */
  enum vprod__language language;
} bases[] = {
  { "python", VPROD__LANGUAGE_PYTHON }, { "/uv:", VPROD__LANGUAGE_PYTHON },  { "node:", VPROD__LANGUAGE_NODE },
  { "oven/bun", VPROD__LANGUAGE_NODE }, { "golang", VPROD__LANGUAGE_GO },    { "rust", VPROD__LANGUAGE_RUST },
  { "temurin", VPROD__LANGUAGE_JAVA },  { "openjdk", VPROD__LANGUAGE_JAVA }, { "maven", VPROD__LANGUAGE_JAVA },
  { "gradle", VPROD__LANGUAGE_JAVA },   { "corretto", VPROD__LANGUAGE_JAVA }, { "tomcat", VPROD__LANGUAGE_JAVA },
  { "php", VPROD__LANGUAGE_PHP },       { "composer", VPROD__LANGUAGE_PHP }, { "ruby", VPROD__LANGUAGE_RUBY },
  { "dotnet", VPROD__LANGUAGE_DOTNET }, { "gcc:", VPROD__LANGUAGE_C },
  { "elixir", VPROD__LANGUAGE_ELIXIR }, { "sbt", VPROD__LANGUAGE_JAVA },
};

static void set_language (struct vprod__draft *draft, enum vprod__language language, const char *from)
{
  if (draft->language != VPROD__LANGUAGE_UNKNOWN || language == VPROD__LANGUAGE_UNKNOWN)
    return;
  draft->language = language;
  vprod__draft_set (draft, &draft->language_from, "%s", from);
}

/* Reads a dependency file in a folder and keeps its text. */
static void take_manifest (struct vprod__draft *draft, const char *path, struct vprod__buf *text)
{
  _cleanup_buf_ struct vprod__buf file = { 0 };

  if (vprod__strv_has (draft->manifest_names, path) || vprod__strv_length (draft->manifest_names) >= 20
      || !vprod__draft_read_file (draft, path, MAX_MANIFEST, &file))
    return;
  /* lock files list indirect dependencies: the app need not use them */
  for (char *at = strstr (vprod__buf_string (&file), "// indirect"), *line; at; at = strstr (at, "// indirect")) {
    for (line = at; line > file.data && line[-1] != '\n'; line--)
      ;
    memset (line, ' ', (size_t) (at - line) + strlen ("// indirect"));
  }
  vprod__draft_add (draft, &draft->manifest_names, path);
  if (vprod__buf_addf (text, "%s\n", vprod__buf_string (&file)) < 0)
    draft->no_memory = 1;
}

static void look_for_manifests (struct vprod__draft *draft, const char *folder, struct vprod__buf *text)
{
  for (size_t i = 0; i < sizeof manifests / sizeof manifests[0]; i++) {
    _cleanup_free_ char *path = NULL;
    if (manifests[i].name[0] == '*')
      continue;
    vprod__draft_set (draft, &path, "%s%s%s", folder, *folder ? "/" : "", manifests[i].name);
    if (path && vprod__draft_kind (draft, path) == 'f')
      take_manifest (draft, path, text);
  }
}

static enum vprod__language language_of_file (const char *path)
{
  const char *name = strrchr (path, '/');
  const char *dot = strrchr (path, '.');

  name = name ? name + 1 : path;
  for (size_t i = 0; i < sizeof manifests / sizeof manifests[0]; i++)
    if (strcmp (manifests[i].name, name) == 0
        || (manifests[i].name[0] == '*' && dot && strcmp (manifests[i].name + 1, dot) == 0))
      return manifests[i].language;
  return VPROD__LANGUAGE_UNKNOWN;
}

/* The dependency files at a path that the image copies. */
static void read_manifests_at (struct vprod__draft *draft, const char *path, struct vprod__buf *text)
{
  const char *slash = strrchr (path, '/');
  _cleanup_free_ char *folder = strndup (path, slash ? (size_t) (slash - path) : 0);

  if (vprod__draft_kind (draft, path) == 'd')
    look_for_manifests (draft, path, text);
  else if (folder && *folder)
    look_for_manifests (draft, folder, text);
  /* other names: *.csproj, requirements/base.txt, constraints.txt */
  if (vprod__draft_kind (draft, path) == 'f' && (language_of_file (path) || strstr (path, "requirements")))
    take_manifest (draft, path, text);
}

static void read_manifests (struct vprod__draft *draft)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  look_for_manifests (draft, "", &text);
  for (size_t i = 0; i < draft->n_copies; i++)
    read_manifests_at (draft, draft->copies[i].path, &text);
  for (size_t i = 0; draft->mounts && draft->mounts[i]; i++)
    read_manifests_at (draft, draft->mounts[i], &text);
  for (char *p = text.data; p && *p; p++)
    *p = (char) tolower ((unsigned char) *p);
  draft->manifests = vprod__buf_steal (&text);
  draft->no_memory |= !draft->manifests;
}

static void find_language (struct vprod__draft *draft)
{
  /* base images, from the shipped stage up: the run-time image says more than the build image */
  for (int i = draft->final; i >= 0; i--) {
    const char *base = draft->needed[i] ? draft->file.stages[i].base : "";
    _cleanup_free_ char *expanded = vprod__dockerfile_expand (base, draft->environment);
    for (size_t k = 0; expanded && k < sizeof bases / sizeof bases[0]; k++)
      if (strstr (expanded, bases[k].part))
        set_language (draft, bases[k].language, expanded);
  }
  for (size_t i = 0; draft->manifest_names && draft->manifest_names[i]; i++)
    set_language (draft, language_of_file (draft->manifest_names[i]), draft->manifest_names[i]);
  for (size_t i = 0; draft->files && draft->files[i]; i++) {
    const char *dot = strrchr (draft->files[i], '.');
    if (dot && (strcmp (dot, ".c") == 0 || strcmp (dot, ".cc") == 0 || strcmp (dot, ".cpp") == 0))
      set_language (draft, VPROD__LANGUAGE_C, draft->files[i]);
  }
}

/* ---- the file that layer-cache changes -------------------------------------------------------------------- */

static const char *const extensions[][6] = {
  [VPROD__LANGUAGE_UNKNOWN] = { NULL },
  [VPROD__LANGUAGE_PYTHON] = { ".py", NULL },
  [VPROD__LANGUAGE_NODE] = { ".js", ".ts", ".mjs", ".tsx", ".jsx", NULL },
  [VPROD__LANGUAGE_GO] = { ".go", NULL },
  [VPROD__LANGUAGE_RUST] = { ".rs", NULL },
  [VPROD__LANGUAGE_JAVA] = { ".java", ".kt", ".scala", ".groovy", NULL },
  [VPROD__LANGUAGE_PHP] = { ".php", NULL },
  [VPROD__LANGUAGE_RUBY] = { ".rb", ".ru", NULL },
  [VPROD__LANGUAGE_DOTNET] = { ".cs", ".fs", NULL },
  [VPROD__LANGUAGE_C] = { ".c", ".cc", ".cpp", NULL },
  [VPROD__LANGUAGE_ELIXIR] = { ".ex", ".exs", NULL },
};

/* A score: of the app's language, named like an entry point, not deeply nested. */
static int touch_score (const struct vprod__draft *draft, const char *path)
{
  static const char *const stems[] = {
    "main", "app", "index", "server", "program", "application", "wsgi", "asgi", "api", NULL,
  };
  const char *name = strrchr (path, '/'), *dot;
  int score = 100;

  name = name ? name + 1 : path;
  dot = strrchr (name, '.');
  for (size_t i = 0; dot && extensions[draft->language][i]; i++)
    if (strcmp (extensions[draft->language][i], dot) == 0)
      score += 100;
  for (size_t i = 0; dot && stems[i]; i++)
    if (strlen (stems[i]) == (size_t) (dot - name) && strncasecmp (stems[i], name, strlen (stems[i])) == 0)
      score += 50 - (int) i;
  if (strncmp (name, "__init__", 8) == 0 || strstr (name, "config") || strstr (name, "setup.py")
      || strstr (name, ".d.ts"))
    score -= 60;
  for (const char *p = path; *p; p++)
    score -= *p == '/';
  /* of a monorepo, the part that the Dockerfile belongs to */
  score += *draft->below && strncmp (path, draft->below, strlen (draft->below)) == 0 ? 80 : 0;
  return score;
}

/* Is it copied before a dependency step, so that a change of it reruns that step by design? */
static int reruns_install (const struct vprod__draft *draft, const char *path)
{
  for (size_t i = 0; i < draft->n_copies; i++)
    if (draft->copies[i].before_install
        && (!*draft->copies[i].path || vprod__path_is_under (path, draft->copies[i].path)))
      return 1;
  return 0;
}

static void find_touch (struct vprod__draft *draft)
{
  int best = 0;

  for (size_t i = 0; i < draft->n_copies; i++) {
    _cleanup_strv_ char **files = NULL;
    vprod__draft_walk (draft, draft->copies[i].path, &files);
    for (size_t k = 0; files && files[k]; k++) {
      int score = touch_score (draft, files[k]) + (draft->copies[i].after_install ? 30 : 0)
                  - (reruns_install (draft, files[k]) ? 400 : 0) + 500;
      if (vprod__manifest_is (files[k], VPROD__MANIFEST_INSTALLS))
        continue;
      if (score > best && !vprod__spec_check_inside (files[k])) {
        best = score;
        vprod__draft_set (draft, &draft->touch, "%s", files[k]);
      }
    }
  }
}

/* ---- startup, database ------------------------------------------------------------------------------------ */

/* The startup lines of servers that the command names, or that the dependencies identify. */
static void find_startup (struct vprod__draft *draft)
{
  static const struct {
    const char *word;     /* of the command */
    const char *manifest; /* in the dependency files; NULL: any */
    const char *line;
    const char *who;      /* the server's name; NULL: the word */
  } servers[] = {
    { "uvicorn", NULL, "Application startup complete", NULL },
    { "gunicorn", NULL, "Listening at", NULL },
    { "hypercorn", NULL, "Running on", NULL },
    { "java", "spring-boot", "Started ", "Spring Boot" },
    { "dotnet", "microsoft.net.sdk.web", "Now listening on", "ASP.NET Core" },
    { "apache2-foreground", NULL, "resuming normal operations", NULL },
    { "php-fpm", NULL, "ready to handle connections", NULL },
    { "puma", NULL, "Listening on", NULL },
    { "rails", "puma", "Listening on", "puma" },
    { "node", "@nestjs/core", "Nest application successfully started", "NestJS" },
  };

  for (size_t i = 0; i < sizeof servers / sizeof servers[0] && !draft->startup_logs; i++)
    for (size_t k = 0; draft->command && draft->command[k]; k++) {
      if (strcmp (vprod__path_name (draft->command[k]), servers[i].word) != 0
          || (servers[i].manifest && (!draft->manifests || !strstr (draft->manifests, servers[i].manifest))))
        continue;
      vprod__draft_add (draft, &draft->startup_logs, servers[i].line);
      vprod__draft_set (draft, &draft->startup_from, "what %s says",
                        servers[i].who ? servers[i].who : servers[i].word);
      break;
    }
}

static void find_database (struct vprod__draft *draft)
{
  static const char *const clients[] = {
    "psycopg", "asyncpg", "pg8000", "pg-promise", "lib/pq", "pgx", "npgsql", "pgsql", "postgrex", "postgres",
    "\"pg\"", "'pg'", NULL,
  };
  static const char *const packages[] = { "libpq", "pdo_pgsql", "postgresql", NULL };

  for (size_t i = 0; clients[i] && draft->manifests; i++)
    if (strstr (draft->manifests, clients[i])) {
      vprod__draft_set (draft, &draft->database_from, "%s in %s", clients[i],
                        draft->manifest_names ? draft->manifest_names[0] : "the dependencies");
      for (size_t k = 0; draft->manifest_names && draft->manifest_names[k]; k++) {
        _cleanup_buf_ struct vprod__buf text = { 0 };
        if (vprod__draft_read_file (draft, draft->manifest_names[k], MAX_MANIFEST, &text)
            && vprod__text_contains_nocase (vprod__buf_string (&text), clients[i])) {
          vprod__draft_set (draft, &draft->database_from, "%s in %s", clients[i], draft->manifest_names[k]);
          break;
        }
      }
      return;
    }
  for (size_t i = 0; packages[i]; i++)
    if (strstr (vprod__buf_string (&draft->steps), packages[i])) {
      vprod__draft_set (draft, &draft->database_from, "%s, which the Dockerfile installs", packages[i]);
      return;
    }
}

void vprod__draft_read_project (struct vprod__draft *draft)
{
  read_ignored (draft);
  read_manifests (draft);
  if (draft->no_memory)
    return;
  for (size_t i = 0; i < draft->n_copies; i++)
    vprod__draft_walk (draft, draft->copies[i].path, &draft->files);
  for (size_t i = 0; draft->mounts && draft->mounts[i]; i++)
    vprod__draft_walk (draft, draft->mounts[i], &draft->files);
  find_language (draft);
  find_touch (draft);
  vprod__draft_find_exclude (draft);
  vprod__draft_find_dev (draft);
  find_startup (draft);
  find_database (draft);
}
