/* SPDX-License-Identifier: MIT */
/*
 * image-size: is the image not larger than the spec allows, and does it not carry what no container of it sees? The size is the
 * engine's word; what is wasted is read from the layers themselves, in the reading that no-secrets makes anyway. A file that a
 * later layer only gives to another owner is in the image twice, and a `RUN rm` of an earlier step's files frees nothing: both
 * look harmless in a Dockerfile and in a container, and are seen in the layers alone.
 */
#include "checks/check.h"
#include "checks/image_size/facts.h"

#include <stdlib.h>
#include <string.h>
#include "util/grow.h"

#define TIMEOUT_MS (60 * 1000)
#define EXPORT_TIMEOUT_MS (15 * 60 * 1000)

struct gathered {
  struct vprod__image_size_layer *layers; /* base first */
  char **created_by;                      /* of each */
  size_t count;
  size_t n_base;
  int64_t history_bytes;
  size_t n_history;
  int no_memory;
  struct vprod__waste waste;
};

static void gathered_clear (struct gathered *gathered)
{
  for (size_t i = 0; i < gathered->count; i++)
    free (gathered->created_by[i]);
  free (gathered->created_by);
  free (gathered->layers);
  vprod__waste_clear (&gathered->waste);
}

static int add_layer (struct gathered *gathered, const char *created_by, int64_t bytes)
{
  char *copy = strdup (created_by ? created_by : "");

  if (!copy || vprod__grow (&gathered->layers, gathered->count) < 0 || vprod__grow (&gathered->created_by, gathered->count) < 0) {
    free (copy);
    return -1;
  }
  gathered->layers[gathered->count] = (struct vprod__image_size_layer) { .bytes = bytes, .created_by = copy };
  gathered->created_by[gathered->count++] = copy;
  return 0;
}

/* ---- the history --------------------------------------------------------------------------------------- */

static int on_entry (void *data, const vprod_history_entry *entry)
{
  struct gathered *gathered = data;

  gathered->n_history++;
  if (entry->bytes <= 0)
    return 0;
  gathered->history_bytes += entry->bytes;
  gathered->no_memory = add_layer (gathered, entry->created_by, entry->bytes) < 0;
  return gathered->no_memory;
}

/* It comes newest first. */
static void turn (struct gathered *gathered)
{
  for (size_t i = 0, j = gathered->count; i + 1 < j--; i++) {
    struct vprod__image_size_layer layer = gathered->layers[i];
    char *created_by = gathered->created_by[i];
    gathered->layers[i] = gathered->layers[j];
    gathered->created_by[i] = gathered->created_by[j];
    gathered->layers[j] = layer;
    gathered->created_by[j] = created_by;
  }
}

static int read_history (vprod_session *session, struct gathered *gathered, vprod_error **err)
{
  int r = vprod__session_image_history (session, TIMEOUT_MS, on_entry, gathered, err);

  if (r == 0 && gathered->no_memory)
    return vprod__error_no_memory (err);
  turn (gathered);
  return r;
}

/* ---- the files ----------------------------------------------------------------------------------------- */

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  struct gathered *gathered = data;

  return vprod__waste_add (&gathered->waste, file, err);
}

static int on_end (void *data, const struct vprod__visible *visible, vprod_error **err)
{
  struct gathered *gathered = data;
  int r = vprod__waste_settle (&gathered->waste, visible, err);

  if (r < 0)
    return r;
  for (size_t i = 0; i < gathered->count; i++)
    free (gathered->created_by[i]);
  free (vprod__steal (&gathered->created_by));
  free (vprod__steal (&gathered->layers));
  gathered->count = 0;
  for (size_t i = 0; i < visible->layers.depth; i++)
    if (add_layer (gathered, visible->layers.origins[i].created_by, gathered->waste.layers[i].bytes) < 0)
      return vprod__error_no_memory (err);
  return 0;
}

/* The layers are then those of the archive, which are more than the history tells of: empty ones, too. */
static int read_files (vprod_session *session, struct gathered *gathered, vprod_error **err)
{
  const struct vprod__layer_visitor visitor = {
    .on_file = on_file,
    .on_end = on_end,
    .every_file = 1,
    .data = gathered,
  };

  return vprod__image_files (session, EXPORT_TIMEOUT_MS, &visitor, err);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static int find_lines (const vprod_spec *spec, struct gathered *gathered, vprod_error **err)
{
  _cleanup_free_ int *lines = calloc (gathered->count + 1, sizeof *lines);

  if (!lines
      || vprod__place_layers (spec, (const char *const *) gathered->created_by, gathered->count, lines, &gathered->n_base) < 0)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < gathered->count; i++)
    gathered->layers[i].line = lines[i];
  return 0;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (gathered_clear) struct gathered gathered = { 0 };
  const struct vprod__image *image;
  int64_t max = spec->checks.image_size.max, most_wasted = spec->checks.image_size.wasted;

  if (max <= 0 && most_wasted < 0) {
    vprod__result_unasked (result);
    return vprod__result_skip (result, "not checked: the spec names neither checks.image-size.max nor .wasted");
  }
  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = read_history (session, &gathered, err);
  int reads_files = most_wasted >= 0 || (image->facts.bytes <= 0 && gathered.history_bytes == 0);
  if (r == 0 && reads_files)
    r = read_files (session, &gathered, err);
  if (r == 0)
    r = find_lines (spec, &gathered, err);
  if (r < 0)
    return r;
  const struct vprod__image_size_facts facts = {
    .max = max,
    .most_wasted = most_wasted,
    .told = image->facts.bytes,
    .history_bytes = gathered.history_bytes,
    .n_history = gathered.n_history,
    .layers = gathered.layers,
    .n_layers = gathered.count,
    .n_base = gathered.n_base,
    .waste = reads_files ? &gathered.waste : NULL,
  };
  r = vprod__image_size_judge (&facts, result, err);
  return r < 0 ? r : vprod__result_status (result, err);
}

static int reads_files_of (const vprod_spec *spec)
{
  return spec->checks.image_size.wasted >= 0;
}

/* The line of the largest waste or layer that is not the base image's. */
static int line_of_largest (const struct vprod__built *built, const vprod_result *result)
{
  (void) built;
  for (size_t i = 0; i < vprod_result_count_findings (result); i++) {
    const char *line = vprod_finding_find_field (vprod_result_get_finding_at (result, i), "dockerfile_line");
    if (line)
      return atoi (line);
  }
  return 0;
}

const struct vprod__check vprod__check_image_size = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "image-size",
    .title = "The image is no larger than it may be",
    .what = "Compares the image's size, as the engine tells it, with `max`, and with `wasted` the bytes of files in its layers "
            "that later layers replace or remove, read from the layers themselves. A file that only changes its mode or owner is "
            "replaced, too; one with several names counts once; the base image's layers count. Names the ten largest of both, with "
            "the layer and the line of the Dockerfile.",
    .why = "Each node that starts the app pulls every layer, also what no container of it sees: it costs time in each deployment "
           "and restart, disk on each node, and what is installed for nothing has to be patched all the same. An image grows by one "
           "careless step (`RUN chown -R` has the app twice), and nobody sees it in a review.",
    .remedy = "Copy with `--chown`, remove files in the RUN that brings them, and build in a stage of its own whose result is copied "
              "into the last one.",
    .run = vprod_check_image_size,
  },
  .reads_files_of = reads_files_of,
  .place = { .line = line_of_largest },
  .run = run,
};
