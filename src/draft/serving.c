/* SPDX-License-Identifier: MIT */
/* Where the sources serve: the path of the health URL, and the port. */
#include "draft/draft.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "known/health_paths.h"
#include "spec/keys.h"
#include "util/path.h"
#include "util/text.h"

#define RANK_SURE 200 /* a framework's health endpoint */

/* ---- the path of the health URL --------------------------------------------------------------------------- */

static int health_rank (const char *path, size_t length)
{
  size_t count;
  const struct vprod__health_path *paths = vprod__health_paths (&count);
  int slash = length > 1 && path[length - 1] == '/';

  for (size_t i = 0; i < count; i++)
    if (paths[i].rank
        && vprod__text_ends_with_nocase_n (path, length - (slash && strstr (paths[i].path, "health")), paths[i].path))
      return paths[i].rank;
  return 0;
}

static void take_path (struct vprod__draft *draft, const char *path, int rank, const char *file, size_t number)
{
  draft->health_rank = rank;
  vprod__draft_set (draft, &draft->health_path, "%s", path);
  if (number > 0)
    vprod__draft_set (draft, &draft->health_from, "%s:%zu", file, number);
  else
    vprod__draft_set (draft, &draft->health_from, "%s", file);
}

/* Rails' own: get "up" => "rails/health#show" */
static void read_rails (struct vprod__draft *draft, const char *file, size_t number, const char *line)
{
  const char *at = strstr (line, "rails/health#show") ? strpbrk (line, "\"'") : NULL;
  const char *end = at ? strchr (at + 1, *at) : NULL;
  _cleanup_free_ char *path = NULL;

  if (!end || end == at + 1 || draft->health_rank >= RANK_SURE)
    return;
  vprod__draft_set (draft, &path, "/%.*s", (int) (end - at - 1), at + 1);
  if (path && !path[strcspn (path, ":#")] && !vprod__spec_check_url_path (path))
    take_path (draft, path, RANK_SURE, file, number);
}

static void read_paths (struct vprod__draft *draft, const char *file, size_t number, const char *line)
{
  for (const char *p = line; (p = strpbrk (p, "\"'`"));) {
    const char *path = p + 1, *end = strchr (path, *p);
    char shown[128];
    if (!end)
      return;
    size_t length = (size_t) (end - path);
    /* Go's "GET /health" */
    for (size_t i = 0; i < 2; i++) {
      static const char *const methods[] = { "GET ", "HEAD " };
      if (length > strlen (methods[i]) && strncmp (path, methods[i], strlen (methods[i])) == 0) {
        path += strlen (methods[i]);
        length = (size_t) (end - path);
      }
    }
    p = p + 1;
    int rank = *path == '/' && length < sizeof shown ? health_rank (path, length) : 0;
    if (rank <= draft->health_rank)
      continue;
    memcpy (shown, path, length);
    shown[length] = '\0';
    if (shown[strcspn (shown, "{}<>*$: \\")] || vprod__spec_check_url_path (shown))
      continue;
    take_path (draft, shown, rank, file, number);
  }
}

/* File-system routes: app/api/healthz/route.ts and pages/api/health.ts of Next.js. */
void vprod__draft_read_route (struct vprod__draft *draft, const char *file)
{
  const char *app = strncmp (file, "app/", 4) == 0 ? file : strstr (file, "/app/");
  const char *pages = strncmp (file, "pages/", 6) == 0 ? file : strstr (file, "/pages/");
  const char *end = strrchr (file, '/'), *from = NULL;
  _cleanup_free_ char *path = NULL;

  if (!draft->wants_health || !end || draft->language != VPROD__LANGUAGE_NODE)
    return;
  if (app && (strcmp (end, "/route.ts") == 0 || strcmp (end, "/route.js") == 0))
    from = strchr (app + 1, '/');
  else if (pages && (end = strrchr (end, '.')))
    from = strchr (pages + 1, '/');
  if (!from || from >= end)
    return;
  vprod__draft_set (draft, &path, "%.*s", (int) (end - from), from);
  int rank = path ? health_rank (path, strlen (path)) : 0;
  if (rank > draft->health_rank && !strpbrk (path, "[]()@") && !vprod__spec_check_url_path (path))
    take_path (draft, path, rank, file, 0);
}

/* ---- the port --------------------------------------------------------------------------------------------- */

/* The first number after it that may be a port; 0: none. */
static int number_behind (const char *text)
{
  for (const char *p = text; *p; p++)
    if (isdigit ((unsigned char) *p)) {
      size_t digits = strspn (p, "0123456789");
      if (digits >= 4 && !isalpha ((unsigned char) p[-1]))
        return vprod__draft_port (p);
      p += digits - 1;
    }
  return 0;
}

/* The default of PORT in a line: `process.env.PORT || 3000`, `env::var("PORT").unwrap_or("3000"…)`. */
static int default_of_port (const char *line)
{
  for (const char *p = line; (p = strstr (p, "PORT")); p += 4)
    if (p > line && strchr ("\"'.{", p[-1]) && !isalnum ((unsigned char) p[4]) && p[4] != '_'
        && !(strchr ("\"'", p[-1]) && p[4] == p[-1] && p[5 + strspn (p + 5, " ")] == ':')) /* a key of a map */
      return number_behind (p + 4);
  return 0;
}

/* `listen(3000)`, "0.0.0.0:3000", `ListenAndServe(":8080"` */
static int port_that_is_bound (const char *line)
{
  static const char *const marks[] = {
    "0.0.0.0:", "[::]:", "ListenAndServe(\":", ".listen(", ".Listen(\":", "Addr: \":", "(\"port\", ", "(\"addr\", \":", "(\"listen\", \":", NULL,
  };

  for (size_t i = 0; marks[i]; i++) {
    const char *at = strstr (line, marks[i]);
    int port = at ? vprod__draft_port (at + strlen (marks[i])) : 0;
    if (port > 0)
      return port;
  }
  return 0;
}

/* Deployment files name ports and paths of other services. */
static int is_deployment (const char *file)
{
  size_t length = strlen (file);

  return (vprod__text_ends_with_nocase_n (file, length, ".yml") || vprod__text_ends_with_nocase_n (file, length, ".yaml"))
         && strncmp (vprod__path_name (file), "application", 11) != 0;
}

static void read_port (struct vprod__draft *draft, const char *file, size_t number, const char *line)
{
  int port;

  if (is_deployment (file))
    return;
  port = default_of_port (line);
  port = port > 0 ? port : port_that_is_bound (line);
  if (port <= 0)
    return;
  draft->port = port;
  draft->wants_port = 0;
  vprod__draft_set (draft, &draft->port_from, "%s:%zu", file, number);
}

void vprod__draft_read_serving (struct vprod__draft *draft, const char *file, size_t number, const char *line)
{
  if (draft->wants_health && !is_deployment (file)) {
    read_paths (draft, file, number, line);
    read_rails (draft, file, number, line);
  }
  if (draft->wants_port)
    read_port (draft, file, number, line);
}
