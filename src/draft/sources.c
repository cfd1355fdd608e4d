/* SPDX-License-Identifier: MIT */
/* The variables that the sources read, and what .env.example says about them. */
#include "draft/source.h"
#include "util/path.h"
#include "util/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAX_SOURCE (256 * 1024)
#define MAX_ALL (8 * 1024 * 1024)
#define MAX_LINE 4096

/* Python: code in functions, conditions and try may run later, or never. */
static void follow_blocks (struct vprod__source *source, const char *line)
{
  static const char *const opens[] = {
    "def ", "async def ", "try:", "if ", "elif ", "else:", "for ", "while ", "except", NULL,
  };
  static const char *const conditions[] = { "if ", "elif ", "else:", NULL };
  int indent = (int) strspn (line, " \t");
  const char *text = line + indent;

  if (!*text || strchr ("#)]}", *text)) /* "):" ends the head of a block, not its body */
    return;
  if (source->block && indent < source->block)
    source->block = source->conditional = 0;
  if (!source->block && vprod__text_begins_with_one_of (text, opens)) {
    source->block = indent + 1;
    source->conditional = vprod__text_begins_with_one_of (text, conditions);
  }
  source->at_start = !source->block && !(strstr (text, " if ") && strstr (text, " else "))
                     && !strstr (text, "lambda");
}

/* ---- files ------------------------------------------------------------------------------------------------ */

/* A script that is named like an entrypoint, or in the command. */
static int starts_app (const struct vprod__draft *draft, const char *name)
{
  if (strstr (name, "entrypoint"))
    return 1;
  for (size_t i = 0;
       vprod__text_ends_with_nocase_n (name, strlen (name), ".sh") && draft->command && draft->command[i]; i++) {
    if (strcmp (vprod__path_name (draft->command[i]), name) == 0)
      return 1;
  }
  return 0;
}

/* Is it in another part of a monorepo than the Dockerfile? */
static int is_of_another_part (const struct vprod__draft *draft, const char *file)
{
  static const char *const names[] = {
    "package.json", "pyproject.toml", "go.mod", "Cargo.toml", "pom.xml", "Gemfile", "mix.exs", NULL,
  };
  char path[512];

  if (!*draft->below || strncmp (file, draft->below, strlen (draft->below)) == 0)
    return 0;
  for (size_t i = 0; names[i]; i++) {
    int n = snprintf (path, sizeof path, "%s%s", draft->below, names[i]);
    if (n > 0 && (size_t) n < sizeof path && vprod__draft_kind (draft, path) == 'f')
      return 1;
  }
  return 0;
}

static void read_source (struct vprod__draft *draft, const char *file, const char *text)
{
  struct vprod__source source
    = { .draft = draft, .file = file, .python = vprod__text_ends_with_nocase_n (file, strlen (file), ".py") };
  const char *name = strrchr (file, '/');
  int spring = strncmp (name ? name + 1 : file, "application", 11) == 0;
  int other = is_of_another_part (draft, file);
  int settings = source.python && strstr (text, "BaseSettings") != NULL;
  int schema = strstr (text, "process.env") != NULL || strstr (text, "Bun.env") != NULL;
  int shell = starts_app (draft, name ? name + 1 : file);
  char line[MAX_LINE];

  source.in_methods = other || vprod__text_ends_with_nocase_n (file, strlen (file), ".ex")
                      || (vprod__text_ends_with_nocase_n (file, strlen (file), ".exs") && !strstr (file, "config/")
                          && strcmp (name ? name + 1 : file, "runtime.exs") != 0)
                      || ((strncmp (file, "app/", 4) == 0 || strncmp (file, "lib/", 4) == 0)
                          && vprod__text_ends_with_nocase_n (file, strlen (file), ".rb"));
  if (settings)
    vprod__source_find_prefix (&source, text);
  source.text = text;
  draft->wants_asyncpg |= strstr (text, "postgresql+asyncpg") != NULL;
  for (const char *p = text; *p;) {
    size_t length = strcspn (p, "\n");
    source.line++;
    if (length < sizeof line) {
      memcpy (line, p, length);
      line[length] = '\0';
      source.at_start = !source.in_methods;
      if (source.python && !other)
        follow_blocks (&source, line);
      vprod__source_read_url (&source, line);
      vprod__source_read_quoted (&source, line);
      vprod__source_read_dotted (&source, line);
      if (spring || shell)
        vprod__source_read_braces (&source, line, spring);
      if (schema)
        vprod__source_read_schema (&source, line);
      if (settings)
        vprod__source_read_setting (&source, line);
      if (!other)
        vprod__draft_read_serving (draft, file, source.line, line);
    }
    p += length;
    p += *p == '\n';
  }
}

void vprod__draft_read_sources (struct vprod__draft *draft)
{
  size_t all = 0;

  draft->wants_health = draft->health_path == NULL;
  draft->wants_port = draft->port == 0;
  for (size_t i = 0; draft->files && draft->files[i] && all < MAX_ALL; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    if (vprod__draft_read_file (draft, draft->files[i], MAX_SOURCE, &text))
      read_source (draft, draft->files[i], vprod__buf_string (&text));
    vprod__draft_read_route (draft, draft->files[i]);
    all += text.length;
  }
  vprod__draft_read_routes (draft);
  vprod__draft_read_examples (draft);
  if (!draft->health_path && draft->manifests && strstr (draft->manifests, "spring-boot-starter-actuator")) {
    vprod__draft_set (draft, &draft->health_path, "/actuator/health");
    vprod__draft_set (draft, &draft->health_from, "Spring Boot's actuator");
  }
}

char *vprod__draft_find_quoted (struct vprod__draft *draft, const char *text)
{
  size_t n = strlen (text), all = 0;
  char *where = NULL;

  for (size_t i = 0; draft->files && draft->files[i] && all < MAX_ALL; i++) {
    _cleanup_buf_ struct vprod__buf source = { 0 };
    if (!vprod__draft_read_file (draft, draft->files[i], MAX_SOURCE, &source))
      continue;
    all += source.length;
    for (const char *p = vprod__buf_string (&source); (p = strstr (p, text)); p++)
      if (p > source.data && strchr ("\"'", p[-1]) && p[n] == p[-1]) {
        size_t line = 1;
        for (const char *c = source.data; c < p; c++)
          line += *c == '\n';
        vprod__draft_set (draft, &where, "%s:%zu", draft->files[i], line);
        return where;
      }
  }
  return NULL;
}
