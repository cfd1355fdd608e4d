/* SPDX-License-Identifier: MIT */
/*
 * reproducible: do two builds of the same sources give the same image? It builds twice without cache, one build after the other and
 * more than a second apart, so that what holds a time is seen, and compares what a container sees of the two: files by their
 * paths, types, modes, owners and contents, and the configuration; times of files aside, which no build keeps. The image of the
 * run itself is left out, as it may come from the cache; a builder that takes a step from its cache all the same, of which two
 * builds would be alike whatever it does, is an error.
 *
 * SOURCE_DATE_EPOCH is given to both as a build argument: BuildKit 0.11 or later takes it for its own times, and a Dockerfile that
 * declares it has it in its steps.
 */
#include "checks/check.h"
#include "checks/reproducible/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "util/cancel.h"
#include "util/clock.h"

#define EXPORT_TIMEOUT_MS (15 * 60 * 1000)
#define PAUSE_MS 1100 /* longer than a second, the unit of most times */

int64_t vprod__reproducible_pause_ms = PAUSE_MS;

/* A build and its image. */
struct half {
  struct vprod__build build;
  int64_t ended_ms;
  vprod_image_facts facts;
  struct vprod__snapshot snapshot;
};

struct halves {
  struct half first;
  struct half second;
};

static void half_clear (struct half *half)
{
  vprod__build_clear (&half->build);
  vprod__image_facts_clear (&half->facts);
  vprod__snapshot_clear (&half->snapshot);
}

static void halves_clear (struct halves *halves)
{
  half_clear (&halves->first);
  half_clear (&halves->second);
}

/* ---- building ------------------------------------------------------------------------------------------ */

/* Was a RUN not run? Of other steps builders tell in several ways. */
static const struct vprod__step *find_cached (const struct vprod__steps *steps)
{
  for (size_t i = 0; i < steps->count; i++)
    if (steps->list[i].state == VPROD_STEP_CACHED && strncmp (steps->list[i].text, "RUN ", 4) == 0)
      return &steps->list[i];
  return NULL;
}

static int build (vprod_session *session, const char *epoch, const char *which, struct half *half, vprod_error **err)
{
  const struct vprod__build_options options = {
    .no_cache = 1,
    .epoch = epoch,
    .timeout_ms = vprod__session_spec (session)->checks.reproducible.timeout_ms,
  };
  int r = vprod__session_build_once (session, &options, &half->build, err);

  half->ended_ms = vprod__now_ms ();
  if (r == 0 && half->build.withheld)
    r = vprod__build_not_told (half->build.withheld, err);
  const struct vprod__step *cached = r == 0 ? find_cached (&half->build.steps) : NULL;
  if (cached)
    r = vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "the builder took a step from its cache, though it was told not to: %s",
                          cached->text);
  if (r == 0 && half->build.facts.succeeded && !half->build.facts.image_id)
    r = vprod__error_set (err, VPROD_ERROR_BUILDER, 0, "the builder does not say which image it made");
  if (r < 0)
    vprod__error_prefix (err, "the %s build without cache", which);
  return r;
}

/* Waits until times in seconds differ from those of the first build's last step. */
static int pause_after (vprod_session *session, const struct half *first, vprod_error **err)
{
  int64_t left_ms = first->ended_ms + vprod__reproducible_pause_ms - vprod__now_ms ();
  vprod_call call;

  vprod__session_call (session, -1, &call);
  return left_ms > 0 ? vprod__call_sleep (&call, left_ms, "waiting between two builds", err) : 0;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static int read_half (vprod_session *session, struct half *half, vprod_error **err)
{
  const struct vprod__layer_visitor visitor = vprod__snapshot_visitor (&half->snapshot);
  const char *id = half->build.facts.image_id;
  int r = vprod__image_facts_of (session, id, &half->facts, err);

  return r < 0 ? r : vprod__image_files_of (session, id, EXPORT_TIMEOUT_MS, &visitor, err);
}

static int is_same_image (const struct halves *halves)
{
  const char *one = halves->first.build.facts.image_id, *other = halves->second.build.facts.image_id;

  return one && other && strcmp (one, other) == 0;
}

/* Both builds, and their images where there are two. */
static int make_halves (vprod_session *session, const char *epoch, struct halves *halves, vprod_error **err)
{
  int r = build (session, epoch, "first", &halves->first, err);

  if (r == 0 && halves->first.build.facts.succeeded)
    r = read_half (session, &halves->first, err);
  if (r == 0)
    r = pause_after (session, &halves->first, err);
  if (r == 0)
    r = build (session, epoch, "second", &halves->second, err);
  if (r == 0 && halves->first.build.facts.succeeded && halves->second.build.facts.succeeded && !is_same_image (halves))
    r = read_half (session, &halves->second, err);
  return r;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

/* The caller's own, if it has one; else now. */
static void write_epoch (char text[static 24])
{
  const char *own = getenv ("SOURCE_DATE_EPOCH");
  size_t length = own ? strspn (own, "0123456789") : 0;

  if (length > 0 && length < 16 && own[length] == '\0')
    memcpy (text, own, length + 1);
  else
    snprintf (text, 24, "%lld", (long long) time (NULL));
}

static struct vprod__build_outcome outcome_of (const struct vprod__build *build)
{
  return (struct vprod__build_outcome) { build->facts.succeeded, build->facts.failed_step, build->facts.message };
}

static int judge (const vprod_spec *spec, const struct halves *halves, vprod_result *result, vprod_error **err)
{
  _cleanup_ (vprod__differences_clear) struct vprod__differences differences = { 0 };
  const struct half *first = &halves->first, *second = &halves->second;
  size_t depth = second->snapshot.layers.depth, n_base;
  _cleanup_free_ const char **created_by = calloc (depth + 1, sizeof *created_by);
  _cleanup_free_ int *lines = calloc (depth + 1, sizeof *lines);

  if (!created_by || !lines)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < depth; i++)
    created_by[i] = second->snapshot.layers.origins[i].created_by;
  if (vprod__differences_of_settings (&first->facts, &second->facts, &differences) < 0
      || vprod__differences_of_files (&first->snapshot, &second->snapshot, spec->checks.reproducible.ignore, &differences) < 0
      || vprod__place_layers (spec, created_by, depth, lines, &n_base) < 0)
    return vprod__error_no_memory (err);
  const struct vprod__reproducible_facts facts = {
    .builds = { outcome_of (&first->build), outcome_of (&second->build) },
    .same_image = is_same_image (halves),
    .differences = &differences,
    .files = second->snapshot.count,
    .layers = { first->snapshot.layers.depth, depth },
    .created_by = created_by,
    .lines = lines,
  };
  return vprod__reproducible_judge (&facts, result, err);
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (halves_clear) struct halves halves = { 0 };
  const struct vprod__image *image;
  char epoch[24];

  if (spec->image.ref)
    return vprod__result_skip (result, "nothing is built: the spec names an image that exists, %s", spec->image.ref);
  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  write_epoch (epoch);
  r = make_halves (session, epoch, &halves, err);
  if (r < 0)
    return r;
  if (halves.second.build.facts.builder)
    vprod__result_evidence (result, "builder", "%s", halves.second.build.facts.builder);
  vprod__result_evidence (result, "build_ms", "%lld, %lld", (long long) halves.first.build.duration_ms,
                          (long long) halves.second.build.duration_ms);
  vprod__result_evidence (result, "source_date_epoch", "%s", epoch);
  r = judge (spec, &halves, result, err);
  if (r < 0)
    return r;
  if (!halves.second.build.facts.succeeded)
    vprod__result_log_tail (result, halves.second.build.log, halves.second.build.log_length);
  return vprod__result_status (result, err);
}

/* The line of the first difference that has one. */
static int line_of_difference (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const settings[] = { "LABEL", "ENV", "ARG", NULL };

  for (size_t i = 0; i < vprod_result_count_findings (result); i++) {
    const vprod_finding *finding = vprod_result_get_finding_at (result, i);
    const char *line = vprod_finding_find_field (finding, "dockerfile_line"), *setting = vprod_finding_find_field (finding, "setting");
    const char *name = setting ? strchr (setting, ' ') : NULL;
    int found = line ? atoi (line) : name ? vprod__line_with (built, settings, name + 1) : 0;
    if (found > 0)
      return found;
  }
  return 0;
}

const struct vprod__check vprod__check_reproducible = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "reproducible",
    .title = "Two builds give the same image",
    .what = "Builds the image twice without cache, more than a second apart and with the same SOURCE_DATE_EPOCH, and compares the two: "
            "paths, types, modes, owners, contents, link targets and extended attributes of all files that a container sees, and the "
            "configuration. Times of files, and those of the image and its history, are left out. Names what differs, with the layer, "
            "the line of the Dockerfile, and the reason where it is known. Files that `ignore` names may differ.",
    .why = "Where two builds differ, nobody can tell whether an image is what its sources say, nor what a new deployment changes. "
           "Layers that are new each time are pushed and pulled each time, and what a build takes from the clock or the network may "
           "be what breaks the next one.",
    .remedy = "Pin what is installed, leave logs, caches and bytecode out, and take times from SOURCE_DATE_EPOCH.",
    .run = vprod_check_reproducible,
  },
  .place = { .line = line_of_difference },
  .run = run,
};
