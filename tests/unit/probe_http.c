/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/http.h"
#include "probe_server.h"
#include "util/clock.h"

/* Far above what any of it takes, far below forever. */
enum { HANG_MS = 20000, ATTEMPT_MS = 300 };

/* ---- behaviours ------------------------------------------------------------------------------------------- */

/* Reads the request, writes `data`, closes. */
static void answer (struct server *server, int fd)
{
  if (server_read (server, fd))
    server_write (server, fd, server->data, server->length ? server->length : strlen (server->data));
  shutdown (fd, 1);
}

static void answer_and_stay (struct server *server, int fd)
{
  if (server_read (server, fd) && server_write (server, fd, server->data, strlen (server->data)))
    server_sleep (server, fd, HANG_MS);
}

static void close_at_once (struct server *server, int fd)
{
  server_read (server, fd);
}

static void reset (struct server *server, int fd)
{
  struct linger now = { .l_onoff = 1 };

  if (server_read (server, fd))
    setsockopt (fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void silence (struct server *server, int fd)
{
  server_sleep (server, fd, HANG_MS);
}

static void byte_by_byte (struct server *server, int fd)
{
  static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";

  if (!server_read (server, fd))
    return;
  for (size_t i = 0; server_write (server, fd, i < sizeof text - 1 ? text + i : "x", 1); i++)
    if (!server_sleep (server, fd, 20))
      return;
}

static void endless_headers (struct server *server, int fd)
{
  if (server_read (server, fd) && server_write (server, fd, "HTTP/1.1 200 OK\r\n", 17))
    while (server_write (server, fd, "X-More: and more and more\r\n", 27))
      ;
}

static void endless_line (struct server *server, int fd)
{
  char piece[4096];

  memset (piece, 'x', sizeof piece);
  if (server_read (server, fd) && server_write (server, fd, "HTTP/1.1 200 OK\r\nX-Long: ", 25))
    while (server_write (server, fd, piece, sizeof piece))
      ;
}

static void endless_hints (struct server *server, int fd)
{
  if (server_read (server, fd))
    while (server_write (server, fd, "HTTP/1.1 103 Early Hints\r\n\r\n", 28))
      ;
}

static void endless_body (struct server *server, int fd)
{
  char piece[4096];

  memset (piece, 'b', sizeof piece);
  if (server_read (server, fd) && server_write (server, fd, "HTTP/1.1 200 OK\r\n\r\n", 19))
    while (server_write (server, fd, piece, sizeof piece))
      ;
}

struct bits {
  unsigned char bytes[13]; /* 8 of the pieces below */
  size_t count;
};

/* Huffman codes begin with their highest bit, bytes are filled from the lowest. */
static void add_bits (struct bits *bits, const char *code)
{
  for (; *code; code++, bits->count++)
    bits->bytes[bits->count / 8] |= (unsigned char) ((*code == '1') << bits->count % 8);
}

/* A literal 'b', then without end: 258 bytes like the one before, in 13 bits. RFC 1951, 3.2.6. */
static void endless_gzip (struct server *server, int fd)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03";
  struct bits first = { 0 }, more = { 0 };

  /* 24 bits: a block that is not the last, the literal, a first match */
  add_bits (&first, "010" "10010010" "11000101" "00000");
  for (int i = 0; i < 8; i++)
    add_bits (&more, "11000101" "00000");
  if (server_read (server, fd) && server_write (server, fd, head, sizeof head - 1)
      && server_write (server, fd, first.bytes, 3))
    while (server_write (server, fd, more.bytes, sizeof more.bytes))
      ;
}

static void endless_garbage (struct server *server, int fd)
{
  while (server_write (server, fd, "\001\002\003garbage garbage garbage", 26))
    ;
}

/* Speaks first, and waits. */
static void banner (struct server *server, int fd)
{
  if (server_write (server, fd, server->data, strlen (server->data)))
    server_sleep (server, fd, HANG_MS);
}

/* SETTINGS; to who begins with the preface also 200: HEADERS that end stream 1. RFC 9113. */
static void http2 (struct server *server, int fd)
{
  if (!server_read (server, fd) || !server_write (server, fd, "\0\0\0\4\0\0\0\0\0", 9))
    return;
  if (strncmp (server->received, "PRI * HTTP/2.0", 14) == 0)
    server_write (server, fd, "\0\0\1\1\5\0\0\0\1\x88", 10);
  server_sleep (server, fd, HANG_MS);
}

/* ---- each gives its outcome ------------------------------------------------------------------------------- */

static const struct {
  const char *what;
  void (*serve) (struct server *server, int fd);
  const char *text;
  enum vprod__http_outcome outcome;
  int status;
  const char *body;
  const char *error; /* part of it */
} attempts[] = {
  { "good", answer_and_stay, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", VPROD__HTTP_ANSWERED, 200, "ok",
    "" },
  { "empty", answer, "HTTP/1.1 204 No Content\r\n\r\n", VPROD__HTTP_ANSWERED, 204, "", "" },
  { "chunks", answer_and_stay,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n",
    VPROD__HTTP_ANSWERED, 200, "ok!", "" },
  { "hints first", answer, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    VPROD__HTTP_ANSWERED, 200, "x", "" },
  { "error page", answer, "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\ndown", VPROD__HTTP_ANSWERED, 503, "down",
    "" },
  { "HTTP/1.0", answer, "HTTP/1.0 200 OK\r\n\r\nold", VPROD__HTTP_ANSWERED, 200, "old", "" },
  { "strange status", answer, "HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", VPROD__HTTP_ANSWERED, 799, "", "" },
  { "closes", close_at_once, NULL, VPROD__HTTP_RESET, 0, "", "Empty reply" },
  { "resets", reset, NULL, VPROD__HTTP_RESET, 0, "", "reset" },
  { "cut body", answer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", VPROD__HTTP_RESET, 200, "ok", "" },
  { "cut chunk", answer,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok", VPROD__HTTP_RESET, 200, "ok", "" },
  { "silent", silence, NULL, VPROD__HTTP_SLOW, 0, "", "connected, but no answer within 300 ms" },
  { "drips", byte_by_byte, NULL, VPROD__HTTP_SLOW, -1, "", "within 300 ms" },
  { "stops in the body", answer_and_stay,
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", VPROD__HTTP_SLOW, 200, "ok",
    "an answer began, but did not end within 300 ms" },
  { "endless headers", endless_headers, NULL, VPROD__HTTP_GARBLED, -1, "", "its headers do not end" },
  { "endless header line", endless_line, NULL, VPROD__HTTP_GARBLED, -1, "", "its headers do not end" },
  { "endless hints", endless_hints, NULL, VPROD__HTTP_GARBLED, -1, "", "its headers do not end" },
  { "garbage", answer, "SSH-2.0-OpenSSH_9.2\r\n", VPROD__HTTP_GARBLED, 0, "",
    "it begins with \"SSH-2.0-OpenSSH_9.2\"" },
  { "a banner, and silence", banner, "220 mail\r\n", VPROD__HTTP_GARBLED, 0, "", "it begins with \"220 mail\"" },
  { "endless garbage", endless_garbage, NULL, VPROD__HTTP_GARBLED, 0, "", "it begins with \"\\x01\\x02\\x03garbage" },
  { "bad chunk", answer_and_stay,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n", VPROD__HTTP_GARBLED, 200,
    "", "" },
  { "TLS alert", answer, "\x15\x03\x01\x00\x02\x02\x46", VPROD__HTTP_GARBLED, 0, "",
    "it begins with \"\\x15\\x03\\x01\"" },
};

static vprod_call unbounded (void)
{
  return (vprod_call) { .size = sizeof (vprod_call), .deadline_ms = vprod__deadline (HANG_MS), .cancel_fd = -1 };
}

static void get (int port, const char *path, int64_t attempt_ms, struct vprod__http_answer *ret)
{
  struct vprod__http *http = NULL;
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  char url[256];

  snprintf (url, sizeof url, "http://127.0.0.1:%d%s", port, path);
  assert_ok (vprod__http_new (&http, &err), err);
  assert_ok (vprod__http_get (http, &call, url, attempt_ms, ret, &err), err);
  vprod__http_free (http);
}

START_TEST (tells_what_a_server_did)
{
  struct server server = { .serve = attempts[_i].serve, .data = attempts[_i].text };
  struct vprod__http_answer answer = { 0 };
  const char *what = attempts[_i].what;

  server_start (&server);
  /* those that should not run into the attempt's time get plenty of it */
  get (server.port, "/health", attempts[_i].outcome == VPROD__HTTP_SLOW ? ATTEMPT_MS : HANG_MS, &answer);
  server_end (&server);
  ck_assert_msg (answer.outcome == attempts[_i].outcome, "%s: outcome %d: %s", what, answer.outcome, answer.error);
  ck_assert_msg (attempts[_i].status < 0 || answer.status == attempts[_i].status, "%s: status %d", what,
                 answer.status);
  ck_assert_msg (strcmp (answer.body, attempts[_i].body) == 0, "%s: body %s", what, answer.body);
  ck_assert_uint_eq (answer.body_length, strlen (answer.body));
  ck_assert_msg (strstr (answer.error, attempts[_i].error) != NULL, "%s: error %s", what, answer.error);
  ck_assert_msg ((answer.outcome == VPROD__HTTP_ANSWERED) == (*answer.error == '\0'), "%s: error %s", what,
                 answer.error);
  ck_assert_ptr_null (answer.location);
  vprod__http_answer_clear (&answer);
}
END_TEST

START_TEST (nobody_there_is_refused)
{
  struct vprod__http_answer answer = { 0 };

  get (free_port (), "/", HANG_MS, &answer);
  ck_assert_int_eq (answer.outcome, VPROD__HTTP_REFUSED);
  ck_assert_str_ne (answer.error, "");
  ck_assert_str_eq (answer.body, "");
  vprod__http_answer_clear (&answer);
}
END_TEST

START_TEST (keeps_the_first_bytes_of_what_is_no_http)
{
  static const char alert[] = "\x15\x03\x03\0\2\2\x0a";
  struct server server = { .serve = answer, .data = alert, .length = sizeof alert - 1 };
  struct vprod__http_answer answer = { 0 };

  server_start (&server);
  get (server.port, "/", HANG_MS, &answer);
  server_end (&server);
  ck_assert_int_eq (answer.outcome, VPROD__HTTP_GARBLED);
  ck_assert_uint_eq (answer.first_length, sizeof alert - 1);
  ck_assert_mem_eq (answer.first, alert, sizeof alert - 1);
  ck_assert_str_eq (answer.error, "it begins with \"\\x15\\x03\\x03\\x00\\x02\\x02\"");
  vprod__http_answer_clear (&answer);
}
END_TEST

static void ask (const char *scheme, int port, const char *header, int http2, struct vprod__http_answer *ret)
{
  struct vprod__http *http = NULL;
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  char url[80];
  struct vprod__http_request request = { .url = url, .header = header, .http2 = http2 };

  snprintf (url, sizeof url, "%s://127.0.0.1:%d/up", scheme, port);
  assert_ok (vprod__http_new (&http, &err), err);
  assert_ok (vprod__http_ask (http, &call, &request, HANG_MS, ret, &err), err);
  vprod__http_free (http);
}

START_TEST (another_header_may_be_sent_or_another_host)
{
  static const char *const headers[] = { "X-Forwarded-Proto: https", "Host: shop.example.org" };
  struct server server = { .serve = answer, .data = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };
  struct vprod__http_answer answer = { 0 };

  server_start (&server);
  ask ("http", server.port, headers[_i], 0, &answer);
  server_end (&server);
  ck_assert_int_eq (answer.outcome, VPROD__HTTP_ANSWERED);
  ck_assert_ptr_nonnull (strstr (server.received, headers[_i]));
  ck_assert_ptr_null (strstr (server.received, "Accept-Encoding"));
  ck_assert ((strstr (server.received, "Host: 127.0.0.1") == NULL) == (_i == 1));
  vprod__http_answer_clear (&answer);
}
END_TEST

START_TEST (http2_is_told_by_its_first_frame_and_asked_with_prior_knowledge)
{
  struct server server = { .serve = http2 };
  struct vprod__http_answer first = { 0 }, second = { 0 };

  server_start (&server);
  get (server.port, "/", HANG_MS, &first);
  ask ("http", server.port, NULL, 1, &second);
  server_end (&server);
  ck_assert_int_eq (first.outcome, VPROD__HTTP_GARBLED);
  ck_assert_mem_eq (first.first, "\0\0\0\4\0\0\0\0\0", 9);
  if (second.outcome != VPROD__HTTP_UNREACHABLE) /* a libcurl without HTTP/2 */
    ck_assert_int_eq (second.status, 200);
  vprod__http_answer_clear (&first);
  vprod__http_answer_clear (&second);
}
END_TEST

START_TEST (what_speaks_no_tls_is_not_asked_by_https)
{
  struct server server = { .serve = answer, .data = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" };
  struct vprod__http_answer answer = { 0 };

  server_start (&server);
  ask ("https", server.port, NULL, 0, &answer);
  server_end (&server);
  ck_assert_int_ne (answer.outcome, VPROD__HTTP_ANSWERED);
  vprod__http_answer_clear (&answer);
}
END_TEST

/* ---- a real server for TLS -------------------------------------------------------------------------------- */

static int run_openssl (const char *const argv[], pid_t *ret_pid)
{
  posix_spawn_file_actions_t actions;

  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addopen (&actions, 1, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addopen (&actions, 2, "/dev/null", O_RDWR, 0);
  int r = posix_spawnp (ret_pid, "openssl", &actions, NULL, (char *const *) (uintptr_t) argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  return r;
}

/* 0, or 1 where there is no openssl program. */
static int start_tls (const char *dir, int port, pid_t *ret_pid)
{
  char key[256], cert[256], address[32];
  const char *make[] = { "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj",
                   "/CN=verify", "-days", "2", NULL };
  const char *serve[] = { "openssl", "s_server", "-accept", address, "-www", "-key", key, "-cert", cert, NULL };
  int status;

  snprintf (key, sizeof key, "%s/key.pem", dir);
  snprintf (cert, sizeof cert, "%s/cert.pem", dir);
  snprintf (address, sizeof address, "127.0.0.1:%d", port);
  if (run_openssl (make, ret_pid) != 0 || waitpid (*ret_pid, &status, 0) != *ret_pid || status != 0)
    return 1;
  return run_openssl (serve, ret_pid) != 0;
}

START_TEST (a_tls_server_closes_on_plain_http_and_answers_by_https)
{
  char *dir = unit_temp_dir ();
  int port = free_port ();
  struct vprod__http_answer answer = { 0 };
  pid_t pid;

  if (start_tls (dir, port, &pid) == 0) {
    int64_t end = vprod__deadline (HANG_MS);
    do { /* until it is up */
      vprod__http_answer_clear (&answer);
      usleep (20000);
      ask ("https", port, NULL, 0, &answer);
    } while (answer.outcome != VPROD__HTTP_ANSWERED && vprod__now_ms () < end);
    ck_assert_int_eq (answer.outcome, VPROD__HTTP_ANSWERED);
    ck_assert_int_eq (answer.status, 200);
    vprod__http_answer_clear (&answer);
    get (port, "/", HANG_MS, &answer);
    ck_assert_int_ne (answer.outcome, VPROD__HTTP_ANSWERED);
    vprod__http_answer_clear (&answer);
    kill (pid, SIGKILL);
    waitpid (pid, NULL, 0);
  }
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

static const char *const hopeless[] = { "http://name.invalid/", "ftp://127.0.0.1/", "file:///etc/passwd",
                                         "no url at all" };

START_TEST (what_cannot_be_reached_is_not_the_apps_fault)
{
  struct vprod__http *http = NULL;
  struct vprod__http_answer answer = { 0 };
  vprod_error *err = NULL;
  vprod_call call = unbounded ();

  assert_ok (vprod__http_new (&http, &err), err);
  assert_ok (vprod__http_get (http, &call, hopeless[_i], HANG_MS, &answer, &err), err);
  ck_assert_int_eq (answer.outcome, VPROD__HTTP_UNREACHABLE);
  ck_assert_str_ne (answer.error, "");
  vprod__http_answer_clear (&answer);
  vprod__http_free (http);
}
END_TEST

START_TEST (too_few_descriptors_say_nothing_of_the_app)
{
  struct vprod__http *http = NULL;
  struct vprod__http_answer answer = { 0 };
  vprod_error *err = NULL;
  vprod_call call = unbounded ();

  assert_ok (vprod__http_new (&http, &err), err);
  unit_take_descriptors ();
  int r = vprod__http_get (http, &call, "http://127.0.0.1:1/", HANG_MS, &answer, &err);
  unit_give_descriptors ();
  assert_error (r, err, VPROD_ERROR_IO, "too few file descriptors");
  vprod__http_free (http);
}
END_TEST

START_TEST (redirect_is_told_not_followed)
{
  struct server server = { .serve = answer,
                           .data = "HTTP/1.1 302 Found\r\nLocation: /login?x=1\r\nContent-Length: 0\r\n\r\n" };
  struct vprod__http_answer answer = { 0 };
  char wanted[80];

  server_start (&server);
  get (server.port, "/health", HANG_MS, &answer);
  server_end (&server);
  snprintf (wanted, sizeof wanted, "http://127.0.0.1:%d/login?x=1", server.port);
  ck_assert_int_eq (answer.outcome, VPROD__HTTP_ANSWERED);
  ck_assert_int_eq (answer.status, 302);
  ck_assert_str_eq (answer.location, wanted);
  ck_assert_int_eq (server.connections, 1);
  vprod__http_answer_clear (&answer);
}
END_TEST

START_TEST (huge_body_is_cut_and_still_an_answer)
{
  struct server server = { .serve = _i == 0 ? endless_body : endless_gzip };
  struct vprod__http_answer answer = { 0 };

  server_start (&server);
  get (server.port, "/", HANG_MS, &answer);
  server_end (&server);
  ck_assert_int_eq (answer.outcome, VPROD__HTTP_ANSWERED);
  ck_assert_int_eq (answer.status, 200);
  ck_assert_uint_eq (answer.body_length, 65536);
  ck_assert_uint_eq (strspn (answer.body, "b"), 65536);
  vprod__http_answer_clear (&answer);
}
END_TEST

START_TEST (body_may_hold_nul_bytes)
{
  static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b";
  struct server server = { .serve = answer, .data = text, .length = sizeof text - 1 };
  struct vprod__http_answer answer = { 0 };

  server_start (&server);
  get (server.port, "/", HANG_MS, &answer);
  server_end (&server);
  ck_assert_uint_eq (answer.body_length, 3);
  ck_assert_int_eq (memcmp (answer.body, "a\0b", 4), 0);
  vprod__http_answer_clear (&answer);
}
END_TEST

#define HEAD(coding) "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: " coding "\r\n\r\n"
#define GZIP_OK "\037\213\010\000\000\000\000\000\002\003\313\317\006\000\107\335\334\171\002\000\000\000"
#define TEXT(text) text, sizeof (text) - 1

static const struct {
  const char *text;
  size_t length;
  const char *body;
} codings[] = {
  { TEXT (HEAD ("gzip") GZIP_OK), "ok" },
  { TEXT (HEAD ("x-gzip") GZIP_OK), "ok" },
  { TEXT (HEAD ("identity") "ok"), "ok" },
  { TEXT ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"), "" },
  { TEXT ("HTTP/1.1 204 No\r\nContent-Encoding: gzip\r\n\r\n"), "" },
  /* no coding that libcurl knows, and not what it says: as it is */
  { TEXT (HEAD ("utf-8") "ok"), "ok" },
  { TEXT (HEAD ("gzip") "not so"), "not so" },
};

START_TEST (a_body_that_was_compressed_unasked_is_decoded)
{
  struct server server = { .serve = answer, .data = codings[_i].text, .length = codings[_i].length };
  struct vprod__http_answer answer = { 0 };

  server_start (&server);
  get (server.port, "/", HANG_MS, &answer);
  server_end (&server);
  ck_assert_msg (answer.outcome == VPROD__HTTP_ANSWERED, "outcome %d: %s", answer.outcome, answer.error);
  ck_assert_str_eq (answer.body, codings[_i].body);
  ck_assert_ptr_null (strstr (server.received, "Accept-Encoding"));
  vprod__http_answer_clear (&answer);
}
END_TEST

START_TEST (asks_plainly_and_anew_each_time_whatever_the_environment_says)
{
  struct server server = { .serve = answer_and_stay, .data = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };
  struct vprod__http *http = NULL;
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  char url[80];

  setenv ("http_proxy", "http://127.0.0.1:1/", 1);
  setenv ("ALL_PROXY", "http://127.0.0.1:1/", 1);
  server_start (&server);
  snprintf (url, sizeof url, "http://127.0.0.1:%d/a?b=c", server.port);
  assert_ok (vprod__http_new (&http, &err), err);
  for (int i = 0; i < 3; i++) {
    struct vprod__http_answer answer = { 0 };
    assert_ok (vprod__http_get (http, &call, url, HANG_MS, &answer, &err), err);
    ck_assert_int_eq (answer.outcome, VPROD__HTTP_ANSWERED);
    vprod__http_answer_clear (&answer);
  }
  vprod__http_free (http);
  server_end (&server);
  unsetenv ("http_proxy");
  unsetenv ("ALL_PROXY");
  ck_assert_int_eq (server.connections, 3);
  ck_assert_int_eq (strncmp (server.received, "GET /a?b=c HTTP/1.1\r\n", 21), 0);
  ck_assert_ptr_nonnull (strstr (server.received, "User-Agent: verify-prod/"));
}
END_TEST

/* ---- giving up -------------------------------------------------------------------------------------------- */

START_TEST (ends_at_the_calls_deadline)
{
  struct server server = { .serve = silence };
  struct vprod__http *http = NULL;
  struct vprod__http_answer answer = { 0 };
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  char url[80];

  server_start (&server);
  snprintf (url, sizeof url, "http://127.0.0.1:%d/", server.port);
  assert_ok (vprod__http_new (&http, &err), err);
  call.deadline_ms = vprod__deadline (100);
  assert_error (vprod__http_get (http, &call, url, HANG_MS, &answer, &err), err, VPROD_ERROR_TIMEOUT, url);
  ck_assert_ptr_null (answer.body);
  vprod__http_free (http);
  server_end (&server);
}
END_TEST

static void *write_later (void *data)
{
  usleep (100000);
  ck_assert_int_eq (write (*(int *) data, "", 1), 1);
  return NULL;
}

static void (*const slow_ones[]) (struct server *server, int fd) = { silence, byte_by_byte };

START_TEST (ends_when_cancelled)
{
  struct server server = { .serve = slow_ones[_i] };
  struct vprod__http *http = NULL;
  struct vprod__http_answer answer = { 0 };
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  pthread_t thread;
  char url[80];
  int fds[2];

  ck_assert_int_eq (pipe (fds), 0);
  server_start (&server);
  snprintf (url, sizeof url, "http://127.0.0.1:%d/", server.port);
  assert_ok (vprod__http_new (&http, &err), err);
  call.cancel_fd = fds[0];
  ck_assert_int_eq (pthread_create (&thread, NULL, write_later, &fds[1]), 0);
  assert_error (vprod__http_get (http, &call, url, HANG_MS, &answer, &err), err, VPROD_ERROR_CANCELLED, url);
  pthread_join (thread, NULL);
  /* it stays readable: the next is cancelled, too; and the prober goes on working once it is not */
  assert_error (vprod__http_get (http, &call, url, HANG_MS, &answer, &err), err, VPROD_ERROR_CANCELLED, url);
  call.cancel_fd = -1;
  assert_ok (vprod__http_get (http, &call, url, 50, &answer, &err), err);
  ck_assert_int_eq (answer.outcome, VPROD__HTTP_SLOW);
  vprod__http_answer_clear (&answer);
  vprod__http_free (http);
  server_end (&server);
  close (fds[0]);
  close (fds[1]);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("probe_http");
  TCase *tc = tcase_create ("probe_http");

  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, tells_what_a_server_did, 0, sizeof attempts / sizeof attempts[0]);
  tcase_add_test (tc, keeps_the_first_bytes_of_what_is_no_http);
  tcase_add_loop_test (tc, another_header_may_be_sent_or_another_host, 0, 2);
  tcase_add_test (tc, http2_is_told_by_its_first_frame_and_asked_with_prior_knowledge);
  tcase_add_test (tc, what_speaks_no_tls_is_not_asked_by_https);
  tcase_add_test (tc, a_tls_server_closes_on_plain_http_and_answers_by_https);
  tcase_add_test (tc, nobody_there_is_refused);
  tcase_add_test (tc, too_few_descriptors_say_nothing_of_the_app);
  tcase_add_loop_test (tc, what_cannot_be_reached_is_not_the_apps_fault, 0, sizeof hopeless / sizeof hopeless[0]);
  tcase_add_test (tc, redirect_is_told_not_followed);
  tcase_add_loop_test (tc, a_body_that_was_compressed_unasked_is_decoded, 0, sizeof codings / sizeof codings[0]);
  tcase_add_loop_test (tc, huge_body_is_cut_and_still_an_answer, 0, 2);
  tcase_add_test (tc, body_may_hold_nul_bytes);
  tcase_add_test (tc, asks_plainly_and_anew_each_time_whatever_the_environment_says);
  tcase_add_test (tc, ends_at_the_calls_deadline);
  tcase_add_loop_test (tc, ends_when_cancelled, 0, 2);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
