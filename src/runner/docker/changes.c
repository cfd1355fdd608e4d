/* SPDX-License-Identifier: MIT */
/*
 * [ContainerChanges] One array of small objects, of which an app that unpacks much makes very many: so it is read as it
 * comes, an object at a time, and nothing of it is kept.
 */
#include "runner/docker/container_state.h"
#include "runner/docker/json.h"

#include <ctype.h>
#include <string.h>

#define OBJECT_MAX (64 * 1024) /* a path of 4096 bytes, each written as \u00XX, fits */

enum where { BEFORE, BETWEEN, INSIDE, AFTER, BROKEN };

struct reading {
  int (*on_change) (void *data, const vprod_change *change);
  void *data;
  enum where where;
  int in_string;
  int escaped;           /* the last byte was a backslash in a string */
  int depth;             /* of braces and brackets */
  struct vprod__buf object; /* so far; before the array: a word, as null */
  int stopped;
  int no_memory;
};

static void tell (struct reading *reading)
{
  static const vprod_change_kind kinds[] = { VPROD_CHANGE_MODIFIED, VPROD_CHANGE_ADDED, VPROD_CHANGE_DELETED };
  _cleanup_json_ json_t *json
      = json_loadb (vprod__buf_string (&reading->object), reading->object.length, JSON_ALLOW_NUL, NULL);
  const char *path = json ? vprod__json_text (json, "Path") : NULL;
  json_int_t kind = json_integer_value (json_object_get (json, "Kind"));

  vprod__buf_consume (&reading->object, reading->object.length);
  if (!json) {
    reading->where = BROKEN;
    return;
  }
  if (!path || kind < 0 || (size_t) kind >= sizeof kinds / sizeof kinds[0])
    return;
  vprod_change change = { .size = sizeof change, .path = path, .kind = kinds[kind] };
  reading->stopped = reading->on_change (reading->data, &change) != 0;
}

/* How many of these bytes belong to the object. */
static size_t measure (struct reading *reading, const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    char c = text[i];
    if (reading->in_string) {
      reading->in_string = reading->escaped || c != '"';
      reading->escaped = !reading->escaped && c == '\\';
    }
    else if (c == '"')
      reading->in_string = 1;
    else if (c == '{' || c == '[')
      reading->depth++;
    else if ((c == '}' || c == ']') && --reading->depth == 0)
      return i + 1;
  }
  return length;
}

/* Keeps what belongs to the object, which these bytes go on with; tells of one that is whole. How many they were. */
static size_t keep (struct reading *reading, const char *text, size_t length)
{
  size_t n = measure (reading, text, length);

  if (reading->object.length + n > OBJECT_MAX)
    reading->where = BROKEN;
  else if (vprod__buf_add (&reading->object, text, n) < 0)
    reading->no_memory = 1;
  else if (reading->depth == 0) {
    reading->where = BETWEEN;
    tell (reading);
  }
  return n;
}

static void begin (struct reading *reading, char c)
{
  if (isspace ((unsigned char) c))
    return;
  if (c == '[' && reading->object.length == 0)
    reading->where = BETWEEN;
  else if (reading->object.length == 4 || vprod__buf_add (&reading->object, &c, 1) < 0)
    reading->where = BROKEN;
}

static int on_body (void *data, const void *bytes, size_t length)
{
  struct reading *reading = data;
  const char *text = bytes;

  for (size_t i = 0; i < length && !reading->no_memory && !reading->stopped && reading->where != BROKEN;) {
    if (reading->where == INSIDE) {
      i += keep (reading, text + i, length - i);
      continue;
    }
    char c = text[i];
    if (reading->where == BEFORE)
      begin (reading, c);
    else if (reading->where == BETWEEN && c == '{') {
      reading->where = INSIDE;
      continue;
    }
    else if (reading->where == BETWEEN && c == ']')
      reading->where = AFTER;
    else if (!isspace ((unsigned char) c) && (c != ',' || reading->where != BETWEEN))
      reading->where = BROKEN;
    i++;
  }
  return reading->no_memory || reading->stopped || reading->where == BROKEN;
}

/* Docker says null where nothing has changed. */
static int is_whole (const struct reading *reading)
{
  return reading->where == AFTER || reading->stopped
      || (reading->where == BEFORE && strcmp (vprod__buf_string (&reading->object), "null") == 0);
}

/* The container is not there, or the engine has no such question. */
static int not_found (struct vprod__api *api, const char *id, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  int r = vprod__container_inspect (api, id, &json, err);

  if (r < 0)
    return r;
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                           "%s: the engine at %s does not tell what a container changed", api->what,
                           api->docker->endpoint.url);
}

int vprod__docker_container_changes (void *runner, const vprod_call *call, const char *id,
                                     int (*on_change) (void *data, const vprod_change *change), void *data,
                                     vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_free_ char *path = NULL;
  struct reading reading = { .on_change = on_change, .data = data };
  int r = vprod__api_begin (&api, runner, call, err, "listing what the container %.*s changed", VPROD__SHORT (id));

  if (r < 0)
    return r;
  path = vprod__api_path (&api, "/containers/{}/changes", id);
  struct vprod__request request = { .method = "GET", .path = path, .on_body = on_body, .data = &reading };
  r = vprod__api_try (&api, &request, err);
  if (r == 0 && api.message)
    r = api.answer.status == 404 || api.answer.status == 405 || api.answer.status == 501
          ? not_found (&api, id, err)
          : vprod__container_fail (&api, err);
  else if (r == 0 && reading.no_memory)
    r = vprod__error_no_memory (err);
  else if (r == 0 && !is_whole (&reading))
    r = vprod__api_odd (&api, "array of changes that is whole", err);
  vprod__buf_clear (&reading.object);
  return r;
}
