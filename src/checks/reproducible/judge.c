/* SPDX-License-Identifier: MIT */
/* The judging part of `reproducible`: a pure function of facts. */
#include "checks/reproducible/facts.h"
#include "dockerfile/layer_lines.h"

#include <string.h>
#include "util/text.h"

#define MOST_TOLD 100
#define MOST_NAMED 3   /* in the message */
#define MOST_REMEDIES 3
#define VALUE_CHARS 60 /* of a setting */

/* ---- words --------------------------------------------------------------------------------------------- */

static const struct {
  unsigned bit;
  const char *words;
} kinds[] = {
  { VPROD__DIFFERS_TYPE, "type" },     { VPROD__DIFFERS_CONTENT, "content" }, { VPROD__DIFFERS_TARGET, "link target" },
  { VPROD__DIFFERS_MODE, "mode" },     { VPROD__DIFFERS_OWNER, "owner" },     { VPROD__DIFFERS_DEVICE, "device" },
  { VPROD__DIFFERS_ATTRIBUTES, "extended attributes" },
};

/* "content and mode"; "there in one build only". NULL out of memory. */
static char *words_of (const struct vprod__difference *difference)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (difference->differs & VPROD__DIFFERS_ABSENT)
    return strdup (difference->absent_in == 1 ? "only the second build has it" : "only the first build has it");
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if ((difference->differs & kinds[i].bit)
        && vprod__text_addf (&text, "%s%s", text.length ? " and " : "", kinds[i].words) < 0)
      return NULL;
  return vprod__buf_steal (&text);
}

/* What made the layer of a difference, or NULL. */
static const char *created_by (const struct vprod__reproducible_facts *facts, const struct vprod__difference *difference)
{
  return facts->created_by && difference->place >= 0 && (size_t) difference->place < facts->layers[1]
           ? facts->created_by[difference->place] : NULL;
}

static int line_of (const struct vprod__reproducible_facts *facts, const struct vprod__difference *difference)
{
  return facts->lines && difference->place >= 0 && (size_t) difference->place < facts->layers[1] ? facts->lines[difference->place] : 0;
}

/* ---- findings ------------------------------------------------------------------------------------------ */

static int tell_file (const struct vprod__reproducible_facts *facts, const struct vprod__difference *difference, vprod_result *result)
{
  const char *by = created_by (facts, difference);
  _cleanup_free_ char *words = words_of (difference), *step = by ? vprod__created_by_shown (by) : strdup ("");
  int line = line_of (facts, difference);
  vprod_finding *finding;

  if (!words || !step)
    return -1;
  if (difference->known)
    finding = vprod__result_finding (result, "/%s: %s, as %s", difference->path, words, difference->known->why);
  else
    finding = vprod__result_finding (result, "/%s: %s%s%.80s", difference->path, words, *step ? ", of " : "", step);
  vprod__finding_set (finding, "path", "/%s", difference->path);
  vprod__finding_set (finding, "differs", "%s", words);
  vprod__finding_set (finding, "layer", "%ld", difference->place + 1);
  if (by)
    vprod__finding_set (finding, "created_by", "%.200s", by);
  if (line > 0)
    vprod__finding_set (finding, "dockerfile_line", "%d", line);
  if (difference->known) {
    vprod__finding_set (finding, "reason", "%s", difference->known->why);
    vprod__finding_set (finding, "remedy", "%s", difference->known->remedy);
    vprod__finding_set (finding, "group", "%s", difference->known->files);
  }
  return 0;
}

static void tell_setting (const struct vprod__setting_difference *setting, vprod_result *result)
{
  vprod_finding *finding =
    vprod__result_finding (result, "%s: \"%.*s\" and \"%.*s\"", setting->name, VALUE_CHARS, setting->first ? setting->first : "",
                           VALUE_CHARS, setting->second ? setting->second : "");

  vprod__finding_set (finding, "setting", "%s", setting->name);
}

static int tell_all (const struct vprod__reproducible_facts *facts, vprod_result *result)
{
  const struct vprod__differences *differences = facts->differences;

  for (size_t i = 0; i < differences->n_settings && i < MOST_TOLD; i++)
    tell_setting (&differences->settings[i], result);
  for (size_t i = 0; i < differences->n_files && i < MOST_TOLD; i++)
    if (tell_file (facts, &differences->files[i], result) < 0)
      return -1;
  return 0;
}

/* ---- the verdict --------------------------------------------------------------------------------------- */

/* Adds what is to be done about the differences whose reason is known, once each. */
static int add_remedies (const struct vprod__differences *differences, struct vprod__buf *remedy, int *ret_unknown)
{
  const struct vprod__irreproducible *told[MOST_REMEDIES];
  size_t n = 0;

  *ret_unknown = differences->n_settings > 0;
  for (size_t i = 0; i < differences->n_files; i++) {
    const struct vprod__irreproducible *known = differences->files[i].known;
    int is_told = 0;
    for (size_t k = 0; known && k < n; k++)
      is_told |= strcmp (told[k]->remedy, known->remedy) == 0;
    *ret_unknown |= !known;
    if (!known || is_told || n == MOST_REMEDIES)
      continue;
    told[n++] = known;
    if (vprod__text_addf (remedy, "%s/%s: %s", remedy->length ? " " : "", differences->files[i].path, known->remedy) < 0)
      return -1;
  }
  return 0;
}

static int fail_different (const struct vprod__reproducible_facts *facts, vprod_result *result)
{
  const struct vprod__differences *differences = facts->differences;
  size_t all = differences->n_files + differences->more, named = 0;
  _cleanup_buf_ struct vprod__buf text = { 0 }, remedy = { 0 };
  int unknown;

  if (all > 0 && vprod__text_addf (&text, "%zu file%s differ%s between two builds without cache: ", all, all == 1 ? "" : "s",
                                   all == 1 ? "s" : "") < 0)
    return -1;
  for (; named < differences->n_files && named < MOST_NAMED; named++) {
    const struct vprod__difference *difference = &differences->files[named];
    _cleanup_free_ char *words = words_of (difference);
    int line = line_of (facts, difference);
    if (!words || vprod__text_addf (&text, "%s/%s (%s", named ? ", " : "", difference->path, words) < 0
        || (line > 0 && vprod__text_addf (&text, ", by line %d of the Dockerfile", line) < 0) || vprod__text_addf (&text, ")") < 0)
      return -1;
  }
  if (all > named && vprod__text_addf (&text, " and %zu more", all - named) < 0)
    return -1;
  for (size_t i = 0; i < differences->n_settings && i < MOST_NAMED; i++)
    if (vprod__text_addf (&text, "%s%s", i ? ", " : all > 0 ? "; and in their configuration " : "in their configuration two builds without "
                                                                                                 "cache differ: ",
                          differences->settings[i].name) < 0)
      return -1;
  if (add_remedies (differences, &remedy, &unknown) < 0
      || (unknown
          && vprod__text_addf (&remedy, "%sTake what a step gets from the clock, from random numbers or from the network from what is "
                                        "fixed: SOURCE_DATE_EPOCH, a build argument, versions that are pinned.",
                               remedy.length ? " " : "") < 0))
    return -1;
  vprod__result_remedy (result, "%s What may differ is named in checks.reproducible.ignore.", remedy.data);
  return vprod__result_fail (result, "%s", text.data);
}

static int is_same_text (const char *one, const char *other)
{
  return strcmp (one ? one : "", other ? other : "") == 0;
}

/* A build that fails without the cache: twice in the same way it is the Dockerfile's. */
static int judge_failed (const struct vprod__build_outcome builds[2], vprod_result *result, vprod_error **err)
{
  const struct vprod__build_outcome *first = &builds[0], *second = &builds[1], *failed = first->succeeded ? second : first;
  const char *step = failed->failed_step ? failed->failed_step : "a step";
  const char *why = failed->message ? failed->message : "the builder did not say why";

  if (first->succeeded || second->succeeded || !is_same_text (first->failed_step, second->failed_step)
      || !is_same_text (first->message, second->message))
    return vprod__error_set (err, VPROD_ERROR_BUILDER, 0, "of two builds without cache %s, at %s: %s",
                             first->succeeded    ? "the second failed"
                             : second->succeeded ? "the first failed"
                                                 : "both failed, each in its own way, the first",
                             step, why);
  vprod__result_remedy (result, "Have the step take only what stays: versions that are pinned and still to be had, files of the context. "
                                "Build with --no-cache to see it.");
  return vprod__result_fail (result, "the image builds from the builder's cache only; without it, twice, %s fails: %s", step, why);
}

int vprod__reproducible_judge (const struct vprod__reproducible_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__differences *differences = facts->differences;

  if (!facts->builds[0].succeeded || !facts->builds[1].succeeded)
    return judge_failed (facts->builds, result, err);
  if (facts->same_image)
    return vprod__result_pass (result, "two builds without cache gave the very same image");
  vprod__result_evidence (result, "files", "%zu", facts->files);
  vprod__result_evidence (result, "layers", "%zu, %zu", facts->layers[0], facts->layers[1]);
  vprod__result_evidence (result, "different_files", "%zu", differences->n_files + differences->more);
  vprod__result_evidence (result, "different_settings", "%zu", differences->n_settings);
  if (differences->ignored > 0)
    vprod__result_evidence (result, "ignored", "%zu", differences->ignored);
  if (differences->n_files == 0 && differences->n_settings == 0)
    return differences->ignored == 0
             ? vprod__result_pass (result, "two builds without cache have the same %zu files and the same configuration", facts->files)
             : vprod__result_pass (result, "two builds without cache have the same %zu files, but for %zu that the spec ignores, and "
                                           "the same configuration", facts->files, differences->ignored);
  if (tell_all (facts, result) < 0 || fail_different (facts, result) < 0)
    return vprod__error_no_memory (err);
  return 0;
}
