/* SPDX-License-Identifier: MIT */
/*
 * start: the app stays up beside real services: a PostgreSQL that accepts queries, a Redis that listens. An app that starts
 * may still crash a second later, or at the first request: so this check waits for all that look at the running app, and then asks the engine
 * whether it is still the same running container. stay-up counts from the first right health answer, as a slow app would
 * otherwise be looked at before it is ready. A shell's loop or a supervisor inside the container hides a crash, so its
 * processes and sockets are compared, too.
 */
#include "checks/check.h"
#include "checks/start/facts.h"
#include "session/app_again.h"
#include "checks/start/inside.h"
#include "checks/start/port.h"
#include "session/app_loop.h"

#include <string.h>
#include "probe/http.h"
#include "session/limit.h"
#include "util/cancel.h"
#include "util/clock.h"

/* An app may connect to its database some time after it takes requests. */
#define CONNECT_MS 3000
#define CONNECT_STEP_MS 100
#define EVENTS_MS 10000
/* The last output of an app that ended arrives a moment later. */
#define LAST_WORDS_MS 2000
/* A look may fall between an end and a restart. */
#define LOOKS 6
#define LOOK_PAUSE_MS 50

/* What is seen between the start and the verdict. */
struct watching {
  const struct vprod__app *app;
  int64_t since_ms; /* when it was first seen to work; CLOCK_MONOTONIC */
  struct vprod__sight before;
  struct vprod__sight now;
  struct vprod__inside inside;
  struct vprod__port_look port;
  char *turned_away_why;
};

static void watching_clear (struct watching *watching)
{
  vprod__sight_clear (&watching->before);
  vprod__sight_clear (&watching->now);
  vprod__inside_clear (&watching->inside);
  vprod__port_look_clear (&watching->port);
  free (watching->turned_away_why);
}

/* ---- the processes ------------------------------------------------------------------------------------- */

/* A look into the container; what cannot be seen is left out. */
static int look (vprod_session *session, const struct vprod__app *app, struct vprod__sight *sight, vprod_error **err)
{
  vprod__sight_clear (sight);
  int r = vprod__sight_look (session, app, sight, err);
  if (r > 0)
    vprod__processes_clear (&sight->processes);
  return r < 0 ? r : 0;
}

static int pause_looking (vprod_session *session, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, -1, &call);
  return vprod__call_sleep (&call, LOOK_PAUSE_MS, "looking at the app's processes", err);
}

/* When it has just answered. */
static int look_before (vprod_session *session, struct watching *watching, vprod_error **err)
{
  int r = look (session, watching->app, &watching->before, err);

  for (int n = 1; r == 0 && n < LOOKS && !vprod__sight_shows_server (&watching->before); n++) {
    r = pause_looking (session, err);
    if (r == 0)
      r = look (session, watching->app, &watching->before, err);
  }
  return r;
}

/* Is the server really gone? A sandbox has sockets that this machine does not show, so the health URL is asked. */
static int ask_again (vprod_session *session, const struct vprod__app *app, int *ret_gone, vprod_error **err)
{
  _cleanup_health_ struct vprod__health *later = NULL;
  const struct vprod__health *health;

  int r = vprod__get_health (session, &health, err);
  if (r == 0)
    r = vprod__watch_health (session, app, vprod__now_ms (), &later, err);
  *ret_gone = r == 0 && later->state == VPROD__HEALTH_BAD
           && (later->last_outcome == VPROD__HTTP_REFUSED || later->last_outcome == VPROD__HTTP_RESET);
  return r;
}

/* Is one more look wanted after n? What is gone may be restarting, and a single look may miss what is there. */
static int wants_look (enum vprod__again again, int n)
{
  return again == VPROD__AGAIN_GONE ? n < LOOKS : again == VPROD__AGAIN_YES && n < 2;
}

/* Compares, once it was up long enough. A server that is gone is reported unless `health` failed for it in this run. */
static int look_again (vprod_session *session, struct watching *watching, struct vprod__start_facts *facts,
                       vprod_error **err)
{
  enum vprod__again again = VPROD__AGAIN_GONE;
  int gone = 0, r = 0;

  if (watching->before.processes.looks == 0)
    return 0;
  for (int n = 0; r == 0 && wants_look (again, n); n++) {
    facts->again = NULL;
    r = n > 0 ? pause_looking (session, err) : 0;
    if (r == 0)
      r = look (session, watching->app, &watching->now, err);
    if (r == 0)
      again = vprod__again_judge (&watching->before, &watching->now, &facts->again);
  }
  if (r == 0 && again == VPROD__AGAIN_GONE && !vprod__session_has_failed (session, vprod__owner_of_health.check_id))
    r = ask_again (session, watching->app, &gone, err);
  facts->left = gone ? vprod__sight_first (&watching->now) : NULL;
  facts->port = watching->before.sockets.known ? watching->app->health_port : 0;
  return r;
}

/* ---- the container ------------------------------------------------------------------------------------- */

/* Waits until the app was up for as long as the spec asks, or ended. */
static int wait_up (vprod_session *session, const struct watching *watching, vprod_error **err)
{
  return vprod__limit_stays_up (session, watching->app->container_id, 0, watching->since_ms,
                                vprod__session_spec (session)->checks.start.stay_up_ms, err);
}

static int too_busy (const struct vprod__limit *limit, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the app connects to its database: %s",
                           vprod__busy_words (limit->elapsed_ms, limit->stalled_ms, limit->known, words));
}

static int count_until (vprod_session *session, const struct watching *watching, struct vprod__limit *limit, int64_t *ret,
                        vprod_error **err)
{
  enum vprod__limit_state state = VPROD__LIMIT_OPEN;
  vprod_call call;

  vprod__session_call (session, -1, &call);
  for (;;) {
    int r = vprod__app_database_connections (session, watching->app, ret, err);
    if (r < 0 || *ret != 0 || state == VPROD__LIMIT_OVER)
      return r;
    if (state == VPROD__LIMIT_BUSY)
      return too_busy (limit, err);
    r = vprod__call_sleep (&call, CONNECT_STEP_MS, "waiting for the app to connect to its database", err);
    if (r < 0)
      return r;
    state = vprod__limit_look (limit); /* then it is asked once more */
  }
}

static int count_connections (vprod_session *session, const struct watching *watching, int64_t *ret,
                              vprod_error **err)
{
  struct vprod__limit limit;

  int r = vprod__app_database_connections (session, watching->app, ret, err);
  if (r < 0 || *ret != 0 || !vprod__session_spec (session)->checks.start.uses_database)
    return r;
  vprod__limit_begin (&limit, session, watching->app->container_id, 0, watching->since_ms, CONNECT_MS);
  r = count_until (session, watching, &limit, ret, err);
  vprod__limit_end (&limit);
  return r;
}

static int on_event (void *data, const vprod_container_event *event)
{
  int *oom_killed = data;

  *oom_killed |= strcmp (event->action, "oom") == 0;
  return *oom_killed;
}

/* Of a container that runs, an engine's record alone tells that one of its processes was killed for want of memory; some tell
   nothing. */
static int find_killed (vprod_session *session, const vprod_container_facts *container, struct vprod__start_facts *facts,
                        vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  if (!facts->settings.memory || !container->running || container->oom_killed || container->started_at_ms <= 0)
    return 0;
  vprod__session_call (session, EVENTS_MS, &call);
  int r = vprod__runner_container_events (vprod__session_runner (session), &call, container->id, container->started_at_ms,
                                          container->started_at_ms + facts->up_ms, on_event, &facts->oom_killed, &error);
  return r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY ? vprod__error_move (err, &error) : 0;
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
  r = find_killed (session, &container, facts, err);
  if (r < 0)
    return r;
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
  _cleanup_ (watching_clear) struct watching watching = { .app = app };
  const struct vprod__health *health;

  int r = vprod__get_health (session, &health, err);
  if (r < 0)
    return r;
  watching.since_ms = vprod__app_works_since (app, health);
  if (health->state == VPROD__HEALTH_GOOD)
    r = look_before (session, &watching, err);
  else if (health->state == VPROD__HEALTH_UNKNOWN)
    r = vprod__app_loop (session, app, 0, &facts->again, err);
  if (r == 0)
    vprod__inside_expect (session, &watching.inside);
  if (r == 0)
    r = vprod__wait_app_users (session, vprod__check_start.info.id, err);
  if (r == 0)
    r = wait_up (session, &watching, err);
  if (r == 0)
    r = look_again (session, &watching, facts, err);
  if (r == 0 && health->state == VPROD__HEALTH_BAD)
    r = vprod__app_loop (session, app, 1, &facts->again, err);
  if (r == 0 && health->state == VPROD__HEALTH_GOOD)
    r = vprod__look_at_port (session, app, &watching.port, facts, err);
  if (r == 0)
    r = vprod__look_inside (session, app, &watching.before, &watching.now, &watching.inside, facts, err);
  if (r == 0 && facts->n_databases > 0)
    r = count_connections (session, &watching, &facts->connections, err);
  if (r == 0 && facts->connections == 0 && (facts->uses_database || facts->wants_tls))
    r = vprod__app_turned_away (session, app, &facts->turned_away, &watching.turned_away_why, err);
  facts->turned_away_why = watching.turned_away_why;
  if (r == 0)
    r = vprod__services_stay (session, err);
  return r < 0 ? r : judge_container (session, app, facts, result, err);
}

/* What it runs beside. *ret is lent by facts. */
static int list_services (vprod_session *session, struct vprod__start_service **ret, struct vprod__start_facts *facts,
                          vprod_error **err)
{
  const struct vprod__service *running = NULL;

  int r = vprod__get_services (session, &running, &facts->n_services, err);
  if (r < 0)
    return r;
  *ret = calloc (facts->n_services + 1, sizeof **ret);
  if (!*ret)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < facts->n_services; i++) {
    (*ret)[i] = (struct vprod__start_service) {
      .name = running[i].spec->name,
      .version = running[i].version,
      .ready_ms = running[i].ready_ms,
    };
    facts->n_databases += running[i].version != NULL;
    facts->wants_tls |= running[i].ca_file != NULL;
  }
  facts->services = *ret;
  return 0;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_free_ struct vprod__start_service *services = NULL;
  const struct vprod__image *image;
  const struct vprod__app *app;
  struct vprod__start_facts facts = { .uses_database = spec->checks.start.uses_database,
                                      .connections = -1,
                                      .log = "" };

  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = list_services (session, &services, &facts, err);
  if (r < 0)
    return r;
  facts.user = image->facts.user;
  facts.run_user = spec->run.user;
  facts.entrypoint = image->facts.entrypoint;
  vprod__start_settings_take (spec, &facts.settings);
  r = vprod__get_before (session, &facts.before, &facts.n_before, &facts.before_failed, err);
  if (r < 0)
    return r;
  if (facts.before_failed)
    return vprod__start_judge (&facts, result, err);

  r = vprod__get_app (session, &app, err);
  if (r < 0)
    return r;
  facts.started = app->started;
  facts.why = app->why;
  if (!app->started)
    return vprod__start_judge (&facts, result, err);
  return judge_started (session, app, &facts, result, err);
}

const struct vprod__owner vprod__owner_of_app = { "start", "the app starts" };

const struct vprod__check vprod__check_start = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "start",
    .title = "The app stays up beside its real services",
    .what = "Starts the services that the spec names and waits until each is ready, a PostgreSQL until it answers "
            "a query, then starts the image with run.env and run.command as it would run in production. What "
            "run.before lists is run to its end before that; a step in the image that does not end with 0 makes it "
            "fail. Passes when the app is still up "
            "after stay-up, which counts from its first right health answer where there is one, and after every "
            "other check that looks at it is done, without a restart in between: neither by the engine nor by a "
            "shell or supervisor inside the container; and its server must still be there. With uses-database it "
            "must also have been seen connected to its database, at the latest 3 s after that answer, and with "
            "processes one whose command line has each of these texts must run then. Where run.port is named and the "
            "health is asked elsewhere, something must listen there, too. Processes of the app that "
            "ended with an error, and packages that it installs as it starts, are told of as findings.",
    .why = "An image can build and still not run: a missing library, a setting that only the developer's machine "
           "has, a driver that cannot speak to the real database. In production that is a restart loop.",
    .remedy = "Read the tail of the app's log in the report; run.env must hold what the app needs, and the "
              "image's ENTRYPOINT or CMD must name a program that stays in the foreground.",
    .run = vprod_check_start,
  },
  .app_use = VPROD__APP_JUDGES,
  .needs_services = 1,
  .place = { .line = vprod__line_of_command, .file = VPROD__START_DOCKERFILE },
  .run = run,
};
