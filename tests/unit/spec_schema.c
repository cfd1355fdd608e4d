/* SPDX-License-Identifier: MIT */
/* The JSON Schema of the spec file says what the table of keys says. */
#include "unit.h"

#include <jansson.h>
#include "spec/keys.h"

static json_t *schema;

static void load (void)
{
  char path[4096];
  json_error_t error;

  snprintf (path, sizeof path, "%s/src/spec/verify-prod.schema.json", getenv ("VPROD_SRCDIR") ? getenv ("VPROD_SRCDIR") : ".");
  schema = json_load_file (path, JSON_REJECT_DUPLICATES, &error);
  ck_assert_msg (schema != NULL, "%s:%d: %s", path, error.line, error.text);
}

static void unload (void)
{
  json_decref (schema);
}

/* What the schema says of "checks.health.path", or NULL. */
static json_t *find (const char *path)
{
  json_t *node = schema;

  while (node && *path) {
    char name[64];
    size_t n = strcspn (path, ".");
    ck_assert_uint_lt (n, sizeof name);
    memcpy (name, path, n);
    name[n] = '\0';
    path += n + (path[n] == '.');
    node = strcmp (name, "*") == 0 ? json_object_get (node, "additionalProperties")
                                   : json_object_get (json_object_get (node, "properties"), name);
  }
  return node;
}

static int has_type (const json_t *node, const char *type)
{
  const json_t *types = json_object_get (node, "type"), *item;
  size_t i;

  if (json_is_string (types))
    return strcmp (json_string_value (types), type) == 0;
  json_array_foreach (types, i, item)
    if (strcmp (json_string_value (item), type) == 0)
      return 1;
  return 0;
}

static void assert_default (const struct vprod__spec_key *key, const json_t *value)
{
  char text[64] = "";

  if (json_is_integer (value))
    snprintf (text, sizeof text, "%lld", (long long) json_integer_value (value));
  else if (json_is_boolean (value))
    snprintf (text, sizeof text, "%s", json_is_true (value) ? "true" : "false");
  else if (json_is_string (value))
    snprintf (text, sizeof text, "%s", json_string_value (value));
  ck_assert_msg (strcmp (text, key->fallback ? key->fallback : "") == 0, "%s: the default is \"%s\", not \"%s\"", key->path,
                 key->fallback ? key->fallback : "", text);
}

static void assert_kind (const struct vprod__spec_key *key, const json_t *node)
{
  static const char *const types[] = {
    [VPROD__SPEC_SECTION] = "object", [VPROD__SPEC_CHECK] = "boolean",    [VPROD__SPEC_SERVICES] = "object",
    [VPROD__SPEC_STRINGS] = "object", [VPROD__SPEC_TEXT] = "string",      [VPROD__SPEC_SIGNAL] = "string",
    [VPROD__SPEC_CHOICE] = NULL,      [VPROD__SPEC_BOOL] = "boolean",     [VPROD__SPEC_INT] = "integer",
    [VPROD__SPEC_INT64] = "integer",  [VPROD__SPEC_DURATION] = "string",  [VPROD__SPEC_LIST] = "array",
    [VPROD__SPEC_COMMANDS] = "array",
  };
  const json_t *word;
  size_t i;

  if (types[key->kind])
    ck_assert_msg (has_type (node, types[key->kind]), "%s is no %s", key->path, types[key->kind]);
  if (key->kind == VPROD__SPEC_CHECK)
    ck_assert_msg (has_type (node, "object"), "%s is no object", key->path);
  if (key->kind == VPROD__SPEC_SECTION || key->kind == VPROD__SPEC_CHECK)
    ck_assert_msg (json_is_false (json_object_get (node, "additionalProperties")), "%s lets anything through", key->path);
  if (key->kind == VPROD__SPEC_INT || key->kind == VPROD__SPEC_INT64) {
    ck_assert_int_eq (json_integer_value (json_object_get (node, "minimum")), key->least);
    ck_assert_int_eq (json_integer_value (json_object_get (node, "maximum")), key->most);
  }
  if (key->kind == VPROD__SPEC_TEXT) /* `password: true` is a text; a path has a slash, which neither word has */
    ck_assert_msg (has_type (node, "boolean") == (key->check != vprod__spec_check_url_path), "%s: true", key->path);
  if (key->kind == VPROD__SPEC_DURATION) {
    ck_assert_int_eq (json_number_value (json_object_get (node, "minimum")) > 0, key->least > 0);
    ck_assert_int_eq (json_integer_value (json_object_get (node, "maximum")) * 1000, key->most);
  }
  if (key->kind == VPROD__SPEC_LIST && key->check == vprod__spec_check_absolute)
    ck_assert_msg (!has_type (node, "boolean"), "%s: no path is true or false", key->path);
  if (key->kind == VPROD__SPEC_CHOICE) {
    const json_t *words = json_object_get (node, "enum");
    json_array_foreach (words, i, word)
      ck_assert_str_eq (json_string_value (word), key->words[i]);
    ck_assert_ptr_null (key->words[json_array_size (words)]);
  }
}

START_TEST (every_key_is_in_the_schema_as_the_table_has_it)
{
  const struct vprod__spec_key *key;

  load ();
  for (size_t i = 0; (key = vprod__spec_key_at (i)); i++) {
    const json_t *node = find (key->path);
    ck_assert_msg (node != NULL, "the schema lacks %s", key->path);
    ck_assert_msg (json_is_string (json_object_get (node, "description")), "%s: without a word", key->path);
    assert_default (key, json_object_get (node, "default"));
    assert_kind (key, node);
  }
  unload ();
}
END_TEST

static size_t count_known (const json_t *node, const struct vprod__spec_key *section)
{
  json_t *properties = json_object_get (node, "properties"), *more = json_object_get (node, "additionalProperties"), *child;
  const char *name;
  size_t count = 1;

  json_object_foreach (properties, name, child) {
    const struct vprod__spec_key *key = vprod__spec_key_child (section, name);
    ck_assert_msg (key != NULL, "the schema has %s in %s, which no spec has", name, section->path);
    count += count_known (child, key);
  }
  if (json_is_object (more) && section->kind == VPROD__SPEC_SERVICES)
    count += count_known (more, vprod__spec_key_child (section, "*"));
  return count;
}

START_TEST (the_schema_has_no_other_key)
{
  size_t keys = 0;

  load ();
  while (vprod__spec_key_at (keys))
    keys++;
  ck_assert_uint_eq (count_known (schema, vprod__spec_key_at (0)), keys);
  unload ();
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_schema");
  TCase *tcase = tcase_create ("spec_schema");

  tcase_add_test (tcase, every_key_is_in_the_schema_as_the_table_has_it);
  tcase_add_test (tcase, the_schema_has_no_other_key);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
