/* SPDX-License-Identifier: MIT */
/*
 * Checks of the user's own (checks.own): a command is run in the image, or in the running app's container, and must end as the spec
 * says, and write what it says. They are no rows of registry.h: a spec has them. One struct stands for all; which of them runs is
 * the id of the result that it fills.
 *
 * A command in the image is the first process of a container made for it, with no network, as those of dev-deps-absent are; one in
 * the app is an exec, as the image's HEALTHCHECK is. A command that cannot be run because it is not there says something of the
 * image: that is a `fail`. Only what the engine or the machine did not let it do is an error.
 */
#include "checks/check.h"
#include "checks/own/facts.h"
#include "session/app_exec.h"
#include "session/asker.h"
#include "session/limit.h"
#include "util/clock.h"
#include "util/strv.h"

#define APP_BYTES 8192         /* of what is written in the app vprod__app_exec keeps so many */
#define IMAGE_BYTES (64 * 1024) /* … in the image, vprod__container_output */

struct gathering {
  vprod_session *session;
  struct vprod__own_facts facts;
  struct vprod__once once; /* of one of these two the facts are */
  struct vprod__exec exec;
  char **env;
};

static void clear (struct gathering *gathering)
{
  vprod__once_clear (&gathering->once);
  vprod__exec_clear (&gathering->exec);
  vprod__strv_free (gathering->env);
}

static int run_in_image (struct gathering *gathering, vprod_error **err)
{
  const struct vprod__spec_own *own = gathering->facts.spec;
  const char *const entrypoint[] = { own->command[0], NULL };
  struct vprod__once *once = &gathering->once;

  int r = vprod__session_expand_all (gathering->session, own->env, &gathering->env, err);
  if (r < 0)
    return r;
  struct vprod__once_options options = {
    .env = (const char *const *) gathering->env,
    .entrypoint = entrypoint,
    .command = (const char *const *) own->command + 1,
    .timeout_ms = own->timeout_ms,
  };
  r = vprod__run_once (gathering->session, &options, once, err);
  if (r < 0)
    return r;
  struct vprod__own_facts *facts = &gathering->facts;
  facts->end = !once->started ? VPROD__OWN_NO_PROGRAM
               : once->ended  ? VPROD__OWN_ENDED
               : once->busy   ? VPROD__OWN_BUSY : VPROD__OWN_RUNS_ON;
  facts->exit_code = once->exit_code;
  facts->oom_killed = once->oom_killed;
  facts->why = once->why;
  facts->output = once->output;
  facts->output_length = once->output_length;
  facts->is_cut = once->output_length >= IMAGE_BYTES;
  facts->took_ms = once->duration_ms;
  facts->stalled_ms = once->stalled_ms;
  facts->stall_is_known = once->stall_is_known;
  return 0;
}

/* One that ended is judged by how, whenever it did: only one that runs on is by its time. */
static enum vprod__own_end end_of (const struct vprod__exec *exec, enum vprod__limit_state state)
{
  switch (exec->end) {
  case VPROD__EXEC_ENDED:
    return VPROD__OWN_ENDED;
  case VPROD__EXEC_NO_PROGRAM:
    return VPROD__OWN_NO_PROGRAM;
  case VPROD__EXEC_APP_ENDED:
    return VPROD__OWN_APP_ENDED;
  case VPROD__EXEC_RUNS_ON:
    break;
  }
  return state == VPROD__LIMIT_OVER ? VPROD__OWN_RUNS_ON : VPROD__OWN_BUSY;
}

static int run_in_app (struct gathering *gathering, const struct vprod__app *app, vprod_error **err)
{
  struct vprod__own_facts *facts = &gathering->facts;
  struct vprod__exec *exec = &gathering->exec;
  int64_t limit_ms = facts->spec->timeout_ms;
  struct vprod__limit limit;
  vprod_call call;

  vprod__session_call (gathering->session, -1, &call);
  vprod__limit_begin (&limit, gathering->session, app->container_id, 0, vprod__now_ms (), limit_ms);
  /* longer than it may take: what the machine keeps it waiting does not count */
  int r = vprod__app_exec (gathering->session, app, &call, limit_ms + limit_ms / 4,
                           (const char *const *) facts->spec->command, exec, err);
  enum vprod__limit_state state = vprod__limit_look (&limit);
  facts->took_ms = limit.elapsed_ms;
  facts->stalled_ms = limit.stalled_ms;
  facts->stall_is_known = limit.known;
  vprod__limit_end (&limit);
  if (r < 0)
    return r;
  facts->end = end_of (exec, state);
  facts->exit_code = exec->exit_code;
  facts->why = exec->why;
  facts->output = exec->output;
  facts->output_length = exec->output_length;
  facts->is_cut = exec->output_length >= APP_BYTES;
  return 0;
}

/* Where it is to run is there: 0; 1: `result` says why not. */
static int need_place (struct gathering *gathering, vprod_result *result, const struct vprod__app **ret_app, vprod_error **err)
{
  const struct vprod__image *image;

  return gathering->facts.spec->in == VPROD__OWN_IN_APP ? vprod__need_ready (gathering->session, result, ret_app, err)
                                                        : vprod__need_image (gathering->session, result, &image, err);
}

static int gather (struct gathering *gathering, vprod_result *result, vprod_error **err)
{
  const struct vprod__app *app = NULL;

  int r = need_place (gathering, result, &app, err);
  if (r != 0)
    return r;
  r = vprod__own_turn_begin (gathering->session, err);
  if (r < 0)
    return r;
  r = app ? run_in_app (gathering, app, err) : run_in_image (gathering, err);
  vprod__own_turn_end (gathering->session);
  if (r < 0)
    vprod__error_prefix (err, "running %s", gathering->facts.check->command);
  else if (gathering->facts.end == VPROD__OWN_APP_ENDED)
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
  return r;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (clear) struct gathering gathering = { .session = session };
  size_t index = (size_t) vprod__own_find (spec, vprod_result_get_check (result));

  gathering.facts.spec = &spec->checks.own[index];
  gathering.facts.check = &spec->own->list[index];
  int r = gather (&gathering, result, err);
  vprod__done_with_app (session, vprod_result_get_check (result));
  return r != 0 ? (r < 0 ? r : 0) : vprod__own_judge (&gathering.facts, result, err);
}

struct vprod__check vprod__own_check_of (const vprod_spec *spec, size_t index)
{
  int in_app = spec->checks.own[index].in == VPROD__OWN_IN_APP;

  return (struct vprod__check) {
    .info = spec->own->list[index].info,
    .app_use = in_app ? VPROD__APP_USES : VPROD__APP_NONE,
    .needs_services = in_app,
    .run = run,
  };
}

int vprod_check_own (vprod_session *session, const char *id, vprod_result **ret_result, vprod_error **err)
{
  if (!session || !id)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot run a check of the spec's own: %s is NULL",
                             session ? "id" : "session");
  const vprod_spec *spec = vprod__session_spec (session);
  int index = vprod__own_find (spec, id);
  if (index < 0)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "the spec has no check \"%s\" of its own (checks.own)", id);
  struct vprod__check check = vprod__own_check_of (spec, (size_t) index);
  return vprod__check_run (&check, session, ret_result, err);
}
