/* SPDX-License-Identifier: MIT */
/* Express: const router = express.Router (), app.use ("/api", router), router.get ("/health"). */
#include "draft/compose.h"
#include "draft/routes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/path.h"

static const struct vprod__source_text *file_of (const struct vprod__routes *r, const char *from, const char *path, size_t length);

/* module.exports = require ("./routes"): the file that is meant. */
static const struct vprod__source_text *follow (const struct vprod__routes *r, const struct vprod__source_text *text)
{
  const char *at = strstr (text->text, "module.exports = require(");
  size_t length = 0;
  const char *path = at ? vprod__routes_literal (at + 25, at + 25 + strcspn (at + 25, "\n"), &length) : NULL;
  const struct vprod__source_text *other = path ? file_of (r, text->file, path, length) : NULL;

  return other ? other : text;
}

/* "./routes", as seen from a file. */
static const struct vprod__source_text *file_of (const struct vprod__routes *r, const char *from, const char *path, size_t length)
{
  static const char *const ends[] = { "", ".js", ".ts", ".mjs", ".cjs", "/index.js", "/index.ts", "/index.mjs" };
  const char *slash = strrchr (from, '/');
  _cleanup_free_ char *folder = strndup (from, slash ? (size_t) (slash - from) : 0), *named = strndup (path, length), *whole = NULL;

  if (!folder || !named || *named != '.')
    return NULL;
  _cleanup_free_ char *joined = vprod__compose_join (r->draft, *folder ? folder : ".", named);
  size_t n = joined ? strlen (joined) : 0;
  if (n > 3 && strcmp (joined + n - 3, ".js") == 0 && !vprod__routes_text (r, joined)) /* TypeScript's own "./x.js" */
    joined[n - 3] = '\0';
  for (size_t i = 0; joined && i < sizeof ends / sizeof ends[0]; i++) {
    const struct vprod__source_text *found;
    vprod__draft_set (r->draft, &whole, "%s%s", joined, ends[i]);
    if (whole && strcmp (whole, from) != 0 && (found = vprod__routes_text (r, whole)))
      return strcmp (vprod__path_name (whole), "index.js") == 0 ? follow (r, found) : found;
  }
  return NULL;
}

/* The file that a name is imported from: `const x = require ("./x")`, `import x from "./x"`, `import { x } from "./x"`. */
static const struct vprod__source_text *imported (const struct vprod__routes *r, const struct vprod__source_text *text, const char *name)
{
  static const char *const marks[] = { "require(", " from " };
  size_t n = strlen (name);

  for (size_t i = 0; i < 2; i++)
    for (const char *p = text->text; (p = strstr (p, marks[i])); p++) {
      const char *line = p, *after = p + strlen (marks[i]);
      size_t length = 0;
      while (line > text->text && line[-1] != '\n' && line[-1] != ';')
        line--;
      const char *path = vprod__routes_literal (after, after + strcspn (after, "\n"), &length);
      for (const char *q = line; path && (q = strstr (q, name)) && q < p; q++)
        if ((q == line || !(isalnum ((unsigned char) q[-1]) || q[-1] == '_')) && !(isalnum ((unsigned char) q[n]) || q[n] == '_'))
          return file_of (r, text->file, path, length);
    }
  return NULL;
}

/* The router of a file: the one of this name, else its only one. */
static const char *router_of (const struct vprod__routes *r, const char *file, const char *name)
{
  const char *only = NULL;
  size_t count = 0;

  for (size_t i = 0; i < r->n_owners; i++)
    if (r->owners[i].file == file && !r->owners[i].root) {
      if (strcmp (r->owners[i].name, name) == 0)
        return r->owners[i].name;
      only = r->owners[i].name;
      count++;
    }
  return count == 1 ? only : NULL;
}

/* module.exports = { api: apiRouter }: the name of what is exported as a property. malloc'ed, or NULL. */
static char *exported (const struct vprod__source_text *text, const char *property)
{
  size_t n = 0, length = 0;

  while (isalnum ((unsigned char) property[n]) || property[n] == '_')
    n++;
  for (const char *p = strstr (text->text, "exports"); n > 0 && p && (p = memmem (p, strlen (p), property, n)); p++) {
    const char *value = p + n + strspn (p + n, " ");
    if (isalnum ((unsigned char) p[-1]) || *value != ':')
      continue;
    for (value += 1 + strspn (value + 1, " "); isalnum ((unsigned char) value[length]) || value[length] == '_';)
      length++;
    return strndup (value, length);
  }
  return NULL;
}

static void read_owners (struct vprod__routes *r, const struct vprod__source_text *text)
{
  static const char *const calls[] = { "express()", "express.Router(", "Router(" };

  for (size_t i = 0; i < 3; i++)
    for (const char *p = text->text; (p = strstr (p, calls[i])); p++) {
      const char *before = p;
      while (before > text->text && before[-1] == ' ')
        before--;
      if (i == 2 && p > text->text && (isalnum ((unsigned char) p[-1]) || strchr ("._", p[-1])))
        continue;
      if (before == text->text || before[-1] != '=')
        continue;
      for (before--; before > text->text && before[-1] == ' ';)
        before--;
      const char *colon = before; /* const app: Express = express () */
      size_t n = vprod__routes_name_before (text->text, before, 1);
      while (colon - n > text->text && colon[-(long) n - 1] == ' ')
        colon--;
      if (colon - n > text->text && colon[-(long) n - 1] == ':') {
        before = colon - n - 1;
        n = vprod__routes_name_before (text->text, before, 0);
      }
      if (n > 0)
        vprod__routes_add_owner (r, text->file, before - n, n, strdup (""), i == 0);
    }
}

/* An argument of use (): a name, a call, or require ("./x"). */
static void take_child (struct vprod__routes *r, const struct vprod__source_text *text, const char *parent, size_t parent_length,
                        const char *argument, const char *end, const char *prefix, size_t prefix_length)
{
  size_t n = 0, length = 0;
  const char *required = strncmp (argument, "require(", 8) == 0 ? vprod__routes_literal (argument + 8, end, &length) : NULL;

  while (isalnum ((unsigned char) argument[n]) || argument[n] == '_')
    n++;
  _cleanup_free_ char *name = strndup (argument, n);
  if (!name || (n == 0 && !required))
    return;
  const struct vprod__source_text *file = required ? file_of (r, text->file, required, length) : imported (r, text, name);
  _cleanup_free_ char *own = argument[n] == '.' ? exported (file ? file : text, argument + n + 1) : NULL;
  const char *child = router_of (r, file ? file->file : text->file, own ? own : name);
  if (child)
    vprod__routes_add_mount (r, text->file, parent, parent_length, file ? file->file : text->file, child, strndup (prefix, prefix_length));
}

static void read_mounts (struct vprod__routes *r, const struct vprod__source_text *text)
{
  for (const char *p = text->text; (p = strstr (p, ".use(")); p++) {
    const char *args = p + 5, *end = vprod__routes_call_end (args);
    size_t parent = vprod__routes_name_before (text->text, p, 0), length = 0;
    const char *prefix = vprod__routes_literal (args, end, &length), *next = prefix ? prefix + length + 1 : args;
    for (next += strspn (next, " ,\n\t"); next < end && *next;) {
      take_child (r, text, p - parent, parent, next, end, prefix ? prefix : "", length);
      while (next < end && *next && *next != ',')
        next = *next == '(' ? vprod__routes_call_end (next + 1) + (*vprod__routes_call_end (next + 1) != '\0') : next + 1;
      next += strspn (next, " ,\n\t");
    }
  }
}

static void read_paths (struct vprod__routes *r, const struct vprod__source_text *text)
{
  static const char *const methods[] = { ".get(", ".all(", ".head(", ".route(", ".use(" };

  for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
    for (const char *p = text->text; (p = strstr (p, methods[i])); p++) {
      size_t owner = vprod__routes_name_before (text->text, p, 0), length = 0;
      const char *args = p + strlen (methods[i]);
      const char *path = vprod__routes_literal (args, args + strcspn (args, "\n"), &length);
      if (path && owner > 0 && *path == '/')
        vprod__routes_add_path (r, text, p, p - owner, owner, path, length);
    }
}

void vprod__routes_read_express (struct vprod__routes *r)
{
  for (size_t i = 0; i < r->n_texts; i++)
    read_owners (r, &r->texts[i]);
  for (size_t i = 0; i < r->n_texts; i++) {
    read_mounts (r, &r->texts[i]);
    read_paths (r, &r->texts[i]);
  }
}
