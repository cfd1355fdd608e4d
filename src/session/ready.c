/* SPDX-License-Identifier: MIT */
#include "session/ready.h"
#include "probe/connect.h"
#include "result/result.h"
#include "session/base.h"
#include "session/before.h"
#include "session/services.h"
#include "session/health.h"
#include "session/image.h"
#include "session/limit.h"
#include "session/parts.h"
#include "util/clock.h"

#define PORT_MS 2000    /* after which an app that takes no connections is looked at all the same */
#define PAUSE_MS 20

/* ---- without a health URL ------------------------------------------------------------------------------ */

static void note_busy (vprod_session *session, const struct vprod__limit *limit, enum vprod__limit_state state)
{
  if (state == VPROD__LIMIT_BUSY)
    session->settled->unready = (struct vprod__unready) { 1, limit->elapsed_ms, limit->stalled_ms, limit->known };
}

/* Waits until it has been up for checks.start.stay-up, or has ended. */
static int wait_up (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  enum vprod__limit_state state;
  struct vprod__limit limit;
  int exit_code;

  vprod__limit_begin (&limit, session, app->container_id, 1, app->started_at, session->spec->checks.start.stay_up_ms);
  int r = vprod__limit_wait_end (&limit, &exit_code, &state, err);
  note_busy (session, &limit, state);
  vprod__limit_end (&limit);
  return r < 0 ? r : 0;
}

static int wait_kept (vprod_session *session, const struct vprod__app *app, struct vprod__limit *limit, vprod_error **err)
{
  enum vprod__limit_state state = VPROD__LIMIT_OPEN;
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  while (r == 0 && vprod__connect_try (app->host, app->host_port) != VPROD__CONNECT_KEPT
         && (state = vprod__limit_look (limit)) == VPROD__LIMIT_OPEN)
    r = vprod__call_sleep (&call, PAUSE_MS, "waiting for the app to take connections", err);
  if (state == VPROD__LIMIT_OPEN) /* it takes them: its start is over, however long that took */
    session->settled->unready.busy = 0;
  note_busy (session, limit, state);
  return r;
}

static int wait_connections (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  struct vprod__limit limit;

  if (app->host_port == 0)
    return 0;
  vprod__limit_begin (&limit, session, app->container_id, 1, app->started_at, PORT_MS);
  int r = wait_kept (session, app, &limit, err);
  vprod__limit_end (&limit);
  return r;
}

int vprod__make_settled (vprod_session *session, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->app->fixture, err);

  if (r == 0)
    r = wait_up (session, session->app->made, err);
  return r < 0 ? r : wait_connections (session, session->app->made, err);
}

/* ---- for checks ---------------------------------------------------------------------------------------- */

static int wait_settled (vprod_session *session, int *ret_ended, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->health->fixture, err);

  if (r == 0 && session->health->made->state == VPROD__HEALTH_UNKNOWN)
    r = vprod__fixture_get (session, &session->settled->fixture, err);
  if (r == 0)
    *ret_ended = session->health->made->state == VPROD__HEALTH_APP_ENDED;
  return r;
}

/* An app that is still starting on a busy machine cannot be judged: it may not have installed its signal handlers yet. */
static int check_busy (vprod_session *session, vprod_error **err)
{
  const struct vprod__health *health = session->health->made;
  struct vprod__unready unready = session->settled->unready;
  char words[VPROD__BUSY_WORDS_SIZE];

  if (health->state == VPROD__HEALTH_BAD && health->busy)
    unready = (struct vprod__unready) { 1, health->waited_ms, health->stalled_ms, health->stall_is_known };
  if (!unready.busy || health->state == VPROD__HEALTH_APP_ENDED)
    return 0;
  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the app becomes %s: %s",
                           health->state == VPROD__HEALTH_UNKNOWN ? "ready" : "healthy",
                           vprod__busy_words (unready.waited_ms, unready.stalled_ms, unready.stall_is_known, words));
}

int vprod__need_ready (vprod_session *session, vprod_result *result, const struct vprod__app **ret,
                       vprod_error **err)
{
  const struct vprod__image *image;
  const struct vprod__app *app;
  int ended = 0;

  vprod__expect_services (session);
  vprod__expect_before (session);
  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r;
  r = vprod__fixture_get (session, &session->app->fixture, err);
  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  app = session->app->made;
  if (!app->started) {
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
    vprod__result_skip (result, "not checked: the app did not start");
    return 1;
  }
  r = wait_settled (session, &ended, err);
  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  r = ended ? 0 : vprod__app_is_up (session, app, err);
  if (r < 0)
    return r;
  if (r == 0) {
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
    vprod__result_skip (result, "not checked: the app did not stay up");
    return 1;
  }
  r = check_busy (session, err);
  if (r == 0)
    *ret = app;
  return r;
}
