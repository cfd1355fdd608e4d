/* SPDX-License-Identifier: MIT */
/* Reading the folder's files, with limits: links are not followed, and only regular files are opened. */
#include "draft/compose.h"
#include "known/phrases.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "util/path.h"
#include "util/file.h"
#include "util/text.h"

#define MAX_FILES 2000
#define MAX_ENTRIES 20000
#define MAX_DEPTH 12

void vprod__draft_set (struct vprod__draft *draft, char **field, const char *format, ...)
{
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0) {
    text = NULL;
    draft->no_memory = 1;
  }
  va_end (ap);
  free (*field);
  *field = text;
}

void vprod__draft_add (struct vprod__draft *draft, char ***list, const char *text)
{
  if (!vprod__strv_has (*list, text) && vprod__strv_add (list, text) < 0)
    draft->no_memory = 1;
}

static char *in_folder (const struct vprod__draft *draft, const char *path)
{
  char *whole = NULL;

  return asprintf (&whole, "%s/%s", draft->dir, path) < 0 ? NULL : whole;
}

int vprod__draft_read_file (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret)
{
  _cleanup_free_ char *whole = in_folder (draft, path);

  if (!whole) {
    draft->no_memory = 1;
    return 0;
  }
  size_t before = ret->length;
  int r = vprod__file_read (whole, limit > before ? limit - before : 0, ret, NULL);
  draft->no_memory |= r == -VPROD_ERROR_NO_MEMORY;
  return r == 0 || (r != 1 && ret->length > before);
}

int vprod__draft_kind_of (const char *path)
{
  struct stat st;

  if (lstat (path, &st) < 0)
    return 0;
  return S_ISREG (st.st_mode) ? 'f' : S_ISDIR (st.st_mode) ? 'd' : 0;
}

int vprod__draft_kind (const struct vprod__draft *draft, const char *path)
{
  _cleanup_free_ char *whole = in_folder (draft, path);

  return whole ? vprod__draft_kind_of (whole) : 0;
}

int vprod__draft_has_sql (const char *path)
{
  DIR *dir = opendir (path);
  int found = 0;

  for (struct dirent *entry; dir && !found && (entry = readdir (dir));)
    found = vprod__text_ends_with (entry->d_name, ".sql");
  if (dir)
    closedir (dir);
  return found;
}

int vprod__draft_text_file (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret)
{
  if (!vprod__compose_read (draft, path, limit + 1, ret) || ret->length > limit || !ret->data)
    return 0;
  for (size_t i = 0; i < ret->length; i++)
    if ((unsigned char) ret->data[i] < 0x20 && !strchr ("\n\t", ret->data[i]))
      return 0;
  return 1;
}

void vprod__draft_note (struct vprod__draft *draft, char ***notes, const char *format, ...)
{
  _cleanup_free_ char *text = NULL;
  va_list ap;

  va_start (ap, format);
  text = vprod__vasprintf (format, ap);
  va_end (ap);
  if (!text)
    draft->no_memory = 1;
  else if (vprod__strv_length (*notes) < 12)
    vprod__draft_add (draft, notes, text);
}

/* The last matching line decides. */
int vprod__draft_is_ignored (const struct vprod__draft *draft, const char *path)
{
  int ignored = 0;

  for (size_t i = 0; draft->ignored && draft->ignored[i]; i++) {
    const char *line = draft->ignored[i];
    if (vprod__path_is_under (path, line + (*line == '!')))
      ignored = *line != '!';
  }
  return ignored;
}

/* ---- walking ---------------------------------------------------------------------------------------------- */

struct walk {
  struct vprod__draft *draft;
  char ***list;
  int entries;
};

/* Folders without sources of the app itself. */
static int is_passed_over (const char *name)
{
  return *name == '.' || vprod__says (VPROD__NAMES_FOREIGN_FOLDER, name);
}

/* Tests beside the code, and build scripts. */
static int is_test (const char *name)
{
  static const char *const parts[] = { "_test.", ".test.", ".spec.", "_spec.rb", ".stories.", NULL };

  for (size_t i = 0; parts[i]; i++)
    if (strstr (name, parts[i]))
      return 1;
  return strncmp (name, "test_", 5) == 0 || strcmp (name, "conftest.py") == 0 || strcmp (name, "build.rs") == 0
         || strcmp (name, "dev.exs") == 0 || strcmp (name, "test.exs") == 0 || strcmp (name, "development.rb") == 0
         || strcmp (name, "test.rb") == 0 || strncmp (name, "playwright.config", 17) == 0;
}

static int is_source (const char *path)
{
  const char *name = strrchr (path, '/');
  const char *dot = strrchr (name ? name : path, '.');

  if (is_test (name ? name + 1 : path))
    return 0;
  if (dot && vprod__says (VPROD__NAMES_SOURCE, dot))
    return 1;
  return !dot && strstr (name ? name : path, "entrypoint") != NULL;
}

static void walk (struct walk *w, const char *path, int depth)
{
  _cleanup_free_ char *whole = in_folder (w->draft, path);
  struct dirent **names = NULL;
  int count = whole ? scandir (whole, &names, NULL, alphasort) : -1;

  /* files before folders: an app's entry point is near the top */
  for (int folders = 0; folders < 2; folders++)
    for (int i = 0; i < count; i++) {
      const char *name = names[i]->d_name;
      _cleanup_free_ char *below = NULL;
      if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0 || ++w->entries > MAX_ENTRIES)
        continue;
      if (asprintf (&below, "%s%s%s", path, *path ? "/" : "", name) < 0) {
        below = NULL;
        w->draft->no_memory = 1;
        continue;
      }
      int kind = vprod__draft_kind (w->draft, below);
      if (kind == 0 || (kind == 'd') != folders || vprod__draft_is_ignored (w->draft, below))
        continue;
      if (folders && depth < MAX_DEPTH && !is_passed_over (name))
        walk (w, below, depth + 1);
      else if (!folders && is_source (below) && vprod__strv_length (*w->list) < MAX_FILES)
        vprod__draft_add (w->draft, w->list, below);
    }
  for (int i = 0; i < count; i++)
    free (names[i]);
  free (names);
}

void vprod__draft_walk (struct vprod__draft *draft, const char *path, char ***list)
{
  struct walk w = { .draft = draft, .list = list };

  if (*path && vprod__draft_is_ignored (draft, path))
    return;
  if (!*path || vprod__draft_kind (draft, path) == 'd')
    walk (&w, path, 0);
  else if (vprod__draft_kind (draft, path) == 'f' && is_source (path))
    vprod__draft_add (draft, list, path);
}
