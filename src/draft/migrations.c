/* SPDX-License-Identifier: MIT */
/*
 * What changes the database's schema: which tool the project has, and whether the image runs it by itself. A draft names its
 * command, commented out: whether production runs it before the app, beside it, or by hand is not known here.
 */
#include "draft/compose.h"
#include "known/migrations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/path.h"
#include "util/text.h"

#define MAX_SCRIPT (128 * 1024)

/* Folders of the context in which the project may stand. */
static int has_mark (struct vprod__draft *draft, const struct vprod__migration_tool *tool, char **ret)
{
  static const char *const folders[] = { "src/", "backend/", "app/", "server/", "api/", "project/", "packages/prisma/", NULL };
  const char *below[] = { draft->below ? draft->below : "", "", NULL };

  for (size_t i = 0; i < 2; i++) {
    vprod__draft_set (draft, ret, "%s%s", below[i], tool->marks);
    if (*ret && vprod__draft_kind (draft, *ret))
      return 1;
    for (size_t k = 0; folders[k]; k++) {
      int own = strcmp (folders[k], "packages/prisma/") == 0 && strncmp (tool->marks, "prisma/", 7) == 0;
      vprod__draft_set (draft, ret, "%s%s%s", below[i], folders[k], tool->marks + (own ? 7 : 0));
      if (*ret && vprod__draft_kind (draft, *ret))
        return 1;
    }
  }
  return 0;
}

/* Does the text run the tool? Comments of shells are passed over. The line, or 0. */
static size_t runs_in (const char *text, const char *what)
{
  size_t line = 1;

  for (const char *p = text; *p; line++) {
    size_t n = strcspn (p, "\n"), blank = strspn (p, " \t");
    const char *at = memmem (p, n, what, strlen (what));
    if (at && p[blank] != '#' && strncmp (p + blank, "//", 2) != 0)
      return line;
    p += n + (p[n] == '\n');
  }
  return 0;
}

/* The image's own command, its scripts, the compose file's command. Where, or NULL. */
static char *run_by_image (struct vprod__draft *draft, const char *what)
{
  char *where = NULL;
  _cleanup_free_ char *command = vprod__strv_join (draft->run_command ? draft->run_command : draft->command, " ");

  if (command && strstr (command, what)) {
    vprod__draft_set (draft, &where, "%s", draft->run_command ? draft->run_command_from : "the image's command");
    return where;
  }
  for (size_t i = 0; draft->scripts && draft->scripts[i]; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    size_t line = vprod__draft_read_file (draft, draft->scripts[i], MAX_SCRIPT, &text)
                    ? runs_in (vprod__buf_string (&text), what) : 0;
    if (line > 0) {
      vprod__draft_set (draft, &where, "%s:%zu", draft->scripts[i], line);
      return where;
    }
  }
  return NULL;
}

/* In a source: whether that runs at the start is not known. */
static char *run_by_source (struct vprod__draft *draft, const char *what)
{
  char *where = NULL;

  for (size_t i = 0; draft->files && draft->files[i]; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    int deployment = vprod__text_ends_with (draft->files[i], ".yml") || vprod__text_ends_with (draft->files[i], ".yaml");
    size_t line = !deployment && vprod__draft_read_file (draft, draft->files[i], MAX_SCRIPT, &text)
                    ? runs_in (vprod__buf_string (&text), what) : 0;
    if (line == 0)
      continue;
    vprod__draft_set (draft, &where, "%s:%zu", draft->files[i], line);
    return where;
  }
  return NULL;
}

/* Is it in the image? */
static int is_copied (const struct vprod__draft *draft, const char *path)
{
  if (vprod__draft_is_ignored (draft, path))
    return 0;
  for (size_t i = 0; i < draft->n_copies; i++)
    if (!*draft->copies[i].path || vprod__path_is_under (path, draft->copies[i].path))
      return 1;
  return draft->n_copies == 0;
}

void vprod__draft_find_migrations (struct vprod__draft *draft)
{
  size_t count;
  const struct vprod__migration_tool *tools = vprod__migration_tools (&count), *found = NULL;
  _cleanup_free_ char *mark = NULL;

  if (!draft->database_from)
    return;
  for (size_t i = 0; i < count && !found; i++)
    if ((!tools[i].needs || (draft->manifests && strstr (draft->manifests, tools[i].needs))) && has_mark (draft, &tools[i], &mark))
      found = &tools[i];
  if (!found)
    return;
  _cleanup_free_ char *where = found->runs ? run_by_image (draft, found->runs) : NULL;
  if (found->self || where)
    vprod__draft_note (draft, &draft->migrate_notes, "migrations (%s, %s): %s%s", found->tool, mark,
                       where ? "the image runs them by itself, in " : "the app runs them when it starts", where ? where : "");
  else if (draft->n_before == 0) {
    _cleanup_free_ char *source = found->runs ? run_by_source (draft, found->runs) : NULL;
    if (source)
      vprod__draft_note (draft, &draft->migrate_notes, "%s runs migrations, too: perhaps the image does so by itself", source);
    vprod__draft_set (draft, &draft->migrate, "%s", found->command);
    vprod__draft_set (draft, &draft->migrate_from,
                      "migrations of %s were found (%s): take this in if they run before the app%s", found->tool, mark,
                      is_copied (draft, mark) ? "" : "; they are not in the image, so name the image that has them");
  }
}
