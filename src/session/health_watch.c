/* SPDX-License-Identifier: MIT */
/* Is an app that has answered rightly still well a while later? */
#include "session/health.h"
#include "session/base.h"
#include "session/container.h"
#include "session/health_attempts.h"
#include "session/parts.h"
#include "util/clock.h"

#define AGAIN 2 /* tries after a wrong answer: one may be lost on a busy machine */
#define AGAIN_MS 100
#define END_MS 1500 /* from the end of a server until the engine reports that its container has ended */

/* The last answers were wrong. Has the container ended, and the engine has not reported it yet? */
static int settle_wrong (struct vprod__asking *asking, vprod_error **err)
{
  int exit_code;

  int r = vprod__wait_end (asking->session, asking->app->container_id, END_MS, &exit_code, err);
  if (r < 0)
    return r;
  struct vprod__health *health = asking->health;
  health->state = r ? VPROD__HEALTH_APP_ENDED : VPROD__HEALTH_BAD;
  health->stalled_ms = asking->limit.stalled_ms;
  health->waited_ms = asking->limit.elapsed_ms;
  health->stall_is_known = asking->limit.known;
  health->busy = health->last_outcome == VPROD__HTTP_SLOW && 2 * health->stalled_ms > health->waited_ms;
  return 0;
}

/* After a wrong answer, measures whether the machine keeps the app waiting. */
static void note_wrong (struct vprod__asking *asking, int wrong_in_row)
{
  if (wrong_in_row > 1) {
    vprod__limit_look (&asking->limit);
    return;
  }
  vprod__limit_end (&asking->limit);
  if (wrong_in_row == 1)
    vprod__limit_begin (&asking->limit, asking->session, asking->app->container_id, 0, vprod__now_ms (), asking->pace->attempt);
}

static int watch (struct vprod__asking *asking, int64_t until_ms, vprod_error **err)
{
  struct vprod__health *health = asking->health;
  int wrong_in_row = 0;
  vprod_call call;

  vprod__session_call (asking->session, -1, &call);
  for (;;) {
    int64_t left = until_ms - vprod__now_ms ();
    int64_t wait = wrong_in_row > 0 ? AGAIN_MS : left < asking->pace->watch ? left : asking->pace->watch;
    int r = wait > 0 ? vprod__call_sleep (&call, wait, asking->pace->doing, err) : 0;
    if (r < 0)
      return r;
    asking->deadline_ms = vprod__deadline (asking->pace->attempt);
    r = vprod__asking_ask (asking, &call, err);
    if (r < 0)
      return r;
    wrong_in_row = asking->in_row > 0 ? 0 : wrong_in_row + 1;
    note_wrong (asking, wrong_in_row);
    if (wrong_in_row == 0 && vprod__now_ms () >= until_ms) {
      health->state = VPROD__HEALTH_GOOD;
      return 0;
    }
    if (wrong_in_row == 0)
      continue;
    r = vprod__app_is_up (asking->session, asking->app, err);
    if (r <= 0) {
      health->state = VPROD__HEALTH_APP_ENDED;
      return r;
    }
    int wrong = health->attempts - health->good;
    if (wrong_in_row > AGAIN || (wrong > AGAIN && wrong >= health->good))
      return settle_wrong (asking, err);
  }
}

int vprod__watch_health (vprod_session *session, const struct vprod__app *app, int64_t until_ms,
                         struct vprod__health **ret, vprod_error **err)
{
  _cleanup_health_ struct vprod__health *later = calloc (1, sizeof *later);

  if (!later)
    return vprod__error_no_memory (err);
  later->first_ms = -1;
  _cleanup_ (vprod__asking_clear) struct vprod__asking asking = { .session = session, .app = app, .health = later };
  int r = vprod__asking_begin (&asking, err);
  if (r == 0)
    r = watch (&asking, until_ms, err);
  vprod__limit_end (&asking.limit);
  if (r < 0)
    return r;
  later->settled_ms = vprod__now_ms () - app->started_at;
  *ret = vprod__steal (&later);
  return 0;
}
