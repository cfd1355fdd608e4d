/* SPDX-License-Identifier: MIT */
/*
 * A layer is an id with a status: Docker says "Pulling fs layer", "Downloading" with bytes, "Download complete",
 * "Extracting", "Pull complete" or "Already exists"; Podman some of these. The line "Pulling from NAME" has the tag for its id.
 * A layer counts as done once it is downloaded, as Podman tells no more. What "Extracting" counts is not always bytes.
 */
#include "runner/docker/pull_layers.h"
#include "runner/docker/json.h"
#include "util/grow.h"

#include <string.h>

#define MAX_LAYERS 1000 /* an image has 127 at most */

static int is_layer (const char *status)
{
  return strcmp (status, "Pulling fs layer") == 0 || strcmp (status, "Waiting") == 0 || strcmp (status, "Downloading") == 0
         || strcmp (status, "Verifying Checksum") == 0 || strcmp (status, "Retrying") == 0;
}

static int is_done (const char *status)
{
  return strcmp (status, "Download complete") == 0 || strcmp (status, "Extracting") == 0
         || strcmp (status, "Pull complete") == 0 || strcmp (status, "Already exists") == 0;
}

/* NULL: there are too many, or out of memory (*no_memory is set). */
static struct vprod__pull_layer *find (struct vprod__pull_layers *layers, const char *id, int *no_memory)
{
  for (size_t i = 0; i < layers->count; i++)
    if (strcmp (layers->list[i].id, id) == 0)
      return &layers->list[i];
  if (layers->count >= MAX_LAYERS)
    return NULL;
  char *copy = strdup (id);
  if (!copy || vprod__grow (&layers->list, layers->count) < 0) {
    free (copy);
    *no_memory = 1;
    return NULL;
  }
  layers->list[layers->count] = (struct vprod__pull_layer) { .id = copy };
  return &layers->list[layers->count++];
}

int vprod__pull_layers_read (struct vprod__pull_layers *layers, const json_t *json)
{
  const char *id = vprod__json_text (json, "id"), *status = vprod__json_text (json, "status");
  size_t count = layers->count;
  int no_memory = 0;

  if (!id || !status || !(is_layer (status) || is_done (status)))
    return 0;
  struct vprod__pull_layer *layer = find (layers, id, &no_memory);
  if (!layer)
    return no_memory ? -1 : 0;
  const struct vprod__pull_layer before = *layer;
  if (strcmp (status, "Downloading") == 0 && vprod__json_number (json, "progressDetail.total") > 0) {
    layer->bytes_total = vprod__json_number (json, "progressDetail.total");
    layer->bytes = vprod__json_number (json, "progressDetail.current");
  }
  layer->done = is_done (status); /* a download may begin anew */
  if (layer->done || layer->bytes > layer->bytes_total)
    layer->bytes = layer->bytes_total;
  if (layer->bytes < 0)
    layer->bytes = 0;
  return layers->count != count || layer->done != before.done || layer->bytes != before.bytes
         || layer->bytes_total != before.bytes_total;
}

vprod_pull_progress vprod__pull_layers_progress (const struct vprod__pull_layers *layers)
{
  vprod_pull_progress progress = VPROD_PULL_PROGRESS_INIT;

  progress.layers = layers->count;
  for (size_t i = 0; i < layers->count; i++) {
    const struct vprod__pull_layer *layer = &layers->list[i];
    progress.layers_done += layer->done != 0;
    if (layer->bytes_total > INT64_MAX - progress.bytes_total) /* no engine counts so far */
      continue;
    progress.bytes += layer->bytes;
    progress.bytes_total += layer->bytes_total;
  }
  return progress;
}

void vprod__pull_layers_clear (struct vprod__pull_layers *layers)
{
  for (size_t i = 0; i < layers->count; i++)
    free (layers->list[i].id);
  free (layers->list);
  *layers = (struct vprod__pull_layers) { 0 };
}
