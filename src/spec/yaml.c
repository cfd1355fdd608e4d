/* SPDX-License-Identifier: MIT */
/* Positions, errors and look-ups in the tree; yaml_parse.c builds it. */
#include "spec/yaml.h"

#include <stdio.h>
#include <string.h>

void vprod__yaml_position (const char *source, size_t length, size_t at, size_t *ret_line, size_t *ret_column)
{
  size_t line = 1, column = 1;

  for (size_t i = 0; i < at && i < length; i++)
    if (source[i] == '\n' || (source[i] == '\r' && !(i + 1 < length && source[i + 1] == '\n'))) {
      line++;
      column = 1;
    } else if (((unsigned char) source[i] & 0xc0) != 0x80)
      column++;
  *ret_line = line;
  *ret_column = column;
}

int vprod__yaml_error (const struct vprod__yaml *yaml, size_t at, vprod_error **err, const char *format, ...)
{
  _cleanup_free_ char *text = NULL;
  size_t line, column;
  va_list ap;

  va_start (ap, format);
  int n = vasprintf (&text, format, ap);
  va_end (ap);
  if (n < 0) {
    text = NULL;
    return vprod__error_no_memory (err);
  }
  if (!yaml->label)
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "%s", text);
  vprod__yaml_position (yaml->source, yaml->length, at, &line, &column);
  return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "%s:%zu:%zu: %s", yaml->label, line, column, text);
}

struct vprod__yaml_node *vprod__yaml_get (const struct vprod__yaml_node *mapping, const char *key,
                                          struct vprod__yaml_node **ret_key)
{
  if (!mapping || mapping->kind != VPROD__YAML_MAPPING)
    return NULL;
  for (size_t i = 0; i + 1 < mapping->count; i += 2)
    if (strcmp (mapping->items[i]->text, key) == 0) {
      if (ret_key)
        *ret_key = mapping->items[i];
      return mapping->items[i + 1];
    }
  return NULL;
}

size_t vprod__yaml_place (const struct vprod__yaml_node *node, const char *key, size_t index)
{
  const struct vprod__yaml_node *value = node && key ? vprod__yaml_get (node, key, NULL) : NULL;

  if (value && value->kind == VPROD__YAML_SEQUENCE && index < value->count)
    value = value->items[index];
  return value ? value->begin : node ? node->begin : 0;
}

int vprod__yaml_is_null (const struct vprod__yaml_node *node)
{
  static const char *const words[] = { "", "~", "null", "Null", "NULL" };

  if (node->kind != VPROD__YAML_SCALAR || !node->plain)
    return 0;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp (node->text, words[i]) == 0)
      return 1;
  return 0;
}

void vprod__yaml_free (struct vprod__yaml *yaml)
{
  if (!yaml)
    return;
  for (size_t i = 0; i < yaml->n_nodes; i++) {
    free (yaml->nodes[i]->text);
    free (yaml->nodes[i]->items);
    free (yaml->nodes[i]);
  }
  free (yaml->nodes);
  free (yaml->source);
  free (yaml->label);
  free (yaml);
}
