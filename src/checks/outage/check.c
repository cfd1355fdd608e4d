/* SPDX-License-Identifier: MIT */
/*
 * outage: services go away in production: a database is restarted, moved, updated. The named service is stopped as an engine
 * stops it, stays away for `within`, and is started again, with its data. All the while the app's health is asked, request
 * after request, each with `within` to be answered. The app must stay up, and none may hang. At the end of that time the
 * health must be bad (or may be what it is, `health: any`): a single wrong answer is not enough, as an app may fail once on
 * the connection that broke and then say for ever that it is well. Once the service is ready again, the health must be good
 * within `recover`, so often in a row as checks.health says.
 *
 * The service stays away for all of `within`, also where the health is bad after a moment: an app that tries to connect for
 * a few seconds and then ends, or whose requests queue for the one connection that it waits for, looks good at first. While
 * it is away the engine's name server does not know its name, and what had connections to it saw them end; only what has
 * kept its address waits for an answer that does not come, as it would when a machine is lost.
 *
 * Nobody else may use app or services meanwhile: this is the last turn of a run. The app is another one than the others
 * looked at where graceful-stop has ended theirs. The service has its address again when it is back: Docker gives the
 * lowest free one, Podman is told. Where an engine gives another one all the same, an app that does not recover cannot be
 * blamed.
 */
#include "checks/check.h"
#include "checks/outage/facts.h"
#include "probe/lookup.h"
#include "session/app_loop.h"
#include "session/service_away.h"
#include "util/clock.h"

#include <string.h>

#define LAST_WORDS_MS 2000 /* the last output of an app that ended arrives a moment later */

struct outage {
  vprod_session *session;
  const struct vprod__app *app;
  struct vprod__away away;
  struct vprod__steady steady;
  struct vprod__sight before, now;
  char away_words[VPROD__ANSWER_WORDS_SIZE], back_words[VPROD__ANSWER_WORDS_SIZE];
  char *log;
};

static void outage_clear (struct outage *outage)
{
  vprod__steady_end (&outage->steady);
  vprod__away_end (&outage->away);
  vprod__sight_clear (&outage->before);
  vprod__sight_clear (&outage->now);
  free (outage->log);
}

/* ---- the app before ------------------------------------------------------------------------------------------ */

/* One that was started for this check alone has nobody else who judges its start. */
static int not_up_again (vprod_result *result, vprod_error **err)
{
  const char *why = vprod_result_get_message (result);

  return vprod__error_set (err, VPROD_ERROR_IMAGE, 0,
                           "the app was started anew for this check, as another check had ended the first one, and did not become "
                           "healthy again%s%s", why && *why ? ": " : "", why ? why : "");
}

/* 0: it is up and well; 1: it is not, and result is now a skip. */
static int need_good (vprod_session *session, vprod_result *result, const struct vprod__app **ret, vprod_error **err)
{
  _cleanup_health_ struct vprod__health *now = NULL;
  const struct vprod__health *health;

  int r = vprod__need_ready (session, result, ret, err);
  if (r != 0)
    return r;
  r = vprod__get_health (session, &health, err);
  if (r == 0 && health->state == VPROD__HEALTH_GOOD)
    r = vprod__watch_health (session, *ret, vprod__now_ms (), &now, err);
  if (r < 0 || (now && now->state == VPROD__HEALTH_GOOD))
    return r;
  if (health->state == VPROD__HEALTH_UNKNOWN) {
    vprod__result_skip (result, "not checked: it is not known at which port the app's health is asked; name it with run.port");
    return 1;
  }
  vprod__result_judged_by (result, vprod__owner_of_health.check_id);
  vprod__result_skip (result, "not checked: the app's health was not good before");
  return 1;
}

/* The service that the spec names, or the only one. */
static int find_service (vprod_session *session, struct vprod__outage_facts *facts, vprod_error **err)
{
  const char *wanted = vprod__session_spec (session)->checks.outage.service;
  const struct vprod__service *list;
  size_t count;

  int r = vprod__get_services (session, &list, &count, err);
  if (r < 0)
    return r;
  for (size_t i = 0; i < count; i++)
    if (wanted ? strcmp (list[i].spec->name, wanted) == 0 : count == 1) {
      facts->service = list[i].spec->name;
      facts->noun = list[i].kind->noun;
      facts->image = list[i].image;
      return 0;
    }
  return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "checks.outage.service: the spec has no service %s that could be stopped",
                           wanted ? wanted : "or several");
}

/* ---- away, and back ------------------------------------------------------------------------------------------ */

static void keep_busy (const struct vprod__steady *steady, struct vprod__outage_facts *facts)
{
  facts->elapsed_ms = steady->asking.limit.elapsed_ms;
  facts->stalled_ms = steady->asking.limit.stalled_ms;
  facts->stall_is_known = steady->asking.limit.known;
  if (steady->asking.limit.known && steady->asking.limit.machine_ms > facts->stalled_ms)
    facts->stalled_ms = steady->asking.limit.machine_ms;
}

static int watch_away (struct outage *outage, struct vprod__outage_facts *facts, vprod_error **err)
{
  struct vprod__steady *steady = &outage->steady;
  int r = vprod__service_stop (outage->session, facts->service, &outage->away, err);

  if (r < 0)
    return r;
  vprod__steady_phase (steady, outage->away.since_ms, facts->within_ms);
  do {
    r = vprod__steady_ask (steady, err);
    if (r == 0 && vprod__steady_goes_on (steady))
      r = vprod__steady_pause (steady, err);
  } while (r == 0 && vprod__steady_goes_on (steady));
  /* a single wrong answer at the end may be one that was lost on its way */
  if (r == 0 && steady->seen.wrong_in_row == 1 && !steady->seen.ended && !steady->seen.hung)
    r = vprod__steady_ask (steady, err);
  if (r == 0 && !steady->seen.ended)
    r = vprod__steady_look (steady, err);
  facts->away = steady->seen;
  facts->away_state = steady->state;
  facts->away_words = vprod__steady_words (steady, outage->away_words);
  if (steady->seen.unclear > 0 || steady->state == VPROD__LIMIT_BUSY)
    keep_busy (steady, facts);
  return r;
}

/* It is known what is wrong: the app is not asked any more. */
static int is_known (const struct vprod__outage_facts *facts)
{
  return facts->away.ended || facts->away.hung || (facts->wants_bad && facts->away.wrong_in_row == 0);
}

static int watch_back (struct outage *outage, struct vprod__outage_facts *facts, vprod_error **err)
{
  struct vprod__steady *steady = &outage->steady;
  int r = 0;

  vprod__steady_phase (steady, outage->away.back_ms, facts->recover_ms);
  do {
    r = vprod__steady_ask (steady, err);
    facts->recovered = steady->seen.good_in_row >= facts->consecutive;
    if (r == 0 && !facts->recovered && vprod__steady_goes_on (steady))
      r = vprod__steady_pause (steady, err);
  } while (r == 0 && !facts->recovered && vprod__steady_goes_on (steady));
  if (r == 0 && !steady->seen.ended)
    r = vprod__steady_look (steady, err);
  facts->was_back = 1;
  facts->back = steady->seen;
  facts->back_state = steady->state;
  facts->back_words = vprod__steady_words (steady, outage->back_words);
  facts->back_body = steady->health.last_body && *steady->health.last_body ? steady->health.last_body : steady->health.last_error;
  facts->out_of_reach = steady->health.last_outcome == VPROD__HTTP_UNREACHABLE;
  if (!facts->recovered && (steady->seen.unclear > 0 || steady->state == VPROD__LIMIT_BUSY))
    keep_busy (steady, facts);
  return r;
}

/* ---- what is left to know ------------------------------------------------------------------------------------ */

static int look_inside (struct outage *outage, struct vprod__sight *sight, vprod_error **err)
{
  int r = vprod__sight_look (outage->session, outage->app, sight, err);

  return r < 0 ? r : 0;
}

/* Of an app on this machine, whose engine asks the same name servers. */
static int look_up (struct outage *outage, struct vprod__outage_facts *facts, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  vprod_call call;

  int r = vprod__app_facts (outage->session, outage->app, &container, err);
  int64_t pid = r < 0 ? r : vprod__container_pid_here (outage->session, &container, err);
  if (pid <= 0)
    return (int) pid;
  vprod__session_call (outage->session, -1, &call);
  return vprod__lookup_unknown (&call, facts->within_ms, &facts->lookup_ms, err);
}

static int see_end (struct outage *outage, struct vprod__outage_facts *facts, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  vprod_call call;

  int r = vprod__app_facts (outage->session, outage->app, &container, err);
  if (r < 0)
    return r;
  facts->end = (struct vprod__outage_end) { container.exit_code, container.oom_killed };
  vprod__session_call (outage->session, LAST_WORDS_MS, &call);
  r = vprod__log_wait_end (outage->app->log, &call, NULL);
  return r == -VPROD_ERROR_CANCELLED
           ? vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "reading the app's log: cancelled") : 0;
}

static int disturb (struct outage *outage, struct vprod__outage_facts *facts, vprod_result *result, vprod_error **err)
{
  int r = vprod__steady_begin (&outage->steady, outage->session, outage->app, facts->within_ms, err);

  facts->asked = outage->steady.health.asked;
  facts->asks = outage->steady.health.asks;
  if (r == 0)
    r = look_inside (outage, &outage->before, err);
  if (r == 0)
    r = watch_away (outage, facts, err);
  if (r == 0 && facts->away.hung)
    r = look_up (outage, facts, err);
  if (r == 0)
    r = vprod__service_back (&outage->away, err);
  if (r == 0 && vprod__away_moved (&outage->away)) {
    facts->moved_from = outage->away.address;
    facts->moved_to = outage->away.new_address;
  }
  if (r == 0 && !is_known (facts))
    r = watch_back (outage, facts, err);
  if (r == 0 && (facts->away.ended || facts->back.ended))
    r = see_end (outage, facts, err);
  else if (r == 0)
    r = look_inside (outage, &outage->now, err);
  if (r < 0)
    return r;
  if (vprod__again_judge (&outage->before, &outage->now, &facts->again) != VPROD__AGAIN_YES)
    facts->again = NULL;
  outage->log = vprod__log_tail (outage->app->log, &facts->log_length);
  if (!outage->log)
    return vprod__error_no_memory (err);
  facts->log = outage->log;
  return vprod__outage_judge (facts, result, err);
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (outage_clear) struct outage outage = { .session = session };
  const struct vprod__image *image;
  struct vprod__outage_facts facts = {
    .wants_bad = spec->checks.outage.health == VPROD__OUTAGE_BAD,
    .consecutive = spec->checks.health.consecutive,
    .within_ms = spec->checks.outage.within_ms,
    .recover_ms = spec->checks.outage.recover_ms,
    .log = "",
  };

  if (vprod__spec_asks (spec) == VPROD__ASKS_NOTHING)
    return vprod__result_skip (result, "not checked: the spec names no health URL; name its path with "
                                       "checks.health.path (or another way to ask: grpc, tcp, command)");
  int r = vprod__need_image (session, result, &image, err);
  if (r == 0)
    r = vprod__wait_app_users (session, vprod__check_outage.info.id, err);
  if (r != 0)
    return r < 0 ? r : 0;
  int anew = vprod__app_is_anew (session);
  r = need_good (session, result, &outage.app, err);
  if (r > 0 && anew)
    r = not_up_again (result, err);
  if (r == 0)
    r = find_service (session, &facts, err);
  if (r != 0)
    return r < 0 ? r : 0;
  const vprod_engine_facts *engine;
  r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  /* seen with Podman 4.3: beside others, one service of many was not reached for 10 s after its start, at its own address */
  facts.may_lose_it = strcmp (engine->name ? engine->name : "", "podman") == 0;
  r = disturb (&outage, &facts, result, err);
  if (r < 0 || vprod_result_get_verdict (result) != VPROD_VERDICT_PASS)
    vprod__app_used_up (session); /* a later check is given one that works */
  return r;
}

const struct vprod__check vprod__check_outage = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "outage",
    .title = "The app outlives a service that is away, and recovers",
    .what = "When all that use the app or its services are done, stops the container of one service, leaves it away for "
            "`within`, and starts it again with its data. Meanwhile the app's health is asked five times a second, as "
            "checks.health says. Passes when the app's container stays up, each request is answered within `within`, the health "
            "is bad at the latest at the end of that time (unless the spec says `health: any`), and, once the service is "
            "ready again, is good within `recover`, so often in a row as checks.health says. Where another check has "
            "ended the app, it is started anew. Time in which the machine kept the app waiting does not count. A service that does not "
            "stop or come back is an error, and so is an app that does not recover where the engine gave the service another "
            "address. Runs only where the spec asks for it.",
    .why = "A database is restarted for an update, a cache is moved, a network fails for a moment. An app that ends then, "
           "whose pool keeps dead connections, or whose requests pile up, turns a minute without its database into an outage "
           "of its own, and one that says all the while that it is well is sent requests that it cannot answer.",
    .remedy = "Connect lazily and again after an error, with time-outs; test pooled connections before use; let the readiness "
              "endpoint ask the service and answer 503 where that fails; never end the process for a failed query.",
    .run = vprod_check_outage,
  },
  .app_use = VPROD__APP_DISTURBS,
  .needs_services = 1,
  .place = { .line = vprod__line_of_command },
  .run = run,
};
