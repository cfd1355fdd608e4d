/* SPDX-License-Identifier: MIT */
/*
 * required-env: the shipped entrypoint ends with an error in time if one required variable is missing, and runs if all are
 * set. The run with all is the control: without it, an image that always exits non-zero would look good. The control is
 * the session's app, and it must outlive the slowest of the runs without a variable: an app that ends by itself after three
 * seconds ends without any variable as well. These runs go side by side, beside the databases, once the control is ready:
 * two apps that set up one database at the same time may fail for that. Where an app's last line does not name that
 * variable alone, a second container with all variables runs as well, and must outlive the slowest of these runs: an app
 * that cannot run twice ends for that reason, whatever is missing and whatever variables it names. The time limit grows
 * with what the control took to be ready, as the same machine is slow for all of them.
 */
#include "checks/check.h"
#include "checks/required_env/named.h"
#include "checks/required_env/runs.h"
#include "checks/required_env/sources.h"

#include <string.h>
#include "util/clock.h"
#include "util/strv.h"

/* The control must be seen up for so much longer than the slowest of the others took to end. */
#define OUTLIVES_MS 500
/* The others may take this many times as long as the control took to be ready. */
#define STARTS 3

static int add_names (char *const *pairs, char ***vars)
{
  for (size_t i = 0; pairs && pairs[i]; i++)
    if (vprod__strv_take (vars, strndup (pairs[i], strcspn (pairs[i], "="))) < 0)
      return -1;
  return 0;
}

/* The variables to leave out: the spec's list, each once, else every key of run.env and every path of run.files. */
static int find_vars (const vprod_spec *spec, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **vars = NULL;
  char **listed = spec->checks.required_env.vars;

  for (size_t i = 0; listed && listed[i]; i++)
    if (!vprod__strv_has (vars, listed[i]) && vprod__strv_add (&vars, listed[i]) < 0)
      return vprod__error_no_memory (err);
  if (!listed && (add_names (spec->run.env, &vars) < 0 || add_names (spec->run.files, &vars) < 0))
    return vprod__error_no_memory (err);
  *ret = vprod__steal (&vars);
  return 0;
}

/* One row for each variable and, if the spec asks for it, one for each set to the empty text. */
static int make_rows (const vprod_spec *spec, const struct vprod__image *image, char *const *vars,
                      struct vprod__env_runs *runs, vprod_error **err)
{
  size_t n = vprod__strv_length (vars);

  runs->without = calloc (2 * n, sizeof *runs->without);
  if (!runs->without)
    return vprod__error_no_memory (err);
  runs->count = spec->checks.required_env.empty != VPROD__EMPTY_NO ? 2 * n : n;
  runs->n_judged = spec->checks.required_env.empty == VPROD__EMPTY_FAIL ? runs->count : n;
  for (size_t i = 0; i < runs->count; i++) {
    runs->without[i].variable = vars[i % n];
    runs->without[i].image_default = vprod__strv_env (image->facts.env, vars[i % n]);
    runs->without[i].empty = i >= n;
    runs->without[i].unset = !vprod__strv_env (vprod__is_file (vars[i % n]) ? spec->run.files : spec->run.env, vars[i % n]);
  }
  return 0;
}

/* How long the slowest took of those that ended with an error; 0: none did. */
static int64_t slowest_refusal (const struct vprod__without *without, size_t count)
{
  int64_t slowest = 0;

  for (size_t i = 0; i < count; i++)
    if (vprod__is_refusal (&without[i]) && without[i].once.duration_ms > slowest)
      slowest = without[i].once.duration_ms;
  return slowest;
}

/* Waits until the control has outlived the slowest run. 1: it ended, and result is now a skip. */
static int outlive (vprod_session *session, const struct vprod__app *app, int64_t slowest_ms, vprod_result *result,
                    vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };
  int64_t left = app->started_at + slowest_ms + OUTLIVES_MS - vprod__now_ms ();
  int exit_code, r = 0;

  if (slowest_ms > 0 && left > 0)
    r = vprod__wait_end (session, app->container_id, left, &exit_code, err);
  if (r >= 0)
    r = vprod__app_facts (session, app, &facts, err);
  if (r < 0 || facts.running)
    return r;
  vprod__result_judged_by (result, vprod__owner_of_app.check_id);
  vprod__result_skip (result, "not checked: the app did not stay up: with all variables it ended too, with exit code %d",
                      facts.exit_code);
  return 1;
}

/* How long each may take. */
static int find_limit (vprod_session *session, int64_t *ret, vprod_error **err)
{
  const struct vprod__health *health;
  int64_t timeout_ms = vprod__session_spec (session)->checks.required_env.timeout_ms;

  int r = vprod__get_health (session, &health, err);
  if (r < 0)
    return r;
  *ret = health->first_ms > timeout_ms / STARTS ? STARTS * health->first_ms : timeout_ms;
  return 0;
}

/* Where one ended without naming its variable as the reason: did a second container with all variables outlive them? */
static int see_beside (struct vprod__env_runs *runs, struct vprod__once *beside, struct vprod__required_env_facts *facts,
                       vprod_error **err)
{
  int64_t slowest_ms = 0;

  if (!runs->any_is_unexplained)
    return 0;
  for (size_t i = 0; i < runs->n_judged; i++)
    if (vprod__is_unexplained (&runs->without[i], runs->without, runs->n_judged)
        && runs->without[i].once.duration_ms > slowest_ms)
      slowest_ms = runs->without[i].once.duration_ms;
  facts->beside = beside;
  return vprod__env_runs_with_all (runs, slowest_ms + OUTLIVES_MS, beside, err);
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_strv_ char **vars = NULL;
  _cleanup_ (vprod__env_runs_clear) struct vprod__env_runs runs;
  _cleanup_ (vprod__once_clear) struct vprod__once beside = { 0 };
  _cleanup_ (vprod__env_sources_clear) struct vprod__env_sources sources = { 0 };
  const struct vprod__image *image;
  const struct vprod__app *app;

  vprod__env_runs_init (&runs, session);
  int r = find_vars (spec, &vars, err);
  if (r < 0)
    return r;
  if (!vars || !vars[0])
    return vprod__result_skip (result, "not checked: the spec names no variable and no file; name them with run.env and run.files, and "
                                       "those that the app cannot do without with checks.required-env.vars");
  r = vprod__need_image (session, result, &image, err);
  if (r == 0)
    r = make_rows (spec, image, vars, &runs, err);
  if (r == 0)
    r = vprod__env_runs_begin (&runs, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__need_ready (session, result, &app, err);
  if (r != 0) {
    vprod__env_runs_give_up (&runs);
    return r < 0 ? r : 0;
  }
  int64_t limit_ms;
  r = find_limit (session, &limit_ms, err);
  if (r < 0)
    vprod__env_runs_give_up (&runs);
  else
    r = vprod__env_runs_finish (&runs, limit_ms, err);
  if (r < 0)
    return r;
  size_t n = vprod__strv_length (vars);
  r = outlive (session, app, slowest_refusal (runs.without, runs.n_judged), result, err);
  if (r != 0)
    return r < 0 ? r : 0;
  struct vprod__required_env_facts facts = {
    .without = runs.without,
    .count = n,
    .empty = runs.without + n,
    .n_empty = runs.count - n,
    .empty_fails = spec->checks.required_env.empty == VPROD__EMPTY_FAIL,
    .timeout_ms = limit_ms,
  };
  r = see_beside (&runs, &beside, &facts, err);
  if (r == 0 && !image->given)
    r = vprod__env_sources_look (&sources, spec, vars, runs.without, n, err);
  if (r < 0)
    return r;
  facts.defaults = sources.defaults;
  facts.n_defaults = sources.n_defaults;
  return vprod__required_env_judge (&facts, result, err);
}

/* The line of the default that the image has for a variable. */
static int line_of_default (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const words[] = { "ENV", NULL };
  int line = 0;

  for (size_t i = 0; !line && i < vprod_result_count_findings (result); i++) {
    const vprod_finding *finding = vprod_result_get_finding_at (result, i);
    if (vprod_finding_find_field (finding, "image_default"))
      line = vprod__line_with (built, words, vprod_finding_find_field (finding, "variable"));
  }
  return line ? line : vprod__line_of_command (built, result);
}

const struct vprod__check vprod__check_required_env = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "required-env",
    .title = "A missing setting stops the app at once",
    .what = "With all of run.env the app runs: that is the control. Then runs it once for each required variable "
            "with all but that one, side by side and beside the database. Passes when each of these ends with a "
            "non-zero exit code within timeout, and the control outlives them. Whether its output names the variable "
            "is told with each finding; where its last words do not name it alone (but for a dump of the others' "
            "values), a second container with all variables, started after the others, must run on beside the first, or "
            "end in other words, or else it cannot be told why the others ended. "
            "As many run at once as the engine has processors, at least two. "
            "Time in which the machine kept them waiting does not count. Files of run.files are left out as variables are. Where the spec asks for it, an app that takes the "
            "empty text (or an empty file) for a value is told of as a finding too, or fails.",
    .why = "A setting that was forgotten in a deployment must stop that deployment. An app that starts without "
           "its key or its password and fails at the first request, or uses a default that everybody knows, "
           "takes the old, good version's place.",
    .remedy = "Read and check all settings before anything else in the program, name what is missing on stderr, "
              "and exit non-zero. Bake no defaults for secrets into the image with ENV.",
    .run = vprod_check_required_env,
  },
  .app_use = VPROD__APP_USES,
  .needs_services = 1,
  .place = { .line = line_of_default },
  .run = run,
};
