/* SPDX-License-Identifier: MIT */
#include "session/health_also.h"

#include <stdio.h>
#include <string.h>
#include "known/health_paths.h"
#include "probe/protocol.h"
#include "session/base.h"
#include "session/expand.h"
#include "session/health_names.h"
#include "session/image.h"
#include "session/parts.h"
#include "util/clock.h"
#include "util/grow.h"
#include "util/strv.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))

#define ATTEMPT_MS 1000 /* a server that answered at once before does so again */
#define NAMES_MOST 6
#define PORTS_MOST 4

/* What is asked after an answer of that kind; in this order. */
enum question { PATHS, NAMES, FORWARDED, TLS, HTTP2, PORTS, PLAIN, HTTP1, SERVER };
static const struct row {
  enum vprod__heard heard;
  enum question question;
} rows[] = {
  { VPROD__HEARD_NAME, NAMES },      { VPROD__HEARD_REFUSES, NAMES },  { VPROD__HEARD_TO_HTTPS, FORWARDED },
  { VPROD__HEARD_TLS, TLS },         { VPROD__HEARD_HTTP2, HTTP2 },    { VPROD__HEARD_CLOSED, TLS },
  { VPROD__HEARD_CLOSED, HTTP2 },    { VPROD__HEARD_CLOSED, HTTP1 },   { VPROD__HEARD_ELSEWHERE, PORTS },
  { VPROD__HEARD_NO_TLS, PLAIN },    { VPROD__HEARD_NO_HTTP2, TLS },   { VPROD__HEARD_NO_HTTP2, HTTP1 },
};

/* What else is asked once the health is settled, for the remedy. */
static const struct row more_rows[] = {
  { VPROD__HEARD_STATUS, PATHS },
  { VPROD__HEARD_REFUSES, PATHS },
  { VPROD__HEARD_STATUS, SERVER },
};

#define OVER(asks) (1 << VPROD__ASKS_##asks)

/* Of which ways to ask a question makes sense. */
static const int fits[] = {
  [PATHS] = OVER (HTTP), [NAMES] = OVER (HTTP), [FORWARDED] = OVER (HTTP), [HTTP2] = OVER (HTTP),
  [TLS] = OVER (HTTP) | OVER (GRPC), [PLAIN] = OVER (HTTP) | OVER (GRPC),
  [HTTP1] = OVER (GRPC), [SERVER] = OVER (GRPC),
  [PORTS] = OVER (HTTP) | OVER (GRPC) | OVER (TCP),
};

/* ---- one question ---------------------------------------------------------------------------------------- */

/* The answer, if it was asked before. */
static const struct vprod__also *find (const struct vprod__health *health, enum vprod__also_kind kind,
                                       const char *value)
{
  for (size_t i = 0; i < health->n_also; i++)
    if (health->also[i].kind == kind && (!value || strcmp (health->also[i].value, value) == 0))
      return &health->also[i];
  return NULL;
}

static int add (struct vprod__health *health, const struct vprod__also *also)
{
  struct vprod__also one = *also;

  if (vprod__grow (&health->also, health->n_also) < 0)
    return -1;
  one.value = also->value ? strdup (also->value) : NULL;
  one.from = also->from ? strdup (also->from) : NULL;
  if ((also->value && !one.value) || (also->from && !one.from)) {
    free (one.value);
    free (one.from);
    return -1;
  }
  health->also[health->n_also++] = one;
  return 0;
}

/* Notes an answer. any: any answer confirms the guess; else only the right one does. 1: confirmed. */
static int note (struct vprod__also_asking *asking, struct vprod__also *also, const struct vprod__http_answer *answer,
                 int is_right, int any, vprod_error **err)
{
  int answered = answer->outcome == VPROD__HTTP_ANSWERED;

  also->outcome = answer->outcome;
  also->status = answered ? answer->status : 0;
  also->is_right = is_right;
  also->confirms = is_right || (any && answered);
  return add (asking->health, also) < 0 ? vprod__error_no_memory (err) : also->confirms;
}

/* Over HTTP. *ret_answered: there was an answer. 1: confirmed. */
static int ask (struct vprod__also_asking *asking, struct vprod__also *also,
                const struct vprod__http_request *request, int any, int *ret_answered, vprod_error **err)
{
  static const struct vprod__grpc_answer none = { .status = VPROD__GRPC_NOT_TOLD };
  struct vprod__http_answer answer = { 0 };
  vprod_call call;

  vprod__session_call (asking->session, -1, &call);
  int r = vprod__http_ask (asking->question->http, &call, request, ATTEMPT_MS, &answer, err);
  if (r < 0)
    return r;
  *ret_answered = answer.outcome == VPROD__HTTP_ANSWERED;
  any = any && !vprod__protocol_body_wants_tls (answer.body, answer.body_length);
  r = note (asking, also, &answer, vprod__answer_is_right (asking->session, &answer, &none), any, err);
  vprod__http_answer_clear (&answer);
  return r;
}

/* By gRPC. */
static int ask_grpc (struct vprod__also_asking *asking, struct vprod__also *also, const char *url, const char *service,
                     int any, vprod_error **err)
{
  struct vprod__http_answer answer = { 0 };
  struct vprod__grpc_answer grpc = { .status = VPROD__GRPC_NOT_TOLD };
  vprod_call call;

  vprod__session_call (asking->session, -1, &call);
  const struct vprod__grpc_request request = { url, asking->question->host, asking->question->host_port, service };
  int r = vprod__grpc_check (asking->question->http, &call, &request, ATTEMPT_MS, &answer, &grpc, err);
  if (r < 0)
    return r;
  r = note (asking, also, &answer, vprod__answer_is_right (asking->session, &answer, &grpc),
            any && grpc.status != VPROD__GRPC_NOT_TOLD, err);
  vprod__http_answer_clear (&answer);
  return r;
}

/* ---- by kind: 1: it was as guessed ----------------------------------------------------------------------- */

/* 1: go on with the next path; 0: the server does not answer any more: each further attempt could take its whole time. */
static int ask_path (struct vprod__also_asking *asking, const char *path, const char *from, vprod_error **err)
{
  struct vprod__also also = { .kind = VPROD__ALSO_PATH, .value = (char *) (uintptr_t) path,
                              .from = (char *) (uintptr_t) from };
  const char *asked = vprod__url_path (asking->health->url);
  _cleanup_free_ char *url = NULL;
  int answered;

  if (path[0] != '/' || strcmp (path, asked) == 0 || find (asking->health, VPROD__ALSO_PATH, path))
    return 1;
  if (asprintf (&url, "%.*s%s", (int) (asked - asking->health->url), asking->health->url, path) < 0) {
    url = NULL;
    return vprod__error_no_memory (err);
  }
  int r = ask (asking, &also, &(struct vprod__http_request) { .url = url }, 0, &answered, err);
  return r < 0 ? r : answered;
}

/* The path that the answer redirects to, if it is on the same host. */
static int ask_location (struct vprod__also_asking *asking, vprod_error **err)
{
  const char *location = asking->health->last_location;

  if (!vprod__url_is_same_host (location, asking->health->url))
    return 1;
  return ask_path (asking, vprod__url_path (location), "the redirect", err);
}

static int ask_paths (struct vprod__also_asking *asking, vprod_error **err)
{
  _cleanup_free_ char *image = NULL;
  size_t count;
  const struct vprod__health_path *paths = vprod__health_paths (&count);

  if (vprod__healthcheck_path (asking->session->image->made.facts.healthcheck, &image) < 0)
    return vprod__error_no_memory (err);
  int r = ask_location (asking, err);
  if (r > 0 && image)
    r = ask_path (asking, image, "the image's HEALTHCHECK", err);
  for (size_t i = 0; r > 0 && i < count; i++)
    if (paths[i].asked)
      r = ask_path (asking, paths[i].path, NULL, err);
  return r < 0 ? r : 0;
}

static int ask_name (struct vprod__also_asking *asking, const char *name, const char *from, vprod_error **err)
{
  struct vprod__also also = { .kind = VPROD__ALSO_HOST, .value = (char *) (uintptr_t) name,
                              .from = (char *) (uintptr_t) from };
  const struct vprod__also *before = find (asking->health, VPROD__ALSO_HOST, name);
  char header[160];
  int answered;

  if (before)
    return before->confirms;
  snprintf (header, sizeof header, "Host: %s", name);
  return ask (asking, &also, &(struct vprod__http_request) { .url = asking->health->url, .header = header }, 0,
              &answered, err);
}

static int ask_names (struct vprod__also_asking *asking, vprod_error **err)
{
  _cleanup_strv_ char **env = NULL, **names = NULL;

  int r = vprod__session_env (asking->session, &env, err);
  if (r < 0)
    return r;
  if (vprod__served_names (env, &names) < 0 || vprod__served_names (asking->session->image->made.facts.env, &names) < 0)
    return vprod__error_no_memory (err);
  for (size_t i = 0; r == 0 && names && names[i] && i < NAMES_MOST; i++) {
    char *host = strchr (names[i], '=');
    *host++ = '\0';
    r = ask_name (asking, host, names[i], err);
  }
  return r != 0 ? r : ask_name (asking, "localhost", NULL, err);
}

static int ask_forwarded (struct vprod__also_asking *asking, vprod_error **err)
{
  struct vprod__also also = { .kind = VPROD__ALSO_FORWARDED };
  struct vprod__http_request request = { .url = asking->health->url, .header = "X-Forwarded-Proto: https" };
  const struct vprod__also *before = find (asking->health, VPROD__ALSO_FORWARDED, NULL);
  int answered;

  return before ? before->confirms : ask (asking, &also, &request, 0, &answered, err);
}

/* With or without TLS, as the spec does not say. Any answer shows that the port speaks it; a server of TLS answers a plain
   request with one that says so. */
static int ask_scheme (struct vprod__also_asking *asking, enum vprod__also_kind kind, const char *scheme,
                       const char *protocol, vprod_error **err)
{
  struct vprod__also also = { .kind = kind };
  const struct vprod__also *before = find (asking->health, kind, NULL);
  _cleanup_free_ char *url = NULL;
  int answered, r;

  if (before)
    return before->confirms;
  url = vprod__asprintf ("%s%s", scheme, strstr (asking->health->url, "://"));
  if (!url)
    return vprod__error_no_memory (err);
  if (asking->question->asks == VPROD__ASKS_GRPC)
    r = ask_grpc (asking, &also, url, asking->session->spec->checks.health.grpc, 1, err);
  else
    r = ask (asking, &also, &(struct vprod__http_request) { .url = url }, 1, &answered, err);
  if (r > 0)
    asking->health->protocol = protocol;
  return r;
}

static int ask_http2 (struct vprod__also_asking *asking, vprod_error **err)
{
  struct vprod__also also = { .kind = VPROD__ALSO_HTTP2 };
  struct vprod__http_request request = { .url = asking->health->url, .http2 = 1 };
  const struct vprod__also *before = find (asking->health, VPROD__ALSO_HTTP2, NULL);
  int answered;

  int r = before ? before->confirms : ask (asking, &also, &request, 1, &answered, err);
  if (r > 0)
    asking->health->protocol = "HTTP/2";
  return r;
}

/* Instead of gRPC. */
static int ask_http1 (struct vprod__also_asking *asking, vprod_error **err)
{
  struct vprod__also also = { .kind = VPROD__ALSO_HTTP1 };
  const char *url = asking->health->url;
  _cleanup_free_ char *root = vprod__asprintf ("%.*s/", (int) (vprod__url_path (url) - url), url);
  const struct vprod__also *before = find (asking->health, VPROD__ALSO_HTTP1, NULL);
  int answered;

  if (!root)
    return vprod__error_no_memory (err);
  int r = before ? before->confirms : ask (asking, &also, &(struct vprod__http_request) { .url = root }, 1, &answered, err);
  if (r > 0)
    asking->health->protocol = "HTTP/1.1";
  return r;
}

/* The whole server, instead of a service that it does not know. */
static int ask_server (struct vprod__also_asking *asking, vprod_error **err)
{
  struct vprod__also also = { .kind = VPROD__ALSO_SERVER };

  if (!*asking->session->spec->checks.health.grpc || asking->health->last_grpc != VPROD__GRPC_NOT_FOUND
      || find (asking->health, VPROD__ALSO_SERVER, NULL))
    return 0;
  return ask_grpc (asking, &also, asking->health->url, "", 0, err);
}

static int is_exposed (const vprod_session *session, int port)
{
  char text[16];

  snprintf (text, sizeof text, "%d/tcp", port);
  return vprod__strv_has (session->image->made.facts.exposed_ports, text);
}

/* Asks at the container's own address, where that can be reached. A port that the image exposes is the app's even if its
   answer is wrong. */
static int ask_port (struct vprod__also_asking *asking, int port, vprod_error **err)
{
  char value[16];
  struct vprod__also also = { .kind = VPROD__ALSO_PORT, .value = value };
  _cleanup_question_ struct vprod__question question = { 0 };
  struct vprod__health_answer answer = { 0 };
  vprod_call call;

  snprintf (value, sizeof value, "%d", port);
  const struct vprod__also *before = find (asking->health, VPROD__ALSO_PORT, value);
  if (before)
    return before->confirms;
  int r = vprod__question_elsewhere (asking->question, port, &question, err);
  if (r < 0)
    return r;
  vprod__session_call (asking->session, -1, &call);
  r = vprod__question_ask (&question, &call, ATTEMPT_MS, &answer, err);
  if (r < 0)
    return r;
  r = note (asking, &also, &answer.http, answer.is_right, is_exposed (asking->session, port), err);
  vprod__health_answer_clear (&answer);
  return r;
}

static int ask_ports (struct vprod__also_asking *asking, vprod_error **err)
{
  int guessed = 0, n = 0;

  if (!asking->app->ip_address || !*asking->app->ip_address)
    return 0;
  for (char *const *p = asking->listens; p && *p && n < PORTS_MOST; p++) {
    int port = vprod__listen_port (*p);
    if (vprod__listen_is_loopback (*p) || port == asking->app->health_port)
      continue;
    n++;
    int r = ask_port (asking, port, err);
    if (r < 0)
      return r;
    guessed |= r;
  }
  return guessed;
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

static int ask_question (struct vprod__also_asking *asking, enum question question, vprod_error **err)
{
  if (!(fits[question] & 1 << asking->question->asks))
    return 0;
  switch (question) {
  case PATHS:
    return ask_paths (asking, err);
  case NAMES:
    return ask_names (asking, err);
  case FORWARDED:
    return ask_forwarded (asking, err);
  case TLS:
    return ask_scheme (asking, VPROD__ALSO_TLS, "https", "TLS", err);
  case PLAIN:
    return ask_scheme (asking, VPROD__ALSO_PLAIN, "http",
                       asking->question->asks == VPROD__ASKS_GRPC ? "gRPC without TLS" : "plain HTTP", err);
  case HTTP2:
    return ask_http2 (asking, err);
  case PORTS:
    return ask_ports (asking, err);
  case HTTP1:
    return ask_http1 (asking, err);
  case SERVER:
    return ask_server (asking, err);
  }
  return 0;
}

int vprod__also_verify (struct vprod__also_asking *asking, enum vprod__heard heard, vprod_error **err)
{
  int r = 0;

  for (size_t i = 0; r == 0 && i < COUNT (rows); i++)
    if (rows[i].heard == heard)
      r = ask_question (asking, rows[i].question, err);
  return r;
}

int vprod__also_ask_all (struct vprod__also_asking *asking, enum vprod__heard heard, vprod_error **err)
{
  int r = vprod__also_verify (asking, heard, err);

  for (size_t i = 0; r == 0 && i < COUNT (more_rows); i++)
    if (more_rows[i].heard == heard)
      r = ask_question (asking, more_rows[i].question, err);
  return r < 0 ? r : 0;
}

void vprod__also_free (struct vprod__health *health)
{
  for (size_t i = 0; i < health->n_also; i++) {
    free (health->also[i].value);
    free (health->also[i].from);
  }
  free (health->also);
}
