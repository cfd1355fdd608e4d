/* SPDX-License-Identifier: MIT */
/* What verify-prod made on the engine. [ContainerList, NetworkList, VolumeList, ImageList] */
#include "runner/docker/api.h"
#include "runner/docker/json.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

struct listing {
  int (*on_object) (void *data, const vprod_object *object);
  void *data;
  int stopped;
};

static int tell (struct listing *listing, vprod_object_kind kind, const char *id, char *const *labels,
                 int64_t created_at)
{
  vprod_object object = { sizeof object, kind, id, (const char *const *) labels, created_at };

  listing->stopped = listing->on_object (listing->data, &object) != 0;
  return listing->stopped;
}

/* Seconds since 1970, as a number or as a time; 0: not told. */
static int64_t when_made (const json_t *item)
{
  const json_t *created = json_object_get (item, "Created");
  const char *text = json_string_value (created ? created : json_object_get (item, "CreatedAt"));

  return json_is_integer (created) && json_integer_value (created) > 0 ? json_integer_value (created)
                                                                       : vprod__parse_time (text) / 1000;
}

/* {"label": ["key"]}, as text; NULL out of memory. */
static char *filter (const char *name, const char *value)
{
  _cleanup_json_ json_t *json = json_pack ("{s:[s]}", name, value);

  return json ? json_dumps (json, JSON_COMPACT) : NULL;
}

/* Those of a list that carry the label; volumes come in an object around it. */
static int list_labelled (struct vprod__api *api, vprod_object_kind kind, const char *pattern, const char *inside,
                          const char *id_member, const char *label_key, struct listing *listing, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  _cleanup_free_ char *by_label = filter ("label", label_key);
  const json_t *item;
  size_t i;

  if (!by_label)
    return vprod__error_no_memory (err);
  int r = vprod__api_get (api, vprod__api_path (api, pattern, by_label), &json, err);
  if (r < 0)
    return r;
  json_array_foreach (inside ? json_object_get (json, inside) : json, i, item) {
    _cleanup_strv_ char **labels = NULL;
    const char *id = vprod__json_text (item, id_member);
    if (vprod__json_pairs (item, "Labels", &labels) < 0)
      return vprod__error_no_memory (err);
    /* asked of the engine already; an engine that does not know the filter gives all there is */
    if (id && vprod__strv_env (labels, label_key) && tell (listing, kind, id, labels, when_made (item)))
      return 0;
  }
  return 0;
}

/* Podman puts a registry before names that have none. */
static int has_prefix (const char *tag, const char *prefix)
{
  static const char *const registries[] = { "", "localhost/", "docker.io/", "docker.io/library/" };

  for (size_t i = 0; i < sizeof registries / sizeof registries[0]; i++) {
    size_t length = strlen (registries[i]);
    if (strncmp (tag, registries[i], length) == 0 && strncmp (tag + length, prefix, strlen (prefix)) == 0)
      return 1;
  }
  return 0;
}

/* The image may be much older than its tag. 0: not told, or it is gone meanwhile. */
static int64_t when_tagged (struct vprod__api *api, const char *tag)
{
  _cleanup_json_ json_t *json = NULL;

  if (vprod__api_get (api, vprod__api_path (api, "/images/{}/json", tag), &json, NULL) < 0)
    return 0;
  return vprod__parse_time (vprod__json_text (json, "Metadata.LastTagTime")) / 1000;
}

static int list_tags (struct vprod__api *api, const char *prefix, struct listing *listing, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  const json_t *image;
  size_t i;
  _cleanup_free_ char *names = NULL, *by_name = NULL;

  if (!(names = vprod__asprintf ("%s*", prefix)))
    return vprod__error_no_memory (err);
  by_name = filter ("reference", names);
  if (!by_name)
    return vprod__error_no_memory (err);
  /* since 1.25; where there are many images, to tell of all takes long. Podman matches another form of the name. */
  int r = vprod__api_get (api, api->engine.podman || api->engine.api_minor < 25
                                 ? vprod__api_path (api, "/images/json")
                                 : vprod__api_path (api, "/images/json?filters={}", by_name), &json, err);

  if (r < 0)
    return r;
  json_array_foreach (json, i, image) {
    _cleanup_strv_ char **tags = NULL;
    if (vprod__json_list (image, "RepoTags", &tags) < 0)
      return vprod__error_no_memory (err);
    for (size_t t = 0; tags && tags[t]; t++)
      if (has_prefix (tags[t], prefix)
          && tell (listing, VPROD_OBJECT_IMAGE_TAG, tags[t], NULL, when_tagged (api, tags[t])))
        return 0;
  }
  return 0;
}

int vprod__docker_list_objects (void *runner, const vprod_call *call, const char *label_key,
                                const char *tag_prefix, int (*on_object) (void *data, const vprod_object *object),
                                void *data, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  struct listing listing = { on_object, data, 0 };
  int r = vprod__api_begin (&api, runner, call, err, "listing what verify-prod left");

  if (r == 0)
    r = list_labelled (&api, VPROD_OBJECT_CONTAINER, "/containers/json?all=1&filters={}", NULL, "Id", label_key, &listing,
                       err);
  if (r == 0 && !listing.stopped)
    r = list_labelled (&api, VPROD_OBJECT_NETWORK, "/networks?filters={}", NULL, "Id", label_key, &listing, err);
  if (r == 0 && !listing.stopped)
    r = list_labelled (&api, VPROD_OBJECT_VOLUME, "/volumes?filters={}", "Volumes", "Name", label_key, &listing, err);
  if (r == 0 && !listing.stopped)
    r = list_tags (&api, tag_prefix, &listing, err);
  return r;
}
