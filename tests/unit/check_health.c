/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/health/facts.h"
#include "probe/grpc.h"
#include "probe/http.h"

#define ASKED .state = VPROD__HEALTH_BAD, .attempts = 9, .settled_ms = 30000, .first_ms = -1
#define ANSWER(status, body)                                                                                      \
  .last_outcome = VPROD__HTTP_ANSWERED, .last_status = status, .last_body = (char *) (uintptr_t) body

static const char *const on_loopback[] = { "127.0.0.1:8000", NULL };
static const char *const on_loopback6[] = { "[::1]:8000", NULL };
static const char *const on_other[] = { "0.0.0.0:3000", "127.0.0.1:9000", NULL };
static const char *const on_all[] = { "127.0.0.1:9000", "0.0.0.0:8000", NULL };
static const char *const on_ipv6[] = { "[::]:8000", NULL };
static const char *const on_none[] = { NULL };

/* What was asked otherwise. */
#define TEXT(text) (char *) (uintptr_t) text
#define RIGHT(kind_, value_, from_) \
  { .kind = kind_, .value = TEXT (value_), .from = TEXT (from_), .status = 200, .is_right = 1, .confirms = 1 }
#define OTHER(kind_, value_, status_, confirms_) \
  { .kind = kind_, .value = TEXT (value_), .status = status_, .confirms = confirms_ }
#define ALSO(list) .also = (struct vprod__also *) (uintptr_t) list, .n_also = sizeof list / sizeof *list

static const struct vprod__also tls_answers[] = { OTHER (VPROD__ALSO_TLS, NULL, 404, 1) };
static const struct vprod__also http2_answers[] = { OTHER (VPROD__ALSO_TLS, NULL, 0, 0),
                                                    OTHER (VPROD__ALSO_HTTP2, NULL, 415, 1) };
static const struct vprod__also port_answers[] = { OTHER (VPROD__ALSO_PORT, "9000", 404, 1),
                                                   RIGHT (VPROD__ALSO_PORT, "3000", NULL) };
static const struct vprod__also path_answers[] = { RIGHT (VPROD__ALSO_PATH, "/livez", "the image's HEALTHCHECK"),
                                                   OTHER (VPROD__ALSO_PATH, "/healthz", 404, 0),
                                                   RIGHT (VPROD__ALSO_PATH, "/up", NULL) };
static const struct vprod__also path_has_no_content[] = { OTHER (VPROD__ALSO_PATH, "/ping", 204, 0) };
static const struct vprod__also root_answers[] = { OTHER (VPROD__ALSO_PATH, "/up", 404, 0),
                                                   RIGHT (VPROD__ALSO_PATH, "/", NULL) };
static const struct vprod__also no_path_answers[] = { OTHER (VPROD__ALSO_PATH, "/up", 401, 0) };
static const struct vprod__also name_answers[] = { RIGHT (VPROD__ALSO_HOST, "shop.example.org", "ALLOWED_HOSTS") };
static const struct vprod__also forwarded_answers[] = { RIGHT (VPROD__ALSO_FORWARDED, NULL, NULL) };
static const struct vprod__also forwarded_does_not[] = { OTHER (VPROD__ALSO_FORWARDED, NULL, 301, 0) };
static const struct vprod__also slash_answers[] = { RIGHT (VPROD__ALSO_PATH, "/health/", "the redirect") };
static const struct vprod__also login_answers[] = { RIGHT (VPROD__ALSO_PATH, "/login", "the redirect") };

#define GRPC(status, serving) .asks = VPROD__ASKS_GRPC, .last_grpc = status, .last_serving = serving
#define GRPC_ASKED "grpc 127.0.0.1:49153 service \"shop\""
#define COMMAND(code, output) .asks = VPROD__ASKS_COMMAND, .last_status = code, .last_body = TEXT (output)
static const struct vprod__also server_serves[] = { RIGHT (VPROD__ALSO_SERVER, NULL, NULL) };
static const struct vprod__also http1_answers[] = { OTHER (VPROD__ALSO_TLS, NULL, 0, 0),
                                                    OTHER (VPROD__ALSO_HTTP1, NULL, 404, 1) };
static const struct vprod__also tls_serves[] = { RIGHT (VPROD__ALSO_TLS, NULL, NULL) };

static const struct {
  struct vprod__health health;
  const char *const *listens;
  const char *body; /* wanted */
  struct wanted wanted;
} cases[] = {
  { { .state = VPROD__HEALTH_GOOD, .attempts = 5, .good = 3, .first_ms = 1100, ANSWER (200, "ok") },
    NULL,
    NULL,
    { VPROD_VERDICT_PASS, 0, "http://127.0.0.1:49153/health answered 200 3 times in a row, first 1.1 s after", "" } },
  { { .state = VPROD__HEALTH_GOOD, .attempts = 3, .good = 3, .first_ms = 20, ANSWER (200, "all ok") },
    NULL,
    "ok",
    { VPROD_VERDICT_PASS, 0, "200, body with ok, 3 times", "" } },
  { { .state = VPROD__HEALTH_APP_ENDED, .attempts = 4, .good = 3 },
    NULL,
    NULL,
    { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
  { { .state = VPROD__HEALTH_UNKNOWN }, NULL, NULL, { VPROD_VERDICT_SKIP, 0, "run.port", "" } },

  /* nobody answers */
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "port 8000 of the container are refused", "8000" } },
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    on_none,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "nor on another TCP port", "run.port" } },
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    on_other,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "the app listens on 0.0.0.0:3000, 127.0.0.1:9000", "run.port" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET },
    on_other,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "nothing listens on port 8000", "run.port" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET },
    on_none,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "nothing listens on port 8000", NULL } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET },
    on_loopback,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "cannot be reached from outside its container: it listens on 127.0.0.1:8000", "0.0.0.0" } },
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    on_loopback6,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "[::1]:8000", "0.0.0.0" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET, .last_error = (char *) (uintptr_t) "Empty reply" },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "closes the connection without an answer (9 attempts in 30.0 s): Empty reply", "FastCGI" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET, .last_error = (char *) (uintptr_t) "Empty reply" },
    on_ipv6,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "connections over IPv4 get no answer (9 attempts in 30.0 s): the app listens on [::]:8000",
      "IPv4 too" } },
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    on_ipv6,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "perhaps for IPv6 only", "IPv4 too" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "closed without an answer (9 attempts in 30.0 s): the server listens on 127.0.0.1 only",
      "0.0.0.0" } },
  { { ASKED, .last_outcome = VPROD__HTTP_SLOW },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "no whole answer in time", "slow" } },
  { { ASKED, .last_outcome = VPROD__HTTP_GARBLED, .last_error = (char *) (uintptr_t) "Received HTTP/0.9" },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "is no HTTP (9 attempts in 30.0 s): Received HTTP/0.9", "plain" } },

  /* another protocol */
  { { ASKED, .last_outcome = VPROD__HTTP_GARBLED, .protocol = "TLS", .settled_by = "protocol",
      .last_error = (char *) (uintptr_t) "it begins with \"\\x15\\x03\"", ALSO (tls_answers) },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0,
      "port 8000 speaks TLS, not plain HTTP/1.1 (9 attempts in 30.0 s; that will not change by itself): it begins with "
      "\"\\x15\\x03\"; by https it answers 404",
      "plain HTTP on `run.port`" } },
  { { ASKED, ANSWER (400, "sent to HTTPS port"), .protocol = "TLS", .settled_by = "protocol" },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "that will not change by itself): sent to HTTPS port", "ends TLS" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET, .protocol = "HTTP/2", .settled_by = "protocol", ALSO (http2_answers) },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "port 8000 speaks HTTP/2, not plain HTTP/1.1", "HTTP/1.1 on `run.port`, too" } },
  { { ASKED, .last_outcome = VPROD__HTTP_GARBLED, .protocol = "SSH" },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "port 8000 speaks SSH", "the app's HTTP port" } },

  /* what was asked otherwise */
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED, .settled_by = "other port", ALSO (port_answers) },
    on_other,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "after 30.0 s; the app listens on 0.0.0.0:3000, 127.0.0.1:9000, and answers 200 on port 3000",
      "`run.port: 3000`" } },
  { { ASKED, ANSWER (404, "no"), .settled_by = "same answer", ALSO (path_answers) },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "30.0 s; the answer stays the same, and nothing goes on in the app any more): no",
      "/livez answers 200 and is named by the image's HEALTHCHECK; so do /up: if that is its health, name it in the spec, "
      "`health: {path: /livez}`" } },
  { { ASKED, ANSWER (404, "no"), ALSO (path_has_no_content) },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answers 404", "`health: {path: /ping, status: 204}`" } },
  { { ASKED, ANSWER (404, "no"), ALSO (root_answers) },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answers 404", "Of 2 other paths that apps often have only / answers 200" } },
  { { ASKED, ANSWER (401, ""), ALSO (no_path_answers) },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answers 401", "without credentials: a load balancer and an orchestrator have none. None of 1 other" } },
  { { ASKED, ANSWER (400, "bad"), .settled_by = "Host header", ALSO (name_answers) },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "itself): bad; with `Host: shop.example.org` it answers 200", "(those of ALLOWED_HOSTS)" } },
  { { ASKED, ANSWER (400, "Invalid HTTP_HOST header"), .settled_by = "Host header" },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "itself): Invalid HTTP_HOST header", "names that it knows in the `Host` header. An" } },
  { { ASKED, ANSWER (301, ""), .settled_by = "redirect to https", ALSO (forwarded_answers),
      .last_location = (char *) (uintptr_t) "https://127.0.0.1:49153/health" },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "; that will not change by itself); with `X-Forwarded-Proto: https` it answers 200",
      "takes the header `X-Forwarded-Proto: https`" } },
  { { ASKED, ANSWER (301, ""), .settled_by = "redirect to https", ALSO (forwarded_does_not),
      .last_location = (char *) (uintptr_t) "https://127.0.0.1:49153/health" },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "a redirect to https://127.0.0.1:49153/health", "does not change that" } },
  { { ASKED, ANSWER (301, ""), .settled_by = "same answer", ALSO (slash_answers),
      .last_location = (char *) (uintptr_t) "http://127.0.0.1:49153/health/" },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "a redirect to http://127.0.0.1:49153/health/", "`health: {path: /health/}`" } },
  { { ASKED, ANSWER (302, ""), .settled_by = "same answer", ALSO (login_answers),
      .last_location = (char *) (uintptr_t) "http://127.0.0.1:49153/login" },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "a redirect to", "login page or to https. Redirects are not followed. (/login answers 200.)" } },

  /* a wrong answer */
  { { ASKED, ANSWER (503, "database gone") },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "/health answers 503 instead of 200 (9 attempts in 30.0 s): database gone", "database" } },
  { { ASKED, ANSWER (502, "<html>\r\n<body>\n  502 Bad Gateway\n</body>\n\n") },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answers 502 instead of 200 (9 attempts in 30.0 s): <html> <body> 502 Bad Gateway </body>",
      "A proxy answers" } },
  { { ASKED, ANSWER (504, " \n") }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers 504 instead of 200", "stands behind it" } },
  { { ASKED, ANSWER (404, "") },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answers 404 instead of 200 (9 attempts in 30.0 s)", "checks.health.path" } },
  { { ASKED, ANSWER (400, "Bad Request") }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers 400", "ALLOWED_HOSTS" } },
  { { ASKED, ANSWER (429, "") }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers 429", "rate limit" } },
  { { ASKED, ANSWER (401, "") }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers 401", "credentials" } },
  { { ASKED, ANSWER (204, "") },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answers 204 instead of 200", "checks.health.status" } },
  { { ASKED, ANSWER (302, ""), .last_location = (char *) (uintptr_t) "/login" },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "/health answers 302, a redirect to /login, instead of 200", "not followed" } },
  { { ASKED, ANSWER (302, "") }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers 302 instead of 200", NULL } },
  { { ASKED, ANSWER (200, "<html>it works") },
    NULL,
    "ok",
    { VPROD_VERDICT_FAIL, 0, "answers 200, but its body does not contain \"ok\" (9 attempts in 30.0 s): <html>it works",
      "body" } },
  { { ASKED, ANSWER (200, "") }, NULL, "ok", { VPROD_VERDICT_FAIL, 0, "it is empty", "body" } },

  /* by gRPC */
  { { .state = VPROD__HEALTH_GOOD, .attempts = 3, .good = 3, GRPC (0, 1), .asked = TEXT (GRPC_ASKED) },
    NULL,
    NULL,
    { VPROD_VERDICT_PASS, 0, "grpc 127.0.0.1:49153 service \"shop\" answered SERVING 3 times in a row", "" } },
  { { ASKED, GRPC (0, 2) }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers NOT_SERVING for the whole server (9", "SERVING once" } },
  { { ASKED, GRPC (0, 0) }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers UNKNOWN", "never told" } },
  { { ASKED, GRPC (0, 77) }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers 77", "log" } },
  { { ASKED, GRPC (0, -1) }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "something else than a HealthCheckResponse", "log" } },
  { { ASKED, GRPC (5, -1), .last_error = TEXT ("unknown service"), ALSO (server_serves) },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answers NOT_FOUND for the whole server (9 attempts in 30.0 s): unknown service; for the whole "
                             "server (`grpc: \"\"`) it answers SERVING", "checks.health.grpc" } },
  { { ASKED, GRPC (12, -1) }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers UNIMPLEMENTED", "Register the standard" } },
  { { ASKED, GRPC (16, -1) }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers UNAUTHENTICATED", "checks.health.headers" } },
  { { ASKED, GRPC (99, -1) }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "answers 99", "log" } },
  { { ASKED, GRPC (-1, -1), .last_status = 404 },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answers HTTP/2 with status 404, and no gRPC", "checks.health.port" } },
  { { ASKED, GRPC (-1, -1), .last_outcome = VPROD__HTTP_GARBLED, .protocol = "HTTP/1.1", ALSO (http1_answers) },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "port 8000 speaks HTTP/1.1, not gRPC (9 attempts in 30.0 s); by HTTP/1.1 it answers 404",
      "checks.health.port" } },
  { { ASKED, GRPC (-1, -1), .last_outcome = VPROD__HTTP_GARBLED, .protocol = "TLS", ALSO (tls_serves) },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "port 8000 speaks TLS, not gRPC (9 attempts in 30.0 s); by https it answers SERVING",
      "scheme: https" } },
  { { ASKED, GRPC (-1, -1), .last_outcome = VPROD__HTTP_GARBLED, .last_error = TEXT ("odd") },
    on_all,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "what answers on port 8000 is no gRPC (9 attempts in 30.0 s): odd", "gRPC port" } },
  { { ASKED, GRPC (-1, -1), .last_outcome = VPROD__HTTP_REFUSED }, on_loopback, NULL,
    { VPROD_VERDICT_FAIL, 0, "cannot be reached from outside its container", "0.0.0.0" } },
  { { ASKED, GRPC (-1, -1), .last_outcome = VPROD__HTTP_UNREACHABLE, .last_error = TEXT ("libcurl was built without HTTP/2") },
    NULL, NULL, { .error = VPROD_ERROR_ENGINE, .message = "libcurl was built without HTTP/2" } },

  /* by a connection */
  { { .state = VPROD__HEALTH_GOOD, .attempts = 3, .good = 3, .asks = VPROD__ASKS_TCP, .asked = TEXT ("tcp 127.0.0.1:49153") },
    NULL, NULL, { VPROD_VERDICT_PASS, 0, "tcp 127.0.0.1:49153 took the connection 3 times in a row", "" } },
  { { ASKED, .asks = VPROD__ASKS_TCP, .last_outcome = VPROD__HTTP_RESET }, on_all, NULL,
    { VPROD_VERDICT_FAIL, 0, "takes connections on port 8000 and closes them at once", "limit" } },
  { { ASKED, .asks = VPROD__ASKS_TCP, .last_outcome = VPROD__HTTP_RESET }, on_other, NULL,
    { VPROD_VERDICT_FAIL, 0, "nothing listens on port 8000 in the container after 30.0 s; the app listens on", "run.port" } },
  { { ASKED, .asks = VPROD__ASKS_TCP, .last_outcome = VPROD__HTTP_SLOW }, on_all, NULL,
    { VPROD_VERDICT_FAIL, 0, "no connection to port 8000", "queue" } },

  /* by a command */
  { { .state = VPROD__HEALTH_GOOD, .attempts = 3, .good = 3, COMMAND (0, ""), .asked = TEXT ("command pg_isready -q") },
    NULL, NULL, { VPROD_VERDICT_PASS, 0, "command pg_isready -q ended with exit code 0 3 times in a row", "" } },
  { { ASKED, COMMAND (3, "the queue is full") }, on_none, NULL,
    { VPROD_VERDICT_FAIL, 0, "the health command ends with exit code 3 instead of 0 (9 attempts in 30.0 s): the queue is full",
      "output" } },
  { { ASKED, COMMAND (1, "") }, NULL, NULL, { VPROD_VERDICT_FAIL, 0, "and writes nothing", NULL } },
  { { ASKED, COMMAND (127, ""), .no_program = 1, .last_error = TEXT ("no such file") }, NULL, NULL,
    { VPROD_VERDICT_FAIL, 0, "its program is not in the image (9 attempts in 30.0 s): no such file", "checks.health.command" } },
  { { ASKED, COMMAND (0, ""), .last_outcome = VPROD__HTTP_SLOW }, NULL, NULL,
    { VPROD_VERDICT_FAIL, 0, "the health command does not end", "time limit" } },
  { { ASKED, COMMAND (1, ""), .good = 2 }, NULL, NULL,
    { VPROD_VERDICT_FAIL, 0, "the health command answered well 2 times, but never 3 in a row", NULL } },

  /* good and bad by turns */
  { { ASKED, ANSWER (200, "ok"), .good = 5, .worst_status = 500 },
    NULL,
    NULL,
    { VPROD_VERDICT_FAIL, 0,
      "answered well 5 times, but never 3 in a row (9 attempts in 30.0 s); the last wrong answer was 500",
      "the same" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET, .good = 1, .last_error = (char *) (uintptr_t) "Empty reply" },
    on_loopback,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "answered well 1 time, but never 3 in a row (9 attempts in 30.0 s); last: Empty reply",
      NULL } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET, .good = 1, .last_error = (char *) (uintptr_t) "Empty reply" },
    on_none,
    NULL,
    { VPROD_VERDICT_FAIL, 0,
      "answered well 1 time, then nothing listens on port 8000 any more, though the container runs on (9",
      "outlives its server" } },

  /* not the app's fault */
  { { ASKED, .last_outcome = VPROD__HTTP_UNREACHABLE, .last_error = (char *) (uintptr_t) "No route to host" },
    NULL,
    NULL,
    { .error = VPROD_ERROR_ENGINE, .message = "No route to host" } },
  { { .state = VPROD__HEALTH_BAD }, NULL, NULL, { .error = VPROD_ERROR_ENGINE, .message = "it was never asked" } },
};

static const int wanted_statuses[] = { 200, 0 };

static vprod_result *judge_later (struct vprod__health health, struct vprod__health *later,
                                  const char *const *listens, const char *body, const struct wanted *wanted)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  struct vprod__health_facts facts = {
    .health = &health,
    .later = later,
    .port = 8000,
    .port_key = "run.port",
    .statuses = wanted_statuses,
    .wanted_body = body,
    .consecutive = 3,
    .timeout_ms = 30000,
    .listens = (char *const *) (uintptr_t) listens,
    .log = "INFO: up\n",
    .log_length = 9,
  };

  health.url = (char *) (uintptr_t) "http://127.0.0.1:49153/health";
  health.asks = health.asks ? health.asks : VPROD__ASKS_HTTP;
  if (later && later->asks == VPROD__ASKS_NOTHING)
    later->asks = VPROD__ASKS_HTTP;
  int r = vprod__health_judge (&facts, result, &err);
  assert_wanted (r, result, err, wanted);
  return result;
}

static vprod_result *judge (struct vprod__health health, const char *const *listens, const char *body,
                            const struct wanted *wanted)
{
  return judge_later (health, NULL, listens, body, wanted);
}

START_TEST (judges)
{
  vprod_result *result = judge (cases[_i].health, cases[_i].listens, cases[_i].body, &cases[_i].wanted);

  if (!cases[_i].wanted.error && vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL)
    assert_evidence (result, "log_tail", "INFO: up");
  vprod_result_free (result);
}
END_TEST

#define GONE .state = VPROD__HEALTH_BAD, .attempts = 5, .good = 2, .settled_ms = 1900

static const struct {
  struct vprod__health later;
  const char *body;
  struct wanted wanted;
} later_cases[] = {
  { { .state = VPROD__HEALTH_GOOD, .attempts = 5, .good = 5, ANSWER (200, "ok") },
    NULL,
    { VPROD_VERDICT_PASS, 0, "200 3 times in a row", "" } },
  /* an answer was lost, and came when it was asked again */
  { { .state = VPROD__HEALTH_GOOD, .attempts = 5, .good = 4, .worst_status = 503, ANSWER (200, "ok") },
    NULL,
    { VPROD_VERDICT_PASS, 0, "200 3 times in a row", "" } },
  { { .state = VPROD__HEALTH_APP_ENDED, .attempts = 1, .last_outcome = VPROD__HTTP_REFUSED },
    NULL,
    { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
  { { GONE, .last_outcome = VPROD__HTTP_REFUSED },
    NULL,
    { VPROD_VERDICT_FAIL, 0,
      "answered well 5 times, then not any more, though the container runs on: connections are refused (1.9 s",
      "exec" } },
  { { GONE, .last_outcome = VPROD__HTTP_RESET }, NULL, { VPROD_VERDICT_FAIL, 0, "closed without an answer", "exec" } },
  { { GONE, .last_outcome = VPROD__HTTP_SLOW }, NULL, { VPROD_VERDICT_FAIL, 0, "no whole answer comes in time", "log" } },
  { { GONE, .last_outcome = VPROD__HTTP_GARBLED, .last_error = (char *) (uintptr_t) "Received HTTP/0.9" },
    NULL,
    { VPROD_VERDICT_FAIL, 0, "Received HTTP/0.9", "log" } },
  { { GONE, ANSWER (503, "") }, NULL, { VPROD_VERDICT_FAIL, 0, "it answers 503 instead of 200", "log" } },
  { { GONE, ANSWER (200, "") }, "ok", { VPROD_VERDICT_FAIL, 0, "its body does not contain \"ok\"", "log" } },
  { { GONE, .last_outcome = VPROD__HTTP_UNREACHABLE, .last_error = (char *) (uintptr_t) "No route to host" },
    NULL,
    { .error = VPROD_ERROR_ENGINE, .message = "any more: No route to host" } },
};

START_TEST (judges_what_came_later)
{
  struct vprod__health good = { .state = VPROD__HEALTH_GOOD, .attempts = 4, .good = 3, ANSWER (200, "ok") };
  struct vprod__health later = later_cases[_i].later;
  vprod_result *result = judge_later (good, &later, NULL, later_cases[_i].body, &later_cases[_i].wanted);

  if (!later_cases[_i].wanted.error && vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL) {
    assert_evidence (result, "log_tail", "INFO: up");
    assert_evidence (result, "attempts", "9");
    assert_evidence (result, "good_answers", "5");
  }
  vprod_result_free (result);
}
END_TEST

START_TEST (leaves_a_crash_loop_to_start)
{
  struct vprod__health health = { ASKED, .last_outcome = VPROD__HTTP_REFUSED };
  struct vprod__health_facts facts = {
    .health = &health, .port = 8000, .timeout_ms = 30000, .listens = (char *const *) (uintptr_t) on_none,
    .loop = "/app", .log = "",
  };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  int r = vprod__health_judge (&facts, result, &err);
  assert_wanted (r, result, err, &(struct wanted) { VPROD_VERDICT_SKIP, 0, "it ended, and was started again", "" });
  assert_evidence (result, "judged_by", "start");
  vprod_result_free (result);
}
END_TEST

START_TEST (shows_the_beginning_of_a_long_body)
{
  char body[5000], shown[256];
  struct vprod__health health = { ASKED, ANSWER (500, body) };

  memset (body, 'a', sizeof body - 1);
  body[sizeof body - 1] = '\0';
  memset (shown, 'a', 200);
  strcpy (shown + 200, "…");
  vprod_result *result = judge (health, NULL, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, shown, NULL });
  ck_assert_uint_lt (strlen (vprod_result_get_message (result)), 400);
  vprod_result_free (result);
}
END_TEST

START_TEST (control_characters_of_a_body_are_harmless)
{
  struct vprod__health health = { ASKED, ANSWER (500, "\033[31mred\r\007") };
  vprod_result *result = judge (health, NULL, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, ": red", NULL });

  ck_assert_ptr_null (strchr (vprod_result_get_message (result), '\033'));
  ck_assert_ptr_null (strchr (vprod_result_get_message (result), '\007'));
  vprod_result_free (result);
}
END_TEST

START_TEST (tells_what_was_seen_as_evidence)
{
  struct vprod__health health = { .state = VPROD__HEALTH_GOOD,
                                  .attempts = 5,
                                  .good = 3,
                                  .first_ms = 1100,
                                  .settled_ms = 1200,
                                  .worst_status = 503,
                                  ANSWER (200, "ok") };
  vprod_result *result = judge (health, on_all, NULL, &(struct wanted) { VPROD_VERDICT_PASS, 0, "", "" });

  assert_evidence (result, "url", "http://127.0.0.1:49153/health");
  assert_evidence (result, "container_port", "8000");
  assert_evidence (result, "attempts", "5");
  assert_evidence (result, "good_answers", "3");
  assert_evidence (result, "last_status", "200");
  assert_evidence (result, "last_wrong_status", "503");
  assert_evidence (result, "first_good_ms", "1100");
  assert_evidence (result, "settled_ms", "1200");
  assert_evidence (result, "listens_on", "127.0.0.1:9000, 0.0.0.0:8000");
  vprod_result_free (result);
}
END_TEST

START_TEST (tells_what_settled_it_and_what_else_was_asked)
{
  struct vprod__health health = { ASKED, ANSWER (404, ""), .settled_by = "same answer", ALSO (path_answers) };
  vprod_result *result = judge (health, on_all, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "", NULL });

  assert_evidence (result, "settled_by", "same answer");
  assert_evidence (result, "also_asked", "3");
  assert_evidence (result, "also_answers", "/livez answers 200, /up answers 200");
  vprod_result_free (result);
}
END_TEST

/* ---- in a session ------------------------------------------------------------------------------------------ */

static void is_ill (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->reply = (struct mock_reply) { .status = 503, .body = "no database" };
}

static void is_nobody (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->answers_after_ms = 1000000;
}

static void is_slow_to_start (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->answers_after_ms = 400;
}

static void redirects (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->reply = (struct mock_reply) { .status = 301, .location = "https://example.org/" };
}

static void is_no_http (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->reply.raw = "\x15\x03\x01 what?\n";
}

/* Once asked three times: the next question is another one. */
static void leads_to_https_first (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth <= 3)
    *reply = (struct mock_reply) { .status = 301, .location = "https://127.0.0.1/health" };
}

static void leads_to_https (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_request = leads_to_https_first;
}

static void ends_at_once (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 0;
}

static void recovers (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth <= 3)
    reply->status = 503;
}

static void recovers_later (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_request = recovers;
}

/* A lost answer, or all of them from some on. */
static void loses_one (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth == 4)
    reply->status = 0;
}

static void loses_one_later (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_request = loses_one;
}

static void loses_all (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth > 2)
    reply->status = 0;
}

static void loses_all_later (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_request = loses_all;
}

static void changes_its_mind (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth > 4)
    reply->status = 503;
}

static void changes_its_mind_later (void *data, const vprod_container_request *request,
                                    struct mock_behaviour *behaviour)
{
  behaviour->on_request = changes_its_mind;
}

static void comes_and_goes (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth > 2 && nth % 2 == 0)
    reply->status = 503;
}

static void comes_and_goes_later (void *data, const vprod_container_request *request,
                                  struct mock_behaviour *behaviour)
{
  behaviour->on_request = comes_and_goes;
}

static void ends_later (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 1000;
}

static void command_says (void *data, const char *const *argv, struct mock_exec *exec)
{
  if (strcmp (argv[0], "ready") != 0)
    return;
  exec->output = "queue is full\n";
  exec->exit_code = 2;
}

static void command_fails (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_exec = command_says;
}

static void command_is_not_there (void *data, const char *const *argv, struct mock_exec *exec)
{
  exec->error = VPROD_ERROR_IMAGE;
}

static void has_no_command (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_exec = command_is_not_there;
}

static void command_hangs (void *data, const char *const *argv, struct mock_exec *exec)
{
  if (strcmp (argv[0], "ready") == 0)
    exec->takes_ms = 3600000;
}

static void hangs_in_command (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_exec = command_hangs;
}

static void is_no_content (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->reply = (struct mock_reply) { .status = 204 };
}

#define YAML(checks) "version: 1\nrun: {port: 8000}\nchecks: {" checks "}\n"
#define WATCHED(stay_up) HEALTH ", start: {stay-up: " stay_up "}"
#define LONG "health: {path: /health, body: ok, consecutive: 2, timeout: 10h}" /* settled, or the test does not end */
#define HEALTH "health: {path: /health, body: ok, consecutive: 2, timeout: 1s}"

static const struct {
  const char *yaml;
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  struct wanted wanted;
} sessions[] = {
  { NULL, NULL, { VPROD_VERDICT_PASS, 0, "/health answered 200, body with ok, 2 times in a row", "" } },
  { YAML (HEALTH), is_slow_to_start, { VPROD_VERDICT_PASS, 0, "2 times in a row", "" } },
  { YAML (HEALTH), recovers_later, { VPROD_VERDICT_PASS, 0, "2 times in a row", "" } },
  { YAML (HEALTH), is_ill, { VPROD_VERDICT_FAIL, 0, "/health answers 503 instead of 200", "database" } },
  { YAML (HEALTH), is_nobody, { VPROD_VERDICT_FAIL, 0, "closed without an answer", "0.0.0.0" } },
  { YAML (HEALTH), redirects, { VPROD_VERDICT_FAIL, 0, "a redirect to https://example.org/", "not followed" } },
  { YAML (HEALTH), is_no_http, { VPROD_VERDICT_FAIL, 0, "port 8000 speaks TLS", "run.port" } },
  { YAML (LONG), is_no_http, { VPROD_VERDICT_FAIL, 0, "port 8000 speaks TLS", "run.port" } },
  { YAML (LONG), leads_to_https,
    { VPROD_VERDICT_FAIL, 0, "with `X-Forwarded-Proto: https` it answers 200", "`X-Forwarded-Proto: https`" } },
  { YAML ("health: {path: /health, body: fine, timeout: 1s}"),
    NULL,
    { VPROD_VERDICT_FAIL, 0, "does not contain \"fine\"", NULL } },
  { YAML (WATCHED ("1s")), loses_one_later, { VPROD_VERDICT_PASS, 0, "2 times in a row", "" } },
  { YAML (WATCHED ("0")), loses_all_later, { VPROD_VERDICT_FAIL, 0, "answered well 2 times, then not any more", "exec" } },
  { YAML (WATCHED ("20s")), changes_its_mind_later,
    { VPROD_VERDICT_FAIL, 0, "answered well 4 times, then not any more, though the container runs on: it answers 503",
      NULL } },
  { YAML (WATCHED ("20s")), comes_and_goes_later, { VPROD_VERDICT_FAIL, 0, "it answers 503 instead of 200", NULL } },
  { YAML (WATCHED ("20s")), ends_later, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
  { YAML (HEALTH), ends_at_once, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
  { YAML ("health: {path: /health, status: [200, 204], timeout: 1s}"), is_no_content,
    { VPROD_VERDICT_PASS, 0, "answered 204 3 times", "" } },
  { YAML ("health: {path: /health, status: [201, 202], timeout: 1s}"), NULL,
    { VPROD_VERDICT_FAIL, 0, "answers 200 instead of 201 or 202", NULL } },
  { YAML ("health: {tcp: true, timeout: 20s}"), NULL, { VPROD_VERDICT_PASS, 0, "took the connection 3 times", "" } },
  { YAML ("health: {tcp: true, timeout: 1s}"), is_nobody, { VPROD_VERDICT_FAIL, 0, "closed without an answer", NULL } },
  { YAML ("health: {grpc: \"\", timeout: 10h}"), NULL, { VPROD_VERDICT_FAIL, 0, "speaks HTTP/1.1, not gRPC", "path" } },
  { "version: 1\nchecks: {health: {command: [ready, \"-q\"]}}\n", NULL,
    { VPROD_VERDICT_PASS, 0, "command ready -q ended with exit code 0 3 times", "" } },
  { YAML ("health: {command: [ready], timeout: 1s}"), command_fails,
    { VPROD_VERDICT_FAIL, 0, "the health command ends with exit code 2", NULL } },
  { YAML ("health: {command: [ready], timeout: 1s}"), has_no_command,
    { VPROD_VERDICT_FAIL, 0, "its program is not in the image", NULL } },
  { YAML ("health: {command: [ready], timeout: 1s}"), hangs_in_command,
    { VPROD_VERDICT_FAIL, 0, "the health command does not end", NULL } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = { vprod_check_health, sessions[_i].yaml, NULL };
  struct mock *mock = mock_new ();

  mock->on_container = sessions[_i].on_container;
  vprod_result_free (flow_run (&flow, mock, &sessions[_i].wanted));
}
END_TEST

START_TEST (asks_on_until_it_was_up_for_the_wanted_time)
{
  struct flow flow = { vprod_check_health, YAML (WATCHED ("700ms")), NULL };
  vprod_result *result = flow_run (&flow, NULL, &(struct wanted) { VPROD_VERDICT_PASS, 0, "2 times in a row", "" });
  int attempts = atoi (vprod_result_find_evidence (result, "attempts"));

  ck_assert_int_ge (attempts, 3);
  ck_assert_int_le (attempts, 2 + 4);
  ck_assert_int_ge (vprod_result_get_duration_ms (result), 650);
  vprod_result_free (result);
}
END_TEST

START_TEST (without_a_path_nothing_is_made)
{
  struct mock *mock = mock_new ();
  vprod_session *session = mock_session (mock, "version: 1\nrun: {port: 8000}\n");
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_check_health (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_SKIP);
  assert_holds (vprod_result_get_message (result), "checks.health.path");
  ck_assert_int_eq (mock_count (mock, "build", NULL) + mock_count (mock, "container_create", NULL), 0);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

START_TEST (without_a_port_it_is_skipped_and_says_how_to_name_it)
{
  static const char *const two[] = { "8000/tcp", "9000/tcp", NULL };
  struct flow flow = { vprod_check_health, "version: 1\nchecks: {health: {path: /health}}\n", NULL };
  struct mock *mock = mock_new ();

  mock->image.facts.exposed_ports = (char **) (uintptr_t) two;
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_SKIP, 0, "run.port", "" }));
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", NULL };

  flow_sweep (&(struct flow) { vprod_check_health, NULL, NULL }, may_fail);
  flow_sweep (&(struct flow) { vprod_check_health, YAML ("health: {command: [ready]}"), NULL }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_health, NULL, NULL };

  flow_is_cancelled (&flow, "container_facts", 1);
  flow_runs_out_of_time (&flow, "container_facts", 1);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_health");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_loop_test (tcase, judges_what_came_later, 0, COUNT (later_cases));
  tcase_add_test (tcase, leaves_a_crash_loop_to_start);
  tcase_add_test (tcase, shows_the_beginning_of_a_long_body);
  tcase_add_test (tcase, control_characters_of_a_body_are_harmless);
  tcase_add_test (tcase, tells_what_was_seen_as_evidence);
  tcase_add_test (tcase, tells_what_settled_it_and_what_else_was_asked);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, asks_on_until_it_was_up_for_the_wanted_time);
  tcase_add_test (tcase, without_a_path_nothing_is_made);
  tcase_add_test (tcase, without_a_port_it_is_skipped_and_says_how_to_name_it);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
