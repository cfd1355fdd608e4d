/* SPDX-License-Identifier: MIT */
#include "spec/read.h"
#include "util/text.h"

#include <string.h>

typedef struct vprod__spec_reader reader;
typedef struct vprod__spec_key spec_key;
typedef struct vprod__yaml_node yaml_node;

enum { MOST_SERVICES = 16 };

static int read_value (reader *r, const spec_key *key, struct vprod__spec_service *service, const yaml_node *node,
                       size_t at);

static int enter (reader *r, const char *name)
{
  return vprod__buf_addf (&r->path, "%s%s", r->path.length ? "." : "", name) < 0 ? vprod__spec_no_memory (r) : 0;
}

static void leave (reader *r, size_t path_length)
{
  r->path.length = path_length;
  if (r->path.data)
    r->path.data[path_length] = '\0';
}

/* ---- unknown keys ----------------------------------------------------------------------------------------- */

static int list_names (const char *const *names, struct vprod__buf *ret)
{
  for (size_t i = 0; names[i]; i++)
    if (vprod__buf_addf (ret, "%s%s", i ? ", " : "", names[i]) < 0)
      return -1;
  return 0;
}

static int unknown_key (reader *r, const spec_key *section, const char *name, size_t at)
{
  const char *names[VPROD__SPEC_MOST_NAMES];
  const char *noun = strcmp (section->info.path, "checks") == 0 ? "check" : "key";
  _cleanup_free_ char *shown = vprod__text_harmless (name, strnlen (name, 60));
  _cleanup_buf_ struct vprod__buf known = { 0 };

  vprod__spec_key_names (section, names, VPROD__SPEC_MOST_NAMES);
  if (!names[0])
    return vprod__spec_error (r, at, "is one value, it has nothing below it");
  const char *nearest = vprod__text_nearest (name, names);
  const spec_key *elsewhere = vprod__spec_key_elsewhere (section, name);
  if (!shown || list_names (names, &known) < 0)
    return vprod__spec_no_memory (r);
  size_t above = strlen (section->info.path);
  if (elsewhere && above > 0 && strncmp (elsewhere->info.path, section->info.path, above) == 0) /* a name is missing */
    return vprod__spec_error (r, at, "unknown %s \"%s\" here; did you mean %s%s?", noun, shown, vprod__buf_string (&r->path),
                              elsewhere->info.path + above);
  if (elsewhere && !(nearest && strcmp (nearest, name) == 0))
    return vprod__spec_error (r, at, "unknown %s \"%s\" here; did you mean %s?", noun, shown, elsewhere->info.path);
  if (nearest)
    return vprod__spec_error (r, at, "unknown %s \"%s\"; did you mean \"%s\"?", noun, shown, nearest);
  return vprod__spec_error (r, at, "unknown %s \"%s\"; known here: %s", noun, shown, vprod__buf_string (&known));
}

/* ---- mappings --------------------------------------------------------------------------------------------- */

static int not_a_mapping (reader *r, const spec_key *key, const yaml_node *node, size_t at)
{
  _cleanup_free_ char *what = vprod__spec_describe (node);

  if (!what)
    return vprod__spec_no_memory (r);
  if (key->kind == VPROD__SPEC_CHECK)
    return vprod__spec_error (r, at, "must be a mapping of options, or false to leave the check out, not %s",
                              what);
  if (strcmp (key->info.path, "image") == 0 && node->kind == VPROD__YAML_SCALAR)
    return vprod__spec_error (r, at, "must be a mapping, not %s; an image that exists is written {ref: %s}", what, what);
  return vprod__spec_error (r, at, "must be a mapping, not %s", what);
}

/* One `name: value` of a section. */
static int read_pair (reader *r, const spec_key *section, struct vprod__spec_service *service,
                      const yaml_node *name, const yaml_node *value)
{
  const spec_key *key = strchr (name->text, '.') ? NULL : vprod__spec_key_child (section, name->text);
  size_t path_length = r->path.length;

  if (!key)
    return unknown_key (r, section, name->text, name->begin);
  int e = vprod__spec_count (r, name, name->begin);
  if (e == 0)
    e = vprod__spec_count (r, value, name->begin);
  if (e == 0)
    e = enter (r, name->text);
  if (e == 0)
    e = read_value (r, key, service, value, value->end > value->begin ? value->begin : name->begin);
  if (e == 0)
    leave (r, path_length);
  return e;
}

static int read_section (reader *r, const spec_key *key, struct vprod__spec_service *service,
                         const yaml_node *node, size_t at)
{
  if (vprod__yaml_is_null (node))
    return 0;
  if (node->kind != VPROD__YAML_MAPPING)
    return not_a_mapping (r, key, node, at);
  for (size_t i = 0; i + 1 < node->count; i += 2) {
    int e = read_pair (r, key, service, node->items[i], node->items[i + 1]);
    if (e < 0)
      return e;
  }
  return 0;
}

static int read_check (reader *r, const spec_key *key, const yaml_node *node, size_t at)
{
  int *off = vprod__spec_field (key, r->spec);
  int on = node->kind == VPROD__YAML_SCALAR && node->plain ? vprod__spec_parse_bool (node->text) : -1;

  *off = on == 0;
  return on >= 0 ? 0 : read_section (r, key, NULL, node, at);
}

/* Its kind must be written, so that a later release can add others. */
static int read_service (reader *r, const char *name, const yaml_node *node, size_t at)
{
  const spec_key *services = vprod__spec_key_child (vprod__spec_key_at (0), "services");
  const spec_key *key = vprod__spec_key_child (services, "*");
  const char *why = vprod__spec_check_service (name);

  if (why)
    return vprod__spec_error (r, at, "%s", why);
  if (r->spec->n_services >= MOST_SERVICES)
    return vprod__spec_error (r, at, "too many services: at most %d", MOST_SERVICES);
  if (vprod__yaml_is_null (node) || (node->kind == VPROD__YAML_MAPPING && node->count == 0))
    return vprod__spec_error (r, at, "does not say what it is; write `postgres: {}` below it");
  struct vprod__spec_service *service = vprod__spec_service (r->spec, name);
  if (!service || vprod__spec_reset (r->spec, key, service) < 0)
    return vprod__spec_no_memory (r);
  return read_section (r, key, service, node, at);
}

static int read_services (reader *r, const spec_key *key, const yaml_node *node, size_t at)
{
  size_t path_length = r->path.length;

  if (vprod__yaml_is_null (node))
    return 0;
  if (node->kind != VPROD__YAML_MAPPING)
    return not_a_mapping (r, key, node, at);
  for (size_t i = 0; i + 1 < node->count; i += 2) {
    const yaml_node *name = node->items[i], *value = node->items[i + 1];
    int e = vprod__spec_count (r, value, name->begin);
    if (e == 0)
      e = enter (r, name->text);
    if (e == 0)
      e = read_service (r, name->text, value, value->end > value->begin && value->kind != VPROD__YAML_SCALAR
                                              && value->count > 0 ? value->begin : name->begin);
    if (e < 0)
      return e;
    leave (r, path_length);
  }
  return 0;
}

static int read_value (reader *r, const spec_key *key, struct vprod__spec_service *service, const yaml_node *node,
                       size_t at)
{
  void *base = vprod__spec_key_of_service (key) ? (void *) service : (void *) r->spec;

  switch (key->kind) {
  case VPROD__SPEC_SECTION:
    return read_section (r, key, service, node, at);
  case VPROD__SPEC_CHECK:
    return read_check (r, key, node, at);
  case VPROD__SPEC_SERVICES:
    return read_services (r, key, node, at);
  default:
    return vprod__spec_store (r, key, base, node, at);
  }
}

/* ---- a whole file ----------------------------------------------------------------------------------------- */

int vprod__spec_read (reader *r)
{
  static const char todo[] = "write at least:\nversion: 1\nrun:\n  port: 8000\nchecks:\n  health: {path: /health}";
  const spec_key *all = vprod__spec_key_at (0);
  const yaml_node *root = r->yaml->root;
  yaml_node *name = NULL;
  int e = 0;

  if (!root || vprod__yaml_is_null (root))
    return vprod__yaml_error (r->yaml, 0, r->err, "the spec is empty; %s", todo);
  if (root->kind != VPROD__YAML_MAPPING)
    return vprod__yaml_error (r->yaml, root->begin, r->err, "a spec is a mapping of names to values; %s", todo);
  for (size_t i = 0; e == 0 && i + 1 < root->count; i += 2)
    if (!vprod__spec_key_child (all, root->items[i]->text))
      e = unknown_key (r, all, root->items[i]->text, root->items[i]->begin);
  if (e == 0 && !vprod__yaml_get (root, "version", NULL))
    e = vprod__yaml_error (r->yaml, root->begin, r->err, "version is missing; begin the file with `version: 1`");
  /* first, because ${…} anywhere may refer to them */
  const yaml_node *services = e == 0 ? vprod__yaml_get (root, "services", &name) : NULL;
  if (services)
    e = read_pair (r, all, NULL, name, services);
  for (size_t i = 0; e == 0 && i + 1 < root->count; i += 2)
    if (root->items[i] != name)
      e = read_pair (r, all, NULL, root->items[i], root->items[i + 1]);
  return e;
}

/* ---- one entry -------------------------------------------------------------------------------------------- */

static int read_named_entry (reader *r, const spec_key *key, struct vprod__spec_service *service,
                             const yaml_node *node)
{
  int e = vprod__spec_count (r, node, 0);

  if (e < 0)
    return e;
  if (key->kind <= VPROD__SPEC_STRINGS && vprod__spec_reset (r->spec, key, service) < 0)
    return vprod__spec_no_memory (r);
  return read_value (r, key, service, node, node->begin);
}

int vprod__spec_read_entry (reader *r, const char *path)
{
  static char empty[] = "";
  static const yaml_node nothing = { .plain = 1, .text = empty };
  const yaml_node *node = r->yaml->root ? r->yaml->root : &nothing;
  const spec_key *key = vprod__spec_key_at (0);
  struct vprod__spec_service *service = NULL;

  while (*path) {
    size_t length = key->kind == VPROD__SPEC_STRINGS ? strlen (path) : strcspn (path, ".");
    _cleanup_free_ char *name = strndup (path, length);
    if (!name)
      return vprod__spec_no_memory (r);
    path += strlen (name);
    int last = !*path;
    path += !last;
    const char *known_as = key->kind == VPROD__SPEC_SERVICES ? "*" : name;
    const spec_key *child = vprod__spec_key_child (key, known_as);
    if (key->kind != VPROD__SPEC_STRINGS && !child)
      return unknown_key (r, key, name, 0);
    if (enter (r, name) < 0)
      return -VPROD_ERROR_NO_MEMORY;
    if (key->kind == VPROD__SPEC_STRINGS)
      return vprod__spec_store_string (r, key, r->spec, name, node, node->begin);
    if (key->kind == VPROD__SPEC_SERVICES) {
      if (last)
        return read_service (r, name, node, node->begin);
      const char *why = vprod__spec_check_service (name);
      if (why)
        return vprod__spec_error (r, 0, "%s", why);
      if (!(service = vprod__spec_service (r->spec, name)))
        return vprod__spec_no_memory (r);
    }
    if (child->kind == VPROD__SPEC_CHECK && !last)
      *(int *) vprod__spec_field (child, r->spec) = 0; /* setting an option switches the check on */
    key = child;
    if (last)
      return read_named_entry (r, key, service, node);
  }
  return vprod__spec_error (r, 0, "no key is named");
}
