/* SPDX-License-Identifier: MIT */
/* What an answer of the health URL tells, when no other is to be expected, and what is asked then. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "probe/protocol.h"
#include "session/health_names.h"
#include "session/health_settle.h"
#include "util/strv.h"

#define LENGTH(list) (int) (sizeof (list) / sizeof (list)[0])
#define URL "http://127.0.0.1:49153/health"

/* ---- one answer ------------------------------------------------------------------------------------------ */

#define STATUS(code) .outcome = VPROD__HTTP_ANSWERED, .status = code
#define FIRST(bytes) .outcome = VPROD__HTTP_GARBLED, .first = bytes, .first_length = sizeof (bytes) - 1

static const struct {
  struct vprod__http_answer answer;
  const char *body, *location, *log;
  enum vprod__where where;
  int is_right;
  enum vprod__heard heard;
} answers[] = {
  { { STATUS (200) }, "ok", NULL, NULL, 0, 1, VPROD__HEARD_RIGHT },
  /* a start may look so */
  { { STATUS (200) }, "starting", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { STATUS (500) }, "", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { STATUS (502) }, "", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { STATUS (503) }, "", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { STATUS (504) }, "", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { STATUS (429) }, "", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { STATUS (425) }, "", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { .outcome = VPROD__HTTP_SLOW }, "", NULL, NULL, VPROD__WHERE_RIGHT, 0, VPROD__HEARD_MAY_COME },
  { { .outcome = VPROD__HTTP_UNREACHABLE }, "", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { .outcome = VPROD__HTTP_GARBLED }, "", NULL, NULL, 0, 0, VPROD__HEARD_MAY_COME },
  { { .outcome = VPROD__HTTP_REFUSED }, "", NULL, NULL, VPROD__WHERE_NOT_KNOWN, 0, VPROD__HEARD_MAY_COME },
  { { .outcome = VPROD__HTTP_REFUSED }, "", NULL, NULL, VPROD__WHERE_NOWHERE, 0, VPROD__HEARD_MAY_COME },
  { { .outcome = VPROD__HTTP_RESET }, "", NULL, NULL, VPROD__WHERE_NOWHERE, 0, VPROD__HEARD_MAY_COME },
  { { .outcome = VPROD__HTTP_REFUSED }, "", NULL, NULL, VPROD__WHERE_RIGHT, 0, VPROD__HEARD_MAY_COME },
  /* where it listens */
  { { .outcome = VPROD__HTTP_RESET }, "", NULL, NULL, VPROD__WHERE_RIGHT, 0, VPROD__HEARD_CLOSED },
  { { .outcome = VPROD__HTTP_RESET }, "", NULL, NULL, VPROD__WHERE_LOOPBACK, 0, VPROD__HEARD_LOOPBACK },
  { { .outcome = VPROD__HTTP_REFUSED }, "", NULL, NULL, VPROD__WHERE_OTHER_PORT, 0, VPROD__HEARD_ELSEWHERE },
  /* statuses */
  { { STATUS (204) }, "", NULL, NULL, 0, 0, VPROD__HEARD_STATUS },
  { { STATUS (401) }, "", NULL, NULL, 0, 0, VPROD__HEARD_STATUS },
  { { STATUS (404) }, "", NULL, NULL, 0, 0, VPROD__HEARD_REFUSES },
  { { STATUS (403) }, "", NULL, NULL, 0, 0, VPROD__HEARD_REFUSES },
  { { STATUS (421) }, "", NULL, NULL, 0, 0, VPROD__HEARD_REFUSES },
  { { STATUS (400) }, "bad", NULL, "", 0, 0, VPROD__HEARD_REFUSES },
  { { STATUS (400) }, "Invalid HTTP_HOST header: 'x'", NULL, "", 0, 0, VPROD__HEARD_NAME },
  { { STATUS (400) }, "<h1>Bad Request</h1>", NULL, "\nInvalid HTTP_HOST header: '127.0.0.1:1'.\n", 0, 0,
    VPROD__HEARD_NAME },
  { { STATUS (404) }, "", NULL, "Invalid HTTP_HOST header: '127.0.0.1:1'.\n", 0, 0, VPROD__HEARD_REFUSES },
  { { STATUS (403) }, "<h2>Blocked hosts: 127.0.0.1:1</h2>", NULL, NULL, 0, 0, VPROD__HEARD_NAME },
  { { STATUS (400) }, "Client sent an HTTP request to an HTTPS server.\n", NULL, "", 0, 0, VPROD__HEARD_TLS },
  { { STATUS (400) }, "<center>The plain HTTP request was sent to HTTPS port</center>", NULL, "", 0, 0,
    VPROD__HEARD_TLS },
  /* redirects */
  { { STATUS (301) }, "", "https://127.0.0.1:49153/health", NULL, 0, 0, VPROD__HEARD_TO_HTTPS },
  { { STATUS (308) }, "", "HTTPS://127.0.0.1/health", NULL, 0, 0, VPROD__HEARD_TO_HTTPS },
  { { STATUS (302) }, "", "https://login.example.org/health", NULL, 0, 0, VPROD__HEARD_STATUS },
  { { STATUS (302) }, "", "https://127.0.0.10/health", NULL, 0, 0, VPROD__HEARD_STATUS },
  { { STATUS (302) }, "", "http://127.0.0.1:49153/login", NULL, 0, 0, VPROD__HEARD_STATUS },
  { { STATUS (302) }, "", NULL, NULL, 0, 0, VPROD__HEARD_STATUS },
  { { STATUS (503) }, "", "https://127.0.0.1:49153/health", NULL, 0, 0, VPROD__HEARD_MAY_COME },
  /* no HTTP */
  { { FIRST ("\x15\x03\x01\0\2\2\x46") }, "", NULL, NULL, 0, 0, VPROD__HEARD_TLS },
  { { FIRST ("\0\0\x12\x04\0\0\0\0\0\0\3") }, "", NULL, NULL, 0, 0, VPROD__HEARD_HTTP2 },
  { { FIRST ("SSH-2.0-OpenSSH_9.2\r\n") }, "", NULL, NULL, 0, 0, VPROD__HEARD_NO_HTTP },
  { { FIRST ("what?") }, "", NULL, NULL, 0, 0, VPROD__HEARD_NO_HTTP },
};

START_TEST (hears_what_an_answer_tells)
{
  struct vprod__http_answer answer = answers[_i].answer;
  static const int statuses[] = { 200, 0 };
  struct vprod__settle_facts facts = {
    .asks = VPROD__ASKS_HTTP, .is_right = answers[_i].is_right, .statuses = statuses, .url = URL, .answer = &answer, .where = answers[_i].where,
    .log = answers[_i].log, .log_length = answers[_i].log ? strlen (answers[_i].log) : 0,
  };

  answer.body = (char *) (uintptr_t) answers[_i].body;
  answer.body_length = strlen (answer.body);
  answer.location = (char *) (uintptr_t) answers[_i].location;
  ck_assert_msg (vprod__settle_heard (&facts) == answers[_i].heard, "row %d: heard %d", _i,
                 vprod__settle_heard (&facts));
}
END_TEST

#define ASKS(how) .asks = VPROD__ASKS_##how

static const struct {
  struct vprod__settle_facts facts;
  struct vprod__http_answer answer;
  struct vprod__grpc_answer grpc;
  enum vprod__heard heard;
} other_answers[] = {
  /* gRPC */
  { { ASKS (GRPC) }, { STATUS (200), .version = 2 }, { .status = 0, .serving = VPROD__SERVING_NO }, VPROD__HEARD_MAY_COME },
  { { ASKS (GRPC) }, { STATUS (200), .version = 2 }, { .status = 0, .serving = VPROD__SERVING_UNKNOWN }, VPROD__HEARD_MAY_COME },
  { { ASKS (GRPC) }, { STATUS (200), .version = 2 }, { .status = 0, .serving = VPROD__SERVING_NOT_TOLD }, VPROD__HEARD_STATUS },
  { { ASKS (GRPC) }, { STATUS (200), .version = 2 }, { .status = 0, .serving = VPROD__SERVING_SERVICE_UNKNOWN },
    VPROD__HEARD_STATUS },
  { { ASKS (GRPC) }, { STATUS (200), .version = 2 }, { .status = VPROD__GRPC_NOT_FOUND }, VPROD__HEARD_STATUS },
  { { ASKS (GRPC) }, { STATUS (200), .version = 2 }, { .status = VPROD__GRPC_UNIMPLEMENTED }, VPROD__HEARD_STATUS },
  { { ASKS (GRPC) }, { STATUS (200), .version = 2 }, { .status = 14 }, VPROD__HEARD_MAY_COME },
  { { ASKS (GRPC) }, { STATUS (404), .version = 2 }, { .status = VPROD__GRPC_NOT_TOLD }, VPROD__HEARD_STATUS },
  { { ASKS (GRPC) }, { STATUS (503), .version = 2 }, { .status = VPROD__GRPC_NOT_TOLD }, VPROD__HEARD_MAY_COME },
  { { ASKS (GRPC) }, { STATUS (200), .version = 1 }, { .status = VPROD__GRPC_NOT_TOLD }, VPROD__HEARD_NO_HTTP2 },
  { { ASKS (GRPC) }, { .outcome = VPROD__HTTP_GARBLED }, { 0 }, VPROD__HEARD_NO_HTTP2 },
  { { ASKS (GRPC) }, { .outcome = VPROD__HTTP_GARBLED, .no_tls = 1 }, { 0 }, VPROD__HEARD_NO_TLS },
  /* https */
  { { ASKS (HTTP) }, { .outcome = VPROD__HTTP_GARBLED, .no_tls = 1 }, { 0 }, VPROD__HEARD_NO_TLS },
  { { ASKS (HTTP), .url = "https://127.0.0.1:49153/health" },
    { STATUS (301), .location = (char *) (uintptr_t) "https://127.0.0.1:49153/health/" }, { 0 }, VPROD__HEARD_STATUS },
  /* a redirect to the name that was asked by */
  { { ASKS (HTTP), .url = URL, .name = "shop.example.org:80", .name_length = 16 },
    { STATUS (301), .location = (char *) (uintptr_t) "https://Shop.example.org/health" }, { 0 }, VPROD__HEARD_TO_HTTPS },
  { { ASKS (HTTP), .url = URL, .name = "shop.example.org", .name_length = 16 },
    { STATUS (301), .location = (char *) (uintptr_t) "https://login.example.org/" }, { 0 }, VPROD__HEARD_STATUS },
  /* a connection, a command */
  { { ASKS (TCP), .where = VPROD__WHERE_RIGHT }, { .outcome = VPROD__HTTP_RESET }, { 0 }, VPROD__HEARD_CLOSED },
  { { ASKS (TCP), .where = VPROD__WHERE_OTHER_PORT }, { .outcome = VPROD__HTTP_REFUSED }, { 0 }, VPROD__HEARD_ELSEWHERE },
  { { ASKS (COMMAND) }, { STATUS (3) }, { 0 }, VPROD__HEARD_MAY_COME },
  { { ASKS (COMMAND), .no_program = 1 }, { STATUS (127) }, { 0 }, VPROD__HEARD_NO_PROGRAM },
  { { ASKS (COMMAND) }, { .outcome = VPROD__HTTP_SLOW }, { 0 }, VPROD__HEARD_MAY_COME },
};

START_TEST (hears_what_other_ways_to_ask_tell)
{
  struct vprod__settle_facts facts = other_answers[_i].facts;

  facts.answer = &other_answers[_i].answer;
  facts.grpc = &other_answers[_i].grpc;
  facts.statuses = (const int[]) { 200, 0 };
  ck_assert_msg (vprod__settle_heard (&facts) == other_answers[_i].heard, "row %d: heard %d", _i, vprod__settle_heard (&facts));
}
END_TEST

/* ---- many ------------------------------------------------------------------------------------------------ */

/* Answers that are the same, `pause` ms apart. */
struct run {
  enum vprod__heard heard;
  int status, answers, pause;
};

static const struct {
  const char *what;
  struct run runs[3];
  int asked, verified, quiet; /* meanwhile, of the last run */
  enum vprod__settle_next next;
} sequences[] = {
  { "503 for an hour", { { VPROD__HEARD_MAY_COME, 503, 18000, 200 } }, 0, 0, 1, VPROD__SETTLE_ASK_ON },
  { "two redirects to https", { { VPROD__HEARD_TO_HTTPS, 301, 2, 5 } }, 0, 0, 0, VPROD__SETTLE_ASK_ON },
  { "three redirects to https", { { VPROD__HEARD_TO_HTTPS, 301, 3, 5 } }, 0, 0, 0, VPROD__SETTLED },
  { "by turns with 503",
    { { VPROD__HEARD_TO_HTTPS, 301, 2, 5 }, { VPROD__HEARD_MAY_COME, 503, 1, 5 }, { VPROD__HEARD_TO_HTTPS, 301, 2, 5 } },
    0, 0, 0, VPROD__SETTLE_ASK_ON },
  { "another status of the same kind",
    { { VPROD__HEARD_STATUS, 401, 100, 200 }, { VPROD__HEARD_STATUS, 405, 2, 200 } },
    0, 0, 1, VPROD__SETTLE_ASK_ON },
  { "a few 401 over a long time: who asks got no processor", { { VPROD__HEARD_STATUS, 401, 9, 10000 } }, 0, 0, 1,
    VPROD__SETTLE_ASK_ON },
  { "many 401 in a short time", { { VPROD__HEARD_STATUS, 401, 400, 10 } }, 0, 0, 1, VPROD__SETTLE_ASK_ON },
  { "401 for 5 s", { { VPROD__HEARD_STATUS, 401, 26, 200 } }, 0, 0, 0, VPROD__SETTLE_WATCH },
  { "401 for 5 s, and quiet", { { VPROD__HEARD_STATUS, 401, 26, 200 } }, 0, 0, 1, VPROD__SETTLED },
  { "404 is a name's, perhaps", { { VPROD__HEARD_REFUSES, 404, 3, 5 } }, 0, 0, 0, VPROD__SETTLE_VERIFY },
  { "404 is a name's", { { VPROD__HEARD_REFUSES, 404, 3, 5 } }, 1, 1, 0, VPROD__SETTLED },
  { "404 is none's", { { VPROD__HEARD_REFUSES, 404, 3, 5 } }, 1, 0, 1, VPROD__SETTLE_ASK_ON },
  { "404 for 5 s", { { VPROD__HEARD_REFUSES, 404, 26, 200 } }, 1, 0, 0, VPROD__SETTLE_WATCH },
  { "404 for 5 s, and quiet", { { VPROD__HEARD_REFUSES, 404, 26, 200 } }, 1, 0, 1, VPROD__SETTLED },
  { "404 for 3 s, then right", { { VPROD__HEARD_REFUSES, 404, 16, 200 }, { VPROD__HEARD_RIGHT, 200, 1, 200 } }, 0, 0, 0,
    VPROD__SETTLE_ASK_ON },
  { "the name is named", { { VPROD__HEARD_NAME, 400, 3, 5 } }, 0, 0, 0, VPROD__SETTLED },
  { "TLS", { { VPROD__HEARD_TLS, 0, 3, 5 } }, 0, 0, 0, VPROD__SETTLED },
  { "HTTP/2", { { VPROD__HEARD_HTTP2, 0, 3, 5 } }, 0, 0, 0, VPROD__SETTLED },
  { "a banner", { { VPROD__HEARD_NO_HTTP, 0, 20, 5 } }, 0, 0, 0, VPROD__SETTLE_ASK_ON },
  { "a banner for 5 s", { { VPROD__HEARD_NO_HTTP, 0, 26, 200 } }, 0, 0, 0, VPROD__SETTLE_WATCH },
  { "closes: TLS, perhaps", { { VPROD__HEARD_CLOSED, 0, 3, 5 } }, 0, 0, 0, VPROD__SETTLE_VERIFY },
  { "closes: TLS", { { VPROD__HEARD_CLOSED, 0, 3, 5 } }, 1, 1, 0, VPROD__SETTLED },
  { "closes for ever", { { VPROD__HEARD_CLOSED, 0, 18000, 200 } }, 1, 0, 1, VPROD__SETTLE_ASK_ON },
  { "loopback", { { VPROD__HEARD_LOOPBACK, 0, 20, 5 } }, 0, 0, 1, VPROD__SETTLE_ASK_ON },
  { "loopback for 5 s", { { VPROD__HEARD_LOOPBACK, 0, 26, 200 } }, 0, 0, 0, VPROD__SETTLE_WATCH },
  { "loopback for 5 s, and quiet", { { VPROD__HEARD_LOOPBACK, 0, 26, 200 } }, 0, 0, 1, VPROD__SETTLED },
  { "another port", { { VPROD__HEARD_ELSEWHERE, 0, 20, 5 } }, 0, 0, 0, VPROD__SETTLE_ASK_ON },
  { "another port for 5 s", { { VPROD__HEARD_ELSEWHERE, 0, 26, 200 } }, 0, 0, 0, VPROD__SETTLE_VERIFY },
  { "another port that does not answer so", { { VPROD__HEARD_ELSEWHERE, 0, 18000, 200 } }, 1, 0, 1,
    VPROD__SETTLE_ASK_ON },
  { "another port that answers so", { { VPROD__HEARD_ELSEWHERE, 0, 26, 200 } }, 1, 1, 0, VPROD__SETTLE_WATCH },
  { "another port that answers so, and quiet", { { VPROD__HEARD_ELSEWHERE, 0, 26, 200 } }, 1, 1, 1, VPROD__SETTLED },
};

START_TEST (settles_only_what_will_stay)
{
  struct vprod__same same = { 0 };
  int64_t now_ms = 1000000;

  for (int i = 0; i < 3; i++)
    for (int n = 0; n < sequences[_i].runs[i].answers; n++) {
      now_ms += sequences[_i].runs[i].pause;
      vprod__same_add (&same, sequences[_i].runs[i].heard, sequences[_i].runs[i].status, now_ms);
    }
  same.asked = sequences[_i].asked;
  same.verified = sequences[_i].verified;
  same.quiet = sequences[_i].quiet;
  ck_assert_msg (vprod__same_next (&same, now_ms) == sequences[_i].next, "%s: next is %d", sequences[_i].what,
                 vprod__same_next (&same, now_ms));
}
END_TEST

START_TEST (another_answer_forgets_what_was_found_out)
{
  struct vprod__same same = { .heard = VPROD__HEARD_STATUS, .status = 401, .answers = 50, .asked = 1, .verified = 1,
                              .quiet = 1 };

  vprod__same_add (&same, VPROD__HEARD_STATUS, 405, 77);
  ck_assert_int_eq (same.answers, 1);
  ck_assert (same.since_ms == 77 && !same.asked && !same.verified && !same.quiet);
}
END_TEST

START_TEST (says_what_settled_it)
{
  ck_assert_str_eq (vprod__settled_by (VPROD__HEARD_REFUSES, 0), "same answer");
  ck_assert_str_eq (vprod__settled_by (VPROD__HEARD_REFUSES, 1), "Host header");
  ck_assert_str_eq (vprod__settled_by (VPROD__HEARD_TLS, 0), "protocol");
  ck_assert_str_eq (vprod__settled_by (VPROD__HEARD_ELSEWHERE, 1), "other port");
  ck_assert_str_eq (vprod__settled_by (VPROD__HEARD_MAY_COME, 0), "time limit");
}
END_TEST

/* ---- what is tried --------------------------------------------------------------------------------------- */

static const struct {
  const char *test[4];
  const char *path;
} healthchecks[] = {
  { { "CMD-SHELL", "curl -fsS http://localhost:8000/healthz || exit 1" }, "/healthz" },
  { { "CMD", "wget", "--spider", "http://127.0.0.1:8000/api/v1/health?deep=1" }, "/api/v1/health?deep=1" },
  { { "CMD-SHELL", "wget -qO- localhost:${PORT}/live" }, "/live" },
  { { "CMD", "python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000/ready')" }, "/ready" },
  { { "CMD-SHELL", "curl \"http://[::1]:80/up\"" }, "/up" },
  { { "CMD-SHELL", "curl http://localhost/$P" }, NULL },
  { { "CMD-SHELL", "curl -f http://localhost:8000" }, NULL },
  { { "CMD-SHELL", "nc -z localhost 8000 && cat /tmp/ok" }, NULL },
  { { "CMD-SHELL", "curl http://localhost/\033[31m" }, NULL },
  { { "CMD", "/usr/bin/pg_isready" }, NULL },
  { { "NONE" }, NULL },
  { { NULL }, NULL },
};

START_TEST (finds_the_path_of_a_healthcheck)
{
  char *path = NULL;

  ck_assert_int_eq (vprod__healthcheck_path ((char **) (uintptr_t) healthchecks[_i].test, &path), 0);
  if (healthchecks[_i].path)
    ck_assert_pstr_eq (path, healthchecks[_i].path);
  else
    ck_assert_ptr_null (path);
  free (path);
}
END_TEST

static const struct {
  const char *variable;
  const char *names; /* "" none */
} variables[] = {
  { "ALLOWED_HOSTS=shop.example.org", "ALLOWED_HOSTS=shop.example.org" },
  { "DJANGO_ALLOWED_HOSTS=a.example.org, b.example.org",
    "DJANGO_ALLOWED_HOSTS=a.example.org DJANGO_ALLOWED_HOSTS=b.example.org" },
  { "ALLOWED_HOSTS=[\"a.example.org\", \"a.example.org\"]", "ALLOWED_HOSTS=a.example.org" },
  { "ALLOWED_HOSTS=.example.org", "ALLOWED_HOSTS=example.org" },
  { "ALLOWED_HOSTS=*.example.org|x", "ALLOWED_HOSTS=example.org" },
  { "ALLOWED_HOSTS=*", "" },
  { "APP_URL=https://shop.example.org:8443/shop", "APP_URL=shop.example.org" },
  { "BASE_URL=https://user:word@shop.example.org/", "" },
  { "SERVER_NAME=10.0.0.1", "" },
  { "DOMAIN=a token, not a.host!", "" },
  { "SECRET_KEY=shop.example.org", "" },
  { "DATABASE_URL=postgresql://db.example.org/x", "" },
  { "ALLOWED_HOSTS\033=a.example.org", "" },
  { "ALLOWED_HOSTS=", "" },
  { "ALLOWED_HOSTS", "" },
};

START_TEST (finds_the_names_that_an_app_is_served_by)
{
  const char *const env[] = { variables[_i].variable, NULL };
  char **list = NULL;

  ck_assert_int_eq (vprod__served_names ((char **) (uintptr_t) env, &list), 0);
  char *text = vprod__strv_join (list, " ");
  ck_assert_str_eq (text, variables[_i].names);
  free (text);
  vprod__strv_free (list);
}
END_TEST

START_TEST (takes_a_url_apart)
{
  size_t length;

  ck_assert_int_eq (strncmp (vprod__url_host ("http://[::1]:80/x", &length), "[::1]", 5), 0);
  ck_assert_uint_eq (length, 5);
  ck_assert_int_eq (strncmp (vprod__url_host ("https://host/x:1", &length), "host", 4), 0);
  ck_assert_uint_eq (length, 4);
  vprod__url_host ("/only/a/path", &length);
  ck_assert_uint_eq (length, 0);
  vprod__url_host (NULL, &length);
  ck_assert_uint_eq (length, 0);
  ck_assert_str_eq (vprod__url_path ("http://h:1/a/b?c"), "/a/b?c");
  ck_assert_str_eq (vprod__url_path ("http://h:1"), "/");
}
END_TEST

/* ---- protocols ------------------------------------------------------------------------------------------- */

#define BYTES(text) text, sizeof (text) - 1

static const struct {
  const char *bytes;
  size_t length;
  enum vprod__protocol protocol;
  const char *name;
} protocols[] = {
  { BYTES ("\x15\x03\x01\0\2\2\x46"), VPROD__PROTOCOL_TLS, "TLS" },
  { BYTES ("\x15\x03"), VPROD__PROTOCOL_TLS, "TLS" },
  { BYTES ("\x15"), VPROD__PROTOCOL_NOT_KNOWN, NULL },
  { BYTES ("\0\0\0\4\0\0\0\0\0"), VPROD__PROTOCOL_HTTP2, "HTTP/2" },
  { BYTES ("\0\0\x08\7\0\0\0\0\0"), VPROD__PROTOCOL_HTTP2, "HTTP/2" },
  { BYTES ("\0\0\0\4\0\0\0\0"), VPROD__PROTOCOL_NOT_KNOWN, NULL },
  { BYTES ("SSH-2.0-x"), VPROD__PROTOCOL_OTHER, "SSH" },
  { BYTES ("-ERR wrong number of arguments for 'get' command\r\n"), VPROD__PROTOCOL_OTHER, "the Redis protocol" },
  { BYTES ("J\0\0\0\x0a" "8.0.36"), VPROD__PROTOCOL_OTHER, "the MySQL protocol" },
  { BYTES ("220 mail ESMTP\r\n"), VPROD__PROTOCOL_OTHER, "SMTP or FTP" },
  { BYTES ("hello"), VPROD__PROTOCOL_NOT_KNOWN, NULL },
  { BYTES (""), VPROD__PROTOCOL_NOT_KNOWN, NULL },
};

START_TEST (knows_protocols_by_their_first_bytes)
{
  const char *name;

  ck_assert_int_eq (vprod__protocol_of (protocols[_i].bytes, protocols[_i].length, &name), protocols[_i].protocol);
  if (protocols[_i].name)
    ck_assert_pstr_eq (name, protocols[_i].name);
  else
    ck_assert_ptr_null (name);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("health_settle");
  TCase *tc = tcase_create ("health_settle");

  tcase_add_loop_test (tc, hears_what_other_ways_to_ask_tell, 0, LENGTH (other_answers));
  tcase_add_loop_test (tc, hears_what_an_answer_tells, 0, LENGTH (answers));
  tcase_add_loop_test (tc, settles_only_what_will_stay, 0, LENGTH (sequences));
  tcase_add_test (tc, another_answer_forgets_what_was_found_out);
  tcase_add_test (tc, says_what_settled_it);
  tcase_add_loop_test (tc, finds_the_path_of_a_healthcheck, 0, LENGTH (healthchecks));
  tcase_add_loop_test (tc, finds_the_names_that_an_app_is_served_by, 0, LENGTH (variables));
  tcase_add_test (tc, takes_a_url_apart);
  tcase_add_loop_test (tc, knows_protocols_by_their_first_bytes, 0, LENGTH (protocols));
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
