/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_engine.h"
#include "runner/docker/http_client.h"
#include "util/cancel.h"
#include "util/clock.h"

static const char *no_variable (void *data, const char *name)
{
  return NULL;
}

static int no_socket (void *data, const char *path)
{
  return 0;
}

static const struct vprod__endpoint_world nowhere = { no_variable, no_socket, NULL, 1 };

static struct vprod__endpoint endpoint;
static struct vprod__client *client;

static void connect_to (const char *url)
{
  vprod_error *err = NULL;

  assert_ok (vprod__endpoint_resolve (url, &nowhere, &endpoint, &err), err);
  assert_ok (vprod__client_new (&endpoint, NULL, &client, &err), err);
}

static void disconnect (void)
{
  vprod__client_free (client);
  vprod__endpoint_clear (&endpoint);
}

static vprod_call within (int64_t ms)
{
  return (vprod_call) { sizeof (vprod_call), vprod__deadline (ms), -1 };
}

static int ask (const char *method, const char *path, struct vprod__answer *ret, vprod_error **err)
{
  struct vprod__request request = { .what = "asking", .method = method, .path = path };
  vprod_call call = within (20000);

  return vprod__client_send (client, &call, &request, ret, err);
}

/* ---- answers that are none ---------------------------------------------------------------------------------- */

static char long_line[300 * 1024], many_lines[600 * 1024];

static struct {
  const char *name;
  const char *raw;
  enum fake_manner manner;
  vprod_error_code code;
  const char *says;
} bad[] = {
  { "closed at once", "", FAKE_CLOSE, VPROD_ERROR_ENGINE, "broke its answer off" },
  { "cut in the status", "HTTP/1.1 20", FAKE_CLOSE, VPROD_ERROR_ENGINE, "" },
  { "cut in the headers", "HTTP/1.1 200 OK\r\nContent-Le", FAKE_CLOSE, VPROD_ERROR_ENGINE, "" },
  { "cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", FAKE_CLOSE, VPROD_ERROR_ENGINE,
    "broke its answer off" },
  { "cut in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", FAKE_CLOSE,
    VPROD_ERROR_ENGINE, "broke its answer off" },
  { "no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", FAKE_CLOSE,
    VPROD_ERROR_ENGINE, "broke its answer off" },
  { "chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", FAKE_CLOSE,
    VPROD_ERROR_ENGINE, "" },
  { "another protocol", "SSH-2.0-OpenSSH_9.2\r\n", FAKE_CLOSE, VPROD_ERROR_ENGINE, "no Docker or Podman engine" },
  { "binary", "\x16\x03\x01\xff\xfe\x01", FAKE_CLOSE, VPROD_ERROR_ENGINE, "" },
  { "length below zero", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", FAKE_CLOSE, VPROD_ERROR_ENGINE, "" },
  { "a header line of 300 KiB", long_line, FAKE_CLOSE, VPROD_ERROR_ENGINE, "" },
  { "headers without end", many_lines, FAKE_CLOSE, VPROD_ERROR_ENGINE, "" },
};

START_TEST (what_is_no_answer_is_the_engines_fault)
{
  size_t n = (size_t) snprintf (long_line, sizeof long_line, "HTTP/1.1 200 OK\r\nX: ");
  memset (long_line + n, 'x', sizeof long_line - n - 1);
  n = (size_t) snprintf (many_lines, sizeof many_lines, "HTTP/1.1 200 OK\r\n");
  while (n + 8 < sizeof many_lines)
    n += (size_t) snprintf (many_lines + n, sizeof many_lines - n, "X: y\r\n");

  struct fake_route route = { "", 0, bad[_i].raw, bad[_i].manner, 0, 0 };
  struct fake_engine *engine = fake_engine_start (&route, 1, 0);
  struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  assert_error (ask ("GET", "/x", &answer, &err), err, bad[_i].code, bad[_i].says);
  assert_error (ask ("GET", "/x", &answer, &err), err, bad[_i].code, fake_engine_url (engine));
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

/* ---- answers ------------------------------------------------------------------------------------------------ */

START_TEST (answers_are_kept_whatever_their_status)
{
  static const struct fake_route routes[] = {
    { "GET /ok", 200, "fine", FAKE_KEEP, 0, 0 },
    { "GET /bad", 500, "{\"message\": \"no\"}", FAKE_KEEP, 0, 0 },
    { "GET /chunked", 0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
      FAKE_DRIP, 0, 0 },
    { "GET /to-eof", 0, "HTTP/1.1 200 OK\r\n\r\nuntil the end", FAKE_CLOSE, 0, 0 },
    { "HEAD /head", 0, "HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n", FAKE_CLOSE, 0, 0 },
    { "DELETE /gone", 0, "HTTP/1.1 204 No Content\r\n\r\n", FAKE_KEEP, 0, 0 },
    { "GET /podman", 0,
      "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\nContent-Length: 0\r\n\r\n", FAKE_KEEP,
      0, 0 },
  };
  static const struct {
    const char *method, *path;
    int status;
    const char *body;
  } cases[] = {
    { "GET", "/ok", 200, "fine" },          { "GET", "/bad", 500, "{\"message\": \"no\"}" },
    { "GET", "/chunked", 200, "abcde" },    { "GET", "/to-eof", 200, "until the end" },
    { "HEAD", "/head", 404, "" },           { "DELETE", "/gone", 204, "" },
    { "GET", "/podman", 200, "" },
  };
  struct fake_engine *engine = fake_engine_start (routes, sizeof routes / sizeof routes[0], _i);
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    _cleanup_answer_ struct vprod__answer answer = { 0 };
    assert_ok (ask (cases[i].method, cases[i].path, &answer, &err), err);
    ck_assert_int_eq (answer.status, cases[i].status);
    ck_assert_str_eq (vprod__buf_string (&answer.body), cases[i].body);
    ck_assert_int_eq (answer.podman, strcmp (cases[i].path, "/podman") == 0);
  }
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

START_TEST (connection_is_used_again)
{
  static const struct fake_route route = { "", 200, "{}", FAKE_KEEP, 0, 0 };
  struct fake_engine *engine = fake_engine_start (&route, 1, 0);
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  for (int i = 0; i < 20; i++) {
    _cleanup_answer_ struct vprod__answer answer = { 0 };
    assert_ok (ask ("GET", "/x", &answer, &err), err);
  }
  ck_assert_int_eq (fake_engine_connections (engine), 1);
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

START_TEST (request_on_a_connection_gone_stale_is_sent_again)
{
  static const char *const methods[] = { "GET", "HEAD", "DELETE", "POST" };
  static const struct fake_route routes[] = { { "", 200, "", FAKE_STALE, 1, 0 },
                                              { "", 200, "", FAKE_KEEP, 0, 0 } };
  struct fake_engine *engine = fake_engine_start (routes, 2, 0);
  _cleanup_answer_ struct vprod__answer answer = { 0 }, second = { 0 };
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  assert_ok (ask ("GET", "/first", &answer, &err), err);
  assert_ok (ask (methods[_i], "/second", &second, &err), err);
  ck_assert_int_eq (second.status, 200);
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

START_TEST (what_makes_something_is_sent_once)
{
  static const struct fake_route routes[] = { { "POST", 0, "", FAKE_CLOSE, 0, 0 },
                                              { "", 200, "", FAKE_KEEP, 0, 0 } };
  struct fake_engine *engine = fake_engine_start (routes, 2, 0);
  struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  assert_ok (ask ("GET", "/first", &answer, &err), err);
  vprod__answer_clear (&answer);
  assert_error (ask ("POST", "/create", &answer, &err), err, VPROD_ERROR_ENGINE, "broke its answer off");
  ck_assert_int_eq (fake_engine_count (engine, "POST"), 1);
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

START_TEST (body_of_a_failure_is_bounded)
{
  size_t length = 2 * VPROD__ERROR_BODY_MAX;
  char *body = malloc (length + 1);
  memset (body, 'x', length);
  body[length] = '\0';
  struct fake_route route = { "", 500, body, FAKE_KEEP, 0, 0 };
  struct fake_engine *engine = fake_engine_start (&route, 1, 0);
  _cleanup_answer_ struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  assert_ok (ask ("GET", "/x", &answer, &err), err);
  ck_assert_int_eq (answer.status, 500);
  ck_assert_uint_eq (answer.body.length, VPROD__ERROR_BODY_MAX);
  disconnect ();
  fake_engine_stop (engine);
  free (body);
}
END_TEST

START_TEST (answer_without_end_is_given_up)
{
  size_t length = VPROD__ANSWER_MAX + 1;
  char *body = malloc (length + 1);
  memset (body, ' ', length);
  body[length] = '\0';
  struct fake_route route = { "", 200, body, FAKE_KEEP, 0, 0 };
  struct fake_engine *engine = fake_engine_start (&route, 1, 0);
  struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  assert_error (ask ("GET", "/x", &answer, &err), err, VPROD_ERROR_ENGINE, "too long");
  disconnect ();
  fake_engine_stop (engine);
  free (body);
}
END_TEST

struct streamed {
  struct vprod__buf text;
  size_t stop_after;
};

static int on_body (void *data, const void *bytes, size_t length)
{
  struct streamed *streamed = data;

  ck_assert_int_eq (vprod__buf_add (&streamed->text, bytes, length), 0);
  return streamed->stop_after && streamed->text.length >= streamed->stop_after;
}

START_TEST (body_is_streamed_until_no_more_is_wanted)
{
  static const struct fake_route routes[] = { { "GET /good", 200, "0123456789", FAKE_DRIP, 0, 0 },
                                              { "GET /bad", 409, "no", FAKE_KEEP, 0, 0 } };
  struct fake_engine *engine = fake_engine_start (routes, 2, 0);
  struct streamed streamed = { .stop_after = 0 };
  struct vprod__request request = { .what = "asking", .method = "GET", .path = "/good", .on_body = on_body,
                                    .data = &streamed };
  struct vprod__answer answer = { 0 };
  vprod_call call = within (20000);
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  assert_ok (vprod__client_send (client, &call, &request, &answer, &err), err);
  ck_assert_str_eq (vprod__buf_string (&streamed.text), "0123456789");
  ck_assert_int_eq (answer.stopped, 0);
  vprod__buf_clear (&streamed.text);
  streamed.stop_after = 3;
  assert_ok (vprod__client_send (client, &call, &request, &answer, &err), err);
  ck_assert_int_eq (answer.stopped, 1);
  vprod__buf_clear (&streamed.text);
  request.path = "/bad"; /* what went wrong is not part of the stream */
  assert_ok (vprod__client_send (client, &call, &request, &answer, &err), err);
  ck_assert_str_eq (vprod__buf_string (&answer.body), "no");
  ck_assert_uint_eq (streamed.text.length, 0);
  vprod__answer_clear (&answer);
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

/* ---- waiting ------------------------------------------------------------------------------------------------ */

static const char *const silences[] = { "", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc" };

START_TEST (silence_ends_at_the_deadline)
{
  struct fake_route route = { "", 0, silences[_i], FAKE_HOLD, 0, 0 };
  struct fake_engine *engine = fake_engine_start (&route, 1, 0);
  struct vprod__request request = { .what = "asking", .method = "GET", .path = "/x" };
  struct vprod__answer answer = { 0 };
  vprod_call call = within (500);
  vprod_error *err = NULL;

  connect_to (fake_engine_url (engine));
  assert_error (vprod__client_send (client, &call, &request, &answer, &err), err, VPROD_ERROR_TIMEOUT,
                fake_engine_url (engine));
  ck_assert_int_ge (vprod__now_ms (), call.deadline_ms);
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

struct canceller {
  struct vprod__cancel cancel;
  struct fake_engine *engine;
};

/* … once the engine has been asked. */
static void *cancel_soon (void *data)
{
  struct canceller *canceller = data;

  for (int i = 0; i < 3000 && fake_engine_count (canceller->engine, "GET") == 0; i++)
    usleep (10000);
  usleep (30000);
  vprod__cancel_set (&canceller->cancel);
  return NULL;
}

START_TEST (silence_ends_when_cancelled)
{
  struct fake_route route = { "", 0, silences[_i], FAKE_HOLD, 0, 0 };
  struct fake_engine *engine = fake_engine_start (&route, 1, 0);
  struct vprod__request request = { .what = "asking", .method = "GET", .path = "/x" };
  struct vprod__answer answer = { 0 };
  struct canceller canceller = { .engine = engine };
  vprod_error *err = NULL;
  pthread_t thread;

  assert_ok (vprod__cancel_init (&canceller.cancel, &err), err);
  vprod_call call = { sizeof call, VPROD_NO_DEADLINE, canceller.cancel.read_fd };
  connect_to (fake_engine_url (engine));
  ck_assert_int_eq (pthread_create (&thread, NULL, cancel_soon, &canceller), 0);
  assert_error (vprod__client_send (client, &call, &request, &answer, &err), err, VPROD_ERROR_CANCELLED, "asking");
  pthread_join (thread, NULL);
  assert_error (vprod__client_send (client, &call, &request, &answer, &err), err, VPROD_ERROR_CANCELLED, "asking");
  ck_assert_int_eq (fake_engine_count (engine, "GET"), 1); /* a call that is over asks nothing */
  disconnect ();
  fake_engine_stop (engine);
  vprod__cancel_end (&canceller.cancel);
}
END_TEST

/* ---- nobody there ------------------------------------------------------------------------------------------- */

START_TEST (missing_socket_is_named_with_what_to_do)
{
  struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  connect_to ("unix:///nonexistent/docker.sock");
  assert_error (ask ("GET", "/x", &answer, &err), err, VPROD_ERROR_UNREACHABLE,
                "no engine answers at unix:///nonexistent/docker.sock (from the caller): there is no such socket");
  disconnect ();
}
END_TEST

static const char *const engines[] = { "unix:///nonexistent/docker.sock", "tcp://127.0.0.1:1", "tcp://localhost:1" };

START_TEST (too_few_descriptors_are_no_missing_engine)
{
  struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  connect_to (engines[_i]);
  unit_take_descriptors ();
  int r = ask ("GET", "/x", &answer, &err);
  unit_give_descriptors ();
  ck_assert_ptr_nonnull (err);
  ck_assert_ptr_null (strstr (vprod_error_get_message (err), "no engine answers"));
  ck_assert_int_eq (vprod_error_get_errno (err), EMFILE);
  assert_error (r, err, VPROD_ERROR_IO, "this process has too few file descriptors: its limit is ");
  disconnect ();
}
END_TEST

START_TEST (machine_without_descriptors_is_no_missing_engine)
{
  vprod_error *err = NULL;

  connect_to (engines[0]);
  assert_error (vprod__client_explain (&endpoint, "asking", CURLE_COULDNT_CONNECT, ENFILE, "", &err), err, VPROD_ERROR_IO,
                "fs.file-max");
  disconnect ();
}
END_TEST

START_TEST (socket_without_a_listener_is_told_from_a_missing_one)
{
  char *dir = unit_temp_dir (), *url = NULL;
  struct sockaddr_un path = { .sun_family = AF_UNIX };
  struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  snprintf (path.sun_path, sizeof path.sun_path, "%s/s", dir);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_eq (bind (fd, (struct sockaddr *) &path, sizeof path), 0);
  close (fd);
  ck_assert_int_gt (asprintf (&url, "unix://%s", path.sun_path), 0);
  connect_to (url);
  assert_error (ask ("GET", "/x", &answer, &err), err, VPROD_ERROR_UNREACHABLE, "nobody listens on it");
  disconnect ();
  unlink (path.sun_path);
  unit_write_file (dir, "s", "no socket");
  connect_to (url);
  assert_error (ask ("GET", "/x", &answer, &err), err, VPROD_ERROR_UNREACHABLE, "it is no socket");
  disconnect ();
  free (url);
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

START_TEST (socket_of_others_names_the_group)
{
  struct vprod__endpoint locked = { .kind = VPROD__ENDPOINT_UNIX, .url = (char[]) { "unix:///s" },
                                    .origin = (char[]) { "the default" } };
  vprod_error *err = NULL;

  /* root may use every socket: only the words can be tried here */
  assert_error (vprod__client_explain (&locked, "asking", 7 /* CURLE_COULDNT_CONNECT */, EACCES, "", &err), err,
                VPROD_ERROR_UNREACHABLE, "usermod -aG docker");
}
END_TEST

static const struct {
  const char *url;
  const char *says;
} unreachable[] = {
  { "tcp://127.0.0.1:1", "no engine answers at tcp://127.0.0.1:1" },
  { "tcp://nosuchhost.invalid:2375", "nosuchhost.invalid" },
};

START_TEST (host_without_an_engine_is_unreachable)
{
  struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  connect_to (unreachable[_i].url);
  assert_error (ask ("GET", "/x", &answer, &err), err, VPROD_ERROR_UNREACHABLE, unreachable[_i].says);
  disconnect ();
}
END_TEST

START_TEST (tls_to_a_server_without_it_is_unreachable)
{
  static const struct fake_route route = { "", 400, "Client sent an HTTP request", FAKE_RUDE, 0, 0 };
  struct fake_engine *engine = fake_engine_start (&route, 1, 1);
  struct vprod__answer answer = { 0 };
  vprod_error *err = NULL;

  assert_ok (vprod__endpoint_resolve (fake_engine_url (engine), &nowhere, &endpoint, &err), err);
  endpoint.tls = 1;
  assert_ok (vprod__client_new (&endpoint, NULL, &client, &err), err);
  assert_error (ask ("GET", "/x", &answer, &err), err, VPROD_ERROR_UNREACHABLE, "DOCKER_TLS_VERIFY");
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

/* ---- many threads ------------------------------------------------------------------------------------------- */

static void *ask_often (void *data)
{
  intptr_t wrong = 0;

  for (int i = 0; i < 50; i++) {
    _cleanup_answer_ struct vprod__answer answer = { 0 };
    char path[32];
    snprintf (path, sizeof path, i % 2 ? "/odd" : "/even");
    wrong += ask (i % 5 ? "GET" : "POST", path, &answer, NULL) != 0
             || strcmp (vprod__buf_string (&answer.body), i % 2 ? "odd" : "even") != 0;
  }
  return (void *) wrong;
}

START_TEST (threads_do_not_get_each_others_answers)
{
  static const struct fake_route routes[] = { { "GET /odd", 200, "odd", FAKE_KEEP, 0, 0 },
                                              { "GET /even", 200, "even", FAKE_KEEP, 0, 0 },
                                              { "POST /odd", 200, "odd", FAKE_KEEP, 0, 0 },
                                              { "POST /even", 200, "even", FAKE_CLOSE, 0, 0 } };
  struct fake_engine *engine = fake_engine_start (routes, 4, 0);
  pthread_t threads[4];

  connect_to (fake_engine_url (engine));
  for (size_t i = 0; i < 4; i++)
    ck_assert_int_eq (pthread_create (&threads[i], NULL, ask_often, NULL), 0);
  for (size_t i = 0; i < 4; i++) {
    void *wrong;
    pthread_join (threads[i], &wrong);
    ck_assert_ptr_null (wrong);
  }
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

START_TEST (signal_mask_and_descriptors_are_left_as_they_were)
{
  static const struct fake_route route = { "", 200, "{}", FAKE_KEEP, 0, 0 };
  struct fake_engine *engine = fake_engine_start (&route, 1, 0);
  _cleanup_answer_ struct vprod__answer answer = { 0 };
  sigset_t before, after;
  vprod_error *err = NULL;

  pthread_sigmask (SIG_BLOCK, NULL, &before);
  connect_to (fake_engine_url (engine));
  assert_ok (ask ("GET", "/x", &answer, &err), err);
  pthread_sigmask (SIG_BLOCK, NULL, &after);
  for (int signal = 1; signal < 32; signal++)
    ck_assert_int_eq (sigismember (&before, signal), sigismember (&after, signal));
  for (int fd = 3; fd < 256; fd++) { /* the kept connection is not given on to child processes */
    struct sockaddr_un peer;
    socklen_t size = sizeof peer;
    if (getpeername (fd, (struct sockaddr *) &peer, &size) == 0 && size > sizeof (sa_family_t)
        && peer.sun_family == AF_UNIX && strcmp (peer.sun_path, endpoint.socket_path) == 0)
      ck_assert_int_ne (fcntl (fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  disconnect ();
  fake_engine_stop (engine);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("http_client");
  TCase *tc = tcase_create ("http_client");

  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, what_is_no_answer_is_the_engines_fault, 0, sizeof bad / sizeof bad[0]);
  tcase_add_loop_test (tc, answers_are_kept_whatever_their_status, 0, 2);
  tcase_add_test (tc, connection_is_used_again);
  tcase_add_loop_test (tc, request_on_a_connection_gone_stale_is_sent_again, 0, 4);
  tcase_add_test (tc, what_makes_something_is_sent_once);
  tcase_add_test (tc, body_of_a_failure_is_bounded);
  tcase_add_test (tc, answer_without_end_is_given_up);
  tcase_add_test (tc, body_is_streamed_until_no_more_is_wanted);
  tcase_add_loop_test (tc, silence_ends_at_the_deadline, 0, 2);
  tcase_add_loop_test (tc, silence_ends_when_cancelled, 0, 2);
  tcase_add_test (tc, missing_socket_is_named_with_what_to_do);
  tcase_add_loop_test (tc, too_few_descriptors_are_no_missing_engine, 0, sizeof engines / sizeof engines[0]);
  tcase_add_test (tc, machine_without_descriptors_is_no_missing_engine);
  tcase_add_test (tc, socket_without_a_listener_is_told_from_a_missing_one);
  tcase_add_test (tc, socket_of_others_names_the_group);
  tcase_add_loop_test (tc, host_without_an_engine_is_unreachable, 0, sizeof unreachable / sizeof unreachable[0]);
  tcase_add_test (tc, tls_to_a_server_without_it_is_unreachable);
  tcase_add_test (tc, threads_do_not_get_each_others_answers);
  tcase_add_test (tc, signal_mask_and_descriptors_are_left_as_they_were);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
