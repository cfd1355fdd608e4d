/* SPDX-License-Identifier: MIT */
/*
 * The judging part of `health`: a pure function of facts. The last answer shows why it was not good; where the app really
 * listens, if known, shows more.
 */
#include "checks/health/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "probe/proc.h"
#include "probe/http.h"
#include "spec/health.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/strv.h"

#define TIME_SIZE 32

/* Is there a socket of the port on an IPv4 address? */
static int listens_on_ipv4 (const struct vprod__health_facts *facts)
{
  for (size_t i = 0; facts->listens && facts->listens[i]; i++)
    if (vprod__listen_port (facts->listens[i]) == facts->port && facts->listens[i][0] != '[')
      return 1;
  return 0;
}

/* What was asked. */
static const char *asked (const struct vprod__health *health)
{
  return health->asked ? health->asked : health->url ? health->url : "the health URL";
}

/* The last answer. */
static void give_answer (const struct vprod__health *last, vprod_result *result)
{
  char words[96];

  switch (last->asks) {
  case VPROD__ASKS_HTTP:
    vprod__result_evidence (result, "last_status", "%d", last->last_status);
    break;
  case VPROD__ASKS_GRPC:
    vprod__health_grpc_words (last, words, sizeof words);
    vprod__result_evidence (result, "last_answer", "%s", words);
    break;
  case VPROD__ASKS_COMMAND:
    if (!last->no_program)
      vprod__result_evidence (result, "last_exit_code", "%d", last->last_status);
    break;
  case VPROD__ASKS_TCP:
  case VPROD__ASKS_NOTHING:
  case VPROD__ASKS_COUNT:
    break;
  }
}

static void give_evidence (const struct vprod__health_facts *facts, const char *listens, vprod_result *result)
{
  const struct vprod__health *health = facts->health, *later = facts->later, *last = later ? later : health;
  int wrong = last->worst_status ? last->worst_status : health->worst_status;

  if (health->asks == VPROD__ASKS_HTTP)
    vprod__result_evidence (result, "url", "%s", health->url ? health->url : "");
  else
    vprod__result_evidence (result, "asked", "%s", asked (health));
  if (health->asks != VPROD__ASKS_COMMAND)
    vprod__result_evidence (result, "container_port", "%d", facts->port);
  vprod__result_evidence (result, "attempts", "%d", health->attempts + (later ? later->attempts : 0));
  vprod__result_evidence (result, "good_answers", "%d", health->good + (later ? later->good : 0));
  if (last->last_outcome == VPROD__HTTP_ANSWERED && last->attempts > 0)
    give_answer (last, result);
  if (wrong)
    vprod__result_evidence (result, "last_wrong_status", "%d", wrong);
  if (health->first_ms >= 0)
    vprod__result_evidence (result, "first_good_ms", "%" PRId64, health->first_ms);
  vprod__result_evidence (result, "settled_ms", "%" PRId64, health->settled_ms);
  if (health->settled_by)
    vprod__result_evidence (result, "settled_by", "%s", health->settled_by);
  if (health->protocol)
    vprod__result_evidence (result, "protocol", "%s", health->protocol);
  if (listens)
    vprod__result_evidence (result, "listens_on", "%s", *listens ? listens : "nothing");
}

static int fail_loopback (const struct vprod__health_facts *facts, const char *listens, vprod_result *result)
{
  vprod__result_remedy (result,
                        "Bind the server to 0.0.0.0 (or [::]): 127.0.0.1 in a container is reached from that "
                        "container alone. (uvicorn: --host 0.0.0.0; gunicorn: --bind 0.0.0.0:%d; flask: "
                        "--host=0.0.0.0.)",
                        facts->port);
  return vprod__result_fail (result, "the app cannot be reached from outside its container: it listens on %s",
                             listens);
}

static int fail_other_port (const struct vprod__health_facts *facts, const char *listens, vprod_result *result)
{
  const struct vprod__also *also = vprod__health_also (facts->health, VPROD__ALSO_PORT);
  char span[TIME_SIZE], status[16] = "";

  vprod__format_ms (facts->health->settled_ms, span, sizeof span);
  if (!also) {
    vprod__result_remedy (result, "Let `%s` in the spec and the port that the server takes be the same.",
                          facts->port_key);
    return vprod__result_fail (result, "nothing listens on port %d in the container after %s; the app listens on %s",
                               facts->port, span, listens);
  }
  vprod__result_remedy (result,
                        "Let `%s` in the spec and the port that the server takes be the same: `%s: %s`, or "
                        "let the server take %d.",
                        facts->port_key, facts->port_key, also->value, facts->port);
  if (facts->health->asks == VPROD__ASKS_HTTP)
    snprintf (status, sizeof status, " %d", also->status);
  return vprod__result_fail (result,
                             "nothing listens on port %d in the container after %s; the app listens on %s, and answers%s "
                             "on port %s",
                             facts->port, span, listens, status, also->value);
}

static int fail_not_listening (const struct vprod__health_facts *facts, enum vprod__where where, const char *listens,
                               vprod_result *result)
{
  char span[TIME_SIZE];

  if (where == VPROD__WHERE_OTHER_PORT)
    return fail_other_port (facts, listens, result);
  vprod__format_ms (facts->timeout_ms, span, sizeof span);
  vprod__result_remedy (result,
                        "Check in the log whether the server came up, that it takes port %d (`%s` in the "
                        "spec), and that it is up within checks.health.timeout (%s).",
                        facts->port, facts->port_key, span);
  if (where == VPROD__WHERE_NOWHERE)
    return vprod__result_fail (
      result, "nothing listens on port %d in the container after %s, nor on another TCP port", facts->port, span);
  return vprod__result_fail (result,
                             "connections to port %d of the container are refused after %s: nothing listens "
                             "there, or on 127.0.0.1 only",
                             facts->port, span);
}

/* It listens only on IPv6. A socket on [::] takes IPv4 too, unless IPV6_V6ONLY is set, which cannot be seen. */
static int fail_ipv6 (const struct vprod__health_facts *facts, const char *listens, vprod_result *result)
{
  char how[VPROD__TRIES_SIZE];

  vprod__health_tries (facts, how, sizeof how);
  vprod__result_remedy (result,
                        "Let the server take IPv4 too: bind it to 0.0.0.0, or to [::] without IPV6_V6ONLY (nginx: "
                        "`listen %d;` beside `listen [::]:%d;`). If it does, read the app's log for what happens on a "
                        "request, and check that the port speaks plain HTTP, not TLS or FastCGI (php-fpm and uWSGI "
                        "need a web server before them).",
                        facts->port, facts->port);
  return vprod__result_fail (result,
                             "connections over IPv4 get no answer (%s): the app listens on %s, perhaps for IPv6 only",
                             how, listens);
}

static int fail_no_answer (const struct vprod__health_facts *facts, enum vprod__where where, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  char how[VPROD__TRIES_SIZE];

  vprod__health_tries (facts, how, sizeof how);
  switch (health->last_outcome) {
  case VPROD__HTTP_RESET:
    if (where == VPROD__WHERE_RIGHT && health->asks == VPROD__ASKS_TCP)
      return vprod__health_judge_closed (facts, result);
    if (where == VPROD__WHERE_RIGHT) {
      vprod__result_remedy (result,
                            "Read the app's log for what happens on a request; check that port %d speaks plain "
                            "HTTP, not TLS or FastCGI (php-fpm and uWSGI need a web server before them).",
                            facts->port);
      return vprod__result_fail (result, "the app closes the connection without an answer (%s): %s", how,
                                 health->last_error);
    }
    vprod__result_remedy (result,
                          "Most often the server listens on 127.0.0.1 in its container, where nobody else reaches "
                          "it: bind it to 0.0.0.0 (uvicorn: --host 0.0.0.0; gunicorn: --bind 0.0.0.0:%d), and let "
                          "it take port %d. Else read the app's log for what happens on a request.",
                          facts->port, facts->port);
    return vprod__result_fail (result,
                               "connections to port %d are closed without an answer (%s): the server listens on "
                               "127.0.0.1 only, on another port, or not at all",
                               facts->port, how);
  case VPROD__HTTP_SLOW:
    if (health->asks == VPROD__ASKS_TCP) {
      vprod__result_remedy (result, "Let the app accept connections for as long as it runs: those that wait fill its queue.");
      return vprod__result_fail (result, "no connection to port %d comes about in time (%s)", facts->port, how);
    }
    vprod__result_remedy (result, "Let the health URL do little, and answer at once: no slow queries, no calls to "
                                  "other services. If the app is only slow to start, raise "
                                  "checks.health.timeout.");
    return vprod__result_fail (
      result, "the app takes the connection on port %d but gives no whole answer in time (%s)", facts->port, how);
  case VPROD__HTTP_GARBLED:
    vprod__result_remedy (result, "Check that `%s` is the app's %s.", facts->port_key,
                          health->asks == VPROD__ASKS_GRPC ? "gRPC port, not one for HTTP, TLS or metrics"
                          : facts->https                   ? "HTTPS port, and that its TLS takes a client without a "
                                                             "certificate, at an address and not by a name"
                                                           : "plain HTTP port, not one for TLS, gRPC or metrics");
    return vprod__result_fail (result, "what answers on port %d is no %s (%s): %s", facts->port,
                               health->asks == VPROD__ASKS_GRPC ? "gRPC" : facts->https ? "HTTPS" : "HTTP", how,
                               health->last_error);
  default:
    return -1;
  }
}

static void remedy_gone (vprod_result *result)
{
  vprod__result_remedy (result, "Read the app's log for what happened after its first answers. A shell or "
                                "supervisor that outlives its server hides the end of it: let the server be the "
                                "container's first process (`exec` in the entrypoint), so that the container ends "
                                "with it.");
}

static int fail_flapping (const struct vprod__health_facts *facts, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  char how[VPROD__TRIES_SIZE], wrong[64] = "";

  vprod__health_tries (facts, how, sizeof how);
  if (health->worst_status)
    snprintf (wrong, sizeof wrong, "; the last wrong answer was %d", health->worst_status);
  vprod__result_remedy (result, "A health URL must answer the same while nothing changes. Read the app's log; if "
                                "the app was only slow to start, raise checks.health.timeout.");
  return vprod__result_fail (result, "%s answered well %d time%s, but never %d in a row (%s)%s%s%s",
                             vprod__health_subject (health), health->good, health->good == 1 ? "" : "s", facts->consecutive, how, wrong,
                             health->last_error && *health->last_error ? "; last: " : "",
                             health->last_error ? health->last_error : "");
}

/* It answered, and its server is gone since: not the same as a URL whose answers vary. */
static int fail_vanished (const struct vprod__health_facts *facts, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  char how[VPROD__TRIES_SIZE];

  vprod__health_tries (facts, how, sizeof how);
  remedy_gone (result);
  return vprod__result_fail (result,
                             "%s answered well %d time%s, then nothing listens on port %d any more, "
                             "though the container runs on (%s)",
                             vprod__health_subject (health), health->good, health->good == 1 ? "" : "s", facts->port, how);
}

static int judge_bad (const struct vprod__health_facts *facts, const char *listens, vprod_result *result,
                      vprod_error **err)
{
  const struct vprod__health *health = facts->health;
  enum vprod__where where = vprod__listens_where (facts->listens, facts->port);
  int r;

  if (health->attempts == 0 || health->last_outcome == VPROD__HTTP_UNREACHABLE)
    return vprod__error_set (
      err, VPROD_ERROR_ENGINE, 0, "cannot ask the app's health at %s: %s%s",
      asked (health), health->last_error && *health->last_error ? health->last_error : "it was never asked",
      health->last_error && strncmp (health->last_error, "libcurl ", 8) == 0 ? "" : ". Is the engine's host reached from here?");
  if (facts->loop) {
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
    return vprod__result_skip (result, "not checked: the app did not stay up: it ended, and was started again "
                                       "inside the container");
  }
  vprod__result_log_tail (result, facts->log, facts->log_length);
  if (vprod__health_also_evidence (health, result) < 0)
    return vprod__error_no_memory (err);
  if (health->asks == VPROD__ASKS_COMMAND && health->good == 0)
    return vprod__health_judge_command (facts, result) == 0 ? 0 : fail_flapping (facts, result);
  if (health->good > 0)
    return where == VPROD__WHERE_NOWHERE || where == VPROD__WHERE_OTHER_PORT ? fail_vanished (facts, result)
                                                              : fail_flapping (facts, result);
  if (health->protocol)
    return vprod__health_judge_protocol (facts, result);
  if (where == VPROD__WHERE_LOOPBACK)
    return fail_loopback (facts, listens, result);
  if (where == VPROD__WHERE_RIGHT && !listens_on_ipv4 (facts)
      && (health->last_outcome == VPROD__HTTP_REFUSED || health->last_outcome == VPROD__HTTP_RESET))
    return fail_ipv6 (facts, listens, result);
  if (health->last_outcome == VPROD__HTTP_REFUSED || where == VPROD__WHERE_NOWHERE || where == VPROD__WHERE_OTHER_PORT)
    return fail_not_listening (facts, where, listens, result);
  if (health->last_outcome != VPROD__HTTP_ANSWERED)
    r = fail_no_answer (facts, where, result);
  else
    r = health->asks == VPROD__ASKS_GRPC ? vprod__health_judge_grpc (facts, result) : vprod__health_judge_answer (facts, result);
  return r == 0 ? 0 : fail_flapping (facts, result);
}

/* What the last answer was instead of a right one, in words. */
static void say_wrong_answer (const struct vprod__health_facts *facts, const struct vprod__health *health, char *text,
                              size_t size)
{
  char words[96];

  if (health->asks == VPROD__ASKS_GRPC) {
    vprod__health_grpc_words (health, words, sizeof words);
    snprintf (text, size, "it answers %s", words);
  } else if (health->asks == VPROD__ASKS_COMMAND)
    snprintf (text, size, health->no_program ? "its program is gone" : "it ends with exit code %d", health->last_status);
  else if (!vprod__status_is_wanted (facts->statuses, health->last_status))
    snprintf (text, size, "it answers %d instead of %s", health->last_status, vprod__health_wanted (facts, words));
  else
    snprintf (text, size, "its body does not contain \"%s\"", facts->wanted_body ? facts->wanted_body : "");
}

static void say_wrong (const struct vprod__health_facts *facts, const struct vprod__health *health, char *text,
                       size_t size)
{
  switch ((enum vprod__http_outcome) health->last_outcome) {
  case VPROD__HTTP_ANSWERED:
    say_wrong_answer (facts, health, text, size);
    break;
  case VPROD__HTTP_REFUSED:
    snprintf (text, size, "connections are refused");
    break;
  case VPROD__HTTP_RESET:
    snprintf (text, size, "connections are closed without an answer");
    break;
  case VPROD__HTTP_SLOW:
    snprintf (text, size, health->asks == VPROD__ASKS_COMMAND ? "it does not end" : "no whole answer comes in time");
    break;
  case VPROD__HTTP_GARBLED:
  case VPROD__HTTP_UNREACHABLE:
    snprintf (text, size, "%s", health->last_error ? health->last_error : "what comes is no HTTP");
    break;
  }
}

/* It was good, and is not any more, while its container runs on. */
static int judge_gone (const struct vprod__health_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__health *later = facts->later;
  int good = facts->health->good + later->good;
  char wrong[256], span[TIME_SIZE];

  say_wrong (facts, later, wrong, sizeof wrong);
  if (later->last_outcome == VPROD__HTTP_UNREACHABLE)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "cannot ask the app's health at %s any more: %s. Is the engine's host reached from "
                             "here?",
                             asked (later), wrong);
  vprod__format_ms (later->settled_ms, span, sizeof span);
  vprod__result_log_tail (result, facts->log, facts->log_length);
  remedy_gone (result);
  return vprod__result_fail (result,
                             "%s answered well %d time%s, then not any more, though the container runs "
                             "on: %s (%s after the app's start)",
                             vprod__health_subject (later), good, good == 1 ? "" : "s", wrong, span);
}

/* What the right answer was, in words. */
static void say_right (const struct vprod__health_facts *facts, char *text, size_t size)
{
  switch (facts->health->asks) {
  case VPROD__ASKS_GRPC:
    snprintf (text, size, "answered SERVING");
    break;
  case VPROD__ASKS_TCP:
    snprintf (text, size, "took the connection");
    break;
  case VPROD__ASKS_COMMAND:
    snprintf (text, size, "ended with exit code 0");
    break;
  case VPROD__ASKS_HTTP:
  case VPROD__ASKS_NOTHING:
  case VPROD__ASKS_COUNT:
    snprintf (text, size, "answered %d", facts->health->last_status);
    break;
  }
}

static int judge_good (const struct vprod__health_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__health *health = facts->health;
  char first[TIME_SIZE], right[32];

  if (facts->later && facts->later->state == VPROD__HEALTH_APP_ENDED) {
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
    return vprod__result_skip (result, "not checked: the app did not stay up");
  }
  if (facts->later && facts->later->state == VPROD__HEALTH_BAD)
    return judge_gone (facts, result, err);
  vprod__format_ms (health->first_ms, first, sizeof first);
  say_right (facts, right, sizeof right);
  return vprod__result_pass (result, "%s %s%s%s%s %d time%s in a row, first %s after the app's start", asked (health), right,
                             facts->wanted_body ? ", body with " : "",
                             facts->wanted_body ? facts->wanted_body : "", facts->wanted_body ? "," : "",
                             facts->consecutive, facts->consecutive == 1 ? "" : "s", first);
}

int vprod__health_judge (const struct vprod__health_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__health *health = facts->health;

  _cleanup_free_ char *listens = facts->listens ? vprod__strv_join (facts->listens, ", ") : NULL;
  if (facts->listens && !listens)
    return vprod__error_no_memory (err);
  if (health->state != VPROD__HEALTH_UNKNOWN)
    give_evidence (facts, listens, result);
  switch (health->state) {
  case VPROD__HEALTH_APP_ENDED:
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
    return vprod__result_skip (result, "not checked: the app did not stay up");
  case VPROD__HEALTH_BAD:
    return judge_bad (facts, listens, result, err);
  case VPROD__HEALTH_GOOD:
    return judge_good (facts, result, err);
  case VPROD__HEALTH_UNKNOWN:
    break;
  }
  return vprod__result_skip (result, "not checked: no port of the app is known; name it in the spec with "
                                     "run.port");
}
