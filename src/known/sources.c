/* SPDX-License-Identifier: MIT */
#include "known/sources.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "known/phrases.h"
#include "util/file.h"
#include "util/path.h"
#include "util/strv.h"

#define MAX_FILES 2000
#define MAX_ENTRIES 20000
#define MAX_DEPTH 12

struct walk {
  const char *folder;
  char *const *ignored;
  char ***list;
  int entries;
  int no_memory;
};

int vprod__is_ignored (char *const *list, const char *path)
{
  int ignored = 0;

  for (size_t i = 0; list && list[i]; i++) {
    const char *line = list[i];
    if (vprod__path_is_under (path, line + (*line == '!')))
      ignored = *line != '!';
  }
  return ignored;
}

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

/* 'f', 'd', or 0: neither. */
static int kind_of (struct walk *w, const char *path)
{
  char *whole = NULL;

  if (asprintf (&whole, "%s/%s", w->folder, path) < 0) {
    w->no_memory = 1;
    return 0;
  }
  int kind = vprod__file_kind (whole);
  free (whole);
  return kind;
}

static void add (struct walk *w, const char *path)
{
  if (is_source (path) && !vprod__strv_has (*w->list, path) && vprod__strv_length (*w->list) < MAX_FILES)
    w->no_memory |= vprod__strv_add (w->list, path) < 0;
}

static void walk (struct walk *w, const char *path, int depth);

static void visit (struct walk *w, const char *path, const char *name, int folders, int depth)
{
  char *below = NULL;

  if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0 || ++w->entries > MAX_ENTRIES)
    return;
  if (asprintf (&below, "%s%s%s", path, *path ? "/" : "", name) < 0) {
    w->no_memory = 1;
    return;
  }
  int kind = kind_of (w, below);
  if (kind != 0 && (kind == 'd') == folders && !vprod__is_ignored (w->ignored, below)) {
    if (!folders)
      add (w, below);
    else if (depth < MAX_DEPTH && !is_passed_over (name))
      walk (w, below, depth + 1);
  }
  free (below);
}

static void walk (struct walk *w, const char *path, int depth)
{
  struct dirent **names = NULL;
  char *whole = NULL;

  if (asprintf (&whole, "%s/%s", w->folder, path) < 0) {
    w->no_memory = 1;
    return;
  }
  int count = scandir (whole, &names, NULL, alphasort);
  free (whole);
  /* files before folders: an app's entry point is near the top */
  for (int folders = 0; folders < 2; folders++)
    for (int i = 0; i < count; i++)
      visit (w, path, names[i]->d_name, folders, depth);
  for (int i = 0; i < count; i++)
    free (names[i]);
  free (names);
}

int vprod__sources_list (const char *folder, const char *path, char *const *ignored, char ***list)
{
  struct walk w = { .folder = folder, .ignored = ignored, .list = list };

  if (*path && vprod__is_ignored (ignored, path))
    return 0;
  int kind = *path ? kind_of (&w, path) : 'd';
  if (kind == 'd')
    walk (&w, path, 0);
  else if (kind == 'f')
    add (&w, path);
  return w.no_memory ? -1 : 0;
}
