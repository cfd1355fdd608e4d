/* SPDX-License-Identifier: MIT */
#include "session/health_ask.h"
#include "probe/connect.h"
#include "probe/sockets.h"
#include "session/app_exec.h"
#include "session/base.h"
#include "session/container.h"
#include "session/expand.h"
#include "session/parts.h"
#include "session/reach.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HOLD_MS 1000 /* a proxy far away closes, in that time, what the app does not take */

/* ---- over HTTP --------------------------------------------------------------------------------------------- */

/* One that the spec names. */
static int add_header (struct vprod__question *q, const char *pair, vprod_error **err)
{
  const char *equals = strchr (pair, '='), *value = equals ? equals + 1 : "";
  size_t length = equals ? (size_t) (equals - pair) : strlen (pair);
  _cleanup_free_ char *name = strndup (pair, length), *line = name ? vprod__asprintf ("%s: %s", name, value) : NULL;

  if (!line)
    return vprod__error_no_memory (err);
  if (strpbrk (value, "\r\n"))
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "checks.health.headers: the value of %s is not one line", name);
  return vprod__http_set_header (q->http, line, err);
}

static int add_headers (struct vprod__question *q, vprod_error **err)
{
  int r = vprod__session_expand_all (q->session, q->session->spec->checks.health.headers, &q->headers, err);

  for (char **p = q->headers; r == 0 && p && *p; p++)
    r = add_header (q, *p, err);
  return r;
}

static int begin_url (struct vprod__question *q, const char *path, vprod_error **err)
{
  const char *scheme = q->session->spec->checks.health.scheme ? "https" : "http";
  int is_ipv6 = strchr (q->host, ':') && q->host[0] != '[';
  char name[40];

  q->url = vprod__asprintf ("%s://%s%s%s:%d%s%s", scheme, is_ipv6 ? "[" : "", q->host, is_ipv6 ? "]" : "", q->host_port,
                            path[0] == '/' ? "" : "/", path);
  if (!q->url)
    return vprod__error_no_memory (err);
  int r = vprod__http_new (&q->http, err);
  /* a server that checks the Host header is asked by the same name wherever this runs */
  if (r == 0 && q->session->reach->way != VPROD__WAY_PUBLISHED) {
    snprintf (name, sizeof name, "Host: 127.0.0.1:%d", q->host_port);
    r = vprod__http_set_header (q->http, name, err);
  }
  return r < 0 ? r : add_headers (q, err);
}

static int begin_http (struct vprod__question *q, vprod_error **err)
{
  int r = begin_url (q, q->session->spec->checks.health.path, err);

  if (r == 0 && !(q->asked = strdup (q->url)))
    r = vprod__error_no_memory (err);
  return r;
}

static int ask_http (struct vprod__question *q, const vprod_call *call, int64_t limit_ms, struct vprod__health_answer *ret,
                     vprod_error **err)
{
  return vprod__http_get (q->http, call, q->url, limit_ms, &ret->http, err);
}

/* ---- by gRPC ----------------------------------------------------------------------------------------------- */

static int begin_grpc (struct vprod__question *q, vprod_error **err)
{
  const char *service = q->session->spec->checks.health.grpc;
  int r = begin_url (q, VPROD__GRPC_CHECK_PATH, err);

  if (r == 0)
    r = vprod__grpc_prepare (q->http, err);
  if (r < 0)
    return r;
  q->asked = vprod__asprintf ("grpc%s %s:%d%s%s%s", q->session->spec->checks.health.scheme ? " (TLS)" : "", q->host,
                              q->host_port, *service ? " service \"" : "", service, *service ? "\"" : "");
  return q->asked ? 0 : vprod__error_no_memory (err);
}

static int ask_grpc (struct vprod__question *q, const vprod_call *call, int64_t limit_ms, struct vprod__health_answer *ret,
                     vprod_error **err)
{
  struct vprod__grpc_request request = { q->url, q->host, q->host_port, q->session->spec->checks.health.grpc };

  return vprod__grpc_check (q->http, call, &request, limit_ms, &ret->http, &ret->grpc, err);
}

/* ---- by a connection --------------------------------------------------------------------------------------- */

static int begin_tcp (struct vprod__question *q, vprod_error **err)
{
  q->asked = vprod__asprintf ("tcp %s:%d", q->host, q->host_port);
  return q->asked ? 0 : vprod__error_no_memory (err);
}

/* Somebody took the connection. An engine's proxy does so before the app listens. 1: the app listens there; 0: it does not,
   or (not known) that cannot be seen here. */
static int app_listens (const struct vprod__question *q, int *ret_known, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  _cleanup_strv_ char **listens = NULL;

  *ret_known = 0;
  int r = vprod__app_facts (q->session, q->app, &container, err);
  if (r == 0)
    r = vprod__app_listens (q->session, q->app, &container, &listens, err);
  if (r < 0 || !listens)
    return r;
  *ret_known = 1;
  return vprod__listens_where (listens, q->app->health_port) == VPROD__WHERE_RIGHT;
}

static enum vprod__http_outcome outcome_of (enum vprod__connect_end end)
{
  switch (end) {
  case VPROD__CONNECT_KEPT:
    return VPROD__HTTP_ANSWERED;
  case VPROD__CONNECT_CLOSED:
    return VPROD__HTTP_RESET;
  case VPROD__CONNECT_NO_ANSWER:
    return VPROD__HTTP_SLOW;
  case VPROD__CONNECT_NO_WAY:
    return VPROD__HTTP_UNREACHABLE;
  case VPROD__CONNECT_REFUSED:
    break;
  }
  return VPROD__HTTP_REFUSED;
}

static int ask_tcp (struct vprod__question *q, const vprod_call *call, int64_t limit_ms, struct vprod__health_answer *ret,
                    vprod_error **err)
{
  enum vprod__connect_end end = vprod__connect_try (q->host, q->host_port);
  int known = 1, r = 1;

  (void) call;
  (void) limit_ms;
  if (end == VPROD__CONNECT_KEPT && !q->elsewhere)
    r = app_listens (q, &known, err);
  if (r < 0)
    return r;
  if (end == VPROD__CONNECT_KEPT && !known && !q->held) {
    end = vprod__connect_hold (q->host, q->host_port, HOLD_MS);
    q->held = end == VPROD__CONNECT_KEPT;
  }
  ret->http.outcome = end == VPROD__CONNECT_KEPT && known && !r ? VPROD__HTTP_REFUSED : outcome_of (end);
  if (ret->http.outcome != VPROD__HTTP_ANSWERED)
    snprintf (ret->http.error, sizeof ret->http.error, "%s",
              end == VPROD__CONNECT_KEPT ? "only the engine takes connections" : vprod__connect_words (end));
  return 0;
}

/* ---- by a command ------------------------------------------------------------------------------------------ */

static int begin_command (struct vprod__question *q, vprod_error **err)
{
  int r = vprod__session_expand_all (q->session, q->session->spec->checks.health.command, &q->command, err);

  if (r < 0)
    return r;
  _cleanup_free_ char *line = vprod__strv_join (q->command, " ");
  q->asked = line ? vprod__asprintf ("command %s", line) : NULL;
  return q->asked ? 0 : vprod__error_no_memory (err);
}

/* In the words of an answer. */
static void take_exec (struct vprod__exec *exec, struct vprod__health_answer *ret)
{
  switch (exec->end) {
  case VPROD__EXEC_ENDED:
    ret->http.outcome = VPROD__HTTP_ANSWERED;
    ret->http.status = exec->exit_code;
    ret->http.body_length = exec->output_length;
    ret->http.body = vprod__steal (&exec->output);
    break;
  case VPROD__EXEC_NO_PROGRAM:
    ret->no_program = 1;
    ret->http.outcome = VPROD__HTTP_ANSWERED;
    ret->http.status = 127;
    snprintf (ret->http.error, sizeof ret->http.error, "%s", exec->why);
    break;
  case VPROD__EXEC_RUNS_ON:
    ret->http.outcome = VPROD__HTTP_SLOW;
    snprintf (ret->http.error, sizeof ret->http.error, "it does not end");
    break;
  case VPROD__EXEC_APP_ENDED:
    ret->http.outcome = VPROD__HTTP_REFUSED;
    snprintf (ret->http.error, sizeof ret->http.error, "the container has ended");
    break;
  }
}

static int ask_command (struct vprod__question *q, const vprod_call *call, int64_t limit_ms,
                        struct vprod__health_answer *ret, vprod_error **err)
{
  struct vprod__exec exec;
  int r = vprod__app_exec (q->session, q->app, call, limit_ms, (const char *const *) q->command, &exec, err);

  if (r == 0)
    take_exec (&exec, ret);
  vprod__exec_clear (&exec);
  return r;
}

/* ---- all of them ------------------------------------------------------------------------------------------- */

static const struct kind {
  int (*begin) (struct vprod__question *q, vprod_error **err);
  int (*ask) (struct vprod__question *q, const vprod_call *call, int64_t limit_ms, struct vprod__health_answer *ret,
              vprod_error **err);
  struct vprod__pace pace;
} kinds[VPROD__ASKS_COUNT] = {
  [VPROD__ASKS_HTTP] = { begin_http, ask_http, { "asking the health URL", 5, 200, 20, 200, 5000 } },
  [VPROD__ASKS_GRPC] = { begin_grpc, ask_grpc, { "asking the app's health by gRPC", 5, 200, 20, 200, 5000 } },
  [VPROD__ASKS_TCP] = { begin_tcp, ask_tcp, { "connecting to the app", 5, 200, 20, 200, 5000 } },
  /* a program is started each time */
  [VPROD__ASKS_COMMAND] = { begin_command, ask_command, { "running the health command", 50, 1000, 50, 500, 30000 } },
};

const struct vprod__pace *vprod__pace_of (enum vprod__asks asks)
{
  return &kinds[asks].pace;
}

static int begin (struct vprod__question *q, vprod_error **err)
{
  int r = kinds[q->asks].begin (q, err);

  if (r < 0)
    vprod__question_end (q);
  return r;
}

int vprod__question_begin (vprod_session *session, const struct vprod__app *app, struct vprod__question *ret,
                           vprod_error **err)
{
  *ret = (struct vprod__question) { .session = session, .app = app, .asks = vprod__spec_asks (session->spec),
                                    .host = app->health_host, .host_port = app->health_host_port };
  return begin (ret, err);
}

int vprod__question_elsewhere (const struct vprod__question *question, int port, struct vprod__question *ret,
                               vprod_error **err)
{
  *ret = (struct vprod__question) { .session = question->session, .app = question->app, .asks = question->asks,
                                    .host = question->app->ip_address, .host_port = port, .elsewhere = 1 };
  return begin (ret, err);
}

void vprod__question_end (struct vprod__question *question)
{
  vprod__http_free (question->http);
  vprod__strv_free (question->headers);
  vprod__strv_free (question->command);
  free (question->url);
  free (question->asked);
  *question = (struct vprod__question) { 0 };
}

int vprod__question_ask (struct vprod__question *question, const vprod_call *call, int64_t limit_ms,
                         struct vprod__health_answer *ret, vprod_error **err)
{
  struct vprod__health_answer answer = { 0 };

  int r = kinds[question->asks].ask (question, call, limit_ms, &answer, err);
  if (r < 0) {
    vprod__health_answer_clear (&answer);
    return r;
  }
  answer.is_right = vprod__answer_is_right (question->session, &answer.http, &answer.grpc) && !answer.no_program;
  *ret = answer;
  return 0;
}

int vprod__answer_is_right (const vprod_session *session, const struct vprod__http_answer *answer,
                            const struct vprod__grpc_answer *grpc)
{
  const char *body = session->spec->checks.health.body;

  if (answer->outcome != VPROD__HTTP_ANSWERED)
    return 0;
  switch (vprod__spec_asks (session->spec)) {
  case VPROD__ASKS_HTTP:
    return vprod__status_is_wanted (session->spec->checks.health.statuses, answer->status)
        && (!body || memmem (answer->body, answer->body_length, body, strlen (body)));
  case VPROD__ASKS_GRPC:
    return grpc->status == VPROD__GRPC_OK && grpc->serving == VPROD__SERVING_YES;
  case VPROD__ASKS_COMMAND:
    return answer->status == 0;
  case VPROD__ASKS_TCP:
    return 1;
  case VPROD__ASKS_NOTHING:
  case VPROD__ASKS_COUNT:
    break;
  }
  return 0;
}

int vprod__answer_number (enum vprod__asks asks, const struct vprod__health_answer *answer)
{
  if (asks != VPROD__ASKS_GRPC || answer->http.outcome != VPROD__HTTP_ANSWERED)
    return answer->http.status;
  return answer->http.status * 10000 + answer->grpc.status * 100 + (int) answer->grpc.serving;
}

void vprod__health_answer_clear (struct vprod__health_answer *answer)
{
  vprod__http_answer_clear (&answer->http);
  *answer = (struct vprod__health_answer) { 0 };
}

const char *vprod__question_name (const struct vprod__question *question, size_t *ret_length)
{
  for (char **p = question->headers; p && *p; p++)
    if (strncasecmp (*p, "Host=", 5) == 0) {
      const char *end = (*p)[5] == '[' ? strchr (*p, ']') : NULL;
      *ret_length = end ? (size_t) (end + 1 - *p - 5) : strcspn (*p + 5, ":");
      return *p + 5;
    }
  return NULL;
}
