/* SPDX-License-Identifier: MIT */
#include "checks/start/installs.h"
#include "known/by_product.h"
#include "known/managers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/buf.h"
#include "util/text.h"

#define SHOWN 5

/* ---- what package managers leave --------------------------------------------------------------------------- */

/* One file or folder a package: "folder/NAMEend", the folder at any depth. */
static const struct {
  const char *folder;
  const char *end;
  int is_inside; /* 1: NAME is a folder, and end is in it */
} marks[] = {
  { "site-packages", ".dist-info", 0 },
  { "dist-packages", ".dist-info", 0 },
  { "node_modules", "/package.json", 1 },
  { "specifications", ".gemspec", 0 },
  { "conda-meta", ".json", 0 },
  { "dpkg/info", ".list", 0 },
};

/* Only a package that came from no index has this file. [PEP 610] */
static const char direct_url[] = ".dist-info/direct_url.json";

/* The last place of "/FOLDER/" in the path; NULL: none. Behind it the rest begins. */
static const char *behind_folder (const char *path, const char *folder)
{
  size_t n = strlen (folder);
  const char *last = NULL;

  for (const char *p = path; (p = strstr (p, folder)); p += n)
    if (p > path && p[-1] == '/' && p[n] == '/')
      last = p + n + 1;
  return last;
}

/* Is what is in front of the end one name: "pytest", "@scope/jest"? */
static int is_name (const char *name, size_t length, int is_inside)
{
  if (length == 0 || *name == '.' || *name == '_')
    return 0;
  const char *slash = memchr (name, '/', length);
  if (!slash)
    return 1;
  return is_inside && *name == '@' && !memchr (slash + 1, '/', (size_t) (name + length - slash - 1))
      && slash + 1 < name + length;
}

static int add (struct vprod__installs *installs, const char *path, const char *name, size_t length)
{
  installs->count++;
  if (!installs->where && !(installs->where = strndup (path, (size_t) (name - path - 1))))
    return 1;
  if (installs->n_named == VPROD__INSTALLS_NAMED)
    return 0;
  installs->named[installs->n_named].name = strndup (name, length);
  installs->named[installs->n_named].counted = 1;
  return installs->named[installs->n_named].name ? (void) installs->n_named++, 0 : 1;
}

/* Changes come in any order: the file may come before its folder, and is subtracted all the same. */
static int add_local (struct vprod__installs *installs, const char *name, size_t length)
{
  for (size_t i = 0; i < installs->n_named; i++)
    if (strlen (installs->named[i].name) == length && memcmp (installs->named[i].name, name, length) == 0) {
      installs->named[i].local = 1;
      return 0;
    }
  if (installs->n_named == VPROD__INSTALLS_NAMED)
    return 0;
  installs->named[installs->n_named].name = strndup (name, length);
  installs->named[installs->n_named].local = 1;
  return installs->named[installs->n_named].name ? (void) installs->n_named++, 0 : 1;
}

static int is_local (const struct vprod__installs *installs, const char *name, size_t length)
{
  for (size_t i = 0; i < installs->n_named; i++)
    if (installs->named[i].local && strlen (installs->named[i].name) == length
        && memcmp (installs->named[i].name, name, length) == 0)
      return 1;
  return 0;
}

int vprod__installs_take (struct vprod__installs *installs, const vprod_change *change)
{
  const char *path = change->path;

  if (change->kind != VPROD_CHANGE_ADDED || vprod__is_by_product (path + (*path == '/'), 0))
    return 0;
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
    const char *name = behind_folder (path, marks[i].folder);
    size_t length = name ? strlen (name) : 0, end = strlen (marks[i].end);
    if (!name)
      continue;
    if (vprod__text_has_suffix (name, length, direct_url)) {
      length -= sizeof direct_url - 1;
      installs->no_memory |= add_local (installs, name, length);
    }
    else if (vprod__text_has_suffix (name, length, marks[i].end) && is_name (name, length - end, marks[i].is_inside)
             && !is_local (installs, name, length - end))
      installs->no_memory |= add (installs, path, name, length - end);
  }
  return installs->no_memory;
}

char *vprod__installs_text (const struct vprod__installs *installs)
{
  _cleanup_buf_ struct vprod__buf names = { 0 };
  size_t count = installs->count, shown = 0;

  for (size_t i = 0; i < installs->n_named; i++)
    if (installs->named[i].local)
      count -= count > 0 && installs->named[i].counted;
    else if (shown < SHOWN
             && vprod__text_addf (&names, "%s%s", shown++ ? ", " : "", installs->named[i].name) < 0)
      return NULL;
  if (count == 0)
    return strdup ("");
  return vprod__text_format ("%zu package%s below %s (%s%s)", count, count == 1 ? "" : "s", installs->where,
                             vprod__buf_string (&names), count > shown ? ", …" : "");
}

void vprod__installs_clear (struct vprod__installs *installs)
{
  for (size_t i = 0; i < installs->n_named; i++)
    free (installs->named[i].name);
  free (installs->where);
  *installs = (struct vprod__installs) { 0 };
}

/* ---- what installers say ----------------------------------------------------------------------------------- */

const char *vprod__installs_said (const char *log, size_t *ret_length)
{
  while (*log) {
    size_t length = strcspn (log, "\n"), blanks = strspn (log, " \t");
    size_t end = length > 0 && log[length - 1] == '\r' ? length - 1 : length;
    if (blanks < end && vprod__manager_of_line (log + blanks, end - blanks)) {
      *ret_length = end - blanks;
      return log + blanks;
    }
    log += length + (log[length] == '\n');
  }
  return NULL;
}
