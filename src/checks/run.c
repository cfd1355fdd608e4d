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

static size_t count_checks (void)
{
  size_t n = 0;

  while (vprod__checks[n])
    n++;
  return n;
}

/* Does every id name a check? */
static int know_ids (const char *const *ids, const char *option, vprod_error **err)
{
  size_t n = count_checks ();
  _cleanup_free_ const char **known = NULL;

  for (size_t i = 0; ids && ids[i]; i++) {
    if (vprod_find_check (ids[i]))
      continue;
    known = calloc (n + 1, sizeof *known);
    if (!known)
      return vprod__error_no_memory (err);
    for (size_t k = 0; k < n; k++)
      known[k] = vprod__checks[k]->info.id;
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

static struct vprod__job job_of (const struct vprod__check *check, const vprod_spec *spec)
{
  struct vprod__job job = { .check_id = check->info.id, .title = check->info.title, .run = check->info.run };

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
  r = know_ids (o.only, "run", err);
  if (r == 0)
    r = know_ids (o.skip, "skip", err);
  if (r == 0)
    r = know_that_on (spec, o.only, err);
  if (r < 0)
    return r;

  jobs = calloc (count_checks (), sizeof *jobs);
  if (!jobs)
    return vprod__error_no_memory (err);
  for (size_t i = 0; vprod__checks[i]; i++) {
    const struct vprod__check *check = vprod__checks[i];

    if (!vprod_spec_has_check (spec, check->info.id) || (o.only && !has (o.only, check->info.id))
        || has (o.skip, check->info.id))
      continue;
    jobs[n++] = job_of (check, spec);
  }
  if (n == 0)
    return nothing_left (&o, err);
  r = vprod__session_run_jobs (session, jobs, n, o.jobs, ret_report, err);
  /* vprod__check_run gives a place only to what has a verdict */
  for (size_t i = 0; r == 0 && i < (*ret_report)->n_results; i++)
    vprod__place_result (spec, &vprod__check_find (vprod_result_get_check ((*ret_report)->results[i]))->place,
                         (*ret_report)->results[i]);
  return r;
}
