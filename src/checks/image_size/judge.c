/* SPDX-License-Identifier: MIT */
/* The judging part of `image-size`: a pure function of facts. */
#include "checks/image_size/facts.h"
#include "dockerfile/layer_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/buf.h"
#include "util/size_text.h"
#include "util/text.h"

#define MOST_TOLD 10
#define STEP_CHARS 60 /* of an instruction in a message */

/* ---- words --------------------------------------------------------------------------------------------- */

struct size_words {
  char is[VPROD__SIZE_TEXT];
  char may[VPROD__SIZE_TEXT];
};

/* Two sizes that differ look different. */
static void write_sizes (int64_t is, int64_t may, struct size_words *ret)
{
  vprod__size_text ((uint64_t) is, ret->is);
  vprod__size_text ((uint64_t) may, ret->may);
  if (is == may || strcmp (ret->is, ret->may) != 0)
    return;
  snprintf (ret->is, sizeof ret->is, "%lld bytes", (long long) is);
  snprintf (ret->may, sizeof ret->may, "%lld bytes", (long long) may);
}

/* "layer 3 of 7 (RUN chown -R app /app, line 9 of the Dockerfile)"; of the base image: without a line. NULL out of memory. */
static char *name_layer (const struct vprod__image_size_facts *facts, size_t place)
{
  const struct vprod__image_size_layer *layer = &facts->layers[place];
  _cleanup_free_ char *step = vprod__created_by_shown (layer->created_by ? layer->created_by : "");
  _cleanup_buf_ struct vprod__buf text = { 0 };
  int is_base = place < facts->n_base, r;

  if (!step)
    return NULL;
  r = vprod__text_addf (&text, "layer %zu of %zu", place + 1, facts->n_layers);
  if (r == 0 && (*step || is_base || layer->line > 0)) {
    int is_long = strlen (step) > STEP_CHARS;
    r = vprod__text_addf (&text, " (%s%s%.*s%s", is_base ? "of the base image" : "", is_base && *step ? ": " : "",
                          is_long ? STEP_CHARS - 1 : STEP_CHARS, step, is_long ? "…" : "");
  }
  if (r == 0 && layer->line > 0)
    r = vprod__text_addf (&text, "%sline %d of the Dockerfile", *step || is_base ? ", " : "", layer->line);
  if (r == 0 && (*step || is_base || layer->line > 0))
    r = vprod__text_addf (&text, ")");
  return r == 0 ? vprod__buf_steal (&text) : NULL;
}

/* What the layer does to files of the other: "replaces 12 files of". */
static const char *deed_of (enum vprod__waste_kind kind)
{
  switch (kind) {
  case VPROD__WASTE_REPLACED:
    return "replaces";
  case VPROD__WASTE_RIGHTS:
    return "changes only mode or owner of";
  case VPROD__WASTE_REPEATED:
    return "has once more, unchanged,";
  case VPROD__WASTE_REMOVED:
    return "removes";
  }
  return "hides";
}

/* "layer 5 of 7 (…) changes only mode or owner of 12 files of layer 4 of 7 (…)"; NULL out of memory. */
static char *name_waste (const struct vprod__image_size_facts *facts, const struct vprod__waste_group *group)
{
  _cleanup_free_ char *by = name_layer (facts, (size_t) group->by), *of = name_layer (facts, (size_t) group->of);
  char files[40];

  snprintf (files, sizeof files, "%zu file%s", group->files, group->files == 1 ? "" : "s");
  return by && of ? vprod__text_format ("%s %s %s of %s", by, deed_of (group->kind), files, of) : NULL;
}

/* ---- findings ------------------------------------------------------------------------------------------ */

static int is_in_base (const struct vprod__image_size_facts *facts, const struct vprod__waste_group *group)
{
  return (size_t) group->by < facts->n_base;
}

static void set_layer (const struct vprod__image_size_facts *facts, size_t place, vprod_finding *finding)
{
  const struct vprod__image_size_layer *layer = &facts->layers[place];

  vprod__finding_set (finding, "layer", "%zu", place + 1);
  if (layer->created_by)
    vprod__finding_set (finding, "created_by", "%.200s", layer->created_by);
  if (layer->line > 0)
    vprod__finding_set (finding, "dockerfile_line", "%d", layer->line);
  if (place < facts->n_base)
    vprod__finding_set (finding, "of_base", "yes");
}

static int tell_wastes (const struct vprod__image_size_facts *facts, vprod_result *result)
{
  for (size_t i = 0; facts->waste && i < facts->waste->n_groups && i < MOST_TOLD; i++) {
    const struct vprod__waste_group *group = &facts->waste->groups[i];
    _cleanup_free_ char *name = name_waste (facts, group);
    char bytes[VPROD__SIZE_TEXT], largest[VPROD__SIZE_TEXT];
    if (!name)
      return -1;
    vprod__size_text ((uint64_t) group->bytes, bytes);
    vprod__size_text ((uint64_t) group->largest_bytes, largest);
    vprod_finding *finding =
      group->files == 1 ? vprod__result_finding (result, "%s wasted: %s, /%s", bytes, name, group->largest)
                        : vprod__result_finding (result, "%s wasted: %s, the largest is /%s (%s)", bytes, name, group->largest, largest);
    set_layer (facts, (size_t) group->by, finding);
    vprod__finding_set (finding, "wasted_bytes", "%lld", (long long) group->bytes);
    vprod__finding_set (finding, "files", "%zu", group->files);
    vprod__finding_set (finding, "of_layer", "%ld", group->of + 1);
    vprod__finding_set (finding, "path", "/%s", group->largest);
    vprod__finding_set (finding, "expected", "yes");
  }
  return 0;
}

struct sorted {
  size_t place;
  int64_t bytes;
};

static int by_bytes (const void *a, const void *b)
{
  const struct sorted *one = a, *other = b;

  return one->bytes != other->bytes ? (one->bytes > other->bytes ? -1 : 1) : one->place < other->place ? -1 : 1;
}

/* The layers, the largest first. NULL out of memory. */
static struct sorted *sort_layers (const struct vprod__image_size_facts *facts)
{
  struct sorted *sorted = calloc (facts->n_layers + 1, sizeof *sorted);

  for (size_t i = 0; sorted && i < facts->n_layers; i++)
    sorted[i] = (struct sorted) { i, facts->layers[i].bytes };
  if (sorted && facts->n_layers > 1)
    qsort (sorted, facts->n_layers, sizeof *sorted, by_bytes);
  return sorted;
}

static int tell_layers (const struct vprod__image_size_facts *facts, const struct sorted *sorted, vprod_result *result)
{
  for (size_t i = 0; i < facts->n_layers && i < MOST_TOLD && sorted[i].bytes > 0; i++) {
    _cleanup_free_ char *name = name_layer (facts, sorted[i].place);
    char bytes[VPROD__SIZE_TEXT];
    if (!name)
      return -1;
    vprod__size_text ((uint64_t) sorted[i].bytes, bytes);
    vprod_finding *finding = vprod__result_finding (result, "%s: %s", name, bytes);
    set_layer (facts, sorted[i].place, finding);
    vprod__finding_set (finding, "bytes", "%lld", (long long) sorted[i].bytes);
    vprod__finding_set (finding, "group", "layers by their size");
    vprod__finding_set (finding, "expected", "yes");
  }
  return 0;
}

/* ---- evidence ------------------------------------------------------------------------------------------ */

/* An engine that keeps its layers compressed may tell their compressed size, and the history that of their files: it is this
   that a registry's users unpack. Else both say the same. -1: nobody tells. */
static int64_t size_of (const struct vprod__image_size_facts *facts)
{
  int64_t unpacked = facts->history_bytes > 0 ? facts->history_bytes : facts->waste ? facts->waste->bytes : 0;

  if (facts->told <= 0)
    return unpacked > 0 || facts->waste || facts->n_history > 0 ? unpacked : -1;
  return unpacked > 0 && (facts->told < unpacked / 10 * 9 || facts->told / 10 * 9 > unpacked) ? unpacked : facts->told;
}

/* What layers of the base image waste among themselves. */
static int64_t wasted_in_base (const struct vprod__image_size_facts *facts)
{
  int64_t bytes = 0;

  for (size_t i = 0; i < facts->waste->n_groups; i++)
    if (is_in_base (facts, &facts->waste->groups[i]))
      bytes += facts->waste->groups[i].bytes;
  return bytes;
}

static void tell_evidence (const struct vprod__image_size_facts *facts, int64_t size, vprod_result *result)
{
  vprod__result_evidence (result, "bytes", "%lld", (long long) size);
  if (facts->told > 0 && facts->told != size)
    vprod__result_evidence (result, "engine_bytes", "%lld, which is not the size of the unpacked layers", (long long) facts->told);
  vprod__result_evidence (result, "layers", "%zu", facts->n_layers);
  vprod__result_evidence (result, "base_layers", "%zu", facts->n_base);
  if (facts->max > 0)
    vprod__result_evidence (result, "max", "%lld", (long long) facts->max);
  if (!facts->waste)
    return;
  if (facts->most_wasted >= 0)
    vprod__result_evidence (result, "most_wasted", "%lld", (long long) facts->most_wasted);
  vprod__result_evidence (result, "wasted_bytes", "%lld", (long long) facts->waste->wasted);
  vprod__result_evidence (result, "wasted_in_base", "%lld", (long long) wasted_in_base (facts));
  if (facts->waste->bytes > 0)
    vprod__result_evidence (result, "efficiency", "%.1f %%",
                            100 * (1 - (double) facts->waste->wasted / (double) facts->waste->bytes));
}

/* ---- the verdict --------------------------------------------------------------------------------------- */

static const char *remedy_of (const struct vprod__image_size_facts *facts, const struct vprod__waste_group *group)
{
  if (is_in_base (facts, group))
    return "Most of it is in the base image: choose a smaller one, or copy what the app needs into a last stage of its own "
           "(`FROM scratch`, `COPY --from=…`).";
  switch (group->kind) {
  case VPROD__WASTE_RIGHTS:
    return "Give files their owner and mode as they are copied (`COPY --chown=app:app --chmod=…`) instead of by a later `RUN "
           "chown -R` or `chmod -R`, which has each of them in a second layer.";
  case VPROD__WASTE_REPEATED:
    return "Copy each file once: what an earlier step has copied need not be copied again (exclude it in .dockerignore, or "
           "name what the later step copies).";
  case VPROD__WASTE_REMOVED:
    return "Remove files in the RUN that brings them (`RUN apt-get update && apt-get install … && rm -rf /var/lib/apt/lists/*`, "
           "`RUN --mount=type=bind` or `--mount=type=cache` for what is only needed while building), or copy the result into a "
           "last stage: a later `RUN rm` removes nothing from the layer below.";
  case VPROD__WASTE_REPLACED:
    break;
  }
  return "Write each file in one step only, or build in a stage of its own and copy the result into the last one.";
}

/* "; most of it, 2.0 MB: layer 5 …". NULL out of memory. */
static char *most_of (const struct vprod__image_size_facts *facts)
{
  char bytes[VPROD__SIZE_TEXT];

  if (facts->waste->n_groups == 0)
    return strdup ("");
  const struct vprod__waste_group *group = &facts->waste->groups[0];
  _cleanup_free_ char *name = name_waste (facts, group);
  vprod__size_text ((uint64_t) group->bytes, bytes);
  return name ? vprod__text_format ("; %s%s: %s", facts->waste->n_groups > 1 ? "the most of it, " : "", bytes, name) : NULL;
}

static int fail (const struct vprod__image_size_facts *facts, int64_t size, const struct sorted *sorted, vprod_result *result)
{
  int is_large = facts->max > 0 && size > facts->max;
  int is_wasteful = facts->waste && facts->most_wasted >= 0 && facts->waste->wasted > facts->most_wasted;
  _cleanup_buf_ struct vprod__buf text = { 0 }, remedy = { 0 };
  struct size_words words;

  if (is_large) {
    _cleanup_free_ char *largest = facts->n_layers > 0 ? name_layer (facts, sorted[0].place) : strdup ("");
    char bytes[VPROD__SIZE_TEXT];
    vprod__size_text (facts->n_layers > 0 ? (uint64_t) sorted[0].bytes : 0, bytes);
    write_sizes (size, facts->max, &words);
    if (!largest
        || vprod__text_addf (&text, "the image has %s; at most %s may be%s%s%s%s", words.is, words.may,
                             *largest ? "; the largest layer has " : "", *largest ? bytes : "", *largest ? ": " : "", largest) < 0
        || vprod__text_addf (&remedy, "Look at the largest layers: leave out what is only needed while building (compilers, caches, "
                                      "dev dependencies) by a last stage of its own, keep what the app does not need out of the context "
                                      "by .dockerignore, or choose a smaller base image.") < 0)
      return -1;
  }
  if (is_wasteful) {
    _cleanup_free_ char *most = most_of (facts);
    write_sizes (facts->waste->wasted, facts->most_wasted, &words);
    if (!most
        || vprod__text_addf (&text, "%slower layers hold %s that later ones replace or remove; at most %s may be%s",
                             is_large ? "; and " : "", words.is, words.may, most) < 0
        || (facts->waste->n_groups > 0
            && vprod__text_addf (&remedy, "%s%s", is_large ? " " : "", remedy_of (facts, &facts->waste->groups[0])) < 0))
      return -1;
  }
  vprod__result_remedy (result, "%s", vprod__buf_string (&remedy));
  return vprod__result_fail (result, "%s", vprod__buf_string (&text));
}

static int pass (const struct vprod__image_size_facts *facts, int64_t size, vprod_result *result)
{
  struct size_words sizes, wastes;

  write_sizes (size, facts->max, &sizes);
  if (!facts->waste || facts->most_wasted < 0)
    return vprod__result_pass (result, "the image has %s, at most %s may be", sizes.is, sizes.may);
  write_sizes (facts->waste->wasted, facts->most_wasted, &wastes);
  if (facts->max <= 0)
    return vprod__result_pass (result, "lower layers hold %s that later ones replace or remove, at most %s may be", wastes.is, wastes.may);
  return vprod__result_pass (result, "the image has %s, at most %s may be; lower layers hold %s that later ones replace or remove, at "
                                     "most %s may be", sizes.is, sizes.may, wastes.is, wastes.may);
}

int vprod__image_size_judge (const struct vprod__image_size_facts *facts, vprod_result *result, vprod_error **err)
{
  int64_t size = size_of (facts);
  _cleanup_free_ struct sorted *sorted = sort_layers (facts);

  if (!sorted)
    return vprod__error_no_memory (err);
  if (facts->max > 0 && size < 0)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "the engine does not tell the image's size");
  tell_evidence (facts, size < 0 ? 0 : size, result);
  int is_large = facts->max > 0 && size > facts->max;
  int is_wasteful = facts->waste && facts->most_wasted >= 0 && facts->waste->wasted > facts->most_wasted;
  /* what the result is about comes first */
  if ((!is_wasteful && tell_layers (facts, sorted, result) < 0) || tell_wastes (facts, result) < 0
      || (is_wasteful && tell_layers (facts, sorted, result) < 0))
    return vprod__error_no_memory (err);
  if (is_large || is_wasteful)
    return fail (facts, size, sorted, result) < 0 ? vprod__error_no_memory (err) : 0;
  return pass (facts, size, result);
}
