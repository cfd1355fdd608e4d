/* SPDX-License-Identifier: MIT */
/*
 * What a wrong answer of the health URL means, and what to do: a pure function of that answer and of those to other
 * requests (vprod__also).
 */
#include "checks/health/facts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "probe/http.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/text.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))

#define TIME_SIZE 32
#define BODY_SHOWN 200
#define PATHS_SHOWN 4

/* ---- why it was asked no further ------------------------------------------------------------------------- */

/* A value of settled_by in words. */
static const struct {
  const char *by, *words;
} settled_words[] = {
  { "same answer", "; the answer stays the same, and nothing goes on in the app any more" },
  { "Host header", "; that will not change by itself" },
  { "redirect to https", "; that will not change by itself" },
  { "protocol", "; that will not change by itself" },
};

const char *vprod__health_tries (const struct vprod__health_facts *facts, char *text, size_t size)
{
  const struct vprod__health *health = facts->health;
  char span[TIME_SIZE];
  const char *words = "";

  for (size_t i = 0; health->settled_by && i < COUNT (settled_words); i++)
    if (strcmp (health->settled_by, settled_words[i].by) == 0)
      words = settled_words[i].words;
  vprod__format_ms (health->settled_ms, span, sizeof span);
  snprintf (text, size, "%d attempt%s in %s%s", health->attempts, health->attempts == 1 ? "" : "s", span, words);
  return text;
}

/* ---- words -------------------------------------------------------------------------------------------------- */

const char *vprod__health_subject (const struct vprod__health *health)
{
  static const char *const subjects[VPROD__ASKS_COUNT] = {
    [VPROD__ASKS_HTTP] = "the health URL",
    [VPROD__ASKS_GRPC] = "the gRPC health service",
    [VPROD__ASKS_TCP] = "the port",
    [VPROD__ASKS_COMMAND] = "the health command",
  };

  return subjects[health->asks] ? subjects[health->asks] : "the health URL";
}

const char *vprod__health_wanted (const struct vprod__health_facts *facts, char text[static VPROD__STATUSES_SIZE])
{
  size_t used = 0;

  text[0] = '\0';
  for (const int *p = facts->statuses; p && *p && used < VPROD__STATUSES_SIZE; p++)
    used += (size_t) snprintf (text + used, VPROD__STATUSES_SIZE - used, "%s%d", used > 0 ? " or " : "", *p);
  return text;
}

/* ---- what was asked otherwise ---------------------------------------------------------------------------- */

const struct vprod__also *vprod__health_also (const struct vprod__health *health, enum vprod__also_kind kind)
{
  const struct vprod__also *found = NULL;

  for (size_t i = 0; i < health->n_also; i++) {
    const struct vprod__also *also = &health->also[i];
    if (also->kind == kind && (also->is_right || also->confirms) && (!found || (also->is_right && !found->is_right)))
      found = also;
  }
  return found;
}

static int is_success (const struct vprod__also *also)
{
  return also->outcome == VPROD__HTTP_ANSWERED && also->status >= 200 && also->status < 300;
}

int vprod__health_also_evidence (const struct vprod__health *health, vprod_result *result)
{
  static const char *const kinds[] = {
    [VPROD__ALSO_PATH] = "",
    [VPROD__ALSO_HOST] = "Host: ",
    [VPROD__ALSO_FORWARDED] = "X-Forwarded-Proto: https",
    [VPROD__ALSO_TLS] = "by https",
    [VPROD__ALSO_HTTP2] = "by HTTP/2",
    [VPROD__ALSO_PORT] = "port ",
    [VPROD__ALSO_PLAIN] = "without TLS",
    [VPROD__ALSO_HTTP1] = "by HTTP/1.1",
    [VPROD__ALSO_SERVER] = "the whole server",
  };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (health->n_also == 0)
    return 0;
  for (size_t i = 0; i < health->n_also; i++) {
    const struct vprod__also *also = &health->also[i];
    if (!also->confirms && !is_success (also))
      continue;
    if (vprod__text_addf (&text, "%s%s%s answers %d", text.length > 0 ? ", " : "", kinds[also->kind],
                          also->value ? also->value : "", also->status) < 0)
      return -1;
  }
  vprod__result_evidence (result, "also_asked", "%zu", health->n_also);
  vprod__result_evidence (result, "also_answers", "%s", text.length > 0 ? vprod__buf_string (&text) : "none rightly");
  return 0;
}

/* The path to propose: one that answers as the spec wants, else with success; "/" is the last of them. */
static const struct vprod__also *best_path (const struct vprod__health *health)
{
  const struct vprod__also *right = vprod__health_also (health, VPROD__ALSO_PATH);

  for (size_t i = 0; !right && i < health->n_also; i++)
    if (health->also[i].kind == VPROD__ALSO_PATH && is_success (&health->also[i]))
      right = &health->also[i];
  return right;
}

static size_t count_paths (const struct vprod__health *health)
{
  size_t n = 0;

  for (size_t i = 0; i < health->n_also; i++)
    n += health->also[i].kind == VPROD__ALSO_PATH;
  return n;
}

/* ", and so do /up, /status" */
static void say_other_paths (const struct vprod__health *health, const struct vprod__also *best, char *text,
                             size_t size)
{
  size_t shown = 0, used = 0;

  text[0] = '\0';
  for (size_t i = 0; i < health->n_also && shown < PATHS_SHOWN; i++) {
    const struct vprod__also *also = &health->also[i];
    if (also == best || also->kind != VPROD__ALSO_PATH || !is_success (also) || used >= size)
      continue;
    used += (size_t) snprintf (text + used, size - used, "%s%.60s", shown++ ? ", " : "; so do ", also->value);
  }
}

/* Does the redirect only add a slash to what was asked, or take it away? */
static int is_slash_alone (const char *asked, const char *path)
{
  size_t a = strlen (asked), b = strlen (path), shorter = a < b ? a : b;

  return strncmp (asked, path, shorter) == 0 && (a > b ? a - b : b - a) == 1
         && (a > b ? asked : path)[shorter] == '/';
}

/* ---- remedies -------------------------------------------------------------------------------------------- */

static const char *remedy_of_status (int status)
{
  if (status == 404)
    return "Check checks.health.path against the app's routes, with their prefix.";
  if (status == 401 || status == 403)
    return "Let the health URL answer without credentials: a load balancer and an orchestrator have none.";
  if (status == 400 || status == 421)
    return "Let the server take any name for the health URL: an orchestrator asks it by an address (Host: "
           "127.0.0.1:PORT; Django: ALLOWED_HOSTS), or name one that it knows in checks.health.headers (Host). Else check "
           "checks.health.path in the spec.";
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

/* Adds what answers instead, if something does. */
static void remedy_path (const struct vprod__health_facts *facts, const char *general, vprod_result *result)
{
  const struct vprod__also *best = best_path (facts->health);
  size_t tried = count_paths (facts->health);
  char status[32] = "", others[320];

  if (!best && tried == 0) {
    vprod__result_remedy (result, "%s", general);
    return;
  }
  if (!best) {
    vprod__result_remedy (result, "%s None of %zu other paths that apps often have answers with success.", general,
                          tried);
    return;
  }
  say_other_paths (facts->health, best, others, sizeof others);
  if (!vprod__status_is_wanted (facts->statuses, best->status))
    snprintf (status, sizeof status, ", status: %d", best->status);
  if (strcmp (best->value, "/") == 0)
    vprod__result_remedy (result, "%s Of %zu other paths that apps often have only / answers %d.", general, tried,
                          best->status);
  else
    vprod__result_remedy (result,
                          "%s answers %d%s%s%s: if that is its health, name it in the spec, `health: {path: %s%s}`. %s",
                          best->value, best->status, best->from ? " and is named by " : "",
                          best->from ? best->from : "", others, best->value, status, general);
}

static void remedy_name (const struct vprod__also *also, vprod_result *result)
{
  vprod__result_remedy (
    result,
    "The server takes only names that it knows in the `Host` header%s%s%s. An orchestrator asks by the container's "
    "address: let the health URL answer to any name (Django: ALLOWED_HOSTS, or a middleware that answers before the "
    "name is looked at; Rails: config.host_authorization with exclude). Where production's probe sends a `Host` that the "
    "server knows (Kubernetes: httpGet.httpHeaders), name it in the spec: `health: {headers: {Host: %s}}`.",
    also && also->from ? " (those of " : "", also && also->from ? also->from : "", also && also->from ? ")" : "",
    also ? also->value : "shop.example.org");
}

static void remedy_forwarded (const struct vprod__also *also, vprod_result *result)
{
  vprod__result_remedy (
    result,
    "%s Answer the health URL before that redirect (Rails: config.ssl_options = { redirect: { exclude: … } }; "
    "Django: SECURE_REDIRECT_EXEMPT): load balancers ask it over plain HTTP.%s",
    also ? "The app wants https, and takes the header `X-Forwarded-Proto: https` for it, which a proxy in front sets."
         : "The app wants https, and the header `X-Forwarded-Proto: https`, which a proxy in front sets, does not "
           "change that: does it trust the address that the request comes from?",
    also ? " Where production's probe sends that header (Kubernetes: httpGet.httpHeaders), name it in the spec: `health: "
           "{headers: {X-Forwarded-Proto: https}}`." : "");
}

/* ---- the verdicts ---------------------------------------------------------------------------------------- */

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

static int fail_redirect (const struct vprod__health_facts *facts, const char *how, vprod_result *result)
{
  static const char general[] = "Name the path that answers itself in checks.health.path; a health URL must not lead "
                                "to a login page or to https. Redirects are not followed.";
  const struct vprod__health *health = facts->health;
  const struct vprod__also *forwarded = vprod__health_also (health, VPROD__ALSO_FORWARDED);
  const struct vprod__also *best = best_path (health);
  const char *path = path_of (health->url), *location = path_of (health->last_location);
  char also[96] = "", wanted[VPROD__STATUSES_SIZE];

  if (health->settled_by && strcmp (health->settled_by, "redirect to https") == 0) {
    remedy_forwarded (forwarded, result);
    if (forwarded)
      snprintf (also, sizeof also, "; with `X-Forwarded-Proto: https` it answers %d", forwarded->status);
  } else if (best && best->from && strcmp (best->value, location) == 0 && !is_slash_alone (path, location))
    vprod__result_remedy (result, "%s (%s answers %d.)", general, best->value, best->status);
  else
    remedy_path (facts, general, result);
  return vprod__result_fail (result, "%s answers %d, a redirect to %s, instead of %s (%s)%s", path,
                             health->last_status, health->last_location, vprod__health_wanted (facts, wanted), how, also);
}

static int fail_status (const struct vprod__health_facts *facts, const char *how, const char *shown,
                        vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  const struct vprod__also *name = vprod__health_also (health, VPROD__ALSO_HOST);
  char also[160] = "", wanted[VPROD__STATUSES_SIZE];

  if (name) {
    remedy_name (name, result);
    snprintf (also, sizeof also, "; with `Host: %.100s` it answers %d", name->value, name->status);
  } else if (health->settled_by && strcmp (health->settled_by, "Host header") == 0)
    remedy_name (NULL, result);
  else
    remedy_path (facts, remedy_of_status (health->last_status), result);
  return vprod__result_fail (result, "%s answers %d instead of %s (%s)%s%s%s", path_of (health->url),
                             health->last_status, vprod__health_wanted (facts, wanted), how, *shown ? ": " : "", shown, also);
}

int vprod__health_judge_answer (const struct vprod__health_facts *facts, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  char how[VPROD__TRIES_SIZE], shown[BODY_SHOWN + 32];

  vprod__health_tries (facts, how, sizeof how);
  show_body (health->last_body ? health->last_body : "", shown);
  if (health->last_location && health->last_status >= 300 && health->last_status < 400
      && !vprod__status_is_wanted (facts->statuses, health->last_status))
    return fail_redirect (facts, how, result);
  if (!vprod__status_is_wanted (facts->statuses, health->last_status))
    return fail_status (facts, how, shown, result);
  if (facts->wanted_body) { /* the status is right, so it can only be the body */
    vprod__result_remedy (result, "Check checks.health.path and checks.health.body in the spec: is it the app "
                                  "that answers, or a page of something before it?");
    return vprod__result_fail (result, "%s answers %d, but its body does not contain \"%s\" (%s)%s%s",
                               path_of (health->url), health->last_status, facts->wanted_body, how,
                               *shown ? ": " : ", it is empty", shown);
  }
  return -1;
}

static const char *wanted_protocol (const struct vprod__health_facts *facts)
{
  if (facts->health->asks == VPROD__ASKS_GRPC)
    return facts->https ? "gRPC with TLS" : "gRPC";
  return facts->https ? "HTTPS" : "plain HTTP/1.1";
}

/* What it answered in another protocol. */
static void say_protocol (const struct vprod__health *health, char *text, size_t size)
{
  static const struct {
    enum vprod__also_kind kind;
    const char *words;
  } kinds[] = {
    { VPROD__ALSO_TLS, "by https" },
    { VPROD__ALSO_HTTP2, "by HTTP/2" },
    { VPROD__ALSO_PLAIN, "without TLS" },
    { VPROD__ALSO_HTTP1, "by HTTP/1.1" },
  };

  for (size_t i = 0; i < COUNT (kinds); i++) {
    const struct vprod__also *also = vprod__health_also (health, kinds[i].kind);
    if (!also)
      continue;
    if (health->asks == VPROD__ASKS_GRPC && kinds[i].kind != VPROD__ALSO_HTTP1)
      snprintf (text, size, "; %s it answers%s", kinds[i].words, also->is_right ? " SERVING" : "");
    else
      snprintf (text, size, "; %s it answers %d", kinds[i].words, also->status);
    return;
  }
}

static void remedy_protocol (const struct vprod__health_facts *facts, vprod_result *result)
{
  const char *protocol = facts->health->protocol, *key = facts->port_key ? facts->port_key : "run.port";

  if (facts->health->asks == VPROD__ASKS_GRPC && strcmp (protocol, "TLS") == 0)
    vprod__result_remedy (result, "Where the gRPC server is to have TLS, say so in the spec: `health: {scheme: https}`.");
  else if (facts->health->asks == VPROD__ASKS_GRPC && strcmp (protocol, "HTTP/1.1") == 0)
    vprod__result_remedy (result, "That is an HTTP server: name the port of the gRPC server in checks.health.port, or ask this "
                                  "one by `checks.health.path`.");
  else if (facts->https)
    vprod__result_remedy (result, "Leave `scheme: https` out of checks.health, where a proxy before the app is what ends TLS; "
                                  "else let the server have its certificate and take TLS on `%s`.", key);
  else if (strcmp (protocol, "TLS") == 0)
    vprod__result_remedy (result, "Let the app serve plain HTTP on `%s`, as it does behind a proxy that ends TLS; or let %s be "
                                  "its plain port. Where production asks it by https, say so in the spec: `health: {scheme: "
                                  "https}`.", key, key);
  else if (strcmp (protocol, "HTTP/2") == 0)
    vprod__result_remedy (result, "Let the server take HTTP/1.1 on `%s`, too: load balancers ask a health URL so. A gRPC server "
                                  "is asked by its health service: `health: {grpc: \"\"}`.", key);
  else
    vprod__result_remedy (result, "Let `%s` be the app's HTTP port.", key);
}

int vprod__health_judge_protocol (const struct vprod__health_facts *facts, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  char how[VPROD__TRIES_SIZE], shown[BODY_SHOWN + 32] = "", also[64] = "";
  const char *seen = health->last_error ? health->last_error : "";

  vprod__health_tries (facts, how, sizeof how);
  if (health->last_outcome == VPROD__HTTP_ANSWERED) {
    show_body (health->last_body ? health->last_body : "", shown);
    seen = shown;
  }
  say_protocol (health, also, sizeof also);
  remedy_protocol (facts, result);
  return vprod__result_fail (result, "port %d speaks %s, not %s (%s)%s%s%s", facts->port,
                             health->protocol, wanted_protocol (facts), how, *seen ? ": " : "", seen, also);
}
