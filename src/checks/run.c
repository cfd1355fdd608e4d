/* SPDX-License-Identifier: MIT */
/*
 * vprod_session_run: chooses checks by the spec, `only` and `skip`, and runs them. An id that names no check, or a choice
 * that leaves none, is the caller's mistake: an error before anything is made.
 */
#include "checks/check.h"
#include "result/report.h"

#include <string.h>
#include "util/buf.h"
#include "util/text.h"

static int has (const char *const *ids, const char *id)
{
  for (size_t i = 0; ids && ids[i]; i++)
    if (strcmp (ids[i], id) == 0)
      return 1;
  return 0;
}

/* The id of a check of this spec: those that there are, then its own. NULL past the end. */
static const char *id_at (const vprod_spec *spec, size_t index)
{
  size_t n = vprod_count_checks ();
  const vprod_check_info *info = index < n ? vprod_get_check_at (index) : vprod_spec_get_own_check_at (spec, index - n);

  return info ? info->id : NULL;
}

static size_t count_all (const vprod_spec *spec)
{
  return vprod_count_checks () + vprod_spec_count_own_checks (spec);
}

/* Does every id name a check? */
static int know_ids (const vprod_spec *spec, const char *const *ids, const char *option, vprod_error **err)
{
  size_t n = count_all (spec);
  _cleanup_free_ const char **known = calloc (n + 1, sizeof *known);

  if (!known)
    return vprod__error_no_memory (err);
  for (size_t k = 0; k < n; k++)
    known[k] = id_at (spec, k);
  for (size_t i = 0; ids && ids[i]; i++) {
    if (has (known, ids[i]))
      continue;
    const char *nearest = vprod__text_nearest (ids[i], known);
    if (nearest)
      return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "there is no check \"%s\" to %s; did you mean \"%s\"?",
                               ids[i], option, nearest);
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "there is no check \"%s\" to %s; `verify-prod list` names them all", ids[i], option);
  }
  return 0;
}

/* Is a check asked for by name that the spec switches off? */
static int know_that_on (const vprod_spec *spec, const char *const *only, vprod_error **err)
{
  for (size_t i = 0; only && only[i]; i++)
    if (!vprod_spec_has_check (spec, only[i]))
      return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                               "the check \"%s\" is asked for, but the spec says `%s: false` under `checks`; "
                               "remove that line to run it",
                               only[i], only[i]);
  return 0;
}

static int nothing_left (const vprod_run_options *options, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "no check is left to run: %s",
                           options->only && !options->only[0] ? "the list of those to run is empty"
                           : options->only                    ? "all that are asked for are skipped"
                           : options->skip ? "the spec switches off, or the caller skips, every one"
                                           : "the spec says false for every one");
}

/* The check of this id, which is one of those of the spec. */
static struct vprod__check check_of (const vprod_spec *spec, const char *id)
{
  const struct vprod__check *check = vprod__check_find (id);

  return check ? *check : vprod__own_check_of (spec, (size_t) vprod__own_find (spec, id));
}

static struct vprod__job job_of (const struct vprod__check *check, const vprod_spec *spec)
{
  struct vprod__job job = {
    .check_id = check->info.id, .title = check->info.title, .run = check->info.run, .run_by_id = vprod_check_own,
  };

  if (vprod__spec_lacks_check (spec, check->info.id))
    return job; /* it will say so, and do nothing */
  job.app_use = check->app_use_of ? check->app_use_of (spec) : check->app_use;
  job.reads_files = check->reads_files_of ? check->reads_files_of (spec) : check->reads_files;
  return job;
}

int vprod_session_run (vprod_session *session, const vprod_run_options *options, vprod_report **ret_report,
                       vprod_error **err)
{
  _cleanup_free_ struct vprod__job *jobs = NULL;
  vprod_run_options o = { 0 };
  size_t n = 0;
  int r;

  if (!session || !ret_report)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot run the checks: %s is NULL",
                             session ? "ret_report" : "session");
  r = vprod__session_own (session, err);
  if (r < 0)
    return r;
  if (options)
    memcpy (&o, options, options->size < sizeof o ? options->size : sizeof o);
  if (o.jobs < 0)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot run %d checks at the same time", o.jobs);

  const vprod_spec *spec = vprod__session_spec (session);
  r = know_ids (spec, o.only, "run", err);
  if (r == 0)
    r = know_ids (spec, o.skip, "skip", err);
  if (r == 0)
    r = know_that_on (spec, o.only, err);
  if (r < 0)
    return r;

  jobs = calloc (count_all (spec), sizeof *jobs);
  if (!jobs)
    return vprod__error_no_memory (err);
  const char *id;
  for (size_t i = 0; (id = id_at (spec, i)); i++) {
    if (!vprod_spec_has_check (spec, id) || (o.only && !has (o.only, id)) || has (o.skip, id))
      continue;
    const struct vprod__check check = check_of (spec, id);
    jobs[n++] = job_of (&check, spec);
  }
  if (n == 0)
    return nothing_left (&o, err);
  r = vprod__session_run_jobs (session, jobs, n, o.jobs, ret_report, err);
  /* vprod__check_run gives a place only to what has a verdict */
  for (size_t i = 0; r == 0 && i < (*ret_report)->n_results; i++) {
    const struct vprod__check check = check_of (spec, vprod_result_get_check ((*ret_report)->results[i]));
    vprod__place_result (spec, &check.place, (*ret_report)->results[i]);
  }
  return r;
}
