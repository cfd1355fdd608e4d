/* SPDX-License-Identifier: MIT */
#include "session/health_also.h"

#include <stdio.h>
#include <string.h>
#include "known/health_paths.h"
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
enum question { PATHS, NAMES, FORWARDED, TLS, HTTP2, PORTS };
static const struct {
  enum vprod__heard heard;
  enum question question;
} rows[] = {
  { VPROD__HEARD_NAME, NAMES },      { VPROD__HEARD_REFUSES, NAMES }, { VPROD__HEARD_TO_HTTPS, FORWARDED },
  { VPROD__HEARD_TLS, TLS },         { VPROD__HEARD_HTTP2, HTTP2 },   { VPROD__HEARD_CLOSED, TLS },
  { VPROD__HEARD_CLOSED, HTTP2 },    { VPROD__HEARD_ELSEWHERE, PORTS },
};

/* What else is asked once the health is settled, for the remedy. */
static const struct {
  enum vprod__heard heard;
  enum question question;
} more_rows[] = {
  { VPROD__HEARD_STATUS, PATHS },
  { VPROD__HEARD_REFUSES, PATHS },
};

int vprod__status_is_wanted (const vprod_session *session, int status)
{
  for (const int *wanted = session->spec->checks.health.statuses; *wanted; wanted++)
    if (*wanted == status)
      return 1;
  return 0;
}

int vprod__answer_is_right (const vprod_session *session, const struct vprod__http_answer *answer)
{
  const char *body = session->spec->checks.health.body;

  return answer->outcome == VPROD__HTTP_ANSWERED && vprod__status_is_wanted (session, answer->status)
         && (!body || memmem (answer->body, answer->body_length, body, strlen (body)));
}

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

/* any: any answer confirms the guess; else only the right one does. *ret_answered: there was an answer. 1: confirmed. */
static int ask (struct vprod__also_asking *asking, struct vprod__also *also,
                const struct vprod__http_request *request, int any, int *ret_answered, vprod_error **err)
{
  struct vprod__http_answer answer = { 0 };
  vprod_call call;

  vprod__session_call (asking->session, -1, &call);
  int r = vprod__http_ask (asking->http, &call, request, ATTEMPT_MS, &answer, err);
  if (r < 0)
    return r;
  also->outcome = answer.outcome;
  also->status = answer.outcome == VPROD__HTTP_ANSWERED ? answer.status : 0;
  also->is_right = vprod__answer_is_right (asking->session, &answer);
  also->confirms = also->is_right || (any && answer.outcome == VPROD__HTTP_ANSWERED);
  *ret_answered = answer.outcome == VPROD__HTTP_ANSWERED;
  vprod__http_answer_clear (&answer);
  if (add (asking->health, also) < 0)
    return vprod__error_no_memory (err);
  return also->confirms;
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

/* Any answer shows that the port speaks it. */
static int ask_tls (struct vprod__also_asking *asking, vprod_error **err)
{
  struct vprod__also also = { .kind = VPROD__ALSO_TLS };
  const struct vprod__also *before = find (asking->health, VPROD__ALSO_TLS, NULL);
  _cleanup_free_ char *url = NULL;
  int answered;

  if (before)
    return before->confirms;
  if (asprintf (&url, "https%s", strstr (asking->health->url, "://")) < 0) {
    url = NULL;
    return vprod__error_no_memory (err);
  }
  int r = ask (asking, &also, &(struct vprod__http_request) { .url = url }, 1, &answered, err);
  if (r > 0)
    asking->health->protocol = "TLS";
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
  _cleanup_free_ char *url = NULL;
  int answered;

  snprintf (value, sizeof value, "%d", port);
  const struct vprod__also *before = find (asking->health, VPROD__ALSO_PORT, value);
  if (before)
    return before->confirms;
  if (asprintf (&url, "http://%s:%d%s", asking->app->ip_address, port, vprod__url_path (asking->health->url))
      < 0) {
    url = NULL;
    return vprod__error_no_memory (err);
  }
  return ask (asking, &also, &(struct vprod__http_request) { .url = url }, is_exposed (asking->session, port),
              &answered, err);
}

static int ask_ports (struct vprod__also_asking *asking, vprod_error **err)
{
  int guessed = 0, n = 0;

  if (!asking->app->ip_address || !*asking->app->ip_address)
    return 0;
  for (char *const *p = asking->listens; p && *p && n < PORTS_MOST; p++) {
    int port = vprod__listen_port (*p);
    if (vprod__listen_is_loopback (*p) || port == asking->app->port)
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
  switch (question) {
  case PATHS:
    return ask_paths (asking, err);
  case NAMES:
    return ask_names (asking, err);
  case FORWARDED:
    return ask_forwarded (asking, err);
  case TLS:
    return ask_tls (asking, err);
  case HTTP2:
    return ask_http2 (asking, err);
  case PORTS:
    return ask_ports (asking, err);
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
