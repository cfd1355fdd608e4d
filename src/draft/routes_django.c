/* SPDX-License-Identifier: MIT */
/* Django's urlpatterns: path ("up/", include ("up.urls")), and what that file has. */
#include "draft/routes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/text.h"

/* "up.urls" → up/urls.py, or a package of that name. */
static const struct vprod__source_text *file_of (const struct vprod__routes *r, const char *module, size_t length)
{
  _cleanup_free_ char *path = strndup (module, length), *whole = NULL;

  for (char *p = path; p && *p; p++)
    *p = *p == '.' ? '/' : *p;
  for (int i = 0; path && i < 2; i++) {
    vprod__draft_set (r->draft, &whole, "%s%s", path, i == 0 ? ".py" : "/__init__.py");
    const struct vprod__source_text *found = whole ? vprod__routes_ending (r, whole) : NULL;
    if (found)
      return found;
  }
  return NULL;
}

/* A pattern as a path: "^up/$" → "up/". */
static char *plain (const char *pattern, size_t length)
{
  char *path = strndup (pattern, length), *from = path, *to = path;

  for (; from && *from; from++) {
    if ((*from == '^' && from == path) || (*from == '$' && !from[1]) || (*from == '?' && from > path && from[-1] == '/') || *from == '\\')
      continue;
    *to++ = *from;
  }
  if (to)
    *to = '\0';
  return path;
}

/* One entry; what `include` names is a mount. */
static void read_entry (struct vprod__routes *r, const struct vprod__source_text *text, const char *at, const char *args)
{
  const char *end = vprod__routes_call_end (args);
  size_t length = 0, module_length = 0;
  const char *pattern = vprod__routes_literal (args, end, &length);
  const char *comma = pattern ? strchr (pattern + length + 1, ',') : NULL;

  if (!comma || comma > end)
    return;
  char *path = plain (pattern, length);
  const char *view = comma + 1 + strspn (comma + 1, " \n\t");
  if (strncmp (view, "include(", 8) != 0) {
    if (path)
      vprod__routes_add_path (r, text, at, "", 0, path, strlen (path));
    free (path);
    return;
  }
  view += 8 + strspn (view + 8, " \n\t(");
  const char *module = vprod__routes_literal (view, end, &module_length);
  const struct vprod__source_text *child = module ? file_of (r, module, module_length) : NULL;
  if (child && path)
    vprod__routes_add_mount (r, text->file, "", 0, child->file, "", path);
  else
    free (path);
}

static int is_mounted (const struct vprod__routes *r, const char *file)
{
  for (size_t i = 0; i < r->n_mounts; i++)
    if (r->mounts[i].child_file == file)
      return 1;
  return 0;
}

void vprod__routes_read_django (struct vprod__routes *r)
{
  static const char *const calls[] = { "path(", "re_path(", "url(" };

  for (size_t i = 0; i < r->n_texts; i++) {
    if (!strstr (r->texts[i].text, "urlpatterns"))
      continue;
    for (size_t k = 0; k < 3; k++)
      for (const char *p = r->texts[i].text; (p = strstr (p, calls[k])); p++)
        if (p == r->texts[i].text || !(isalnum ((unsigned char) p[-1]) || strchr ("_.", p[-1])))
          read_entry (r, &r->texts[i], p, p + strlen (calls[k]));
  }
  for (size_t i = 0; i < r->n_texts; i++)
    if (strstr (r->texts[i].text, "urlpatterns"))
      vprod__routes_add_owner (r, r->texts[i].file, "", 0, strdup (""), !is_mounted (r, r->texts[i].file));
}
