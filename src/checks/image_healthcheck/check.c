/* SPDX-License-Identifier: MIT */
/*
 * image-healthcheck: the image's HEALTHCHECK says healthy in the app's container once the app is ready, and unhealthy in a
 * container where no app serves.
 *
 * Nobody waits for the engine's interval: its command is run as the engine runs it, by an exec in the app's container, whose
 * user, environment and working directory it has. (The engine itself is told not to: see run_settings.c.) One that is not
 * content at once may ask something that comes up later than what `health` asks: it is tried again for as long as the spec
 * says, unless what it lacks does not come by waiting.
 *
 * A check that is always content is fooled by nothing that a healthy app could show. So the command is run once more, as the
 * first process of a container of the same image, with the same settings, beside the same services: whoever ignores the
 * answer, reads a file that the image ships, finds its own process or asks the database instead of the app says healthy there,
 * too. Where it does, a third run without any network tells which of these it is.
 */
#include "checks/check.h"
#include "checks/image_healthcheck/facts.h"

#include "known/phrases.h"
#include "session/app_exec.h"
#include "session/limit.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/strv.h"

#include <string.h>

#define ENGINE_TIMEOUT_MS 30000 /* Docker's and Podman's, where the image says nothing */
#define FIRST_PAUSE_MS 250
#define LAST_PAUSE_MS 1000
/* What runs on goes with the app's container, and would be ever more there: so many tell that it does not end; and so many,
   that a busy machine does not let it. */
#define TELLING_RUNS 2
#define MOST_RUNS 4
/* An engine that has time starts a program in this, or in a part of what the command may take: runc's 60 to 150 ms, doubled. */
#define AT_ONCE_MS 300
#define AT_ONCE_PART 20
#define FILE_LIMIT (1024 * 1024)

struct gathering {
  vprod_session *session;
  const struct vprod__app *app;
  const struct vprod__image *image;
  struct vprod__image_healthcheck_facts facts;
  struct vprod__healthcheck_looks looks;
  struct vprod__healthcheck_run in_app, elsewhere, alone;
  struct vprod__exec exec; /* of which in_app is */
  struct vprod__once once[2]; /* of which the others are */
  char **argv, **env, **listens;
  char *text;
};

static void clear (struct gathering *gathering)
{
  vprod__healthcheck_looks_clear (&gathering->looks);
  vprod__exec_clear (&gathering->exec);
  for (size_t i = 0; i < 2; i++)
    vprod__once_clear (&gathering->once[i]);
  vprod__strv_free (gathering->argv);
  vprod__strv_free (gathering->env);
  vprod__strv_free (gathering->listens);
  free (gathering->text);
}

/* ---- in the app's container ------------------------------------------------------------------------------- */

/* The machine may have kept it waiting: `before` is as of its start, `limit` as of now. */
static enum vprod__healthcheck_end end_of (const struct gathering *gathering, const struct vprod__limit *before,
                                           const struct vprod__limit *limit)
{
  int64_t elapsed_ms = limit->elapsed_ms - before->elapsed_ms, stalled_ms = limit->stalled_ms - before->stalled_ms;
  enum vprod__limit_state state = vprod__limit_judge (gathering->facts.limit_ms, elapsed_ms,
                                                      stalled_ms > 0 ? stalled_ms : 0,
                                                      limit->known, limit->answer_ms);

  switch (gathering->exec.end) {
  case VPROD__EXEC_NO_PROGRAM:
    return VPROD__HEALTHCHECK_NO_PROGRAM;
  case VPROD__EXEC_APP_ENDED:
    return VPROD__HEALTHCHECK_APP_ENDED;
  case VPROD__EXEC_ENDED:
    return state == VPROD__LIMIT_OPEN ? VPROD__HEALTHCHECK_ENDED
           : state == VPROD__LIMIT_OVER ? VPROD__HEALTHCHECK_RUNS_ON : VPROD__HEALTHCHECK_BUSY;
  case VPROD__EXEC_RUNS_ON:
    break;
  }
  return state == VPROD__LIMIT_OVER ? VPROD__HEALTHCHECK_RUNS_ON : VPROD__HEALTHCHECK_BUSY;
}

/* What an engine does to start a program, and to tell of its end, takes place outside of the container, whose waits say nothing of
   it; on a busy machine it is seconds: commands were seen that had said "healthy" and ended, of which the engine told after their
   time. So it is asked for a program that is not there: it does the same, up to the last step. Where that is not at once,
   nothing says that it was the command that took its time. */
static int engine_is_slow (struct gathering *gathering, const vprod_call *call)
{
  static const char *const absent[] = { "/verify-prod.absent", NULL };
  struct vprod__exec exec = { 0 };
  int64_t began_ms = vprod__now_ms (), at_once_ms = gathering->facts.limit_ms / AT_ONCE_PART;
  vprod_error *error = NULL;

  int r = vprod__app_exec (gathering->session, gathering->app, call, gathering->facts.limit_ms, absent, &exec, &error);
  int slow = r < 0 || exec.end == VPROD__EXEC_RUNS_ON
             || vprod__now_ms () - began_ms > (at_once_ms > AT_ONCE_MS ? at_once_ms : AT_ONCE_MS);
  vprod__exec_clear (&exec);
  vprod_error_free (error);
  return slow;
}

/* Runs that did not end in their time: where the machine let them, and all. */
struct endless {
  int told, all;
};

static void count_endless (const struct vprod__healthcheck_run *run, struct endless *endless)
{
  endless->told += run->end == VPROD__HEALTHCHECK_RUNS_ON;
  endless->all += run->end == VPROD__HEALTHCHECK_RUNS_ON || run->end == VPROD__HEALTHCHECK_BUSY;
}

static int try_once (struct gathering *gathering, struct vprod__limit *limit, const struct endless *endless,
                     vprod_error **err)
{
  struct vprod__healthcheck_run *run = &gathering->in_app;
  int64_t limit_ms = gathering->facts.limit_ms;
  vprod_call call;

  vprod__limit_look (limit);
  const struct vprod__limit before = *limit;
  int64_t began_ms = vprod__now_ms ();
  vprod__exec_clear (&gathering->exec);
  vprod__session_call (gathering->session, -1, &call);
  /* longer than it may take, for what the machine keeps it waiting does not count: a little, but more after each in vain */
  int r = vprod__app_exec (gathering->session, gathering->app, &call, limit_ms + limit_ms / 4 + limit_ms * endless->all,
                           (const char *const *) gathering->argv, &gathering->exec, err);
  if (r < 0)
    return r;
  gathering->facts.tries++;
  vprod__limit_look (limit);
  *run = (struct vprod__healthcheck_run) {
    .end = end_of (gathering, &before, limit),
    .exit_code = gathering->exec.exit_code,
    .why = gathering->exec.why,
    .output = gathering->exec.output,
    .output_length = gathering->exec.output_length,
    .took_ms = vprod__now_ms () - began_ms,
  };
  if (run->end == VPROD__HEALTHCHECK_RUNS_ON && engine_is_slow (gathering, &call))
    run->end = VPROD__HEALTHCHECK_BUSY;
  return 0;
}

/* Will no other try end otherwise, or is there to be none? */
static int is_settled (const struct vprod__healthcheck_run *run, const struct endless *endless)
{
  const char *line;
  size_t length;

  switch (run->end) {
  case VPROD__HEALTHCHECK_ENDED:
    return run->exit_code == 0
           || vprod__log_remedy_of (VPROD__SAYS_HEALTHCHECK_ABSENT, run->output, &line, &length) != NULL;
  case VPROD__HEALTHCHECK_RUNS_ON:
    return endless->told >= TELLING_RUNS;
  case VPROD__HEALTHCHECK_BUSY:
    return endless->all >= MOST_RUNS;
  case VPROD__HEALTHCHECK_NO_PROGRAM:
  case VPROD__HEALTHCHECK_APP_ENDED:
    break;
  }
  return 1;
}

static int try_often (struct gathering *gathering, struct vprod__limit *limit, vprod_error **err)
{
  enum vprod__limit_state state = VPROD__LIMIT_OPEN;
  int64_t pause = FIRST_PAUSE_MS;
  struct endless endless = { 0 };
  vprod_call call;

  vprod__session_call (gathering->session, -1, &call);
  for (;;) {
    int r = try_once (gathering, limit, &endless, err);
    if (r < 0)
      return r;
    count_endless (&gathering->in_app, &endless);
    if (is_settled (&gathering->in_app, &endless) || (state = vprod__limit_look (limit)) != VPROD__LIMIT_OPEN)
      break;
    r = vprod__call_sleep (&call, pause, "running the image's HEALTHCHECK", err);
    if (r < 0)
      return r;
    pause = pause * 2 < LAST_PAUSE_MS ? pause * 2 : LAST_PAUSE_MS;
  }
  gathering->facts.busy = state == VPROD__LIMIT_BUSY;
  return 0;
}

static int64_t start_left (const struct gathering *gathering)
{
  int64_t left = gathering->app->started_at + gathering->image->facts.healthcheck_start_period_ms - vprod__now_ms ();

  return left > 0 ? left : 0;
}

static int run_in_app (struct gathering *gathering, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (gathering->session);
  struct vprod__image_healthcheck_facts *facts = &gathering->facts;
  struct vprod__limit limit;

  vprod__limit_begin (&limit, gathering->session, gathering->app->container_id, 0, vprod__now_ms (),
                      spec->checks.image_healthcheck.timeout_ms);
  int r = try_often (gathering, &limit, err);
  facts->waited_ms = limit.elapsed_ms;
  facts->stalled_ms = limit.stalled_ms;
  facts->stall_is_known = limit.known;
  vprod__limit_end (&limit);
  facts->start_left_ms = start_left (gathering);
  facts->in_app = &gathering->in_app;
  if (r == 0 && (gathering->in_app.end != VPROD__HEALTHCHECK_ENDED || gathering->in_app.exit_code != 0))
    r = vprod__app_find_listens (gathering->session, gathering->app, &gathering->listens, err);
  facts->listens = gathering->listens;
  return r;
}

/* ---- where no app serves ----------------------------------------------------------------------------------- */

static int run_elsewhere (struct gathering *gathering, int on_network, struct vprod__once *once,
                          struct vprod__healthcheck_run *run, vprod_error **err)
{
  const char *const entrypoint[] = { gathering->argv[0], NULL };
  struct vprod__once_options options = {
    .env = (const char *const *) gathering->env,
    .entrypoint = entrypoint,
    .command = (const char *const *) gathering->argv + 1,
    .on_network = on_network,
    .timeout_ms = gathering->facts.limit_ms,
  };

  int r = vprod__run_once (gathering->session, &options, once, err);
  if (r < 0) {
    vprod__error_prefix (err, "running the image's HEALTHCHECK where no app serves");
    return r;
  }
  *run = (struct vprod__healthcheck_run) {
    .end = !once->started ? VPROD__HEALTHCHECK_NO_PROGRAM
           : once->ended  ? VPROD__HEALTHCHECK_ENDED
           : once->busy   ? VPROD__HEALTHCHECK_BUSY : VPROD__HEALTHCHECK_RUNS_ON,
    .exit_code = once->exit_code,
    .why = once->why,
    .output = once->output,
    .output_length = once->output_length,
    .took_ms = once->duration_ms,
  };
  return 0;
}

static int says_healthy (const struct vprod__healthcheck_run *run)
{
  return run->end == VPROD__HEALTHCHECK_ENDED && run->exit_code == 0;
}

static int run_where_no_app_serves (struct gathering *gathering, vprod_error **err)
{
  int r = vprod__session_env (gathering->session, &gathering->env, err);

  if (r == 0)
    r = run_elsewhere (gathering, 1, &gathering->once[0], &gathering->elsewhere, err);
  if (r < 0)
    return r;
  gathering->facts.elsewhere = &gathering->elsewhere;
  if (!says_healthy (&gathering->elsewhere))
    return 0;
  r = run_elsewhere (gathering, 0, &gathering->once[1], &gathering->alone, err);
  gathering->facts.alone = &gathering->alone;
  return r;
}

/* ---- the check --------------------------------------------------------------------------------------------- */

/* The line of the HEALTHCHECK in the stage that is built, and the last line of that stage; 0: there is none. */
static int find_lines (const vprod_spec *spec, int *ret, int *ret_last, vprod_error **err)
{
  static const char *const words[] = { "HEALTHCHECK", NULL };
  _cleanup_dockerfile_ struct vprod__dockerfile dockerfile = { 0 };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (!spec->image.dockerfile || vprod__file_read (spec->image.dockerfile, FILE_LIMIT, &text, NULL) != 0)
    return 0;
  if (vprod__dockerfile_parse (vprod__buf_string (&text), text.length, &dockerfile) < 0)
    return vprod__error_no_memory (err);
  int stage = spec->image.target ? vprod__dockerfile_find_stage (&dockerfile, spec->image.target)
                                 : (int) dockerfile.n_stages - 1;
  struct vprod__built built = { &dockerfile, stage };
  *ret = vprod__line_of_last (&built, words);
  for (size_t i = 0; stage >= 0 && i < dockerfile.count; i++)
    if (dockerfile.list[i].stage == stage)
      *ret_last = (int) dockerfile.list[i].last_line;
  return 0;
}

static int look_at_command (struct gathering *gathering, vprod_error **err)
{
  const vprod_image_facts *image = &gathering->image->facts;
  struct vprod__image_healthcheck_facts *facts = &gathering->facts;

  if (vprod__healthcheck_argv (image->healthcheck, image->shell, &gathering->argv) < 0
      || !(gathering->text = vprod__healthcheck_text (image->healthcheck))
      || vprod__healthcheck_look (image->healthcheck, gathering->text, &gathering->looks) < 0)
    return vprod__error_no_memory (err);
  facts->text = gathering->text;
  facts->looks = &gathering->looks;
  facts->shell = gathering->argv[0];
  facts->may_take_ms = image->healthcheck_timeout_ms > 0 ? image->healthcheck_timeout_ms : ENGINE_TIMEOUT_MS;
  if (facts->may_take_ms < facts->limit_ms)
    facts->limit_ms = facts->may_take_ms;
  return 0;
}

/* 0: there is something to run; 1: it is judged without. */
static int has_command (struct gathering *gathering, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (gathering->session);
  enum vprod__healthcheck_form form = vprod__healthcheck_form (gathering->facts.test);
  const vprod_engine_facts *engine;

  if (form == VPROD__HEALTHCHECK_EXEC || form == VPROD__HEALTHCHECK_SHELL)
    return look_at_command (gathering, err);
  int r = vprod__get_engine (gathering->session, &engine, err);
  if (r < 0)
    return r;
  gathering->facts.podman = engine->name && strcmp (engine->name, "podman") == 0;
  if (form == VPROD__HEALTHCHECK_NONE && !gathering->image->given)
    r = find_lines (spec, &gathering->facts.dockerfile_line, &gathering->facts.place_line, err);
  return r < 0 ? r : 1;
}

static int gather (struct gathering *gathering, vprod_result *result, vprod_error **err)
{
  const struct vprod__health *health;

  int r = vprod__need_ready (gathering->session, result, &gathering->app, err);
  if (r == 0)
    r = vprod__get_health (gathering->session, &health, err);
  if (r != 0)
    return r;
  gathering->facts.port = gathering->app->port;
  gathering->facts.path = vprod__session_spec (gathering->session)->checks.health.path;
  gathering->facts.app_is_unhealthy = health->state != VPROD__HEALTH_GOOD && health->state != VPROD__HEALTH_UNKNOWN;
  if (gathering->facts.app_is_unhealthy) {
    vprod__result_judged_by (result, vprod__owner_of_health.check_id);
    return 0;
  }
  r = run_in_app (gathering, err);
  vprod__done_with_app (gathering->session, vprod__check_image_healthcheck.info.id);
  if (r == 0 && says_healthy (&gathering->in_app))
    r = run_where_no_app_serves (gathering, err);
  else if (r == 0 && gathering->in_app.end == VPROD__HEALTHCHECK_APP_ENDED)
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
  return r;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (clear) struct gathering gathering = { .session = session };

  int r = vprod__need_image (session, result, &gathering.image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  gathering.facts.test = gathering.image->facts.healthcheck;
  gathering.facts.port = spec->run.port;
  gathering.facts.path = spec->checks.health.path;
  gathering.facts.required = spec->checks.image_healthcheck.required;
  gathering.facts.limit_ms = spec->checks.image_healthcheck.timeout_ms;
  r = has_command (&gathering, err);
  if (r == 0)
    r = gather (&gathering, result, err);
  else if (r > 0)
    r = 0;
  if (r != 0)
    return r < 0 ? r : 0;
  return vprod__image_healthcheck_judge (&gathering.facts, result, err);
}

static int line_of_healthcheck (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const words[] = { "HEALTHCHECK", NULL };

  int line = vprod__line_of_last (built, words);
  return line > 0 ? line : vprod__line_of_command (built, result); /* beside which one would go */
}

const struct vprod__check vprod__check_image_healthcheck = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "image-healthcheck",
    .title = "The image's HEALTHCHECK tells a healthy app from none",
    .what = "Once the app is ready, runs the command of the image's HEALTHCHECK in the app's container as the engine "
            "would: in its user, environment and working directory, with the image's SHELL where it is in the shell "
            "form, and with the time that the image allows it. It must end with exit code 0; for as long as `timeout` "
            "it is tried again. Then runs it once in a container of the same image, with the same settings and beside "
            "the same services, in which no app was started: there it must not end with 0. The interval is never "
            "waited for. Skipped where the image has none, unless the spec says `required: true`, and where the app "
            "is not healthy.",
    .why = "Compose starts what depends on an app by it, Swarm and others replace what it calls unhealthy, load "
           "balancers leave it out. One that cannot find its curl has healthy containers killed; one that ends with 0 "
           "whatever happens keeps dead ones in service, and nobody notices until there is an outage.",
    .remedy = "Let HEALTHCHECK ask the app itself, at 127.0.0.1 and the port that it takes in the container, with a "
              "program that is in the image, and let the answer decide: `HEALTHCHECK CMD curl -fsS "
              "http://127.0.0.1:8000/health || exit 1`, or a command of the app, `HEALTHCHECK CMD [\"/app\", "
              "\"healthcheck\"]`.",
    .run = vprod_check_image_healthcheck,
  },
  .app_use = VPROD__APP_USES,
  .needs_services = 1,
  .place = { .line = line_of_healthcheck },
  .run = run,
};
