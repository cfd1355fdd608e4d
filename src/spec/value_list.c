/* SPDX-License-Identifier: MIT */
/* Lists, commands, and mappings of names to strings. */
#include "spec/value.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

typedef struct vprod__spec_reader reader;
typedef struct vprod__spec_key spec_key;
typedef struct vprod__yaml_node yaml_node;

/* ---- lists ------------------------------------------------------------------------------------------------ */

/* A program and its arguments; an argument may be empty if it is written as "". */
static int read_command (reader *r, const spec_key *key, const yaml_node *node, size_t at, char ***ret)
{
  _cleanup_strv_ char **list = NULL;

  if (node->kind != VPROD__YAML_SEQUENCE)
    return vprod__spec_wrong (r, node, at, "a list of a program and its arguments, such as [python, -m, app]");
  for (size_t i = 0; i < node->count; i++) {
    const yaml_node *item = node->items[i];
    size_t item_at = item->end > item->begin ? item->begin : at;
    int e = vprod__spec_count (r, item, item_at);
    if (e < 0)
      return e;
    if (item->kind != VPROD__YAML_SCALAR)
      return vprod__spec_wrong (r, item, item_at, "text");
    if (!*item->text && (item->plain || i == 0))
      return vprod__spec_error (r, item_at, i == 0 ? "the program's name is empty"
                                                   : "an argument is empty; write \"\" if it is meant");
    e = key->flags & VPROD__SPEC_REFS ? vprod__spec_check_value_refs (r, item, item_at) : 0;
    if (e < 0)
      return e;
    if (vprod__strv_add (&list, item->text) < 0)
      return vprod__spec_no_memory (r);
  }
  *ret = vprod__steal (&list);
  return 0;
}

static int read_list (reader *r, const spec_key *key, const yaml_node *node, size_t at, char ***ret)
{
  _cleanup_strv_ char **list = NULL;
  yaml_node *const *items = node->items;
  size_t count = node->count;
  yaml_node *alone[1];
  int e;

  if (node->kind == VPROD__YAML_MAPPING || vprod__yaml_is_null (node))
    return vprod__spec_wrong (r, node, at, "a list");
  if (node->kind == VPROD__YAML_SCALAR) { /* one text is read as a list of one */
    memcpy (alone, &node, sizeof node);
    items = alone;
    count = 1;
  }
  if (count == 0 && key->flags & VPROD__SPEC_NOT_EMPTY)
    return vprod__spec_error (r, at, "is an empty list: leave it out for the default, or write `false` for the "
                                     "check");
  for (size_t i = 0; i < count; i++) {
    size_t item_at = items[i]->end > items[i]->begin ? items[i]->begin : at;
    e = vprod__spec_count (r, items[i], item_at);
    if (e == 0)
      e = vprod__spec_check_text (r, key, items[i], item_at);
    if (e < 0)
      return e;
    if (vprod__strv_add (&list, items[i]->text) < 0)
      return vprod__spec_no_memory (r);
  }
  *ret = vprod__steal (&list);
  return 0;
}

int vprod__spec_store_list (reader *r, const spec_key *key, char ***field, const yaml_node *node, size_t at)
{
  char **list = NULL;
  int e = key->flags & VPROD__SPEC_COMMAND ? read_command (r, key, node, at, &list)
                                           : read_list (r, key, node, at, &list);

  if (e < 0)
    return e;
  vprod__strv_free (*field);
  *field = list;
  return 0;
}

static void commands_freep (char ****commands)
{
  vprod__spec_commands_free (*commands);
}

int vprod__spec_store_commands (reader *r, const spec_key *key, char ****field, const yaml_node *node, size_t at)
{
  _cleanup_ (commands_freep) char ***list = NULL;

  if (node->kind != VPROD__YAML_SEQUENCE)
    return vprod__spec_wrong (r, node, at, "a list of commands, each a list, such as [[python, -c, \"import "
                                           "pytest\"]]");
  if (!(list = calloc (node->count + 1, sizeof *list)))
    return vprod__spec_no_memory (r);
  for (size_t i = 0; i < node->count; i++) {
    size_t item_at = node->items[i]->end > node->items[i]->begin ? node->items[i]->begin : at;
    int e = vprod__spec_count (r, node->items[i], item_at);
    if (e == 0)
      e = read_command (r, key, node->items[i], item_at, &list[i]);
    if (e == 0 && !list[i])
      e = vprod__spec_error (r, item_at, "an empty command");
    if (e < 0)
      return e;
  }
  vprod__spec_commands_free (*field);
  *field = vprod__steal (&list);
  return 0;
}

/* ---- names with strings ----------------------------------------------------------------------------------- */

static const char *check_name (const spec_key *key, const char *name)
{
  return key->check ? key->check (name) : vprod__spec_check_variable (name);
}

int vprod__spec_store_string (reader *r, const spec_key *key, void *base, const char *name, const yaml_node *node,
                              size_t at)
{
  char ***list = vprod__spec_field (key, base);
  const char *why = check_name (key, name);
  size_t length = strlen (name);
  char *entry = NULL;

  if (why)
    return vprod__spec_error (r, at, "%s", why);
  if (node->kind != VPROD__YAML_SCALAR)
    return vprod__spec_wrong (r, node, at, "text");
  int e = key->flags & VPROD__SPEC_REFS ? vprod__spec_check_value_refs (r, node, at) : 0;
  if (e < 0)
    return e;
  if (asprintf (&entry, "%s=%s", name, node->text) < 0)
    return vprod__spec_no_memory (r);
  for (size_t i = 0; *list && (*list)[i]; i++)
    if (strncmp ((*list)[i], entry, length + 1) == 0) {
      free ((*list)[i]);
      (*list)[i] = entry;
      return 0;
    }
  return vprod__strv_take (list, entry) < 0 ? vprod__spec_no_memory (r) : 0;
}

int vprod__spec_store_strings (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at)
{
  size_t path_length = r->path.length;

  if (vprod__yaml_is_null (node))
    return 0;
  if (node->kind != VPROD__YAML_MAPPING)
    return vprod__spec_wrong (r, node, at, "a mapping of names to values");
  for (size_t i = 0; i + 1 < node->count; i += 2) {
    const yaml_node *name = node->items[i], *value = node->items[i + 1];
    int e = vprod__spec_count (r, name, name->begin);
    if (e == 0)
      e = vprod__spec_count (r, value, name->begin);
    if (e < 0)
      return e;
    const char *why = check_name (key, name->text);
    if (!why && vprod__buf_addf (&r->path, ".%s", name->text) < 0)
      return vprod__spec_no_memory (r);
    e = why ? vprod__spec_error (r, name->begin, "%s", why)
            : vprod__spec_store_string (r, key, base, name->text, value,
                                        value->end > value->begin ? value->begin : name->begin);
    if (vprod__spec_is_over (r, e))
      return e;
    r->path.data[r->path.length = path_length] = '\0';
  }
  return 0;
}
