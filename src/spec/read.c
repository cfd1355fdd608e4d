/* SPDX-License-Identifier: MIT */
#include "spec/read.h"
#include "util/text.h"

#include <string.h>

typedef struct vprod__spec_reader reader;
typedef struct vprod__spec_key spec_key;
typedef struct vprod__yaml_node yaml_node;

enum { MOST_NAMED = 16, MOST_STEPS = 32 };

static int read_value (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at);

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

static size_t place (const yaml_node *node, size_t at)
{
  return node->end > node->begin ? node->begin : at;
}

/* One `name: value` of a section. */
static int read_pair (reader *r, const spec_key *section, void *base, const yaml_node *name, const yaml_node *value)
{
  const spec_key *key = strpbrk (name->text, ".*") ? NULL : vprod__spec_key_child (section, name->text);
  size_t path_length = r->path.length;

  if (!key)
    return unknown_key (r, section, name->text, name->begin);
  int e = vprod__spec_count (r, name, name->begin);
  if (e == 0)
    e = vprod__spec_count (r, value, name->begin);
  if (e == 0)
    e = enter (r, name->text);
  if (e == 0)
    e = read_value (r, key, base, value, place (value, name->begin));
  leave (r, path_length);
  return e;
}

static int read_section (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at)
{
  if (key->flags & VPROD__SPEC_MARK)
    *(int *) vprod__spec_field (key, base) = 1;
  if (key->shorthand && node->kind == VPROD__YAML_SEQUENCE)
    return read_value (r, vprod__spec_key_child (key, key->shorthand), base, node, at);
  if (vprod__yaml_is_null (node))
    return 0;
  if (node->kind != VPROD__YAML_MAPPING)
    return not_a_mapping (r, key, node, at);
  for (size_t i = 0; i + 1 < node->count; i += 2) {
    int e = read_pair (r, key, base, node->items[i], node->items[i + 1]);
    if (vprod__spec_is_over (r, e))
      return e;
  }
  return 0;
}

static int read_check (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at)
{
  int *off = vprod__spec_field (key, base);
  int on = node->kind == VPROD__YAML_SCALAR && node->plain ? vprod__spec_parse_bool (node->text) : -1;

  *off = on == 0;
  return on >= 0 ? 0 : read_section (r, key, base, node, at);
}

/* ---- items ------------------------------------------------------------------------------------------------ */

/* What may be called so. */
static const char *check_item_name (const spec_key *key, const char *name)
{
  return strcmp (key->info.type, "services") == 0 ? vprod__spec_check_service (name) : vprod__spec_check_secret (name);
}

/* Reads one item of a mapping, whose name has been entered. */
static int read_named_item (reader *r, const spec_key *key, void *base, const char *name, const yaml_node *node,
                            size_t at, size_t name_at)
{
  const char *why = check_item_name (key, name);

  if (why)
    return vprod__spec_error (r, name_at, "%s", why);
  if (*vprod__spec_count_of (key, base) >= MOST_NAMED && !vprod__spec_item (key, base, name))
    return vprod__spec_error (r, at, "too many %s: at most %d", vprod__spec_key_name (key), MOST_NAMED);
  void *item = vprod__spec_add_item (key, base, name);
  if (!item || vprod__spec_reset (vprod__spec_key_item (key), item) < 0)
    return vprod__spec_no_memory (r);
  return read_value (r, vprod__spec_key_item (key), item, node, at);
}

static int read_named (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at)
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
      e = read_named_item (r, key, base, name->text, value, value->kind == VPROD__YAML_SCALAR || value->count == 0
                                                              ? name->begin : place (value, name->begin), name->begin);
    if (vprod__spec_is_over (r, e))
      return e;
    leave (r, path_length);
  }
  return 0;
}

static int read_item (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at)
{
  int e = vprod__spec_count (r, node, at);
  void *item = e == 0 ? vprod__spec_add_item (key, base, NULL) : NULL;

  if (e == 0 && !item)
    e = vprod__spec_no_memory (r);
  return e == 0 ? read_value (r, vprod__spec_key_item (key), item, node, at) : e;
}

static int read_steps (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at)
{
  size_t path_length = r->path.length;

  if (vprod__yaml_is_null (node))
    return 0;
  if (key->flags & VPROD__SPEC_ALONE && node->kind == VPROD__YAML_MAPPING)
    return read_item (r, key, base, node, at);
  if (node->kind != VPROD__YAML_SEQUENCE || (node->count > 0 && node->items[0]->kind == VPROD__YAML_SCALAR))
    return key->info.maximum ? vprod__spec_error (r, at, "must be a list of mappings, such as %s", key->info.example)
                             : vprod__spec_error (r, at, "must be a list of steps, each a list or a mapping, such as "
                                                         "[[python, manage.py, migrate]]");
  if (node->count > (key->info.maximum ? (size_t) key->info.maximum : MOST_STEPS))
    return vprod__spec_error (r, at, "too many: at most %d", key->info.maximum ? (int) key->info.maximum : MOST_STEPS);
  for (size_t i = 0; i < node->count; i++) {
    const yaml_node *step = node->items[i];
    int e = vprod__buf_addf (&r->path, "[%zu]", i) < 0 ? vprod__spec_no_memory (r) : read_item (r, key, base, step, place (step, at));
    if (vprod__spec_is_over (r, e))
      return e;
    leave (r, path_length);
  }
  return 0;
}

static int read_value (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at)
{
  switch (key->kind) {
  case VPROD__SPEC_SECTION:
    return read_section (r, key, base, node, at);
  case VPROD__SPEC_CHECK:
    return read_check (r, key, base, node, at);
  case VPROD__SPEC_NAMED:
    return read_named (r, key, base, node, at);
  case VPROD__SPEC_STEPS:
    return read_steps (r, key, base, node, at);
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
    return vprod__spec_error (r, 0, "the spec is empty; %s", todo);
  if (root->kind != VPROD__YAML_MAPPING)
    return vprod__spec_error (r, root->begin, "a spec is a mapping of names to values; %s", todo);
  for (size_t i = 0; !vprod__spec_is_over (r, e) && i + 1 < root->count; i += 2)
    if (!vprod__spec_key_child (all, root->items[i]->text))
      e = unknown_key (r, all, root->items[i]->text, root->items[i]->begin);
  if (!vprod__spec_is_over (r, e) && !vprod__yaml_get (root, "version", NULL))
    e = vprod__spec_error (r, root->begin, "version is missing; begin the file with `version: 1`");
  /* first, because ${…} anywhere may refer to them */
  const yaml_node *services = vprod__yaml_get (root, "services", &name);
  if (!vprod__spec_is_over (r, e) && services)
    e = read_pair (r, all, r->spec, name, services);
  for (size_t i = 0; !vprod__spec_is_over (r, e) && i + 1 < root->count; i += 2)
    if (root->items[i] != name && vprod__spec_key_child (all, root->items[i]->text))
      e = read_pair (r, all, r->spec, root->items[i], root->items[i + 1]);
  return vprod__spec_is_over (r, e) ? e : 0;
}

int vprod__spec_read_all (reader *r, const spec_key *all, void *base)
{
  const yaml_node *root = r->yaml->root;

  if (!root || vprod__yaml_is_null (root))
    return vprod__spec_error (r, 0, "the file is empty");
  int e = read_section (r, all, base, root, root->begin);
  return vprod__spec_is_over (r, e) ? e : 0;
}

/* ---- one entry -------------------------------------------------------------------------------------------- */

static int read_whole_entry (reader *r, const spec_key *key, void *base, const yaml_node *node)
{
  int e = vprod__spec_count (r, node, 0);

  if (e < 0)
    return e;
  if (key->kind <= VPROD__SPEC_STRINGS && vprod__spec_reset (key, base) < 0)
    return vprod__spec_no_memory (r);
  return read_value (r, key, base, node, node->begin);
}

/* Goes one name down. 1: *key is read by `node`; 0: there are more names. */
static int read_step_down (reader *r, const spec_key **key, void **base, const char *name, int last, const yaml_node *node)
{
  const spec_key *section = *key;
  int is_named = section->kind == VPROD__SPEC_NAMED;
  const spec_key *child = is_named ? vprod__spec_key_item (section) : strcmp (name, "*") ? vprod__spec_key_child (section, name) : NULL;

  if (section->kind == VPROD__SPEC_STEPS)
    return vprod__spec_error (r, 0, "is a list, which is set as a whole");
  if (section->kind != VPROD__SPEC_STRINGS && !child)
    return unknown_key (r, section, name, 0);
  if (enter (r, name) < 0)
    return -VPROD_ERROR_NO_MEMORY;
  if (section->kind == VPROD__SPEC_STRINGS)
    return vprod__spec_store_string (r, section, *base, name, node, node->begin);
  if (is_named && last)
    return read_named_item (r, section, *base, name, node, node->begin, 0);
  if (is_named) {
    const char *why = check_item_name (section, name);
    if (why)
      return vprod__spec_error (r, 0, "%s", why);
    if (!(*base = vprod__spec_add_item (section, *base, name)))
      return vprod__spec_no_memory (r);
  } else if (child->kind == VPROD__SPEC_CHECK && !last)
    *(int *) vprod__spec_field (child, *base) = 0; /* setting an option switches the check on */
  else if (child->flags & VPROD__SPEC_MARK)
    *(int *) vprod__spec_field (child, *base) = 1;
  *key = child;
  return last ? read_whole_entry (r, child, *base, node) : 0;
}

int vprod__spec_read_entry (reader *r, const char *path)
{
  static char empty[] = "";
  static const yaml_node nothing = { .plain = 1, .text = empty };
  const yaml_node *node = r->yaml->root ? r->yaml->root : &nothing;
  const spec_key *key = vprod__spec_key_at (0);
  void *base = r->spec;

  if (!*path)
    return vprod__spec_error (r, 0, "no key is named");
  while (*path) {
    size_t length = key->kind == VPROD__SPEC_STRINGS ? strlen (path) : strcspn (path, ".");
    _cleanup_free_ char *name = strndup (path, length);
    if (!name)
      return vprod__spec_no_memory (r);
    path += length;
    int last = !*path;
    path += !last;
    int e = read_step_down (r, &key, &base, name, last, node);
    if (e < 0 || last)
      return e;
  }
  return vprod__spec_error (r, 0, "no key is named");
}
