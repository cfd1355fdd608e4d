/* SPDX-License-Identifier: MIT */
/*
 * start: the app stays up beside a real PostgreSQL that accepts queries. An app that starts may still fall over a
 * second later, or at the first request: so this check lets all that look at the running app go first, and then
 * asks the engine whether it is still the same, running container.
 */
#include "checks/check.h"
#include "checks/start.h"

#include "util/cancel.h"
#include "util/clock.h"

/* An app may connect to its database some time after it takes requests. */
#define CONNECT_MS 3000
#define CONNECT_STEP_MS 100
/* The last words of an app that ended come a moment after it. */
#define LAST_WORDS_MS 2000

/* Waits until the app was up for as long as the spec asks, or ended. */
static int wait_up (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  int64_t left = app->started_at + vprod__session_spec (session)->checks.start.stay_up_ms - vprod__now_ms ();
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;
  int exit_code;

  if (left <= 0)
    return 0;
  vprod__session_call (session, left, &call);
  int r =
    vprod__runner_container_wait (vprod__session_runner (session), &call, app->container_id, &exit_code, &error);
  if (r == -VPROD_ERROR_TIMEOUT) { /* it is up; unless it is the session that has no time left */
    vprod__session_call (session, -1, &call);
    return vprod__call_check (&call, "watching the app", err);
  }
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

static int count_connections (vprod_session *session, const struct vprod__app *app, int64_t *ret,
                              vprod_error **err)
{
  int wanted = vprod__session_spec (session)->checks.start.uses_database;
  vprod_call call;

  vprod__session_call (session, -1, &call);
  for (;;) {
    int r = vprod__app_database_connections (session, app, ret, err);
    if (r < 0 || *ret != 0 || !wanted || vprod__now_ms () - app->started_at >= CONNECT_MS)
      return r;
    r = vprod__call_sleep (&call, CONNECT_STEP_MS, "waiting for the app to connect to its database", err);
    if (r < 0)
      return r;
  }
}

static int judge_container (vprod_session *session, const struct vprod__app *app, struct vprod__start_facts *facts,
                            vprod_result *result, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  _cleanup_free_ char *log = NULL;
  vprod_call call;

  int r = vprod__app_facts (session, app, &container, err);
  if (r < 0)
    return r;
  facts->up_ms = vprod__now_ms () - app->started_at;
  if (!container.running && container.started_at_ms > 0 && container.finished_at_ms >= container.started_at_ms)
    facts->up_ms = container.finished_at_ms - container.started_at_ms;
  facts->running = container.running;
  facts->exit_code = container.exit_code;
  facts->oom_killed = container.oom_killed;
  facts->restart_count = container.restart_count;
  if (!container.running) {
    vprod__session_call (session, LAST_WORDS_MS, &call);
    r = vprod__log_wait_end (app->log, &call, NULL);
    if (r == -VPROD_ERROR_CANCELLED)
      return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "reading the app's log: cancelled");
  }
  log = vprod__log_tail (app->log, &facts->log_length);
  if (!log)
    return vprod__error_no_memory (err);
  facts->log = log;
  return vprod__start_judge (facts, result, err);
}

static int judge_started (vprod_session *session, const struct vprod__app *app, struct vprod__start_facts *facts,
                          vprod_result *result, vprod_error **err)
{
  const struct vprod__health *health;

  int r = vprod__get_health (session, &health, err);
  if (r == 0)
    r = vprod__wait_app_users (session, vprod__check_start.info.id, err);
  if (r == 0)
    r = wait_up (session, app, err);
  if (r == 0 && facts->n_databases > 0)
    r = count_connections (session, app, &facts->connections, err);
  return r < 0 ? r : judge_container (session, app, facts, result, err);
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_free_ struct vprod__start_database *databases = NULL;
  const struct vprod__database *running = NULL;
  const struct vprod__image *image;
  const struct vprod__app *app;
  struct vprod__start_facts facts = { .uses_database = spec->checks.start.uses_database,
                                      .connections = -1,
                                      .log = "" };

  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__get_databases (session, &running, &facts.n_databases, err);
  if (r < 0)
    return r;
  databases = calloc (facts.n_databases + 1, sizeof *databases);
  if (!databases)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < facts.n_databases; i++)
    databases[i] = (struct vprod__start_database) {
      .name = running[i].service->name,
      .version = running[i].version,
      .ready_ms = running[i].ready_ms,
    };
  facts.databases = databases;
  facts.user = image->facts.user;

  r = vprod__get_app (session, &app, err);
  if (r < 0)
    return r;
  facts.started = app->started;
  facts.why = app->why;
  if (!app->started)
    return vprod__start_judge (&facts, result, err);
  return judge_started (session, app, &facts, result, err);
}

const struct vprod__check vprod__check_start = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "start",
    .title = "The app stays up beside a real PostgreSQL",
    .what = "Starts the databases that the spec names and waits until each answers a query, then starts the "
            "image with run.env and run.command as it would run in production. Passes when the app is still up "
            "after stay-up, after its health was settled, and after every other check that looks at it is done, "
            "without a restart in between. With uses-database it must also have been seen connected to its "
            "database.",
    .why = "An image can build and still not run: a missing library, a setting that only the developer's machine "
           "has, a driver that cannot speak to the real database. In production that is a restart loop.",
    .remedy = "Read the tail of the app's log in the report; run.env must hold what the app needs, and the "
              "image's ENTRYPOINT or CMD must name a program that stays in the foreground.",
    .options = "start:\n"
               "  uses-database: false  # true: the app must be seen connected to its database\n"
               "  stay-up: 1s           # how long it must at least be seen up\n",
    .run = vprod_check_start,
  },
  .app_use = VPROD__APP_JUDGES,
  .run = run,
};

int vprod_check_start (vprod_session *session, vprod_result **ret_result, vprod_error **err)
{
  return vprod__check_run (&vprod__check_start, session, ret_result, err);
}
