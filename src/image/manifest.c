/* SPDX-License-Identifier: MIT */
#include "image/manifest.h"
#include "image/layers.h"
#include "util/grow.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define MAX_LINKS 8    /* a layer.tar that is a link to a link … */
#define MAX_INDEXES 4  /* an index that names an index … */

int vprod__image_entries_add (struct vprod__image_entries *entries, const char *path, const char *json,
                              const char *target, long layer)
{
  if (vprod__grow (&entries->list, entries->count) < 0)
    return -1;
  struct vprod__image_entry *entry = &entries->list[entries->count];
  *entry = (struct vprod__image_entry) {
    .path = strdup (path),
    .json = json ? strdup (json) : NULL,
    .target = target ? strdup (target) : NULL,
    .layer = layer,
  };
  if (!entry->path || (json && !entry->json) || (target && !entry->target)) {
    free (entry->path);
    free (entry->json);
    free (entry->target);
    return -1;
  }
  entries->count++;
  return 0;
}

void vprod__image_entries_clear (struct vprod__image_entries *entries)
{
  for (size_t i = 0; i < entries->count; i++) {
    free (entries->list[i].path);
    free (entries->list[i].json);
    free (entries->list[i].target);
  }
  free (entries->list);
  *entries = (struct vprod__image_entries) { 0 };
}

/* The entry with this path, links followed. */
static const struct vprod__image_entry *find (const struct vprod__image_entries *entries, const char *path)
{
  for (int links = 0; path && links < MAX_LINKS; links++) {
    const struct vprod__image_entry *found = NULL;
    for (size_t i = 0; i < entries->count && !found; i++)
      if (strcmp (entries->list[i].path, path) == 0)
        found = &entries->list[i];
    if (!found || !found->target)
      return found;
    path = found->target;
  }
  return NULL;
}

/* "blobs/sha256/…" of "sha256:…". */
static const struct vprod__image_entry *find_blob (const struct vprod__image_entries *entries, const char *digest)
{
  const char *colon = digest ? strchr (digest, ':') : NULL;
  char path[256];

  if (!colon
      || snprintf (path, sizeof path, "blobs/%.*s/%s", (int) (colon - digest), digest, colon + 1)
           >= (int) sizeof path)
    return NULL;
  return find (entries, path);
}

static int add_layer (const struct vprod__image_entry *entry, const char *name, long *layers, size_t *count,
                      vprod_error **err)
{
  if (!entry || entry->layer < 0)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "the image's archive lacks the layer %s that its manifest names",
                             name ? name : "without a name");
  layers[(*count)++] = entry->layer;
  return 0;
}

static int from_docker (const struct vprod__image_entries *entries, const char *text, long **ret,
                        size_t *ret_count, vprod_error **err)
{
  json_auto_t *manifest = json_loads (text, 0, NULL);
  json_t *names = json_object_get (json_array_get (manifest, 0), "Layers");
  size_t i;
  json_t *name;

  if (!json_is_array (names))
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the image's archive has a manifest.json without layers");
  *ret = calloc (json_array_size (names) + 1, sizeof **ret);
  if (!*ret)
    return vprod__error_no_memory (err);
  json_array_foreach (names, i, name) {
    const char *path = json_string_value (name);
    int r = add_layer (find (entries, path), path, *ret, ret_count, err);
    if (r < 0)
      return r;
  }
  return 0;
}

/* Follows index.json to a manifest all of whose layers are in the archive: an index may name other platforms, too. */
static int from_oci (const struct vprod__image_entries *entries, const char *text, int depth, long **ret,
                     size_t *ret_count, vprod_error **err)
{
  json_auto_t *document = json_loads (text, 0, NULL);
  json_t *layers = json_object_get (document, "layers"), *manifests = json_object_get (document, "manifests");
  size_t i;
  json_t *one;
  int r = 0;

  if (json_is_array (layers)) {
    long *list = calloc (json_array_size (layers) + 1, sizeof *list);
    if (!list)
      return vprod__error_no_memory (err);
    size_t count = 0;
    json_array_foreach (layers, i, one) {
      const char *digest = json_string_value (json_object_get (one, "digest"));
      if (r == 0)
        r = add_layer (find_blob (entries, digest), digest, list, &count, err);
    }
    if (r < 0) {
      free (list);
      return r;
    }
    *ret = list;
    *ret_count = count;
    return 0;
  }
  json_array_foreach (manifests, i, one) {
    const struct vprod__image_entry *entry
      = find_blob (entries, json_string_value (json_object_get (one, "digest")));
    if (depth >= MAX_INDEXES || !entry || !entry->json)
      continue;
    r = from_oci (entries, entry->json, depth + 1, ret, ret_count, NULL);
    if (r == 0 || r == -VPROD_ERROR_NO_MEMORY)
      return r < 0 ? vprod__error_no_memory (err) : 0;
  }
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "the image's archive names no manifest whose layers are all in it");
}

int vprod__image_manifest_layers (const struct vprod__image_entries *entries, long **ret, size_t *ret_count,
                                  vprod_error **err)
{
  const struct vprod__image_entry *docker = find (entries, "manifest.json"), *oci = find (entries, "index.json");
  long *layers = NULL;
  size_t count = 0;
  int r;

  if (docker && docker->json)
    r = from_docker (entries, docker->json, &layers, &count, err);
  else if (oci && oci->json)
    r = from_oci (entries, oci->json, 0, &layers, &count, err);
  else
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "the image's archive has neither manifest.json nor index.json");
  if (r < 0) {
    free (layers);
    return r;
  }
  *ret = layers;
  *ret_count = count;
  return 0;
}

/* ---- where layers come from ---------------------------------------------------------------------------- */

/* The configuration's text; NULL where the archive does not name it. An index may name further indexes. */
static const char *find_config (const struct vprod__image_entries *entries)
{
  const struct vprod__image_entry *entry = find (entries, "manifest.json");

  if (entry && entry->json) {
    json_auto_t *manifest = json_loads (entry->json, 0, NULL);
    entry = find (entries, json_string_value (json_object_get (json_array_get (manifest, 0), "Config")));
    return entry ? entry->json : NULL;
  }
  entry = find (entries, "index.json");
  for (int depth = 0; entry && entry->json && depth < MAX_INDEXES; depth++) {
    json_auto_t *document = json_loads (entry->json, 0, NULL);
    json_t *config = json_object_get (document, "config");
    json_t *next = config ? config : json_array_get (json_object_get (document, "manifests"), 0);
    entry = find_blob (entries, json_string_value (json_object_get (next, "digest")));
    if (config)
      return entry ? entry->json : NULL;
  }
  return NULL;
}

static int copy_string (const json_t *string, char **ret)
{
  const char *text = json_string_value (string);

  if (text && !(*ret = strdup (text)))
    return -1;
  return 0;
}

int vprod__image_manifest_origins (const struct vprod__image_entries *entries, struct vprod__layer_origin *origins,
                                   size_t count)
{
  const char *text = find_config (entries);
  json_auto_t *config = text ? json_loads (text, 0, NULL) : NULL;
  json_t *digests = json_object_get (json_object_get (config, "rootfs"), "diff_ids"), *history, *entry;
  size_t i, place = 0;

  /* of an index that leads to another platform, say */
  if (json_array_size (digests) != count)
    return 0;
  for (i = 0; i < count; i++)
    if (copy_string (json_array_get (digests, i), &origins[i].digest) < 0)
      return -1;
  history = json_object_get (config, "history");
  json_array_foreach (history, i, entry) {
    if (json_is_true (json_object_get (entry, "empty_layer")) || place == count)
      continue;
    if (copy_string (json_object_get (entry, "created_by"), &origins[place++].created_by) < 0)
      return -1;
  }
  return 0;
}
