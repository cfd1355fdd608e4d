/* SPDX-License-Identifier: MIT */
#include "session/app.h"
#include "probe/sockets.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/before.h"
#include "session/connections.h"
#include "session/container.h"
#include "session/service_ready.h"
#include "session/services.h"
#include "session/engine.h"
#include "session/expand.h"
#include "session/image.h"
#include "session/made.h"
#include "session/network.h"
#include "session/reach.h"
#include "session/run.h"
#include "session/run_settings.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_MS 2000 /* for the engine to let us follow the output; the app is started all the same */

/* run.port, else the only TCP port that the image exposes; 0: none is known. */
static int find_port (const vprod_session *session)
{
  int port = session->spec->run.port, only = 0;

  if (port > 0)
    return port;
  for (char **p = session->image->made.facts.exposed_ports; p && *p; p++) {
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

/* A new name for its container; NULL out of memory. */
static char *name_of_next (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  int nth = ++session->app->count;
  vprod__monitor_unlock (session->monitor);
  return nth == 1 ? vprod__asprintf ("verify-prod-%s-app", session->id)
                  : vprod__asprintf ("verify-prod-%s-app%d", session->id, nth);
}

static int create (vprod_session *session, struct vprod__app *app, const struct vprod__app_as *as, vprod_error **err)
{
  _cleanup_strv_ char **env = NULL, **command = NULL;
  _cleanup_free_ char *name = name_of_next (session);
  _cleanup_error_ vprod_error *error = NULL;
  struct vprod__run_settings settings;

  if (!name)
    return vprod__error_no_memory (err);
  vprod__run_settings_of (session->spec, &settings);
  int r = as->env ? 0 : vprod__session_env (session, &env, err);
  if (r == 0)
    r = vprod__session_command (session, &command, err);
  if (r < 0)
    return r;
  vprod_container_request request = {
    .image = session->image->made.ref,
    .name = name,
    .platform = session->spec->image.platform,
    .env = (const char *const *) (as->env ? as->env : env),
    .command = (const char *const *) command,
    .network = session->network->id,
  };
  const int more[] = { app->health_port, 0 };
  vprod__reach_request (session, &request, app->port);
  if (app->health_port != app->port)
    vprod__reach_request_more (session, &request, more);
  r = vprod__run_create_as (session, "app", as->settings ? as->settings : &settings, NULL, &request, &app->container_id,
                            &error);
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
    r = vprod__reach_locate (session, &facts, app->health_port, &app->health_host, &app->health_host_port, err);
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
  app->called_at = vprod__now_ms ();
  r = vprod__run_start (session, app->container_id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (app, error, err);
  if (r < 0)
    return vprod__error_move (err, &error);
  app->started = 1;
  app->started_at = vprod__now_ms ();
  return locate (session, app, err);
}

/* What is to be done before it starts. Where that failed, `why` says so, and the app is not started. */
static int do_before (vprod_session *session, struct vprod__app *app, vprod_error **err)
{
  const struct vprod__before_part *before = session->before;

  int r = vprod__fixture_get (session, &session->before->fixture, err);
  if (r == 0 && before->failed)
    r = vprod__before_not_told (before->failed, err);
  if (r < 0 || !before->failed)
    return r;
  app->why = vprod__asprintf ("a step before it failed: %s", before->failed->what);
  return app->why ? 0 : vprod__error_no_memory (err);
}

/* The container is made before the services are waited for, which takes longer. */
static int make_beside_services (vprod_session *session, struct vprod__app *app, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->network->fixture, err);
  if (r == 0)
    r = create (session, app, &(struct vprod__app_as) { 0 }, err);
  if (r < 0 || app->why)
    return r;
  r = vprod__fixture_get (session, &session->services->fixture, err);
  if (r == 0)
    r = do_before (session, app, err);
  if (r < 0 || app->why)
    return r;
  r = vprod__services_check (session, err);
  if (r == 0)
    r = vprod__databases_mark_logs (session, err);
  return r < 0 ? r : start (session, app, err);
}

static int new_app (vprod_session *session, struct vprod__app **ret, vprod_error **err)
{
  struct vprod__app *app = calloc (1, sizeof *app);

  if (!app)
    return vprod__error_no_memory (err);
  app->port = find_port (session);
  app->health_port = session->spec->checks.health.port > 0 ? session->spec->checks.health.port : app->port;
  int r = vprod__log_new (session->spec->checks.startup_logs.any, &app->log, err);
  if (r < 0)
    vprod__app_free (app);
  else
    *ret = app;
  return r;
}

int vprod__make_app (vprod_session *session, vprod_error **err)
{
  vprod__expect_services (session);
  vprod__expect_before (session);
  int r = vprod__fixture_get (session, &session->image->fixture, err);
  if (r < 0)
    return r;
  int64_t began_ms = vprod__now_ms ();
  struct vprod__app *app;
  r = new_app (session, &app, err);
  if (r < 0)
    return r;
  if (session->image->made.usable)
    r = make_beside_services (session, app, err);
  else if (!(app->why = strdup (session->image->made.why)))
    r = vprod__error_no_memory (err);
  if (r < 0) {
    vprod__app_free (app);
    return r;
  }
  session->app->made = app;
  session->app->cost_ms = vprod__now_ms () - began_ms;
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
  free (app->health_host);
  free (app);
}

int vprod__app_start_another (vprod_session *session, const struct vprod__app_as *as, struct vprod__app **ret,
                              vprod_error **err)
{
  struct vprod__app *app;

  int r = new_app (session, &app, err);
  if (r < 0)
    return r;
  r = create (session, app, as, err);
  if (r == 0 && !app->why)
    r = start (session, app, err);
  if (r < 0)
    vprod__app_end_another (session, app);
  else
    *ret = app;
  return r;
}

void vprod__app_end_another (vprod_session *session, struct vprod__app *app)
{
  if (!app)
    return;
  vprod__log_stop (app->log);
  if (app->container_id)
    vprod__made_retire (session, app->container_id);
  vprod__app_free (app);
}

int vprod__get_app (vprod_session *session, const struct vprod__app **ret, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->app->fixture, err);

  if (r < 0)
    return r;
  vprod__waiting_credit (session, &vprod__owner_of_app, session->app->cost_ms);
  *ret = session->app->made;
  return 0;
}

int vprod__app_facts (vprod_session *session, const struct vprod__app *app, vprod_container_facts *ret,
                      vprod_error **err)
{
  return vprod__container_facts (session, app->container_id, ret, err);
}

int vprod__app_is_up (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__app_facts (session, app, &facts, err);
  return r < 0 ? r : facts.running;
}

int vprod__reach_judge (vprod_session *session, const struct vprod__app *app, char *const *listens, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  struct vprod__reach_at at = { app->health_host, app->health_host_port, app->health_port };

  int r = vprod__app_facts (session, app, &container, err);
  return r < 0 ? r : vprod__reach_judge_at (session, &container, &at, listens, err);
}

int vprod__app_database_connections (vprod_session *session, const struct vprod__app *app, int64_t *ret,
                                     vprod_error **err)
{
  return vprod__database_connections (session, app->ip_address, ret, err);
}

int vprod__app_turned_away (vprod_session *session, const struct vprod__app *app, int64_t *ret, char **ret_why,
                            vprod_error **err)
{
  return vprod__database_turned_away (session, app->ip_address, ret, ret_why, err);
}

int vprod__app_listens (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                        char ***ret, vprod_error **err)
{
  int64_t pid = vprod__container_pid_here (session, container, err);

  if (pid <= 0)
    return (int) pid;
  int r = vprod__proc_listens ("/proc", pid, ret, err);
  return r < 0 ? r : 0;
}

int vprod__app_find_listens (vprod_session *session, const struct vprod__app *app, char ***ret, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };

  int r = vprod__app_facts (session, app, &container, err);
  if (r == 0)
    r = vprod__app_listens (session, app, &container, ret, err);
  if (r < 0 || *ret || !container.running)
    return r < 0 ? r : 0;
  r = vprod__reach_listens (session, app->container_id, ret, err);
  return r < 0 ? r : 0;
}

void vprod__session_let_app_start (vprod_session *session)
{
  if (vprod__session_run_uses_app (session))
    vprod__fixture_get_unless (session, &session->app->fixture, &session->run->app_was_used_up, NULL);
  vprod__asker_blame (session, NULL, 0);
}
