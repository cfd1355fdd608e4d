/* SPDX-License-Identifier: MIT */
/*
 * The judging part of `health`: a pure function of facts. What the last answer was tells why it was not good;
 * where the app really listens, if that is known, tells more than that.
 */
#include "checks/health.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "checks/proc.h"
#include "probe/http.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/strv.h"

#define TIME_SIZE 32
#define BODY_SHOWN 200

enum where { WHERE_NOT_KNOWN = 0, WHERE_NOWHERE, WHERE_OTHER_PORT, WHERE_LOOPBACK, WHERE_RIGHT };

static enum where where_it_listens (const struct vprod__health_facts *facts)
{
  enum where where = WHERE_NOWHERE;

  if (!facts->listens)
    return WHERE_NOT_KNOWN;
  for (size_t i = 0; facts->listens[i]; i++) {
    enum where here = vprod__listen_port (facts->listens[i]) != facts->port ? WHERE_OTHER_PORT
                    : vprod__listen_is_loopback (facts->listens[i])         ? WHERE_LOOPBACK
                                                                            : WHERE_RIGHT;
    if (here > where)
      where = here;
  }
  return where;
}

/* Is there a socket of the port on an IPv4 address? */
static int listens_on_ipv4 (const struct vprod__health_facts *facts)
{
  for (size_t i = 0; facts->listens && facts->listens[i]; i++)
    if (vprod__listen_port (facts->listens[i]) == facts->port && facts->listens[i][0] != '[')
      return 1;
  return 0;
}

static void give_evidence (const struct vprod__health_facts *facts, const char *listens, vprod_result *result)
{
  const struct vprod__health *health = facts->health, *later = facts->later, *last = later ? later : health;
  int wrong = last->worst_status ? last->worst_status : health->worst_status;

  vprod__result_evidence (result, "url", "%s", health->url ? health->url : "");
  vprod__result_evidence (result, "container_port", "%d", facts->port);
  vprod__result_evidence (result, "attempts", "%d", health->attempts + (later ? later->attempts : 0));
  vprod__result_evidence (result, "good_answers", "%d", health->good + (later ? later->good : 0));
  if (last->last_outcome == VPROD__HTTP_ANSWERED && last->attempts > 0)
    vprod__result_evidence (result, "last_status", "%d", last->last_status);
  if (wrong)
    vprod__result_evidence (result, "last_wrong_status", "%d", wrong);
  if (health->first_ms >= 0)
    vprod__result_evidence (result, "first_good_ms", "%" PRId64, health->first_ms);
  vprod__result_evidence (result, "settled_ms", "%" PRId64, health->settled_ms);
  if (listens)
    vprod__result_evidence (result, "listens_on", "%s", *listens ? listens : "nothing");
}

/* "8 attempts in 30.0 s" */
static const char *tries (const struct vprod__health_facts *facts, char *text, size_t size)
{
  char span[TIME_SIZE];

  vprod__format_ms (facts->health->settled_ms, span, sizeof span);
  snprintf (text, size, "%d attempt%s in %s", facts->health->attempts, facts->health->attempts == 1 ? "" : "s",
            span);
  return text;
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

static int fail_not_listening (const struct vprod__health_facts *facts, enum where where, const char *listens,
                               vprod_result *result)
{
  char span[TIME_SIZE];

  vprod__format_ms (facts->timeout_ms, span, sizeof span);
  if (where == WHERE_OTHER_PORT) {
    vprod__result_remedy (result, "Let `run.port` in the spec and the port that the server takes be the same.");
    return vprod__result_fail (result,
                               "nothing listens on port %d in the container after %s; the app listens on %s",
                               facts->port, span, listens);
  }
  vprod__result_remedy (result,
                        "Check in the log whether the server came up, that it takes port %d (`run.port` in the "
                        "spec), and that it is up within checks.health.timeout (%s).",
                        facts->port, span);
  if (where == WHERE_NOWHERE)
    return vprod__result_fail (
      result, "nothing listens on port %d in the container after %s, nor on another TCP port", facts->port, span);
  return vprod__result_fail (result,
                             "connections to port %d of the container are refused after %s: nothing listens "
                             "there, or on 127.0.0.1 only",
                             facts->port, span);
}

/* Where it listens on IPv6 alone. A socket on [::] takes IPv4 too, unless it was told not to, which cannot be seen. */
static int fail_ipv6 (const struct vprod__health_facts *facts, const char *listens, vprod_result *result)
{
  char how[96];

  tries (facts, how, sizeof how);
  vprod__result_remedy (result,
                        "Let the server take IPv4 too: bind it to 0.0.0.0, or to [::] without IPV6_V6ONLY (nginx: "
                        "`listen %d;` beside `listen [::]:%d;`). If it does, read the app's log for what happens on a "
                        "request, and check that the port speaks plain HTTP, not TLS or FastCGI (php-fpm and uWSGI need a web "
                        "server before them).",
                        facts->port, facts->port);
  return vprod__result_fail (result,
                             "connections over IPv4 get no answer (%s): the app listens on %s, perhaps for IPv6 only",
                             how, listens);
}

static int fail_no_answer (const struct vprod__health_facts *facts, enum where where, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  char span[TIME_SIZE], how[96];

  vprod__format_ms (facts->timeout_ms, span, sizeof span);
  tries (facts, how, sizeof how);
  switch (health->last_outcome) {
  case VPROD__HTTP_RESET:
    if (where == WHERE_RIGHT) {
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
    vprod__result_remedy (result, "Let the health URL do little, and answer at once: no slow queries, no calls to "
                                  "other services. If the app is only slow to start, raise "
                                  "checks.health.timeout.");
    return vprod__result_fail (
      result, "the app takes the connection on port %d but gives no whole answer in time (%s)", facts->port, how);
  case VPROD__HTTP_GARBLED:
    vprod__result_remedy (result, "Check that `run.port` is the app's plain HTTP port, not one for TLS, gRPC or "
                                  "metrics.");
    return vprod__result_fail (result, "what answers on port %d is no HTTP: %s", facts->port, health->last_error);
  default:
    return -1;
  }
}

static const char *remedy_of_status (int status)
{
  if (status == 404)
    return "Check checks.health.path against the app's routes, with their prefix.";
  if (status == 401 || status == 403)
    return "Let the health URL answer without credentials.";
  if (status == 400 || status == 421)
    return "Let the server take any name for the health URL: an orchestrator asks it by an address (Host: "
           "127.0.0.1:PORT; Django: ALLOWED_HOSTS). Else check checks.health.path in the spec.";
  if (status == 429)
    return "Leave the health URL out of the app's rate limit: it is asked often.";
  if (status == 502 || status == 504)
    return "A proxy answers, and what stands behind it does not: read the log for whether the app behind it came up, "
           "and stayed; compare the address or socket that it listens on with the proxy's.";
  if (status >= 500)
    return "The app itself says that it is not well: read its log; can it use its database with the settings in "
           "run.env?";
  return "Check checks.health.path and checks.health.status in the spec.";
}

/* "/health" of "http://host:port/health" */
static const char *path_of (const char *url)
{
  const char *host = url ? strstr (url, "://") : NULL, *path = host ? strchr (host + 3, '/') : NULL;

  return path ? path : "the health URL";
}

/* The beginning of a body, on one line: pages of proxies have many. */
static void show_body (const char *body, char shown[static BODY_SHOWN + 32])
{
  size_t n = 0;

  for (; *body && n < BODY_SHOWN; body++)
    if (!isspace ((unsigned char) *body))
      shown[n++] = *body;
    else if (n > 0 && shown[n - 1] != ' ')
      shown[n++] = ' ';
  body += strspn (body, " \t\r\n\v\f");
  while (n > 0 && !*body && shown[n - 1] == ' ')
    n--;
  strcpy (shown + n, *body ? "…" : "");
}

static int fail_answer (const struct vprod__health_facts *facts, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  const char *body = health->last_body ? health->last_body : "";
  const char *path = path_of (health->url);
  char how[96], shown[BODY_SHOWN + 32];

  tries (facts, how, sizeof how);
  show_body (body, shown);
  if (health->last_location && health->last_status >= 300 && health->last_status < 400
      && health->last_status != facts->wanted_status) {
    vprod__result_remedy (result, "Name the path that answers itself in checks.health.path; a health URL must not "
                                  "lead to a login page or to https. Redirects are not followed.");
    return vprod__result_fail (result, "%s answers %d, a redirect to %s, instead of %d (%s)", path,
                               health->last_status, health->last_location, facts->wanted_status, how);
  }
  if (health->last_status != facts->wanted_status) {
    vprod__result_remedy (result, "%s", remedy_of_status (health->last_status));
    return vprod__result_fail (result, "%s answers %d instead of %d (%s)%s%s", path, health->last_status,
                               facts->wanted_status, how, *shown ? ": " : "", shown);
  }
  if (facts->wanted_body) { /* the status is right, the answer was not good: nothing else is left */
    vprod__result_remedy (result, "Check checks.health.path and checks.health.body in the spec: is it the app "
                                  "that answers, or a page of something before it?");
    return vprod__result_fail (result, "%s answers %d, but its body does not contain \"%s\" (%s)%s%s", path,
                               health->last_status, facts->wanted_body, how, *shown ? ": " : ", it is empty",
                               shown);
  }
  return -1;
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
  char how[96], wrong[64] = "";

  tries (facts, how, sizeof how);
  if (health->worst_status)
    snprintf (wrong, sizeof wrong, "; the last wrong answer was %d", health->worst_status);
  vprod__result_remedy (result, "A health URL must answer the same while nothing changes. Read the app's log; if "
                                "the app was only slow to start, raise checks.health.timeout.");
  return vprod__result_fail (result, "the health URL answered well %d time%s, but never %d in a row (%s)%s%s%s",
                             health->good, health->good == 1 ? "" : "s", facts->consecutive, how, wrong,
                             health->last_error && *health->last_error ? "; last: " : "",
                             health->last_error ? health->last_error : "");
}

/* It answered, and its server is gone since: that is another thing than a URL that answers now so, now so. */
static int fail_vanished (const struct vprod__health_facts *facts, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  char how[96];

  tries (facts, how, sizeof how);
  remedy_gone (result);
  return vprod__result_fail (result,
                             "the health URL answered well %d time%s, then nothing listens on port %d any more, "
                             "though the container runs on (%s)",
                             health->good, health->good == 1 ? "" : "s", facts->port, how);
}

static int judge_bad (const struct vprod__health_facts *facts, const char *listens, vprod_result *result,
                      vprod_error **err)
{
  const struct vprod__health *health = facts->health;
  enum where where = where_it_listens (facts);
  int r;

  if (health->attempts == 0 || health->last_outcome == VPROD__HTTP_UNREACHABLE)
    return vprod__error_set (
      err, VPROD_ERROR_ENGINE, 0, "cannot ask the app's health at %s: %s. Is the engine's host reached from here?",
      health->url ? health->url : "its URL",
      health->last_error && *health->last_error ? health->last_error : "it was never asked");
  if (facts->loop) {
    vprod__result_judged_by (result, "start");
    return vprod__result_skip (result, "not checked: the app did not stay up: it ended, and was started again "
                                       "inside the container");
  }
  vprod__result_log_tail (result, facts->log, facts->log_length);
  if (health->good > 0)
    return where == WHERE_NOWHERE || where == WHERE_OTHER_PORT ? fail_vanished (facts, result)
                                                              : fail_flapping (facts, result);
  if (where == WHERE_LOOPBACK)
    return fail_loopback (facts, listens, result);
  if (where == WHERE_RIGHT && !listens_on_ipv4 (facts)
      && (health->last_outcome == VPROD__HTTP_REFUSED || health->last_outcome == VPROD__HTTP_RESET))
    return fail_ipv6 (facts, listens, result);
  if (health->last_outcome == VPROD__HTTP_REFUSED || where == WHERE_NOWHERE || where == WHERE_OTHER_PORT)
    return fail_not_listening (facts, where, listens, result);
  r = health->last_outcome == VPROD__HTTP_ANSWERED ? fail_answer (facts, result)
                                                   : fail_no_answer (facts, where, result);
  return r == 0 ? 0 : fail_flapping (facts, result);
}

/* What the last answer was instead of a right one, in words. */
static void say_wrong (const struct vprod__health_facts *facts, const struct vprod__health *health, char *text,
                       size_t size)
{
  switch ((enum vprod__http_outcome) health->last_outcome) {
  case VPROD__HTTP_ANSWERED:
    if (health->last_status != facts->wanted_status)
      snprintf (text, size, "it answers %d instead of %d", health->last_status, facts->wanted_status);
    else
      snprintf (text, size, "its body does not contain \"%s\"", facts->wanted_body ? facts->wanted_body : "");
    break;
  case VPROD__HTTP_REFUSED:
    snprintf (text, size, "connections are refused");
    break;
  case VPROD__HTTP_RESET:
    snprintf (text, size, "connections are closed without an answer");
    break;
  case VPROD__HTTP_SLOW:
    snprintf (text, size, "no whole answer comes in time");
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
                             later->url ? later->url : "its URL", wrong);
  vprod__format_ms (later->settled_ms, span, sizeof span);
  vprod__result_log_tail (result, facts->log, facts->log_length);
  remedy_gone (result);
  return vprod__result_fail (result,
                             "the health URL answered well %d time%s, then not any more, though the container runs "
                             "on: %s (%s after the app's start)",
                             good, good == 1 ? "" : "s", wrong, span);
}

static int judge_good (const struct vprod__health_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__health *health = facts->health;
  char first[TIME_SIZE];

  if (facts->later && facts->later->state == VPROD__HEALTH_APP_ENDED) {
    vprod__result_judged_by (result, "start");
    return vprod__result_skip (result, "not checked: the app did not stay up");
  }
  if (facts->later && facts->later->state == VPROD__HEALTH_BAD)
    return judge_gone (facts, result, err);
  vprod__format_ms (health->first_ms, first, sizeof first);
  return vprod__result_pass (result, "%s answered %d%s%s%s %d time%s in a row, first %s after the app's start",
                             health->url ? health->url : "the health URL", facts->wanted_status,
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
    vprod__result_judged_by (result, "start");
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
