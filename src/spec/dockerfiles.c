/* SPDX-License-Identifier: MIT */
#include "spec/dockerfiles.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/path.h"
#include "util/strv.h"
#include "util/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 5
#define MAX_ENTRIES 20000
#define MAX_FOUND 100
#define MAX_SHOWN 8
#define MAX_GITIGNORE (64 * 1024)

const char *const vprod__dockerfile_names[] = { "Dockerfile.prod", "Dockerfile", "Containerfile", NULL };

/* ---- names ------------------------------------------------------------------------------------------------- */

int vprod__dockerfile_is_name (const char *name)
{
  static const char *const words[] = { "Dockerfile", "Containerfile", NULL };
  static const char *const others[] = { /* files that go with a Dockerfile, templates and backups */
    ".dockerignore", ".containerignore", ".md", ".txt", ".yml", ".yaml", ".json", ".sh", ".py", ".js", ".ts", ".go", ".rb",
    ".j2", ".tmpl", ".tpl", ".template", ".erb", ".in", ".orig", ".bak", ".swp", ".rej", "~", NULL
  };
  size_t length = strlen (name);

  for (size_t i = 0; others[i]; i++)
    if (vprod__text_ends_with (name, others[i]))
      return 0;
  for (size_t i = 0; words[i]; i++) {
    size_t n = strlen (words[i]);
    if (length >= n && strncmp (name, words[i], n) == 0 && (name[n] == '\0' || strchr ("._-", name[n])))
      return 1;
    if (length > n + 1 && name[length - n - 1] == '.' && strcasecmp (name + length - n, words[i]) == 0)
      return 1;
  }
  return 0;
}

/* Folders of installed or generated files. */
static int is_passed_over (const char *name)
{
  static const char *const names[] = {
    "node_modules", "vendor", "venv", "__pycache__", "site-packages", "bower_components", "target", "testdata", NULL,
  };

  return *name == '.' || vprod__text_is_one_of (name, names);
}

/* ---- .gitignore: the folders that it names without a pattern ----------------------------------------------- */

static int read_ignored (const char *dir, char ***ret)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_free_ char *path = NULL;
  char *save = NULL;

  if (asprintf (&path, "%s/.gitignore", dir) < 0) {
    path = NULL;
    return -1;
  }
  if (vprod__file_read (path, MAX_GITIGNORE, &text, NULL) == -VPROD_ERROR_NO_MEMORY)
    return -1;
  for (char *line = text.data ? strtok_r (text.data, "\r\n", &save) : NULL; line; line = strtok_r (NULL, "\r\n", &save)) {
    size_t length = strlen (line);
    if (*line == '!') { /* a negated pattern may undo any of the others: none is used */
      vprod__strv_free (vprod__steal (ret));
      return 0;
    }
    if (*line == '#' || strpbrk (line, "*?[\\ "))
      continue;
    if (length > 1 && line[length - 1] == '/')
      line[length - 1] = '\0';
    if (vprod__strv_add (ret, line) < 0)
      return -1;
  }
  return 0;
}

/* "name" matches in every folder, "/a/b" and "a/b" from the top. */
static int is_ignored (char *const *ignored, const char *path)
{
  const char *name = vprod__path_name (path);

  for (; ignored && *ignored; ignored++) {
    const char *line = *ignored + (**ignored == '/');
    if (strcmp (line, strchr (*ignored, '/') ? path : name) == 0)
      return 1;
  }
  return 0;
}

/* ---- walking ----------------------------------------------------------------------------------------------- */

struct walk {
  char **ignored;
  char **found;
  int entries;
};

static int walk (struct walk *w, int dir_fd, const char *path, int depth);

static int visit (struct walk *w, int dir_fd, const char *path, const char *name, int depth)
{
  _cleanup_free_ char *below = NULL;
  struct stat st;

  if (fstatat (dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return 0;
  int is_folder = S_ISDIR (st.st_mode) && depth < MAX_DEPTH && !is_passed_over (name);
  if (!is_folder && !(S_ISREG (st.st_mode) && vprod__dockerfile_is_name (name)))
    return 0;
  if (asprintf (&below, "%s%s%s", path, *path ? "/" : "", name) < 0) {
    below = NULL;
    return -1;
  }
  if (!is_folder)
    return vprod__strv_length (w->found) < MAX_FOUND ? vprod__strv_add (&w->found, below) : 0;
  if (is_ignored (w->ignored, below))
    return 0;
  _cleanup_close_ int fd = openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd < 0 ? 0 : walk (w, fd, below, depth + 1);
}

static int walk (struct walk *w, int dir_fd, const char *path, int depth)
{
  int copy = fcntl (dir_fd, F_DUPFD_CLOEXEC, 3), r = 0;
  DIR *dir = copy < 0 ? NULL : fdopendir (copy);

  if (!dir && copy >= 0)
    close (copy);
  for (struct dirent *entry; dir && r == 0 && w->entries < MAX_ENTRIES && (entry = readdir (dir));)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0) {
      w->entries++;
      r = visit (w, dir_fd, path, entry->d_name, depth);
    }
  if (dir)
    closedir (dir);
  return r;
}

/* Sorted by depth, then by folder; in a folder the default names come first, in their order, then the others by name. */
static int compare (const void *a, const void *b)
{
  const char *const paths[] = { *(char *const *) a, *(char *const *) b };
  size_t depth[2] = { 0, 0 }, rank[2] = { 0, 0 };

  for (int i = 0; i < 2; i++) {
    const char *name = vprod__path_name (paths[i]);
    for (const char *p = paths[i]; *p; p++)
      depth[i] += *p == '/';
    while (vprod__dockerfile_names[rank[i]] && strcmp (vprod__dockerfile_names[rank[i]], name) != 0)
      rank[i]++;
  }
  if (depth[0] != depth[1])
    return depth[0] < depth[1] ? -1 : 1;
  const char *slash = strrchr (paths[0], '/');
  size_t folder = slash ? (size_t) (slash - paths[0]) + 1 : 0;
  if (strncmp (paths[0], paths[1], folder) == 0 && rank[0] != rank[1])
    return rank[0] < rank[1] ? -1 : 1;
  return strcmp (paths[0], paths[1]);
}

int vprod__dockerfiles_below (const char *dir, char ***ret)
{
  _cleanup_close_ int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct walk w = { NULL, NULL, 0 };

  *ret = NULL;
  if (fd < 0)
    return 0;
  int r = read_ignored (dir, &w.ignored);
  if (r == 0)
    r = walk (&w, fd, "", 0);
  vprod__strv_free (w.ignored);
  if (r < 0) {
    vprod__strv_free (w.found);
    return -1;
  }
  if (w.found)
    qsort (w.found, vprod__strv_length (w.found), sizeof *w.found, compare);
  *ret = w.found;
  return 0;
}

int vprod_spec_find_dockerfiles (const char *dir, int (*on_path) (void *data, const char *path), void *data, vprod_error **err)
{
  _cleanup_strv_ char **found = NULL;
  int r = 0;

  if (!on_path)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_find_dockerfiles: on_path may not be NULL");
  if (vprod__dockerfiles_below (dir && *dir ? dir : ".", &found) < 0)
    return vprod__error_no_memory (err);
  for (size_t i = 0; found && found[i] && r == 0; i++)
    r = on_path (data, found[i]);
  return 0;
}

/* ---- a spec without a Dockerfile --------------------------------------------------------------------------- */

int vprod__spec_need_dockerfile (const vprod_spec *spec, vprod_error **err)
{
  _cleanup_strv_ char **found = NULL;
  _cleanup_buf_ struct vprod__buf list = { 0 };
  const char *file = spec->file ? spec->file : "";
  int r = 0;

  if (spec->image.ref || spec->image.dockerfile || access (spec->image.context, F_OK) != 0)
    return 0;
  if (vprod__dockerfiles_below (spec->base_dir, &found) < 0)
    return vprod__error_no_memory (err);
  size_t count = vprod__strv_length (found);
  for (size_t i = 0; i < count && i < MAX_SHOWN && r == 0; i++)
    r = vprod__buf_addf (&list, "%s%s", i == 0 ? "" : ", ", found[i]);
  if (r == 0 && count > MAX_SHOWN)
    r = vprod__buf_addf (&list, " and %zu more", count - MAX_SHOWN);
  _cleanup_free_ char *shown = r < 0 ? NULL : vprod__text_harmless (vprod__buf_string (&list), list.length);
  if (!shown)
    return vprod__error_no_memory (err);
  if (count == 0)
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "%s%sthere is nothing to build: no " VPROD__DOCKERFILE_NAMES " in %s, and none below; write one, or "
                             "name what there is with image.dockerfile, or an image that exists with image.ref",
                             file, *file ? ": " : "", spec->base_dir);
  return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                           "%s%sthere is nothing to build: no " VPROD__DOCKERFILE_NAMES " in %s; found below: %s: name one with "
                           "image.dockerfile", file, *file ? ": " : "", spec->base_dir, shown);
}
