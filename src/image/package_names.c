/* SPDX-License-Identifier: MIT */
/* The files by which each package manager shows that a package is installed. */
#include "image/packages.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "util/text.h"

/* ---- names --------------------------------------------------------------------------------------------- */

/* Python's own rule (PEP 503): case does not count, and runs of "-", "_" and "." are one. The part of `text` is
   `length` long. */
static int same_python_name (const char *text, size_t length, const char *name)
{
  size_t i = 0;

  while (i < length && *name) {
    if (strchr ("-_.", text[i]) && strchr ("-_.", *name)) {
      while (i < length && strchr ("-_.", text[i]))
        i++;
      name += strspn (name, "-_.");
      continue;
    }
    if (tolower ((unsigned char) text[i]) != tolower ((unsigned char) *name))
      return 0;
    i++;
    name++;
  }
  return i == length && *name == '\0';
}

static int same (const char *text, size_t length, const char *name)
{
  return strlen (name) == length && memcmp (text, name, length) == 0;
}

/* The length of NAME in NAME-1.2.3: up to the first "-" before a digit. */
static size_t name_length (const char *text, size_t length)
{
  for (size_t i = 1; i + 1 < length; i++)
    if (text[i] == '-' && isdigit ((unsigned char) text[i + 1]))
      return i;
  return length;
}

/* ---- one component of a path --------------------------------------------------------------------------- */

struct component {
  const char *text;
  size_t length;
};

/* pytest-8.1.0.dist-info, pytest.egg-info, pytest-8.1-py3.9.egg, pytest.egg-link */
static int is_python_dist (const struct component *c, const char *name)
{
  static const char *const ends[] = { ".dist-info", ".egg-info", ".egg", ".egg-link", NULL };

  for (size_t i = 0; ends[i]; i++)
    if (vprod__text_has_suffix (c->text, c->length, ends[i])) {
      size_t length = c->length - strlen (ends[i]);
      return same_python_name (c->text, name_length (c->text, length), name);
    }
  return 0;
}

/* rspec-core-3.12.0.gemspec, nokogiri-1.15.4-x86_64-linux.gemspec */
static int is_gem (const struct component *folder, const struct component *c, const char *name)
{
  if (!vprod__text_has_suffix (c->text, c->length, ".gemspec")
      || !(same (folder->text, folder->length, "specifications")
           || same (folder->text, folder->length, "default")))
    return 0;
  size_t length = c->length - strlen (".gemspec"), n = strlen (name);
  if (length <= n + 1 || memcmp (c->text, name, n) != 0 || c->text[n] != '-'
      || !isdigit ((unsigned char) c->text[n + 1]))
    return 0;
  return 1;
}

/* bundler/gems/rspec-core-1a2b3c4d5e6f: from a git repository */
static int is_git_gem (const struct component *before, const struct component *folder, const struct component *c,
                       const char *name)
{
  size_t n = strlen (name);

  if (!same (before->text, before->length, "bundler") || !same (folder->text, folder->length, "gems")
      || c->length != n + 13 || memcmp (c->text, name, n) != 0 || c->text[n] != '-')
    return 0;
  for (size_t i = n + 1; i < c->length; i++)
    if (!isxdigit ((unsigned char) c->text[i]))
      return 0;
  return 1;
}

/* conda-meta/gcc-12.2.0-h1234_0.json: the last two parts are version and build */
static int is_conda (const struct component *folder, const struct component *c, const char *name)
{
  size_t length = c->length, dashes = 0;

  if (!same (folder->text, folder->length, "conda-meta") || !vprod__text_has_suffix (c->text, c->length, ".json"))
    return 0;
  length -= strlen (".json");
  while (length > 0 && dashes < 2)
    if (c->text[--length] == '-')
      dashes++;
  return dashes == 2 && same (c->text, length, name);
}

/* Does Python look for modules in a folder of this name, wherever it is? */
static int is_site (const struct component *folder)
{
  return same (folder->text, folder->length, "site-packages")
      || same (folder->text, folder->length, "dist-packages");
}

/* Of what is in a folder of modules: pytest/__init__.py, pytest.py, pytest.cpython-311-….so */
static int is_python_module (const struct component *c, const struct component *next, const char *name)
{
  size_t length = c->length;

  if (next->length > 0)
    return strncmp (next->text, "__init__.", 9) == 0 && same_python_name (c->text, length, name);
  if (!vprod__text_has_suffix (c->text, length, ".py") && !vprod__text_has_suffix (c->text, length, ".pyc")
      && !vprod__text_has_suffix (c->text, length, ".so"))
    return 0;
  const char *dot = memchr (c->text, '.', length);
  return same_python_name (c->text, (size_t) (dot - c->text), name);
}

/* Does _vendor, the component after `before`, hold what a Python distribution carries inside of itself? An app
   may call the folder of its own packages so, too. */
static int is_carried (const struct component *before, int in_site)
{
  return in_site || same (before->text, before->length, "pip") || same (before->text, before->length, "setuptools")
      || same (before->text, before->length, "pkg_resources");
}

/* .yarn/cache/jest-npm-29.7.0-HASH.zip, .yarn/berry/cache/@jest-core-npm-29.7.0-HASH.zip: programs load
   packages from there. */
static int is_in_yarn_cache (const struct component *before, const struct component *folder,
                             const struct component *c, const char *name)
{
  static const char npm[] = "-npm-";
  size_t n = strlen (name);

  if (!same (folder->text, folder->length, "cache")
      || !(same (before->text, before->length, ".yarn") || same (before->text, before->length, "berry"))
      || !vprod__text_has_suffix (c->text, c->length, ".zip") || c->length <= n + sizeof npm - 1)
    return 0;
  for (size_t i = 0; i < n; i++)
    if (c->text[i] != (name[i] == '/' ? '-' : name[i]))
      return 0;
  return memcmp (c->text + n, npm, sizeof npm - 1) == 0 && isdigit ((unsigned char) c->text[n + sizeof npm - 1]);
}

static int in_folders (const char *path, size_t length, char *const *folders)
{
  for (; folders && *folders; folders++) {
    const char *folder = *folders + strspn (*folders, "/");
    size_t n = strlen (folder);
    while (n > 0 && folder[n - 1] == '/')
      n--;
    if (n > 0 && n == length && memcmp (folder, path, n) == 0)
      return 1;
  }
  return 0;
}

/* ---- a path -------------------------------------------------------------------------------------------- */

const char *vprod__package_in_path (const char *path, enum vprod__file_kind kind, unsigned mode, const char *name,
                                    const struct vprod__package_folders *folders, size_t *ret_length)
{
  int in_site = 0;
  struct component before = { "", 0 }, last = { "", 0 }; /* the two in front of c */
  struct component c = { path, strcspn (path, "/") };

  while (c.length > 0) {
    const char *after = c.text + c.length;
    struct component next = { *after ? after + 1 : after, 0 };
    next.length = strcspn (next.text, "/");
    size_t above = c.text > path ? (size_t) (c.text - path - 1) : 0; /* the length of the folder's path */
    *ret_length = (size_t) (after - path);

    int of_modules = is_site (&last) || in_folders (path, above, folders->modules);
    in_site = in_site || of_modules;
    /* what another distribution carries inside of itself is not installed */
    if (same (c.text, c.length, "_vendor") && is_carried (&last, in_site))
      return NULL;
    if (is_python_dist (&c, name))
      return "Python distribution";
    if (of_modules && is_python_module (&c, &next, name))
      return "Python module";
    if (same (last.text, last.length, "node_modules") && same (c.text, c.length, name)
        && (strcmp (next.text, "package.json") == 0 || (next.length == 0 && kind == VPROD__FILE_LINK)))
      return "npm package";
    if (same (before.text, before.length, "node_modules") && last.length > 0 && last.text[0] == '@'
        && same (last.text, (size_t) (after - last.text), name) && strcmp (next.text, "package.json") == 0)
      return "npm package";
    if (is_git_gem (&before, &last, &c, name))
      return "Ruby gem";
    if (next.length == 0) {
      if (is_in_yarn_cache (&before, &last, &c, name))
        return "npm package in Yarn's cache";
      if (is_gem (&last, &c, name))
        return "Ruby gem";
      if (is_conda (&last, &c, name))
        return "conda package";
      if (same (c.text, c.length, "DESCRIPTION") && same (last.text, last.length, name)
          && (same (before.text, before.length, "library") || same (before.text, before.length, "site-library")))
        return "R package";
      if (same (c.text, c.length, name)
          && (kind == VPROD__FILE_LINK || (kind == VPROD__FILE_REGULAR && (mode & 0111) != 0))
          && (same (last.text, last.length, "bin") || same (last.text, last.length, "sbin")
              || in_folders (path, above, folders->programs)))
        return "program";
    }
    before = last;
    last = c;
    c = next;
  }
  return NULL;
}

/* ---- databases ----------------------------------------------------------------------------------------- */

enum vprod__package_database vprod__package_database_of (const char *path)
{
  static const struct {
    const char *path;
    enum vprod__package_database kind;
  } known[] = {
    { "var/lib/dpkg/status", VPROD__DATABASE_DPKG },
    { "lib/apk/db/installed", VPROD__DATABASE_APK },
    { "usr/lib/apk/db/installed", VPROD__DATABASE_APK },
    { "var/lib/rpm/Packages", VPROD__DATABASE_RPM },
    { "var/lib/rpm/Packages.db", VPROD__DATABASE_RPM },
    { "var/lib/rpm/rpmdb.sqlite", VPROD__DATABASE_RPM },
    { "usr/lib/sysimage/rpm/Packages", VPROD__DATABASE_RPM },
    { "usr/lib/sysimage/rpm/Packages.db", VPROD__DATABASE_RPM },
    { "usr/lib/sysimage/rpm/rpmdb.sqlite", VPROD__DATABASE_RPM },
  };
  static const char in_status_d[] = "var/lib/dpkg/status.d/", composer[] = "vendor/composer/installed.json";
  size_t length = strlen (path);

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strcmp (path, known[i].path) == 0)
      return known[i].kind;
  if (strncmp (path, in_status_d, sizeof in_status_d - 1) == 0 && !vprod__text_has_suffix (path, length, ".md5sums"))
    return VPROD__DATABASE_DPKG_D;
  if (strcmp (path, composer) == 0 || vprod__text_has_suffix (path, length, "/vendor/composer/installed.json"))
    return VPROD__DATABASE_COMPOSER;
  return VPROD__DATABASE_NONE;
}

/* The value of "Field: value", or NULL. */
static const char *field (const char *line, const char *name)
{
  size_t n = strlen (name);

  if (strncasecmp (line, name, n) != 0 || line[n] != ':')
    return NULL;
  return line + n + 1 + strspn (line + n + 1, " \t");
}

int vprod__database_line (struct vprod__database_reader *reader, const char *line)
{
  const char *value;

  if (*line == '\0') {
    /* distroless images leave Status out: the file itself says that it is installed */
    int installed = reader->package[0]
                    && (reader->installed > 0
                        || (reader->installed < 0 && reader->kind != VPROD__DATABASE_DPKG));
    reader->installed = -1;
    if (!installed)
      reader->package[0] = '\0';
    return installed;
  }
  if (reader->kind == VPROD__DATABASE_APK)
    value = line[0] == 'P' && line[1] == ':' ? line + 2 : NULL;
  else
    value = field (line, "Package");
  if (value)
    snprintf (reader->package, sizeof reader->package, "%.*s", (int) strcspn (value, " \t\r"), value);
  else if (reader->kind != VPROD__DATABASE_APK && (value = field (line, "Status"))) {
    /* want, flag, status: "install ok installed", "deinstall ok config-files" */
    const char *status = value;
    for (int words = 0; words < 2; words++) {
      status += strcspn (status, " \t");
      status += strspn (status, " \t");
    }
    reader->installed = strncmp (status, "installed", 9) == 0 && strchr (" \t\r", status[9]);
  }
  return 0;
}
