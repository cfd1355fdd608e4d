/* SPDX-License-Identifier: MIT */
/* Rules for several keys together, and what is derived from the folder that the spec is in. */
#include "spec/dockerfiles.h"
#include "spec/health.h"
#include "spec/read.h"
#include "spec/refs.h"
#include "util/file.h"
#include "util/path.h"
#include "util/strv.h"
#include "util/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct vprod__spec_reader reader;
typedef struct vprod__yaml_node yaml_node;

int vprod__spec_base_dir (const char *base_dir, char **ret, vprod_error **err)
{
  char *absolute = realpath (base_dir && *base_dir ? base_dir : ".", NULL);

  if (!absolute)
    return errno == ENOMEM ? vprod__error_no_memory (err)
                           : vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot find the spec's folder %s",
                                               base_dir && *base_dir ? base_dir : ".");
  *ret = absolute;
  return 0;
}

/* ---- paths ------------------------------------------------------------------------------------------------ */

/* path below base unless it is absolute; "./", "//" and a slash at the end are taken out, ".." is left: it may
   lead through a link. */
static char *join (const char *base, const char *path)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };

  if (*path != '/' && vprod__buf_adds (&out, strcmp (base, "/") == 0 ? "" : base) < 0)
    return NULL;
  for (const char *p = path; *p;) {
    size_t n = strcspn (p, "/");
    if (n > 0 && !(n == 1 && *p == '.') && vprod__buf_addf (&out, "/%.*s", (int) n, p) < 0)
      return NULL;
    p += n;
    p += strspn (p, "/");
  }
  if (out.length == 0 && vprod__buf_adds (&out, "/") < 0)
    return NULL;
  return vprod__buf_steal (&out);
}

/* 0 with the first that exists in *ret, or NULL; -1 out of memory. */
static int find_dockerfile (const char *base_dir, const char *context, char **ret)
{
  const char *folders[] = { base_dir, context };
  struct stat st;

  for (size_t f = 0; f < 2; f++)
    for (size_t i = 0; vprod__dockerfile_names[i]; i++) {
      _cleanup_free_ char *path = join (folders[f], vprod__dockerfile_names[i]);
      if (!path)
        return -1;
      if (stat (path, &st) == 0 && !S_ISDIR (st.st_mode)) {
        *ret = vprod__steal (&path);
        return 0;
      }
    }
  return 0;
}

/* Puts an absolute path in the place of one as written. */
static int make_absolute (const char *base_dir, char **path)
{
  if (!*path || **path == '/')
    return 0;
  char *absolute = join (base_dir, *path);
  if (!absolute)
    return -1;
  free (*path);
  *path = absolute;
  return 0;
}

/* "shared=../packages" → "shared=/srv/packages"; what has a scheme is no folder. */
static int settle_context (const char *base_dir, char **entry)
{
  char *value = strchr (*entry, '=') + 1, *whole = NULL;

  if (!*value || *value == '/' || strstr (value, "://"))
    return 0;
  _cleanup_free_ char *absolute = join (base_dir, value);
  if (!absolute || asprintf (&whole, "%.*s%s", (int) (value - *entry), *entry, absolute) < 0)
    return -1;
  free (*entry);
  *entry = whole;
  return 0;
}

/* "default=key,other" → "default=/srv/key,/srv/other" */
static int settle_agent (const char *base_dir, char **entry)
{
  _cleanup_buf_ struct vprod__buf whole = { 0 };
  const char *path = strchr (*entry, '=');

  if (!path)
    return 0;
  int r = vprod__buf_add (&whole, *entry, (size_t) (path - *entry));
  while (r == 0 && *path) {
    size_t length = strcspn (++path, ",");
    _cleanup_free_ char *one = strndup (path, length), *absolute = one ? join (base_dir, one) : NULL;
    r = absolute ? vprod__buf_addf (&whole, "%c%s", path[-1], absolute) : -1;
    path += length;
  }
  if (r < 0)
    return -1;
  free (*entry);
  *entry = vprod__buf_steal (&whole);
  return *entry ? 0 : -1;
}

static int settle_image (const char *base_dir, struct vprod__spec_image *image)
{
  int r = 0;

  free (image->context);
  free (image->dockerfile);
  image->dockerfile = NULL;
  image->context = join (base_dir, image->context_named ? image->context_named : ".");
  if (!image->context)
    return -1;
  for (size_t i = 0; r == 0 && i < image->n_secrets; i++)
    r = make_absolute (base_dir, &image->secrets[i].file);
  for (char **entry = image->contexts; r == 0 && entry && *entry; entry++)
    r = settle_context (base_dir, entry);
  for (char **entry = image->ssh; r == 0 && entry && *entry; entry++)
    r = settle_agent (base_dir, entry);
  if (r < 0)
    return r;
  if (!image->dockerfile_named)
    return find_dockerfile (base_dir, image->context, &image->dockerfile);
  image->dockerfile = join (base_dir, image->dockerfile_named);
  return image->dockerfile ? 0 : -1;
}

static int settle_paths (vprod_spec *spec)
{
  int r = settle_image (spec->base_dir, &spec->image);

  for (size_t i = 0; r == 0 && i < spec->run.n_before; i++)
    if (spec->run.before[i].has_image)
      r = settle_image (spec->base_dir, &spec->run.before[i].image);
  for (size_t i = 0; i < spec->n_services; i++)
    for (char **path = spec->services[i].postgres.init; r == 0 && path && *path; path++)
      r = make_absolute (spec->base_dir, path);
  for (char **path = spec->checks.no_secrets.rules; r == 0 && path && *path; path++)
    r = make_absolute (spec->base_dir, path);
  return r;
}

/* ---- rules across keys ------------------------------------------------------------------------------------ */

/* Where a key is that a path of names leads to: "image", "ref"; as far as it leads. `index`: of a list that is met. */
static size_t place (const reader *r, const char *const *names, size_t index)
{
  const yaml_node *node = r->yaml->root;
  size_t at = 0;

  for (; node && *names; names++) {
    yaml_node *key = NULL;
    if (node->kind == VPROD__YAML_SEQUENCE) {
      node = index < node->count ? node->items[index] : NULL;
      at = node ? node->begin : at;
    }
    node = node ? vprod__yaml_get (node, *names, &key) : NULL;
    at = key ? key->begin : at;
  }
  return at;
}

/* Its value must be there when the spec is read: a build would fail for want of it much later. 0, or negative. `at`: of the
   secret. */
static int check_secret (reader *r, const struct vprod__spec_secret *secret, size_t at, const char *where)
{
  struct stat st;

  if (!secret->env == !secret->file)
    return vprod__spec_error (r, at, "%s.secrets.%s: write exactly one of env and file", where, secret->name);
  if (secret->env && !getenv (secret->env))
    return vprod__spec_error (r, at, "%s.secrets.%s: %s is not set in the environment of verify-prod", where, secret->name,
                              secret->env);
  if (secret->env)
    return 0;
  _cleanup_free_ char *path = join (r->spec->base_dir, secret->file);
  if (!path)
    return vprod__spec_no_memory (r);
  if (stat (path, &st) < 0 || access (path, R_OK) < 0)
    return vprod__spec_error (r, at, "%s.secrets.%s: cannot read %s: %s", where, secret->name, path, strerror (errno));
  if (!S_ISREG (st.st_mode))
    return vprod__spec_error (r, at, "%s.secrets.%s: %s is %s, not a regular file", where, secret->name, path,
                              vprod__irregular (st.st_mode));
  return 0;
}

static int check_image (reader *r, const struct vprod__spec_image *image, const char *const *path, size_t index,
                        const char *where)
{
  const struct {
    const char *name;
    int is_there;
  } others[] = {
    { "dockerfile", image->dockerfile_named != NULL },
    { "context", image->context_named != NULL },
    { "target", image->target != NULL },
    { "args", image->args != NULL },
    { "secrets", image->n_secrets > 0 },
    { "ssh", image->ssh != NULL },
    { "contexts", image->contexts != NULL },
  };
  const char *names[6] = { NULL };
  size_t n = 0;

  for (; path[n]; n++)
    names[n] = path[n];
  for (size_t i = 0; image->ref && i < sizeof others / sizeof others[0]; i++)
    if (others[i].is_there) {
      names[n] = others[i].name;
      return vprod__spec_error (r, place (r, names, index), "%s.%s and %s.ref exclude each other: what exists is not built",
                                where, others[i].name, where);
    }
  names[n] = "secrets";
  int e = 0;
  for (size_t i = 0; !vprod__spec_is_over (r, e) && i < image->n_secrets; i++) {
    names[n + 1] = image->secrets[i].name;
    e = check_secret (r, &image->secrets[i], place (r, names, index), where);
  }
  return e;
}

static int check_images (reader *r)
{
  static const char *const whole[] = { "image", NULL }, *const step[] = { "run", "before", "image", NULL };
  int e = check_image (r, &r->spec->image, whole, 0, "image");
  char where[sizeof "run.before[].image" + 20];

  for (size_t i = 0; !vprod__spec_is_over (r, e) && i < r->spec->run.n_before; i++)
    if (r->spec->run.before[i].has_image) {
      snprintf (where, sizeof where, "run.before[%zu].image", i);
      e = check_image (r, &r->spec->run.before[i].image, step, i, where);
    }
  return e;
}

/* Does the tree say nothing of the service? */
static int is_empty (const reader *r, const char *service)
{
  const yaml_node *node = vprod__yaml_get (vprod__yaml_get (r->yaml->root, "services", NULL), service, NULL);

  return node && (vprod__yaml_is_null (node) || (node->kind == VPROD__YAML_MAPPING && node->count == 0));
}

/* Its kind must be written, so that a later release can add others. */
static int check_service (reader *r, const struct vprod__spec_service *service)
{
  const char *const path[] = { "services", service->name, NULL };
  const char *const ready[] = { "services", service->name, "container", "ready", NULL };
  const char *name = service->name;
  size_t at = place (r, path, 0), of_ready = place (r, ready, 0);
  const __typeof__ (service->container) *container = &service->container;
  int kinds = container->ready.tcp + (container->ready.log != NULL) + (container->ready.http != NULL)
              + (container->ready.command != NULL);

  if (!service->is_postgres && !service->is_container && r->n_mistakes > 0 && !is_empty (r, name))
    return 0; /* what it says was refused already */
  if (!service->is_postgres && !service->is_container)
    return vprod__spec_error (r, at, "services.%s: does not say what it is; write `postgres: {}` below it, or `container: {image: "
                                     "…}`", name);
  if (service->is_postgres && service->is_container)
    return vprod__spec_error (r, at, "services.%s: is either a postgres or a container", name);
  if (!service->is_container)
    return 0;
  if (!container->image)
    return vprod__spec_error (r, at, "services.%s.container: names no image; write `image: redis:7-alpine` below it", name);
  if (kinds > 1)
    return vprod__spec_error (r, of_ready, "services.%s.container.ready: write one of tcp, log, http and command", name);
  if ((container->ready.tcp || container->ready.http) && container->port == 0)
    return vprod__spec_error (r, of_ready, "services.%s.container.ready: asks a port, and container.port names none", name);
  return 0;
}

/* Where an option of checks.health is written; 0: it is not. */
static const yaml_node *in_health (const reader *r, const char *name)
{
  const yaml_node *checks = vprod__yaml_get (r->yaml->root, "checks", NULL);
  const yaml_node *health = checks ? vprod__yaml_get (checks, "health", NULL) : NULL;

  return health ? vprod__yaml_get (health, name, NULL) : NULL;
}

/* What makes sense only where the health is asked in one of these ways. */
static const struct {
  const char *name;
  int ways;
} of_ways[] = {
  { "scheme", 1 << VPROD__ASKS_HTTP | 1 << VPROD__ASKS_GRPC },
  { "headers", 1 << VPROD__ASKS_HTTP | 1 << VPROD__ASKS_GRPC },
  { "status", 1 << VPROD__ASKS_HTTP },
  { "body", 1 << VPROD__ASKS_HTTP },
  { "port", 1 << VPROD__ASKS_HTTP | 1 << VPROD__ASKS_GRPC | 1 << VPROD__ASKS_TCP },
};

/* One question, of one kind, and no more than goes with it. */
static int check_health (reader *r)
{
  static const char *const names[] = { "", "path", "grpc", "tcp", "command" }, *const path[] = { "checks", "health", NULL };
  const __typeof__ (r->spec->checks.health) *health = &r->spec->checks.health;
  int kinds = (health->path != NULL) + (health->grpc != NULL) + health->tcp + (health->command != NULL);
  enum vprod__asks asks = vprod__spec_asks (r->spec);

  if (kinds > 1)
    return vprod__spec_error (r, place (r, path, 0), "checks.health: write one of path, grpc, tcp and command");
  for (size_t i = 0; asks != VPROD__ASKS_NOTHING && i < sizeof of_ways / sizeof of_ways[0]; i++) {
    const char *const at[] = { "checks", "health", of_ways[i].name, NULL };
    if (!(of_ways[i].ways & 1 << asks) && in_health (r, of_ways[i].name))
      return vprod__spec_error (r, place (r, at, 0), "checks.health.%s: means nothing beside `%s`", of_ways[i].name, names[asks]);
  }
  for (char **p = health->headers; p && *p; p++)
    if (strpbrk (*p, "\r\n")) {
      _cleanup_free_ char *name = strndup (*p, strcspn (*p, "="));
      const char *const at[] = { "checks", "health", "headers", name, NULL };
      if (!name)
        return vprod__spec_no_memory (r);
      return vprod__spec_error (r, place (r, at, 0), "checks.health.headers.%s: its value must be one line", name);
    }
  return 0;
}

/* The service that is to be away must be known when the spec is read. */
static int check_outage (reader *r)
{
  static const char *const path[] = { "checks", "outage", NULL }, *const of_service[] = { "checks", "outage", "service", NULL };
  const vprod_spec *spec = r->spec;
  const char *wanted = spec->checks.outage.service;
  _cleanup_free_ const char **names = NULL;

  if (spec->checks.outage.off != 0)
    return 0;
  if (spec->n_services == 0)
    return vprod__spec_error (r, place (r, path, 0), "checks.outage: there is no service that could be away; name what the app uses "
                                                     "below services");
  if (!wanted && spec->n_services > 1)
    return vprod__spec_error (r, place (r, path, 0), "checks.outage: there are %zu services; name the one that is to be away with "
                                                     "checks.outage.service", spec->n_services);
  names = calloc (spec->n_services + 1, sizeof *names);
  if (!names)
    return vprod__spec_no_memory (r);
  for (size_t i = 0; i < spec->n_services; i++)
    names[i] = spec->services[i].name;
  if (!wanted || vprod__text_is_one_of (wanted, names))
    return 0;
  const char *nearest = vprod__text_nearest (wanted, names);
  return vprod__spec_error (r, place (r, of_service, 0), "checks.outage.service: there is no service \"%s\" below services%s%s%s",
                            wanted, nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

static int has_file (char *const *files, const char *path)
{
  size_t length = strlen (path);

  for (size_t i = 0; files && files[i]; i++)
    if (strncmp (files[i], path, length) == 0 && files[i][length] == '=')
      return 1;
  return 0;
}

/* A path is one thing: engines take two for it in silence, or refuse them in words of their own. */
static int check_places (reader *r)
{
  const vprod_spec *spec = r->spec;
  static const char *const of_tmpfs[] = { "run", "tmpfs", NULL }, *const of_volumes[] = { "run", "volumes", NULL };

  for (size_t i = 0; spec->run.tmpfs && spec->run.tmpfs[i]; i++)
    if (vprod__strv_has (spec->run.volumes, spec->run.tmpfs[i]) || has_file (spec->run.files, spec->run.tmpfs[i]))
      return vprod__spec_error (r, place (r, of_tmpfs, i), "run.tmpfs: %s stands in run.%s, too", spec->run.tmpfs[i],
                                has_file (spec->run.files, spec->run.tmpfs[i]) ? "files" : "volumes");
  for (size_t i = 0; spec->run.volumes && spec->run.volumes[i]; i++)
    if (has_file (spec->run.files, spec->run.volumes[i]))
      return vprod__spec_error (r, place (r, of_volumes, i), "run.volumes: %s stands in run.files, too", spec->run.volumes[i]);
  return 0;
}

/* Can each file of rules be read? What is in it, vprod__rules_load says. */
static int check_rules (reader *r)
{
  static const char *const names[] = { "checks", "no-secrets", "rules", NULL };
  char *const *paths = r->spec->checks.no_secrets.rules;
  int e = 0;

  for (size_t i = 0; !vprod__spec_is_over (r, e) && paths && paths[i]; i++) {
    _cleanup_free_ char *path = join (r->spec->base_dir, paths[i]);
    struct stat st;
    if (!path)
      return vprod__spec_no_memory (r);
    if (stat (path, &st) < 0 || access (path, R_OK) < 0)
      e = vprod__spec_error (r, place (r, names, i), "checks.no-secrets.rules: cannot read %s: %s", path, strerror (errno));
    else if (!S_ISREG (st.st_mode))
      e = vprod__spec_error (r, place (r, names, i), "checks.no-secrets.rules: %s is %s, not a regular file", path,
                             vprod__irregular (st.st_mode));
  }
  return e;
}

/* ---- references ------------------------------------------------------------------------------------------- */

/* They are checked as they are read; but vprod_spec_set may have removed a service that they name. */
static int check_refs_of (reader *r, char *const *texts, const char *what)
{
  for (size_t i = 0; texts && texts[i]; i++) {
    _cleanup_free_ char *why = NULL;
    size_t index;
    int found = vprod__spec_check_refs (r->spec, texts[i], &why, &index);
    _cleanup_free_ char *shown = found > 0 ? vprod__text_harmless (texts[i], strcspn (texts[i], "=")) : NULL;
    if (found < 0 || (found && !shown))
      return vprod__spec_no_memory (r);
    if (found)
      return vprod__spec_error (r, 0, "%s (%s): %s", what, shown, why);
  }
  return 0;
}

static int check_all_refs (reader *r, const struct vprod__spec_key *section, void *base)
{
  const struct vprod__spec_key *key;
  int e = 0;

  for (size_t i = 0; e == 0 && (key = vprod__spec_key_at (i)); i++) {
    if (!vprod__spec_key_beside (key, section))
      continue;
    if (vprod__spec_key_has_items (key))
      for (size_t n = 0; e == 0 && n < *vprod__spec_count_of (key, base); n++)
        e = check_all_refs (r, vprod__spec_key_item (key), vprod__spec_item_at (key, base, n));
    else if (key->flags & VPROD__SPEC_REFS)
      e = check_refs_of (r, *(char ***) vprod__spec_field (key, base), key->info.path);
  }
  return e;
}

int vprod__spec_settle (reader *r)
{
  vprod_spec *spec = r->spec;
  int e = check_images (r);

  for (size_t i = 0; !vprod__spec_is_over (r, e) && i < spec->n_services; i++)
    e = check_service (r, &spec->services[i]);
  if (!vprod__spec_is_over (r, e))
    e = check_health (r);
  if (!vprod__spec_is_over (r, e))
    e = check_places (r);
  if (!vprod__spec_is_over (r, e))
    e = check_outage (r);
  if (!vprod__spec_is_over (r, e))
    e = check_rules (r);
  if (!vprod__spec_is_over (r, e))
    e = vprod__own_check_spec (r);
  if (r->n_mistakes == 0)
    e = check_all_refs (r, vprod__spec_key_at (0), spec);
  if (vprod__spec_is_over (r, e) || r->n_mistakes > 0)
    return r->n_mistakes > 0 ? -VPROD_ERROR_SPEC : e;
  if (!spec->name)
    spec->name = vprod__spec_name_of_folder (spec->base_dir);
  if (!spec->name)
    return vprod__spec_no_memory (r);
  return settle_paths (spec) < 0 ? vprod__spec_no_memory (r) : 0;
}
