/* SPDX-License-Identifier: MIT */
#include "checks/dev_deps_absent/facts.h"

#include <string.h>
#include "util/buf.h"
#include "util/text.h"

static int add_name (struct vprod__buf *buf, const char *name)
{
  return vprod__text_addf (buf, "%s%s", buf->length ? ", " : "", name);
}

static const char *remedy_for (const char *option, int at_run)
{
  if (at_run)
    return "It was written after the start, by what the app is started with: install all that runs while the image is "
           "built, without development dependencies, and start the app itself (`uv run --no-sync`, or UV_NO_SYNC=1 in "
           "the image, or the environment's own python; no `npm install` or `bundle install` in the start command).";
  if (strcmp (option, "packages") == 0)
    return "Install without it in the final stage (`uv sync --no-dev`, `npm ci --omit=dev`, no compiler beside "
           "the app), or copy only what runs from the stage that builds.";
  if (strcmp (option, "paths") == 0)
    return "Leave it in the stage that builds: copy only what runs into the final stage.";
  return "Leave what it finds out of the final stage: install without development dependencies, and copy only "
         "what runs.";
}

int vprod__judge_dev_deps (const struct vprod__dev_dep *deps, size_t count, vprod_result *result,
                           vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf present = { 0 };
  _cleanup_buf_ struct vprod__buf untold = { 0 };
  _cleanup_buf_ struct vprod__buf lower = { 0 };
  _cleanup_buf_ struct vprod__buf told = { 0 };
  const struct vprod__dev_dep *first = NULL;
  size_t n_present = 0, n_at_run = 0;
  int untold_command = 0;

  for (size_t i = 0; i < count; i++) {
    const struct vprod__dev_dep *dep = &deps[i];
    int r = 0;
    if (dep->presence == VPROD__PRESENT) {
      n_present++;
      n_at_run += dep->at_run != 0;
      if (!first || (first->at_run && !dep->at_run))
        first = dep; /* what the image has comes first */
      r = add_name (&present, dep->name);
      if (r == 0 && dep->at_run)
        r = vprod__text_addf (&present, " (written after the start)");
      vprod_finding *finding
        = vprod__result_finding (result, dep->at_run ? "%s is in the running app, written after the start: %s"
                                                     : "%s is in the image: %s", dep->name, dep->where);
      vprod__finding_set (finding, "option", "%s", dep->option);
      vprod__finding_set (finding, "name", "%s", dep->name);
      vprod__finding_set (finding, "where", "%s", dep->where);
    }
    else if (dep->presence == VPROD__UNTOLD) {
      untold_command |= strcmp (dep->option, "commands") == 0;
      r = vprod__text_addf (&untold, "%s%s: %s", untold.length ? "; " : "", dep->name, dep->where);
      vprod_finding *finding = vprod__result_finding (result, "%s could not be told: %s", dep->name, dep->where);
      vprod__finding_set (finding, "option", "%s", dep->option);
      vprod__finding_set (finding, "name", "%s", dep->name);
    }
    else {
      if (dep->where)
        r = vprod__text_addf (&told, "%s%s: %s", told.length ? "\n" : "", dep->name, dep->where);
      if (r == 0 && dep->lower)
        r = vprod__text_addf (&lower, "%s%s: %s", lower.length ? "\n" : "", dep->name, dep->lower);
    }
    if (r < 0)
      return vprod__error_no_memory (err);
  }
  if (told.length)
    vprod__result_evidence (result, "absent", "%s", told.data);
  if (lower.length)
    vprod__result_evidence (result, "only_in_lower_layers", "%s", lower.data);
  if (n_present > 0) {
    if (untold.length)
      vprod__result_evidence (result, "could_not_be_told", "%s", untold.data);
    vprod__result_remedy (result, "%s", remedy_for (first->option, first->at_run));
    if (n_at_run == n_present)
      return n_present == 1
             ? vprod__result_fail (result, "not in the image, but in the app that runs, though it is for development: "
                                   "%s (%s, written after the start)", first->name, first->where)
             : vprod__result_fail (result, "not in the image, but in the app that runs, though they are for "
                                   "development: %s", present.data);
    return n_present == 1
           ? vprod__result_fail (result, "in the image, though it is for development: %s (%s)", first->name,
                                 first->where)
           : vprod__result_fail (result, "in the image, though they are for development: %s", present.data);
  }
  if (untold.length)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "whether these are absent could not be told: %s. %s of checks.dev-deps-absent need no "
                             "program in the image", untold.data, untold_command ? "`packages` and `paths`" : "`paths`");
  return vprod__result_pass (result,
                             count == 1 ? "%zu thing that is for development was looked for and is absent"
                                        : "%zu things that are for development were looked for and are absent",
                             count);
}
