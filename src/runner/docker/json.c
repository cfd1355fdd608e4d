/* SPDX-License-Identifier: MIT */
#include "runner/docker/json.h"
#include "util/buf.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

json_t *vprod__json_at (const json_t *json, const char *path)
{
  while (json) {
    size_t length = strcspn (path, ".");
    char name[64];
    if (length >= sizeof name)
      return NULL;
    memcpy (name, path, length);
    name[length] = '\0';
    json_t *member = json_object_get (json, name);
    if (!path[length])
      return member;
    json = member;
    path += length + 1;
  }
  return NULL;
}

const char *vprod__json_text (const json_t *json, const char *path)
{
  return json_string_value (vprod__json_at (json, path));
}

int64_t vprod__json_number (const json_t *json, const char *path)
{
  return json_integer_value (vprod__json_at (json, path));
}

int vprod__json_copy (const json_t *json, const char *path, int empty_too, char **ret)
{
  const char *text = vprod__json_text (json, path);

  if (!text || (!*text && !empty_too))
    return 0;
  *ret = strdup (text);
  return *ret ? 0 : -1;
}

int vprod__json_list (const json_t *json, const char *path, char ***ret)
{
  const json_t *list = vprod__json_at (json, path), *item;
  size_t i;

  if (json_is_string (list))
    return vprod__strv_add (ret, json_string_value (list));
  json_array_foreach (list, i, item)
    if (json_is_string (item) && vprod__strv_add (ret, json_string_value (item)) < 0)
      return -1;
  return 0;
}

int vprod__json_pairs (const json_t *json, const char *path, char ***ret)
{
  json_t *object = vprod__json_at (json, path), *value;
  const char *name;

  json_object_foreach (object, name, value)
    if (vprod__strv_addf (ret, "%s=%s", name, json_is_string (value) ? json_string_value (value) : "") < 0)
      return -1;
  return 0;
}

int vprod__json_names (const json_t *json, const char *path, char ***ret)
{
  json_t *object = vprod__json_at (json, path), *value;
  const char *name;

  json_object_foreach (object, name, value)
    if (vprod__strv_add (ret, name) < 0)
      return -1;
  return 0;
}

json_t *vprod__json_from_list (const char *const *list)
{
  json_t *json = list ? json_array () : json_null ();

  for (size_t i = 0; list && json && list[i]; i++)
    if (json_array_append_new (json, json_string (list[i])) < 0) {
      json_decref (json);
      return NULL;
    }
  return json;
}

json_t *vprod__json_from_pairs (const char *const *list)
{
  json_t *json = json_object ();

  for (size_t i = 0; json && list && list[i]; i++) {
    const char *equals = strchr (list[i], '=');
    size_t length = equals ? (size_t) (equals - list[i]) : strlen (list[i]);
    char *name = strndup (list[i], length);
    int r = name ? json_object_set_new (json, name, json_string (equals ? equals + 1 : "")) : -1;
    free (name);
    if (r < 0) {
      json_decref (json);
      return NULL;
    }
  }
  return json;
}

int vprod__json_image_id (const json_t *json, const char *path, char **ret)
{
  const char *id = vprod__json_text (json, path);

  if (!id || !*id)
    return 0;
  *ret = vprod__asprintf ("%s%s", strchr (id, ':') ? "" : "sha256:", id);
  return *ret ? 0 : -1;
}
