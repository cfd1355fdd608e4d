/* SPDX-License-Identifier: MIT */
#include "session_jobs_fake.h"

#include "runner/runner.h"
#include "unit.h"
#include "util/cancel.h"
#include "util/strv.h"

typedef int (*judge_fn) (vprod_session *session, vprod_result *result, vprod_error **err);

static int with_result (const char *check_id, judge_fn judge, vprod_session *session, vprod_result **ret,
                        vprod_error **err)
{
  _cleanup_result_ vprod_result *result = NULL;

  int r = vprod__result_new (check_id, "a check", &result, err);
  if (r == 0)
    r = judge (session, result, err);
  if (r < 0)
    return r;
  *ret = vprod__steal (&result);
  return 0;
}

#define DEFINE_JOB(name, id)                                                                                 \
  static int run_##name (vprod_session *session, vprod_result **ret, vprod_error **err)                      \
  {                                                                                                          \
    return with_result (id, judge_##name, session, ret, err);                                                \
  }

static int judge_build (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const struct vprod__image *image;

  int r = vprod__get_image (session, &image, err);
  if (r < 0)
    return r;
  return image->usable ? vprod__result_pass (result, "built") : vprod__result_fail (result, "%s", image->why);
}
DEFINE_JOB (build, "build")

static int judge_start (vprod_session *session, vprod_result *result, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };
  const struct vprod__image *image;
  const struct vprod__app *app;
  int64_t connections;

  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__get_app (session, &app, err);
  if (r < 0)
    return r;
  if (!app->started)
    return vprod__result_fail (result, "%s", app->why);
  r = vprod__wait_app_users (session, "start", err);
  if (r == 0)
    r = vprod__app_database_connections (session, app, &connections, err);
  if (r == 0)
    r = vprod__app_facts (session, app, &facts, err);
  if (r < 0)
    return r;
  return facts.running ? vprod__result_pass (result, "up, %d connections", (int) connections)
                       : vprod__result_fail (result, "ended with %d", facts.exit_code);
}
DEFINE_JOB (start, "start")

static int judge_health (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const struct vprod__health *health;
  const struct vprod__app *app;

  int r = vprod__need_ready (session, result, &app, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__get_health (session, &health, err);
  if (r < 0)
    return r;
  return health->state == VPROD__HEALTH_BAD ? vprod__result_fail (result, "status %d", health->last_status)
                                            : vprod__result_pass (result, "well");
}
DEFINE_JOB (health, "health")

static int judge_graceful_stop (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const struct vprod__app *app;
  vprod_call call;
  int exit_code;

  int r = vprod__need_ready (session, result, &app, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__wait_app_users (session, "graceful-stop", err);
  vprod__session_call (session, 5000, &call);
  if (r == 0)
    r = vprod__runner_container_signal (vprod__session_runner (session), &call, app->container_id, "SIGTERM", err);
  if (r == 0)
    r = vprod__runner_container_wait (vprod__session_runner (session), &call, app->container_id, &exit_code, err);
  if (r < 0)
    return r;
  vprod__app_used_up (session);
  return exit_code == 0 ? vprod__result_pass (result, "exit code 0") : vprod__result_fail (result, "%d", exit_code);
}
DEFINE_JOB (graceful_stop, "graceful-stop")

static int judge_required_env (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const struct vprod__image *image;
  int r = vprod__need_image (session, result, &image, err);

  for (int i = 0; r == 0 && i < 3; i++) {
    _cleanup_strv_ char **env = NULL;
    struct vprod__once once;
    r = vprod__session_env (session, &env, err);
    if (r < 0)
      return r;
    struct vprod__once_options options = { .env = (const char *const *) env, .on_network = 1, .timeout_ms = 5000 };
    r = vprod__run_once (session, &options, &once, err);
    if (r == 0)
      vprod__once_clear (&once);
  }
  if (r != 0)
    return r < 0 ? r : 0;
  return vprod__result_pass (result, "each is required");
}
DEFINE_JOB (required_env, "required-env")

static int take_process (void *data, const vprod_process *process)
{
  *(int64_t *) data = process->euid;
  return 0;
}

static int judge_non_root (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const struct vprod__app *app;
  int64_t euid = 0;
  vprod_call call;

  int r = vprod__need_ready (session, result, &app, err);
  if (r != 0)
    return r < 0 ? r : 0;
  vprod__session_call (session, 5000, &call);
  r = vprod__runner_container_processes (vprod__session_runner (session), &call, app->container_id, take_process, &euid,
                                         err);
  if (r < 0)
    return r;
  return euid ? vprod__result_pass (result, "UID %d", (int) euid) : vprod__result_fail (result, "root");
}
DEFINE_JOB (non_root, "non-root")

static int judge_layer_cache (vprod_session *session, vprod_result *result, vprod_error **err)
{
  _cleanup_ (vprod__build_clear) struct vprod__build made = { 0 };
  _cleanup_free_ char *dir = NULL;
  const struct vprod__image *image;

  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__session_stage_context (session, NULL, &dir, err);
  if (r < 0)
    return r;
  struct vprod__build_options options = { .context_dir = dir, .timeout_ms = 5000 };
  r = vprod__session_build_once (session, &options, &made, err);
  return r < 0 ? r : vprod__result_pass (result, "%zu steps", made.steps.count);
}
DEFINE_JOB (layer_cache, "layer-cache")

const struct vprod__job fake_jobs[N_FAKE_JOBS] = {
  { "build", "a check", VPROD__APP_NONE, run_build },
  { "start", "a check", VPROD__APP_JUDGES, run_start },
  { "health", "a check", VPROD__APP_USES, run_health },
  { "graceful-stop", "a check", VPROD__APP_ENDS, run_graceful_stop },
  { "required-env", "a check", VPROD__APP_NONE, run_required_env },
  { "non-root", "a check", VPROD__APP_USES, run_non_root },
  { "layer-cache", "a check", VPROD__APP_NONE, run_layer_cache },
};
