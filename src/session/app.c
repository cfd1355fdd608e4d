/* SPDX-License-Identifier: MIT */
/* The app: a container of the image beside its databases, made while they come up and started once they answer. */
#include "session/inside.h"
#include "probe/sockets.h"
#include "runner/runner.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MS 60000
#define OPEN_MS 2000 /* for the engine to let us follow the output; the app is started all the same */

/* run.port, else the only TCP port that the image exposes; 0: none is known. */
static int find_port (const vprod_session *session)
{
  int port = session->spec->run.port, only = 0;

  if (port > 0)
    return port;
  for (char **p = session->image.facts.exposed_ports; p && *p; p++) {
    char *end;
    long number = strtol (*p, &end, 10);
    if (number <= 0 || number > 65535 || (*end != '\0' && strcmp (end, "/tcp") != 0))
      continue;
    if (only)
      return 0;
    only = (int) number;
  }
  return only;
}

/* The engine's words on an image that it cannot make or start a container of. */
static int not_started (struct vprod__app *app, const vprod_error *error, vprod_error **err)
{
  app->started = 0;
  app->why = strdup (vprod_error_get_message (error));
  return app->why ? 0 : vprod__error_no_memory (err);
}

static int create (vprod_session *session, struct vprod__app *app, vprod_error **err)
{
  _cleanup_strv_ char **env = NULL, **command = NULL;
  _cleanup_free_ char *name = NULL;
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  int r = vprod__session_env (session, &env, err);
  if (r == 0)
    r = vprod__session_command (session, &command, err);
  if (r < 0)
    return r;
  int nth = ++session->n_apps;
  if (asprintf (&name, nth == 1 ? "verify-prod-%s-app" : "verify-prod-%s-app%d", session->id, nth) < 0) {
    name = NULL;
    return vprod__error_no_memory (err);
  }
  vprod_container_request request = {
    .image = session->image.ref,
    .name = name,
    .platform = session->spec->image.platform,
    .env = (const char *const *) env,
    .command = (const char *const *) command,
    .network = session->network,
  };
  vprod__reach_request (session, &request, app->port);
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__made_container (session, "app", &request, &call, &app->container_id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (app, error, err);
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

static int locate (vprod_session *session, struct vprod__app *app, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__app_facts (session, app, &facts, err);
  if (r == 0)
    r = vprod__reach_locate (session, &facts, app->port, &app->host, &app->host_port, err);
  if (r == 0)
    app->ip_address = vprod__steal (&facts.ip_address);
  return r;
}

static int start (vprod_session *session, struct vprod__app *app, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  int r = vprod__log_follow (app->log, session->runner, session->deadline_ms, app->container_id, err);
  if (r < 0)
    return r;
  vprod__session_call (session, OPEN_MS, &call);
  r = vprod__log_wait_open (app->log, &call, err);
  if (r < 0)
    return r;
  app->log_is_whole = r;
  vprod__session_call (session, ANSWER_MS, &call);
  app->called_at = vprod__now_ms ();
  r = vprod__runner_container_start (session->runner, &call, app->container_id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (app, error, err);
  if (r < 0)
    return vprod__error_move (err, &error);
  app->started = 1;
  app->started_at = vprod__now_ms ();
  return locate (session, app, err);
}

/* Network, container, databases, in this order: a container takes longer to make than a thread to wait. */
static int make_beside_databases (vprod_session *session, struct vprod__app *app, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->network_fixture, err);
  if (r == 0)
    r = create (session, app, err);
  if (r < 0 || app->why)
    return r;
  r = vprod__fixture_get (session, &session->databases_fixture, err);
  if (r == 0)
    r = vprod__databases_check (session, err);
  if (r == 0)
    r = vprod__databases_mark_logs (session, err);
  return r < 0 ? r : start (session, app, err);
}

int vprod__make_app (vprod_session *session, vprod_error **err)
{
  vprod__expect_databases (session);
  int r = vprod__fixture_get (session, &session->image_fixture, err);
  if (r < 0)
    return r;
  struct vprod__app *app = calloc (1, sizeof *app);
  if (!app)
    return vprod__error_no_memory (err);
  int64_t began_ms = vprod__now_ms ();
  app->port = find_port (session);
  r = vprod__log_new (session->spec->checks.startup_logs.any, &app->log, err);
  if (r == 0 && session->image.usable)
    r = make_beside_databases (session, app, err);
  else if (r == 0 && !(app->why = strdup (session->image.why)))
    r = vprod__error_no_memory (err);
  if (r < 0) {
    vprod__app_free (app);
    return r;
  }
  session->app = app;
  session->app_cost_ms = vprod__now_ms () - began_ms;
  return 0;
}

void vprod__app_free (struct vprod__app *app)
{
  if (!app)
    return;
  vprod__log_free (app->log);
  free (app->why);
  free (app->container_id);
  free (app->ip_address);
  free (app->host);
  free (app);
}

int vprod__get_app (vprod_session *session, const struct vprod__app **ret, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->app_fixture, err);

  if (r < 0)
    return r;
  vprod__waiting_credit (&vprod__owner_of_app, session->app_cost_ms);
  *ret = session->app;
  return 0;
}

int vprod__app_facts (vprod_session *session, const struct vprod__app *app, vprod_container_facts *ret,
                      vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__runner_container_facts (session->runner, &call, app->container_id, ret, err);
}

int64_t vprod__container_pid_here (vprod_session *session, const struct vprod__app *app,
                                   const vprod_container_facts *container, vprod_error **err)
{
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  return !engine->remote && container->running
             && vprod__proc_is_container ("/proc", container->pid, app->container_id, container->ip_address)
           ? container->pid
           : 0;
}

int vprod__app_listens (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                        char ***ret, vprod_error **err)
{
  int64_t pid = vprod__container_pid_here (session, app, container, err);

  if (pid <= 0)
    return (int) pid;
  int r = vprod__proc_listens ("/proc", pid, ret, err);
  return r < 0 ? r : 0;
}

int vprod__wait_end (vprod_session *session, const char *container_id, int64_t timeout_ms, int *ret_exit_code,
                     vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, timeout_ms, &call);
  int r = vprod__runner_container_wait (session->runner, &call, container_id, ret_exit_code, &error);
  if (r == 0)
    return 1;
  /* unless it is the session that has no time left */
  return r == -VPROD_ERROR_TIMEOUT && vprod__now_ms () < session->deadline_ms ? 0 : vprod__error_move (err, &error);
}

void vprod__session_let_app_start (vprod_session *session)
{
  if (vprod__session_run_uses_app (session))
    vprod__fixture_get_unless (session, &session->app_fixture, &session->app_was_used_up, NULL);
  vprod__fixture_forget_blame ();
}

/* The lock is held. */
static void forget (struct vprod__fixture *fixture)
{
  vprod_error_free (fixture->error);
  fixture->error = NULL;
  fixture->state = VPROD__FIXTURE_NEW;
}

void vprod__app_used_up (vprod_session *session)
{
  struct vprod__past_app *past = calloc (1, sizeof *past);
  const char *retired = NULL;

  pthread_mutex_lock (&session->lock);
  /* without memory for a note of it, the old one stays what it is: ended */
  if (past && session->app_fixture.state == VPROD__FIXTURE_MADE) {
    *past = (struct vprod__past_app) { session->app, session->health, session->past };
    session->past = vprod__steal (&past);
    session->app = NULL;
    session->health = NULL;
    session->app_was_used_up = 1;
    retired = session->past->app->container_id;
    forget (&session->app_fixture);
    forget (&session->health_fixture);
    forget (&session->settled_fixture);
    session->unready.busy = 0;
    forget (&session->changes_fixture);
  }
  pthread_mutex_unlock (&session->lock);
  free (past);
  if (retired)
    vprod__made_retire (session, retired);
}
