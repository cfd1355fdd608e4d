/* SPDX-License-Identifier: MIT */
/* The health call of gRPC: what is sent, and what the answers of servers mean. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include "probe/grpc.h"
#include "probe_server.h"
#include "util/clock.h"

#define HANG_MS 20000

/* ---- reading ----------------------------------------------------------------------------------------------- */

#define BODY(text) text, sizeof (text) - 1

static const struct {
  const char *what;
  int version;
  const char *fields;
  const char *body;
  size_t length;
  int status, serving;
  const char *message;
} answers[] = {
  { "serving", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\2\x08\1"), 0, VPROD__SERVING_YES, "" },
  { "not serving", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\2\x08\2"), 0, VPROD__SERVING_NO, "" },
  { "the default is left out", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\0"), 0, VPROD__SERVING_UNKNOWN, "" },
  { "fields of later versions", 2, "grpc-status: 0\n",
    BODY ("\0\0\0\0\x17\x12\2hi\x19" "12345678\x1d" "1234\x20\x80\1\x08\1"), 0, VPROD__SERVING_YES, "" },
  { "the last one counts", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\4\x08\1\x08\2"), 0, VPROD__SERVING_NO, "" },
  { "a value of later versions", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\3\x08\x80\1"), 0, 128, "" },
  { "no message", 2, "grpc-status: 0\n", BODY (""), 0, VPROD__SERVING_NOT_TOLD, "" },
  { "half a frame", 2, "grpc-status: 0\n", BODY ("\0\0\0"), 0, VPROD__SERVING_NOT_TOLD, "" },
  { "compressed", 2, "grpc-status: 0\n", BODY ("\1\0\0\0\2\x08\1"), 0, VPROD__SERVING_NOT_TOLD, "" },
  { "longer than it is", 2, "grpc-status: 0\n", BODY ("\0\xff\xff\xff\xff\x08\1"), 0, VPROD__SERVING_NOT_TOLD, "" },
  { "two messages", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\2\x08\1\0\0\0\0\2\x08\1"), 0, VPROD__SERVING_NOT_TOLD, "" },
  { "an endless number", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 0,
    VPROD__SERVING_NOT_TOLD, "" },
  { "a text beyond the end", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\3\x12\x7f" "a"), 0, VPROD__SERVING_NOT_TOLD, "" },
  { "a group", 2, "grpc-status: 0\n", BODY ("\0\0\0\0\1\x0b"), 0, VPROD__SERVING_NOT_TOLD, "" },
  { "no such service", 2, "grpc-status: 5\ngrpc-message: unknown service\n", BODY (""), 5, VPROD__SERVING_NOT_TOLD,
    "unknown service" },
  { "no health service", 2, "Grpc-Status: 12\ngrpc-message: a%20b%3A%zz%4\n", BODY (""), 12, VPROD__SERVING_NOT_TOLD,
    "a b:%zz%4" },
  { "a body before a failure", 2, "grpc-status: 13\n", BODY ("\0\0\0\0\2\x08\1"), 13, VPROD__SERVING_NOT_TOLD, "" },
  { "a trailer after a header", 2, "grpc-status: 0\ngrpc-status: 14\n", BODY ("\0\0\0\0\2\x08\1"), 14,
    VPROD__SERVING_NOT_TOLD, "" },
  { "no number", 2, "grpc-status: ok\n", BODY ("\0\0\0\0\2\x08\1"), -1, VPROD__SERVING_NOT_TOLD, "" },
  { "no gRPC", 2, NULL, BODY ("\0\0\0\0\2\x08\1"), -1, VPROD__SERVING_NOT_TOLD, "" },
  { "another field", 2, "grpc-status-details: 0\n", BODY ("\0\0\0\0\2\x08\1"), -1, VPROD__SERVING_NOT_TOLD, "" },
  { "HTTP/1.1", 1, "grpc-status: 0\n", BODY ("\0\0\0\0\2\x08\1"), -1, VPROD__SERVING_NOT_TOLD, "" },
};

START_TEST (reads_answers)
{
  char fields[200] = "", body[64];
  struct vprod__http_answer answer = { .version = answers[_i].version, .body = body, .body_length = answers[_i].length,
                                       .fields = answers[_i].fields ? fields : NULL };
  struct vprod__grpc_answer got;

  memcpy (body, answers[_i].body, answers[_i].length);
  snprintf (fields, sizeof fields, "%s", answers[_i].fields ? answers[_i].fields : "");
  vprod__grpc_read (&answer, &got);
  ck_assert_msg (got.status == answers[_i].status, "%s: status %d", answers[_i].what, got.status);
  ck_assert_msg ((int) got.serving == answers[_i].serving, "%s: serving %d", answers[_i].what, (int) got.serving);
  ck_assert_msg (strcmp (got.message, answers[_i].message) == 0, "%s: message %s", answers[_i].what, got.message);
}
END_TEST

/* ---- asking ------------------------------------------------------------------------------------------------ */

/* An answer over HTTP/2: settings, headers, a message, trailers. */
static const char serving[] = "\0\0\0\4\0\0\0\0\0"
                              "\0\0\0\4\1\0\0\0\0"
                              "\0\0\1\1\4\0\0\0\1\x88"
                              "\0\0\7\0\0\0\0\0\1\0\0\0\0\2\x08\1"
                              "\0\0\x0f\1\5\0\0\0\1\0\x0bgrpc-status\1" "0";

/* The frame with the request's message: its head, the message's, the message. */
static const struct {
  const char *service, *data;
  size_t length;
} requests[] = {
  { "", BODY ("\0\0\0\0\0") },
  { "shop", BODY ("\0\0\0\0\6\x0a\4shop") },
};

/* Answers once the message is there, which comes in a write with what is before it, or alone. */
static void serve_grpc (struct server *server, int fd)
{
  char frame[32] = { 0, 0, (char) requests[server->length].length };

  memcpy (frame + 9, requests[server->length].data, requests[server->length].length);
  do {
    memset (server->received, 0, sizeof server->received);
    if (!server_read (server, fd))
      return;
    frame[4] = 1; /* it is the last one of the stream, and of stream 1 */
    frame[8] = 1;
  } while (!memmem (server->received, sizeof server->received, frame, 9 + requests[server->length].length));
  server_write (server, fd, server->data, sizeof serving - 1);
  server_sleep (server, fd, HANG_MS);
}

static void check (int port, const char *service, struct vprod__http_answer *ret, struct vprod__grpc_answer *ret_grpc)
{
  vprod_call call = { .size = sizeof call, .deadline_ms = vprod__deadline (HANG_MS), .cancel_fd = -1 };
  struct vprod__http *http = NULL;
  vprod_error *err = NULL;
  char url[80];

  snprintf (url, sizeof url, "http://127.0.0.1:%d" VPROD__GRPC_CHECK_PATH, port);
  assert_ok (vprod__http_new (&http, &err), err);
  assert_ok (vprod__grpc_prepare (http, &err), err);
  assert_ok (vprod__grpc_check (http, &call, &(struct vprod__grpc_request) { url, "127.0.0.1", port, service }, HANG_MS, ret,
                                ret_grpc, &err), err);
  vprod__http_free (http);
}

START_TEST (asks_a_server)
{
  struct server server = { .serve = serve_grpc, .data = serving, .length = (size_t) _i };
  struct vprod__http_answer answer = { 0 };
  struct vprod__grpc_answer grpc = { 0 };

  server_start (&server);
  check (server.port, requests[_i].service, &answer, &grpc);
  server_end (&server);
  ck_assert_msg (answer.outcome == VPROD__HTTP_ANSWERED, "%s", answer.error);
  ck_assert_int_eq (answer.version, 2);
  ck_assert_int_eq (grpc.status, VPROD__GRPC_OK);
  ck_assert_int_eq (grpc.serving, VPROD__SERVING_YES);
  vprod__http_answer_clear (&answer);
}
END_TEST

/* A server of HTTP/1.1 takes the preface for a request that it cannot read. */
static void serve_http1 (struct server *server, int fd)
{
  static const char bad[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

  if (server_read (server, fd))
    server_write (server, fd, bad, sizeof bad - 1);
}

START_TEST (a_server_of_http_1_is_no_answer_of_grpc)
{
  struct server server = { .serve = serve_http1 };
  struct vprod__http_answer answer = { 0 };
  struct vprod__grpc_answer grpc = { 0 };

  server_start (&server);
  check (server.port, "", &answer, &grpc);
  server_end (&server);
  ck_assert_int_eq (answer.outcome, VPROD__HTTP_GARBLED);
  ck_assert_str_ne (answer.error, "");
  vprod__http_answer_clear (&answer);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("probe_grpc");
  TCase *tc = tcase_create ("grpc");

  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, reads_answers, 0, sizeof answers / sizeof answers[0]);
  tcase_add_loop_test (tc, asks_a_server, 0, sizeof requests / sizeof requests[0]);
  tcase_add_test (tc, a_server_of_http_1_is_no_answer_of_grpc);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
