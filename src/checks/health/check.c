/* SPDX-License-Identifier: MIT */
/*
 * health: the app answers as the spec says in time: a URL, its gRPC health service, its port, from outside the container
 * through a published port, as a load balancer would ask; or a command inside it. The asking itself is a fixture of the
 * session, because other checks wait for it too. A server that answered may be gone a moment later while the shell that started it stays, so
 * this check goes on asking until the app was seen up for start's stay-up. Where it goes wrong, the kernel's table
 * of the container's sockets shows on which addresses the app really listens.
 */
#include "checks/check.h"
#include "checks/health/facts.h"

#include "session/app_loop.h"
#include "probe/http.h"
#include "session/limit.h"
#include "spec/health.h"
#include "util/strv.h"

static int watch (vprod_session *session, const struct vprod__app *app, const struct vprod__health *health,
                  struct vprod__health **ret, vprod_error **err)
{
  int64_t stay_up_ms = vprod__session_spec (session)->checks.start.stay_up_ms;

  if (health->state != VPROD__HEALTH_GOOD)
    return 0;
  return vprod__watch_health (session, app, vprod__app_works_since (app, health) + stay_up_ms, ret, err);
}

static int too_busy (const struct vprod__health *health, const char *what, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell %s: %s", what,
                           vprod__busy_words (health->waited_ms, health->stalled_ms, health->stall_is_known, words));
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  const struct vprod__health *health;
  const struct vprod__app *app;
  _cleanup_health_ struct vprod__health *later = NULL;
  _cleanup_strv_ char **listens = NULL;
  _cleanup_free_ char *log = NULL;
  struct vprod__health_facts facts = {
    .port_key = spec->checks.health.port > 0 ? "checks.health.port" : "run.port",
    .https = spec->checks.health.scheme,
    .statuses = spec->checks.health.statuses,
    .service = spec->checks.health.grpc,
    .wanted_body = spec->checks.health.body,
    .consecutive = spec->checks.health.consecutive,
    .timeout_ms = spec->checks.health.timeout_ms,
    .log = "",
  };

  if (vprod__spec_asks (spec) == VPROD__ASKS_NOTHING)
    return vprod__result_skip (result, "not checked: the spec names no health URL; name its path with "
                                       "checks.health.path (or another way to ask: grpc, tcp, command)");
  int r = vprod__need_ready (session, result, &app, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__get_health (session, &health, err);
  if (r == 0)
    r = watch (session, app, health, &later, err);
  if (r < 0)
    return r;
  if (health->state == VPROD__HEALTH_BAD && health->busy)
    return too_busy (health, "whether the app becomes healthy", err);
  if (later && later->state == VPROD__HEALTH_BAD && later->busy)
    return too_busy (later, "whether the app stays healthy", err);
  facts.health = health;
  facts.later = later;
  facts.port = app->health_port;
  if (health->state == VPROD__HEALTH_BAD || (later && later->state == VPROD__HEALTH_BAD)) {
    r = vprod__asks_at_port (health->asks) ? vprod__app_find_listens (session, app, &listens, err) : 0;
    if (r < 0)
      return r;
    facts.listens = listens;
    if (vprod__asks_at_port (health->asks) && (later ? later : health)->last_outcome != VPROD__HTTP_ANSWERED) {
      r = vprod__reach_judge (session, app, listens, err);
      if (r < 0)
        return r;
    }
    if (!later && health->good == 0 && vprod__session_runs (session, vprod__owner_of_app.check_id)) {
      r = vprod__app_loop (session, app, 1, &facts.loop, err);
      if (r < 0)
        return r;
    }
    log = vprod__log_tail (app->log, &facts.log_length);
    if (!log)
      return vprod__error_no_memory (err);
    facts.log = log;
  }
  return vprod__health_judge (&facts, result, err);
}

const struct vprod__owner vprod__owner_of_health = { "health", "the app is healthy" };

const struct vprod__check vprod__check_health = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "health",
    .title = "The health URL answers as it should",
    .what = "Asks http://HOST:PORT/path from outside the container (or, as the spec says, gRPC's health service, or for a "
            "connection; or runs a command inside), first after milliseconds, then ever more "
            "slowly, until it answered rightly so often in a row as the spec says, the app ended, or timeout is "
            "over. An answer is right when its status is the wanted one and its body contains the wanted text; a "
            "compressed one is read as what it is. No redirect is followed. Asking ends earlier where no other "
            "answer is to be expected: what is a matter of configuration, or stays the same while nothing goes on in "
            "the container; other paths, names and protocols are then tried once, to say what would be right. A good "
            "one is asked on for as long as start's stay-up, to see that the server is still there; a wrong answer "
            "is asked again twice.",
    .why = "Load balancers and orchestrators send traffic to what answers its health URL, and restart what does "
           "not. A server that listens on 127.0.0.1 in its container, or on another port than is published, is "
           "up for itself and down for everybody else.",
    .remedy = "Bind the server to 0.0.0.0, let run.port be its port, and let the health URL answer by itself, "
              "quickly and without credentials.",
    .run = vprod_check_health,
  },
  .app_use = VPROD__APP_USES,
  .needs_services = 1,
  .place = { .line = vprod__line_of_command },
  .run = run,
};
