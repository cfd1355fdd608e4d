/* SPDX-License-Identifier: MIT */
#include "checks/start/port.h"

#include "probe/connect.h"
#include "session/limit.h"
#include "spec/health.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/strv.h"

#define WAIT_MS 3000 /* a port may be opened some time after the one for the health */
#define PAUSE_MS 100
#define HOLD_MS 1500 /* a proxy far away closes, in that time, what the app does not take */

/* The spec names a port, and the health was not asked at it. */
static int is_unasked (vprod_session *session, const struct vprod__app *app)
{
  const vprod_spec *spec = vprod__session_spec (session);
  enum vprod__asks asks = vprod__spec_asks (spec);

  return spec->run.port > 0 && asks != VPROD__ASKS_NOTHING
      && (!vprod__asks_at_port (asks) || app->health_port != spec->run.port);
}

/* 1: something listens there. */
static int look (vprod_session *session, const struct vprod__app *app, struct vprod__port_look *ret,
                 struct vprod__start_facts *facts, vprod_error **err)
{
  _cleanup_strv_ char **listens = NULL;

  int r = vprod__app_find_listens (session, app, &listens, err);
  if (r < 0)
    return r;
  facts->dead_where = vprod__listens_where (listens, app->port);
  free (ret->listens);
  ret->listens = listens ? vprod__strv_join (listens, ", ") : NULL;
  if (listens && !ret->listens)
    return vprod__error_no_memory (err);
  if (listens)
    return facts->dead_where == VPROD__WHERE_RIGHT;
  switch (app->host_port > 0 ? vprod__connect_hold (app->host, app->host_port, HOLD_MS) : VPROD__CONNECT_NO_WAY) {
  case VPROD__CONNECT_KEPT:
  case VPROD__CONNECT_NO_WAY: /* that says nothing of the app */
    return 1;
  case VPROD__CONNECT_CLOSED:
  case VPROD__CONNECT_REFUSED:
  case VPROD__CONNECT_NO_ANSWER:
    break;
  }
  return 0;
}

static int look_until (vprod_session *session, const struct vprod__app *app, struct vprod__limit *limit,
                       struct vprod__port_look *ret, struct vprod__start_facts *facts, vprod_error **err)
{
  enum vprod__limit_state state = VPROD__LIMIT_OPEN;
  char words[VPROD__BUSY_WORDS_SIZE];
  vprod_call call;

  vprod__session_call (session, -1, &call);
  for (;;) {
    int r = look (session, app, ret, facts, err);
    if (r != 0 || state == VPROD__LIMIT_OVER)
      return r;
    if (state == VPROD__LIMIT_BUSY)
      return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the app listens on port %d: %s", app->port,
                               vprod__busy_words (limit->elapsed_ms, limit->stalled_ms, limit->known, words));
    r = vprod__call_sleep (&call, PAUSE_MS, "looking where the app listens", err);
    if (r < 0)
      return r;
    state = vprod__limit_look (limit); /* then it is looked once more */
  }
}

int vprod__look_at_port (vprod_session *session, const struct vprod__app *app, struct vprod__port_look *ret,
                         struct vprod__start_facts *facts, vprod_error **err)
{
  struct vprod__limit limit;

  if (!is_unasked (session, app))
    return 0;
  int up = vprod__app_is_up (session, app, err);
  if (up <= 0)
    return up;
  vprod__limit_begin (&limit, session, app->container_id, 0, vprod__now_ms (), WAIT_MS);
  int r = look_until (session, app, &limit, ret, facts, err);
  vprod__limit_end (&limit);
  if (r < 0)
    return r;
  facts->dead_port = r > 0 ? 0 : app->port;
  facts->listens = ret->listens;
  return 0;
}

void vprod__port_look_clear (struct vprod__port_look *look)
{
  free (look->listens);
}
