/* SPDX-License-Identifier: MIT */
#include "draft/routes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "known/health_paths.h"
#include "spec/keys.h"
#include "util/grow.h"
#include "util/text.h"

#define MAX_SOURCE (256 * 1024)
#define MAX_ALL (6 * 1024 * 1024)
#define MAX_FOUND 2000
#define MAX_UP 8

/* ---- what was found ------------------------------------------------------------------------------------------- */

void vprod__routes_add_owner (struct vprod__routes *r, const char *file, const char *name, size_t length, char *prefix, int root)
{
  if (r->n_owners >= MAX_FOUND || vprod__grow (&r->owners, r->n_owners) < 0) {
    free (prefix);
    return;
  }
  r->owners[r->n_owners++] =
    (struct vprod__route_owner) { .file = file, .name = strndup (name, length), .prefix = prefix, .root = root };
  r->draft->no_memory |= !r->owners[r->n_owners - 1].name;
}

void vprod__routes_add_mount (struct vprod__routes *r, const char *file, const char *parent, size_t length, const char *child_file,
                              const char *child, char *prefix)
{
  if (r->n_mounts >= MAX_FOUND || vprod__grow (&r->mounts, r->n_mounts) < 0) {
    free (prefix);
    return;
  }
  struct vprod__route_mount *m = &r->mounts[r->n_mounts++];
  *m = (struct vprod__route_mount) { file, child_file, strndup (parent, length), strdup (child), prefix };
  r->draft->no_memory |= !m->parent || !m->child;
}

void vprod__routes_add_path (struct vprod__routes *r, const struct vprod__source_text *text, const char *at, const char *owner,
                             size_t length, const char *path, size_t path_length)
{
  if (r->n_paths >= MAX_FOUND || path_length > 200 || vprod__grow (&r->paths, r->n_paths) < 0)
    return;
  struct vprod__route_path *p = &r->paths[r->n_paths++];
  *p = (struct vprod__route_path) { .file = text->file, .line = 1, .owner = strndup (owner, length),
                                    .path = strndup (path, path_length) };
  for (const char *c = text->text; c < at; c++)
    p->line += *c == '\n';
  r->draft->no_memory |= !p->owner || !p->path;
}

/* ---- reading sources ------------------------------------------------------------------------------------------ */

const struct vprod__source_text *vprod__routes_text (const struct vprod__routes *r, const char *file)
{
  for (size_t i = 0; i < r->n_texts; i++)
    if (strcmp (r->texts[i].file, file) == 0)
      return &r->texts[i];
  return NULL;
}

const struct vprod__source_text *vprod__routes_ending (const struct vprod__routes *r, const char *end)
{
  const struct vprod__source_text *best = NULL;

  for (size_t i = 0; i < r->n_texts; i++) {
    const char *file = r->texts[i].file;
    size_t n = strlen (file), m = strlen (end);
    if (n >= m && strcmp (file + n - m, end) == 0 && (n == m || file[n - m - 1] == '/') && (!best || n < strlen (best->file)))
      best = &r->texts[i];
  }
  return best;
}

size_t vprod__routes_name_before (const char *text, const char *at, int dotted)
{
  const char *begin = at;

  while (begin > text && (isalnum ((unsigned char) begin[-1]) || begin[-1] == '_' || begin[-1] == '$' || (dotted && begin[-1] == '.')))
    begin--;
  return (size_t) (at - begin);
}

const char *vprod__routes_call_end (const char *at)
{
  int depth = 1;

  for (size_t n = 0; *at && n < 4000; at++, n++) {
    if (strchr ("\"'`", *at)) {
      char quote = *at;
      for (at++; *at && *at != quote && *at != '\n'; at++)
        at += *at == '\\' && at[1];
      if (!*at)
        return at;
      continue;
    }
    depth += strchr ("([{", *at) ? 1 : strchr (")]}", *at) ? -1 : 0;
    if (depth == 0)
      return at;
  }
  return at;
}

const char *vprod__routes_literal (const char *at, const char *end, size_t *ret_length)
{
  at += strspn (at, " \t\r\n");
  at += (*at == 'r' || *at == 'u') && strchr ("\"'", at[1] ? at[1] : ' ');
  if (at >= end || !strchr ("\"'`", *at))
    return NULL;
  const char *close = strchr (at + 1, *at);
  if (!close || close > end || memchr (at, '\n', (size_t) (close - at)))
    return NULL;
  *ret_length = (size_t) (close - at) - 1;
  return at + 1;
}

const char *vprod__routes_keyword (const char *at, const char *end, const char *name)
{
  size_t n = strlen (name);

  for (const char *p = at; (p = strstr (p, name)) && p < end; p++) {
    const char *equals = p + n + strspn (p + n, " ");
    if ((p == at || !(isalnum ((unsigned char) p[-1]) || p[-1] == '_')) && (*equals == '=' || *equals == ':') && equals[1] != '=')
      return equals + 1 + strspn (equals + 1, " \n");
  }
  return NULL;
}

/* ---- from a path up to an app ------------------------------------------------------------------------------------ */

/* The prefix of an owner's paths; NULL: no app is found above it, or a prefix is not known. malloc'ed. */
static char *prefix_of (const struct vprod__routes *r, const char *file, const char *owner, int up)
{
  const char *own = "";

  for (size_t i = 0; i < r->n_owners; i++)
    if (r->owners[i].file == file && strcmp (r->owners[i].name, owner) == 0) {
      if (!r->owners[i].prefix)
        return NULL;
      if (r->owners[i].root)
        return strdup (r->owners[i].prefix);
      own = r->owners[i].prefix;
    }
  for (size_t i = 0; i < r->n_mounts && up < MAX_UP; i++) {
    const struct vprod__route_mount *m = &r->mounts[i];
    if (m->child_file != file || strcmp (m->child, owner) != 0 || !m->prefix)
      continue;
    _cleanup_free_ char *above = prefix_of (r, m->file, m->parent, up + 1);
    if (above)
      return vprod__asprintf ("%s%s%s", above, m->prefix, own);
  }
  return NULL;
}

/* How sure it is that the path is a health URL. A slash at its end does not matter. */
static int rank_of (const char *path)
{
  size_t count, length = strlen (path);
  const struct vprod__health_path *paths = vprod__health_paths (&count);

  length -= length > 1 && path[length - 1] == '/';
  for (size_t i = 0; i < count; i++)
    if (paths[i].rank && vprod__text_ends_with_nocase_n (path, length, paths[i].path))
      return paths[i].rank;
  return 0;
}

/* "//a///b" → "/a/b", with a slash at its beginning. */
static char *tidy (const char *path)
{
  char *clean = malloc (strlen (path) + 2), *to = clean;

  if (!clean)
    return NULL;
  *to++ = '/';
  for (const char *p = path; *p; p++)
    if (*p != '/' || to[-1] != '/')
      *to++ = *p;
  *to = '\0';
  return clean;
}

/* The whole path of one that was found; NULL: no app is found above it. malloc'ed. */
static char *whole_path (const struct vprod__routes *r, const struct vprod__route_path *p, int *ret_prefixed)
{
  _cleanup_free_ char *prefix = prefix_of (r, p->file, p->owner, 0);
  _cleanup_free_ char *joined = prefix ? vprod__asprintf ("%s%s%s", prefix, *p->path && *p->path != '/' ? "/" : "", p->path) : NULL;

  *ret_prefixed = prefix && *prefix;
  return joined ? tidy (joined) : NULL;
}

/* curl follows nothing and still ends with 0 where /up is sent on to /up/: the path as the router has it. */
static void settle_slash (struct vprod__routes *r)
{
  struct vprod__draft *draft = r->draft;
  size_t n = strlen (draft->health_path);
  const struct vprod__route_path *found = NULL;

  for (size_t i = 0; i < r->n_paths; i++) {
    int prefixed;
    _cleanup_free_ char *path = whole_path (r, &r->paths[i], &prefixed);
    if (path && strcmp (path, draft->health_path) == 0)
      return;
    if (path && strncmp (path, draft->health_path, n) == 0 && strcmp (path + n, "/") == 0)
      found = &r->paths[i];
  }
  if (!found)
    return;
  _cleanup_free_ char *from = vprod__steal (&draft->health_from), *path = vprod__steal (&draft->health_path);
  vprod__draft_set (draft, &draft->health_path, "%s/", path);
  vprod__draft_set (draft, &draft->health_from, "%s; with the slash that %s:%zu has", from ? from : "", found->file, found->line);
}

static void choose (struct vprod__routes *r)
{
  struct vprod__draft *draft = r->draft;
  int best = 0;

  for (size_t i = 0; i < r->n_paths; i++) {
    const struct vprod__route_path *p = &r->paths[i];
    int prefixed;
    _cleanup_free_ char *path = whole_path (r, p, &prefixed);
    int rank = path ? rank_of (path) : 0;
    if (rank <= best || rank < draft->health_rank || path[strcspn (path, "{}<>*$: \\()[]|^+?")] || vprod__spec_check_url_path (path))
      continue;
    best = rank;
    draft->health_rank = rank;
    draft->health_sure = 1;
    vprod__draft_set (draft, &draft->health_path, "%s", path);
    vprod__draft_set (draft, &draft->health_from, "%s:%zu%s", p->file, p->line, prefixed ? ", behind the prefixes of its routers" : "");
  }
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void clear (struct vprod__routes *r)
{
  for (size_t i = 0; i < r->n_texts; i++)
    free (r->texts[i].text);
  for (size_t i = 0; i < r->n_owners; i++) {
    free (r->owners[i].name);
    free (r->owners[i].prefix);
  }
  for (size_t i = 0; i < r->n_mounts; i++) {
    free (r->mounts[i].parent);
    free (r->mounts[i].child);
    free (r->mounts[i].prefix);
  }
  for (size_t i = 0; i < r->n_paths; i++) {
    free (r->paths[i].owner);
    free (r->paths[i].path);
  }
  free (r->texts);
  free (r->owners);
  free (r->mounts);
  free (r->paths);
}

static void read_texts (struct vprod__routes *r)
{
  static const char *const ends[] = { ".py", ".js", ".ts", ".mjs", ".cjs", NULL };
  size_t all = 0;

  for (size_t i = 0; r->draft->files && r->draft->files[i] && all < MAX_ALL; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    const char *dot = strrchr (r->draft->files[i], '.');
    if (!dot || !vprod__text_is_one_of (dot, ends) || !vprod__draft_read_file (r->draft, r->draft->files[i], MAX_SOURCE, &text) || !text.data)
      continue;
    all += text.length;
    if (vprod__grow (&r->texts, r->n_texts) < 0) {
      r->draft->no_memory = 1;
      return;
    }
    r->texts[r->n_texts].file = r->draft->files[i];
    r->texts[r->n_texts++].text = vprod__buf_steal (&text);
    if (!r->texts[r->n_texts - 1].text) {
      r->n_texts--;
      r->draft->no_memory = 1;
      return;
    }
  }
}

void vprod__draft_read_routes (struct vprod__draft *draft)
{
  struct vprod__routes routes = { .draft = draft };

  if ((!draft->wants_health && !draft->health_path) || (draft->language != VPROD__LANGUAGE_PYTHON && draft->language != VPROD__LANGUAGE_NODE))
    return;
  read_texts (&routes);
  if (draft->language == VPROD__LANGUAGE_PYTHON) {
    vprod__routes_read_python (&routes);
    vprod__routes_read_django (&routes);
  }
  else
    vprod__routes_read_express (&routes);
  if (draft->wants_health)
    choose (&routes);
  else if (draft->language == VPROD__LANGUAGE_PYTHON && draft->health_path[strlen (draft->health_path) - 1] != '/' && !draft->health_grpc)
    settle_slash (&routes);
  clear (&routes);
}
