/* SPDX-License-Identifier: MIT */
/* FastAPI's routers and Flask's blueprints: APIRouter (prefix=…), include_router (…, prefix=…), and likewise. */
#include "draft/routes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IMPORTS 5

/* ---- constants ------------------------------------------------------------------------------------------------------ */

/* API_V1_STR: str = "/api/v1", in whichever file; the last literal of the line, so that a default counts. malloc'ed, or NULL. */
static char *constant (const struct vprod__routes *r, const char *name, size_t length)
{
  for (size_t i = 0; i < r->n_texts; i++)
    for (const char *p = r->texts[i].text; (p = strstr (p, name)); p += length) {
      const char *after = p + length + strspn (p + length, " ");
      if ((p > r->texts[i].text && !strchr (" \t\n", p[-1])) || (*after != ':' && *after != '='))
        continue;
      const char *end = after + strcspn (after, "\n"), *equals = memchr (after, '=', (size_t) (end - after));
      size_t n = 0, last_length = 0;
      const char *last = NULL, *literal;
      for (const char *q = equals ? equals + 1 : end; q < end; q++)
        if (strchr ("\"'", *q) && (literal = vprod__routes_literal (q, end, &n))) {
          last = literal;
          last_length = n;
          q = literal + n;
        }
      if (last && (last_length == 0 || *last == '/'))
        return strndup (last, last_length);
    }
  return NULL;
}

/* A prefix as it is written: a literal, an f-string, a name. malloc'ed, or NULL: not known. */
static char *value_of (const struct vprod__routes *r, const char *at, const char *end)
{
  size_t n = 0;
  const char *literal;
  _cleanup_buf_ struct vprod__buf out = { 0 };

  if (!at)
    return strdup ("");
  at += strspn (at, " \n");
  int formatted = *at == 'f' && strchr ("\"'", at[1]);
  if ((literal = vprod__routes_literal (at + formatted, end, &n)) && !formatted)
    return strndup (literal, n);
  if (!formatted) {
    size_t length = 0;
    while (at + length < end && (isalnum ((unsigned char) at[length]) || strchr ("_.", at[length])))
      length++;
    const char *dot = memrchr (at, '.', length);
    _cleanup_free_ char *name = strndup (dot ? dot + 1 : at, length - (dot ? (size_t) (dot + 1 - at) : 0));
    return name && *name ? constant (r, name, strlen (name)) : NULL;
  }
  for (size_t i = 0; literal && i < n; i++) {
    const char *close = literal[i] == '{' ? memchr (literal + i, '}', n - i) : NULL;
    _cleanup_free_ char *inner = close ? value_of (r, literal + i + 1, close) : NULL;
    if (close && !inner)
      return NULL;
    if (vprod__buf_addf (&out, "%.*s", close ? (int) strlen (inner) : 1, close ? inner : literal + i) < 0)
      return NULL;
    i = close ? (size_t) (close - literal) : i;
  }
  return literal ? vprod__buf_steal (&out) : NULL;
}

/* ---- imports -------------------------------------------------------------------------------------------------------- */

/* ".utils" as seen from a file, "app.api.main": the file of a module. */
static const struct vprod__source_text *module_file (const struct vprod__routes *r, const char *from, const char *module, size_t length)
{
  size_t dots = strspn (module, ".");
  _cleanup_free_ char *path = strndup (module + dots, length > dots ? length - dots : 0), *folder = strdup (from), *whole = NULL;

  for (char *p = path; p && *p; p++)
    *p = *p == '.' ? '/' : *p;
  for (size_t i = 0; folder && i < dots; i++) {
    char *slash = strrchr (folder, '/');
    *(slash ? slash : folder) = '\0';
  }
  for (int i = 0; path && folder && i < 2; i++) {
    const struct vprod__source_text *found;
    vprod__draft_set (r->draft, &whole, "%s%s%s%s", dots ? folder : "", dots && *folder ? "/" : "", path,
                      i == 0 ? ".py" : *path ? "/__init__.py" : "__init__.py");
    if (!whole)
      return NULL;
    found = dots ? vprod__routes_text (r, whole) : vprod__routes_ending (r, whole);
    if (found)
      return found;
  }
  return NULL;
}

/* Where a name of a file comes from: `from X import name`, `import X as name`. *ret_module: 1 if it is a module itself. */
static const struct vprod__source_text *imported (const struct vprod__routes *r, const struct vprod__source_text *text, const char *name,
                                                  char **ret_name, int *ret_module)
{
  size_t n = strlen (name);

  for (const char *p = text->text; (p = strstr (p, "import")); p += 6) {
    const char *line = p, *end = p + 6 + strspn (p + 6, " ");
    while (line > text->text && line[-1] != '\n')
      line--;
    line += strspn (line, " \t");
    const char *stop = *end == '(' ? strchr (end, ')') : end + strcspn (end, "\n");
    int from = strncmp (line, "from ", 5) == 0 && line < p;
    for (const char *q = end; stop && (q = strstr (q, name)) && q < stop; q += n) {
      if (isalnum ((unsigned char) q[-1]) || strchr ("_.", q[-1]) || isalnum ((unsigned char) q[n]) || q[n] == '_'
          || strncmp (q + n, " as ", 4) == 0)
        continue;
      const char *origin = q;
      size_t length = n;
      if (q - end > 4 && strncmp (q - 4, " as ", 4) == 0) {
        length = vprod__routes_name_before (text->text, q - 4, 1);
        origin = q - 4 - length;
      }
      size_t module = from ? strcspn (line + 5, " ") : 0;
      _cleanup_free_ char *below = NULL;
      vprod__draft_set (r->draft, &below, "%.*s%s%.*s", (int) module, line + 5,
                        from && module > 0 && line[5 + module - 1] != '.' ? "." : "", (int) length, origin);
      const struct vprod__source_text *file = below ? module_file (r, text->file, below, strlen (below)) : NULL;
      *ret_module = file != NULL;
      if (!file && from)
        file = module_file (r, text->file, line + 5, module);
      if (!file)
        continue;
      vprod__draft_set (r->draft, ret_name, "%.*s", (int) length, origin);
      return file;
    }
  }
  return NULL;
}

static int is_owner (const struct vprod__routes *r, const char *file, const char *name)
{
  for (size_t i = 0; i < r->n_owners; i++)
    if (r->owners[i].file == file && strcmp (r->owners[i].name, name) == 0)
      return 1;
  return 0;
}

/* "utils.router", "api_router": the file that has it, and its name there. */
static const struct vprod__source_text *find_child (const struct vprod__routes *r, const struct vprod__source_text *text,
                                                    const char *expression, char **ret_name)
{
  char *dot = strrchr (expression, '.');
  _cleanup_free_ char *head = strndup (expression, dot ? (size_t) (dot - expression) : strlen (expression)), *name = NULL;
  const char *last = head && strrchr (head, '.') ? strrchr (head, '.') + 1 : head;
  int module = 0;

  vprod__draft_set (r->draft, ret_name, "%s", dot ? dot + 1 : expression);
  if (!head || !*ret_name)
    return NULL;
  if (!dot && is_owner (r, text->file, expression))
    return text;
  const struct vprod__source_text *file = imported (r, text, last, &name, &module);
  if (!file && dot && last != head) /* import app.routers.users; app.routers.users.router */
    file = module_file (r, text->file, head, strlen (head));
  if (file && !dot && name)
    vprod__draft_set (r->draft, ret_name, "%s", module ? "router" : name);
  for (int i = 0; file && i < MAX_IMPORTS && *ret_name && !is_owner (r, file->file, *ret_name); i++) {
    _cleanup_free_ char *other = NULL;
    const struct vprod__source_text *next = imported (r, file, *ret_name, &other, &module);
    if (!next || !other)
      break;
    file = next;
    vprod__draft_set (r->draft, ret_name, "%s", module ? "router" : other);
  }
  return file;
}

/* ---- calls ---------------------------------------------------------------------------------------------------------- */

/* The name that a call's result is assigned to: "app = FastAPI (", "router: APIRouter = APIRouter (". */
static const char *assigned (const char *text, const char *call, size_t *ret_length)
{
  const char *line = call, *p;

  while (line > text && line[-1] != '\n')
    line--;
  line += strspn (line, " \t");
  p = line;
  while (isalnum ((unsigned char) *p) || strchr ("_.", *p ? *p : ' '))
    p++;
  *ret_length = (size_t) (p - line);
  const char *equals = memchr (p, '=', (size_t) (call > p ? call - p : 0));
  return *ret_length > 0 && equals ? line : NULL;
}

static void read_owners (struct vprod__routes *r, const struct vprod__source_text *text)
{
  static const struct {
    const char *call, *keyword;
    int root;
  } calls[] = { { "APIRouter(", "prefix", 0 }, { "Blueprint(", "url_prefix", 0 }, { "FastAPI(", NULL, 1 }, { "Flask(", NULL, 1 } };

  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    for (const char *p = text->text; (p = strstr (p, calls[i].call)); p++) {
      const char *args = p + strlen (calls[i].call), *end = vprod__routes_call_end (args);
      size_t length = 0;
      const char *name = assigned (text->text, p, &length);
      if (!name || (p > text->text && (isalnum ((unsigned char) p[-1]) || p[-1] == '_')))
        continue;
      vprod__routes_add_owner (r, text->file, name, length,
                               calls[i].keyword ? value_of (r, vprod__routes_keyword (args, end, calls[i].keyword), end) : strdup (""),
                               calls[i].root);
    }
}

static void read_mounts (struct vprod__routes *r, const struct vprod__source_text *text)
{
  static const char *const calls[] = { ".include_router(", ".register_blueprint(" }, *const keywords[] = { "prefix", "url_prefix" };

  for (size_t i = 0; i < 2; i++)
    for (const char *p = text->text; (p = strstr (p, calls[i])); p++) {
      const char *args = p + strlen (calls[i]), *end = vprod__routes_call_end (args), *child = args + strspn (args, " \n");
      const char *named = vprod__routes_keyword (args, end, "router");
      size_t parent = vprod__routes_name_before (text->text, p, 0), length = 0;
      child = named ? named : child;
      while (isalnum ((unsigned char) child[length]) || strchr ("_.", child[length] ? child[length] : ' '))
        length++;
      _cleanup_free_ char *expression = strndup (child, length), *name = NULL;
      const struct vprod__source_text *file = expression && length ? find_child (r, text, expression, &name) : NULL;
      if (file && name)
        vprod__routes_add_mount (r, text->file, p - parent, parent, file->file, name,
                                 value_of (r, vprod__routes_keyword (args, end, keywords[i]), end));
    }
}

static void read_paths (struct vprod__routes *r, const struct vprod__source_text *text)
{
  static const char *const methods[] = { ".get(", ".route(", ".api_route(", ".head(", NULL };

  for (const char *p = text->text; (p = strchr (p, '@')); p++) {
    size_t owner = 0, length = 0;
    while (isalnum ((unsigned char) p[1 + owner]) || p[1 + owner] == '_')
      owner++;
    const char *dot = p + 1 + owner;
    for (size_t i = 0; methods[i]; i++) {
      if (strncmp (dot, methods[i], strlen (methods[i])) != 0)
        continue;
      const char *args = dot + strlen (methods[i]), *end = vprod__routes_call_end (args);
      const char *keyword = vprod__routes_keyword (args, end, "path");
      const char *path = vprod__routes_literal (keyword ? keyword : args, end, &length);
      if (path)
        vprod__routes_add_path (r, text, p, p + 1, owner, path, length);
    }
  }
}

void vprod__routes_read_python (struct vprod__routes *r)
{
  for (size_t i = 0; i < r->n_texts; i++)
    read_owners (r, &r->texts[i]);
  for (size_t i = 0; i < r->n_texts; i++) {
    read_mounts (r, &r->texts[i]);
    read_paths (r, &r->texts[i]);
  }
}
