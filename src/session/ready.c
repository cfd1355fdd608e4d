/* SPDX-License-Identifier: MIT */
/* When may a check look at the running app? Once its start is over: its health is settled, or, where nothing is
   known of its health, it has been up for a while and takes connections. */
#include "session/inside.h"
#include "probe/connect.h"
#include "session/limit.h"
#include "runner/runner.h"
#include "util/clock.h"

#define PORT_MS 2000    /* after which an app that takes no connections is looked at all the same */
#define PAUSE_MS 20

/* ---- without a health URL ------------------------------------------------------------------------------ */

/* Waits for the time that it should at least be seen up, or its end. */
static int wait_up (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  return vprod__limit_stays_up (session, app->container_id, 1, app->started_at, session->spec->checks.start.stay_up_ms,
                                err);
}

static int wait_connections (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, -1, &call);
  while (app->host_port > 0 && vprod__now_ms () - app->started_at < PORT_MS && vprod__connect_try (app->host, app->host_port) != VPROD__CONNECT_KEPT) {
    int r = vprod__call_sleep (&call, PAUSE_MS, "waiting for the app to take connections", err);
    if (r < 0)
      return r;
  }
  return 0;
}

int vprod__make_settled (vprod_session *session, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->app_fixture, err);

  if (r == 0)
    r = wait_up (session, session->app, err);
  return r < 0 ? r : wait_connections (session, session->app, err);
}

/* ---- for checks ---------------------------------------------------------------------------------------- */

static int wait_settled (vprod_session *session, int *ret_ended, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->health_fixture, err);

  if (r == 0 && session->health->state == VPROD__HEALTH_UNKNOWN)
    r = vprod__fixture_get (session, &session->settled_fixture, err);
  if (r == 0)
    *ret_ended = session->health->state == VPROD__HEALTH_APP_ENDED;
  return r;
}

static int is_up (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__app_facts (session, app, &facts, err);
  return r < 0 ? r : facts.running;
}

int vprod__need_ready (vprod_session *session, vprod_result *result, const struct vprod__app **ret,
                       vprod_error **err)
{
  const struct vprod__image *image;
  const struct vprod__app *app;
  int ended = 0;

  vprod__expect_databases (session);
  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r;
  r = vprod__fixture_get (session, &session->app_fixture, err);
  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  app = session->app;
  if (!app->started) {
    vprod__result_judged_by (result, "start");
    vprod__result_skip (result, "not checked: the app did not start");
    return 1;
  }
  r = wait_settled (session, &ended, err);
  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  r = ended ? 0 : is_up (session, app, err);
  if (r < 0)
    return r;
  if (r == 0) {
    vprod__result_judged_by (result, "start");
    vprod__result_skip (result, "not checked: the app did not stay up");
    return 1;
  }
  *ret = app;
  return 0;
}
