/* SPDX-License-Identifier: MIT */
#include "session/health.h"
#include "probe/protocol.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/health_also.h"
#include "session/health_attempts.h"
#include "session/health_quiet.h"
#include "session/limit.h"
#include "session/parts.h"
#include "session/reach.h"
#include "util/clock.h"
#include "util/strv.h"

#include <string.h>

#define LATE_MS 2000 /* the URL is asked for at least this long, however late the first check comes */
#define QUIET_AGAIN_MS 1000 /* between two looks whether the container is idle */
#define LISTENS_AGAIN_MS 200 /* between two looks where it listens, while nobody takes connections: they cost more than to ask */

/* ---- is another answer to be expected? ----------------------------------------------------------------- */

/* A server that closes connections is looked at each time. */
static int look_where_it_listens (struct vprod__asking *asking, const vprod_container_facts *container,
                                  enum vprod__http_outcome outcome, vprod_error **err)
{
  if (outcome == VPROD__HTTP_REFUSED && vprod__now_ms () < asking->listens_from_ms)
    return 0;
  vprod__strv_free (asking->listens);
  asking->listens = NULL;
  asking->listens_from_ms = vprod__deadline (LISTENS_AGAIN_MS);
  return vprod__app_listens (asking->session, asking->app, container, &asking->listens, err);
}

/* What the last answer tells. */
static int hear (struct vprod__asking *asking, const vprod_container_facts *container, vprod_error **err)
{
  const struct vprod__http_answer *http = &asking->answer.http;
  enum vprod__http_outcome outcome = http->outcome;
  _cleanup_free_ char *log = NULL;
  struct vprod__settle_facts facts = {
    .asks = asking->question.asks,
    .is_right = asking->in_row > 0,
    .statuses = asking->session->spec->checks.health.statuses,
    .url = asking->question.url,
    .answer = http,
    .grpc = &asking->answer.grpc,
    .no_program = asking->answer.no_program,
  };

  facts.name = vprod__question_name (&asking->question, &facts.name_length);

  if ((outcome == VPROD__HTTP_REFUSED || outcome == VPROD__HTTP_RESET) && vprod__asks_at_port (facts.asks)) {
    int r = look_where_it_listens (asking, container, outcome, err);
    if (r < 0)
      return r;
    facts.where = vprod__listens_where (asking->listens, asking->app->health_port);
  }
  if (facts.asks == VPROD__ASKS_HTTP && outcome == VPROD__HTTP_ANSWERED && http->status == 400) {
    log = vprod__log_tail (asking->app->log, &facts.log_length);
    if (!log)
      return vprod__error_no_memory (err);
    facts.log = log;
  }
  if (outcome != VPROD__HTTP_RESET) /* of a server that only closes connections, another question told the protocol */
    asking->health->protocol = NULL;
  if (http->first_length > 0)
    vprod__protocol_of (http->first, http->first_length, &asking->health->protocol);
  enum vprod__heard heard = vprod__settle_heard (&facts);
  if (heard == VPROD__HEARD_TLS)
    asking->health->protocol = "TLS";
  vprod__same_add (&asking->same, heard, vprod__answer_number (facts.asks, &asking->answer), vprod__now_ms ());
  return 0;
}

static struct vprod__also_asking also_asking (struct vprod__asking *asking)
{
  return (struct vprod__also_asking) { asking->session, asking->app, &asking->question, asking->health, asking->listens };
}

static int watch_for_quiet (struct vprod__asking *asking, const vprod_container_facts *container, vprod_error **err)
{
  if (vprod__now_ms () < asking->quiet_from_ms)
    return 0;
  int r = vprod__health_is_quiet (asking->session, asking->app, container, asking->deadline_ms, err);
  asking->same.quiet = r > 0;
  asking->quiet_from_ms = vprod__deadline (QUIET_AGAIN_MS);
  return r < 0 ? r : 0;
}

/* After a wrong answer. 1: no other answer is to be expected; 0: go on asking. */
static int is_settled (struct vprod__asking *asking, const vprod_container_facts *container, vprod_error **err)
{
  int r = hear (asking, container, err);

  if (r < 0 || asking->health->good > 0) /* a right answer may come again */
    return r;
  if (vprod__same_next (&asking->same, vprod__now_ms ()) == VPROD__SETTLE_VERIFY) {
    struct vprod__also_asking also = also_asking (asking);
    r = vprod__also_verify (&also, asking->same.heard, err);
    if (r < 0)
      return r;
    asking->same.asked = 1;
    asking->same.verified = r > 0;
  }
  switch (vprod__same_next (&asking->same, vprod__now_ms ())) {
  case VPROD__SETTLED:
    asking->health->settled_by = vprod__settled_by (asking->same.heard, asking->same.verified);
    return 1;
  case VPROD__SETTLE_WATCH:
    return watch_for_quiet (asking, container, err);
  case VPROD__SETTLE_VERIFY:
  case VPROD__SETTLE_ASK_ON:
    break;
  }
  return 0;
}

static int end_bad (struct vprod__asking *asking, vprod_error **err)
{
  struct vprod__also_asking also = also_asking (asking);

  asking->health->state = VPROD__HEALTH_BAD;
  return asking->health->good > 0 ? 0 : vprod__also_ask_all (&also, asking->same.heard, err);
}

/* 1: it is settled, state is set. */
static int after_wrong (struct vprod__asking *asking, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };

  int64_t began_ms = vprod__now_ms ();
  int r = vprod__app_facts (asking->session, asking->app, &container, err);
  if (r < 0)
    return r;
  vprod__limit_answered (&asking->limit, began_ms);
  vprod__limit_held (&asking->limit, began_ms, 0);
  if (!container.running) {
    asking->health->state = VPROD__HEALTH_APP_ENDED;
    return 1;
  }
  r = is_settled (asking, &container, err);
  if (r <= 0)
    return r;
  r = end_bad (asking, err);
  return r < 0 ? r : 1;
}

/* No answer came within an attempt's time. That may be due to the engine's proxy or to this process: it is, possibly, if
   processes of this machine were kept waiting for most of the time. */
static int way_is_busy (const struct vprod__asking *asking)
{
  const struct vprod__limit *limit = &asking->limit;

  return asking->health->last_outcome == VPROD__HTTP_SLOW && limit->known && 2 * limit->machine_ms > limit->elapsed_ms;
}

/* Is the time over? The time in which the machine kept the app waiting, or us from asking, does not count; and a single
   attempt without an answer is not enough, however short the limit. */
static int is_over (struct vprod__asking *asking)
{
  struct vprod__health *health = asking->health;
  enum vprod__limit_state state = VPROD__LIMIT_OPEN;

  if (asking->deadline_ms > vprod__now_ms () && !vprod__limit_wants_looks (&asking->limit))
    return 0;
  state = vprod__limit_look (&asking->limit);
  if (state == VPROD__LIMIT_OVER && health->attempts == 1 && health->last_outcome == VPROD__HTTP_SLOW) {
    asking->limit.limit_ms += asking->pace->attempt;
    state = vprod__limit_look (&asking->limit);
  }
  asking->deadline_ms = vprod__now_ms () + vprod__limit_left (&asking->limit);
  if (state == VPROD__LIMIT_OPEN)
    return 0;
  health->state = VPROD__HEALTH_BAD;
  health->busy = state == VPROD__LIMIT_BUSY || way_is_busy (asking);
  health->stalled_ms = asking->limit.stalled_ms;
  if (way_is_busy (asking) && asking->limit.machine_ms > health->stalled_ms)
    health->stalled_ms = asking->limit.machine_ms;
  health->waited_ms = asking->limit.elapsed_ms;
  health->stall_is_known = asking->limit.known;
  return 1;
}

static int ask_until_settled (struct vprod__asking *asking, vprod_error **err)
{
  const struct vprod__pace *pace = asking->pace;
  int64_t pause_ms = pace->first_pause;
  vprod_call call;

  vprod__session_call (asking->session, -1, &call);
  for (;;) {
    int64_t began_ms = vprod__now_ms ();
    int r = vprod__asking_ask (asking, &call, err);
    if (r < 0)
      return r;
    if (r > 0) {
      asking->health->state = VPROD__HEALTH_GOOD;
      vprod__reach_proved (asking->session);
      return 0;
    }
    vprod__limit_held (&asking->limit, began_ms, pace->attempt);
    r = asking->in_row == 0 ? after_wrong (asking, err) : 0;
    if (r != 0)
      return r < 0 ? r : 0;
    if (is_over (asking)) {
      asking->health->settled_by = "time limit";
      return asking->health->busy ? 0 : end_bad (asking, err);
    }
    int64_t left = asking->deadline_ms - vprod__now_ms (), wait = asking->in_row > 0 ? pace->between_good : pause_ms;
    began_ms = vprod__now_ms ();
    r = vprod__call_sleep (&call, wait < left ? wait : left, pace->doing, err);
    if (r < 0)
      return r;
    vprod__limit_held (&asking->limit, began_ms, wait);
    if (asking->in_row == 0)
      pause_ms = pause_ms * 5 / 4 + 1 > pace->last_pause ? pace->last_pause : pause_ms * 5 / 4 + 1;
  }
}

/* Can it be asked? At a port only where one is known. */
static int is_askable (vprod_session *session, const struct vprod__app *app)
{
  enum vprod__asks asks = vprod__spec_asks (session->spec);

  return asks != VPROD__ASKS_NOTHING && (app->health_port > 0 || !vprod__asks_at_port (asks));
}

static int settle (vprod_session *session, const struct vprod__app *app, int64_t limit_ms, struct vprod__health *health,
                   vprod_error **err)
{
  _cleanup_ (vprod__asking_clear) struct vprod__asking asking = { .session = session, .app = app, .health = health };
  int64_t late_ms;

  if (!is_askable (session, app))
    return 0;
  if (app->health_host_port == 0 && vprod__asks_at_port (vprod__spec_asks (session->spec))) {
    int r = vprod__app_is_up (session, app, err);
    if (r == 0) /* the container has ended already */
      health->state = VPROD__HEALTH_APP_ENDED;
    return r < 0 ? r : 0;
  }
  int r = vprod__asking_begin (&asking, err);
  if (r < 0)
    return r;
  late_ms = vprod__now_ms () + LATE_MS - app->started_at;
  vprod__limit_begin (&asking.limit, session, app->container_id, 1, app->started_at,
                      limit_ms > late_ms ? limit_ms : late_ms);
  asking.deadline_ms = app->started_at + asking.limit.limit_ms;
  r = ask_until_settled (&asking, err);
  vprod__limit_end (&asking.limit);
  return r;
}

int64_t vprod__app_works_since (const struct vprod__app *app, const struct vprod__health *health)
{
  return app->started_at + (health->first_ms > 0 ? health->first_ms : 0);
}

/* ---- the fixture --------------------------------------------------------------------------------------- */

int vprod__ask_health (vprod_session *session, const struct vprod__app *app, int64_t limit_ms, struct vprod__health **ret,
                       vprod_error **err)
{
  struct vprod__health *health = calloc (1, sizeof *health);

  if (!health)
    return vprod__error_no_memory (err);
  health->first_ms = -1;
  int r = settle (session, app, limit_ms, health, err);
  if (r < 0) {
    vprod__health_free (health);
    return r;
  }
  health->settled_ms = vprod__now_ms () - app->started_at;
  *ret = health;
  return 0;
}

int vprod__make_health (vprod_session *session, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->app->fixture, err);
  if (r < 0)
    return r;
  const struct vprod__app *app = session->app->made;
  if (!app->started)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "the app was not started: nothing can be asked of it");
  return vprod__ask_health (session, app, session->spec->checks.health.timeout_ms, &session->health->made, err);
}

void vprod__health_free (struct vprod__health *health)
{
  if (!health)
    return;
  free (health->url);
  free (health->asked);
  free (health->last_body);
  free (health->last_location);
  free (health->last_error);
  vprod__also_free (health);
  free (health);
}

int vprod__get_health (vprod_session *session, const struct vprod__health **ret, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->health->fixture, err);

  if (r < 0)
    return r;
  vprod__waiting_credit (session, &vprod__owner_of_health, session->health->made->settled_ms);
  *ret = session->health->made;
  return 0;
}
