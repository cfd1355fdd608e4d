/* SPDX-License-Identifier: MIT */
/* The load, on a server that answers one connection after the other, and does otherwise once it is told to stop. */
#include "probe/load.h"
#include "probe/load_server.h"
#include "probe_server.h"
#include "unit.h"
#include "util/cancel.h"
#include "util/clock.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum how { ANSWERS, READS_AND_CLOSES, CLOSES, ANSWERS_HALF, SAYS_503, SAYS_404 };

struct subject {
  enum how before, after;
  int stopping;
};

static void serve (struct server *server, int fd)
{
  const struct subject *subject = server->data;
  enum how how = __atomic_load_n (&subject->stopping, __ATOMIC_SEQ_CST) ? subject->after : subject->before;
  struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = server->stop_read, .events = POLLIN } };
  char request[4096];

  if (poll (fds, 2, 5000) <= 0 || fds[1].revents || how == CLOSES || recv (fd, request, sizeof request, 0) <= 0
      || how == READS_AND_CLOSES)
    return;
  const char *answer = how == ANSWERS        ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                       : how == ANSWERS_HALF ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nok"
                       : how == SAYS_503     ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                             : "HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  server_write (server, fd, answer, strlen (answer));
}

static const vprod_call call = { sizeof call, VPROD_NO_DEADLINE, -1 };

static struct vprod__load *new_load (const char *url, int direct)
{
  struct vprod__load_request request = { .url = url, .rate = 100, .timeout_ms = 10000, .direct = direct };
  struct vprod__load *load;
  vprod_error *err = NULL;

  assert_ok (vprod__load_new (&request, &load, &err), err);
  return load;
}

static const struct {
  enum how after;
  int direct;
  enum vprod__load_end end;
} ends[] = {
  { ANSWERS, 1, VPROD__LOAD_RIGHT },
  { READS_AND_CLOSES, 1, VPROD__LOAD_TAKEN },
  { READS_AND_CLOSES, 0, VPROD__LOAD_RESET }, /* a proxy may have done so */
  { CLOSES, 1, VPROD__LOAD_RESET },
  { ANSWERS_HALF, 1, VPROD__LOAD_CUT },
  { SAYS_503, 1, VPROD__LOAD_WRONG },
};

START_TEST (tells_what_became_of_each_request)
{
  struct subject subject = { .after = ends[_i].after };
  struct server server = { .serve = serve, .data = &subject };
  struct vprod__load_problem problem;
  vprod_error *err = NULL;
  char url[64];
  size_t seen = 0;

  server_start (&server);
  snprintf (url, sizeof url, "http://127.0.0.1:%d/", server.port);
  struct vprod__load *load = new_load (url, ends[_i].direct);
  assert_ok (vprod__load_warm (load, &call, 5000, &problem, &err), err);
  ck_assert_int_eq (problem.kind, VPROD__LOAD_FINE);
  assert_ok (vprod__load_start (load, &call, &err), err);
  vprod__load_called (load);
  __atomic_store_n (&subject.stopping, 1, __ATOMIC_SEQ_CST);
  vprod__load_sent (load);
  poll (NULL, 0, 600); /* after which nothing is asked any more */
  assert_ok (vprod__load_finish (load, &err), err);

  const struct vprod__load_report *report = vprod__load_report (load);
  ck_assert_int_gt (report->before, 50);
  ck_assert_int_eq (report->at_once, VPROD__LOAD_AT_ONCE);
  ck_assert_int_eq (report->spoiled, 0);
  ck_assert_uint_gt (report->n_shots, 0);
  for (size_t i = 0; i < report->n_shots; i++) {
    const struct vprod__load_shot *shot = &report->shots[i];
    ck_assert_msg (shot->end == VPROD__LOAD_RIGHT || shot->end == ends[_i].end, "%d: %s", shot->end, shot->words);
    ck_assert_int_gt (shot->sent_ms, 0);
    seen += shot->end == ends[_i].end;
  }
  ck_assert_uint_gt (seen, 0);
  vprod__load_free (load);
  server_end (&server);
}
END_TEST

START_TEST (tells_of_a_path_that_is_not_right_to_begin_with)
{
  struct subject subject = { .before = SAYS_404 };
  struct server server = { .serve = serve, .data = &subject };
  struct vprod__load_problem problem;
  vprod_error *err = NULL;
  char url[64];

  server_start (&server);
  snprintf (url, sizeof url, "http://127.0.0.1:%d/", server.port);
  struct vprod__load *load = new_load (url, 1);
  assert_ok (vprod__load_warm (load, &call, 5000, &problem, &err), err);
  ck_assert_int_eq (problem.kind, VPROD__LOAD_BAD_IN_QUIET);
  ck_assert_int_eq (problem.shot.end, VPROD__LOAD_WRONG);
  ck_assert_int_eq (problem.shot.status, 404);
  vprod__load_free (load);
  server_end (&server);

  snprintf (url, sizeof url, "http://127.0.0.1:%d/", free_port ());
  load = new_load (url, 1);
  assert_ok (vprod__load_warm (load, &call, 5000, &problem, &err), err);
  ck_assert_int_eq (problem.kind, VPROD__LOAD_BAD_IN_QUIET);
  ck_assert_int_eq (problem.shot.end, VPROD__LOAD_REFUSED);
  ck_assert_int_eq (problem.shot.sent_ms, 0);
  vprod__load_free (load);
}
END_TEST

START_TEST (ends_on_cancel)
{
  struct subject subject = { 0 };
  struct server server = { .serve = serve, .data = &subject };
  struct vprod__load_problem problem;
  struct vprod__cancel cancel;
  vprod_error *err = NULL;
  char url[64];

  server_start (&server);
  snprintf (url, sizeof url, "http://127.0.0.1:%d/", server.port);
  assert_ok (vprod__cancel_init (&cancel, &err), err);
  vprod__cancel_set (&cancel);
  struct vprod__load *load = new_load (url, 1);
  vprod_call cancelled = { sizeof cancelled, VPROD_NO_DEADLINE, cancel.read_fd };
  assert_error (vprod__load_warm (load, &cancelled, 5000, &problem, &err), err, VPROD_ERROR_CANCELLED, "");
  vprod__load_free (load);
  vprod__cancel_end (&cancel);
  server_end (&server);
}
END_TEST

START_TEST (sees_whether_the_server_ends)
{
  pid_t child = fork ();
  siginfo_t info;

  if (child == 0)
    _exit (0);
  ck_assert_int_gt (child, 0);
  ck_assert_int_eq (waitid (P_PID, (id_t) child, &info, WEXITED | WNOWAIT), 0); /* a zombie now */
  ck_assert_int_eq (vprod__load_server_ends ("/proc", child), 1);
  ck_assert_int_eq (waitpid (child, NULL, 0), child);
  ck_assert_int_eq (vprod__load_server_ends ("/proc", child), 1);
  ck_assert_int_eq (vprod__load_server_ends ("/proc", getpid ()), 0);
  ck_assert_int_eq (vprod__load_server_ends ("/proc", 0), -1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("probe_load");
  TCase *tcase = tcase_create ("load");

  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, tells_what_became_of_each_request, 0, (int) (sizeof ends / sizeof ends[0]));
  tcase_add_test (tcase, tells_of_a_path_that_is_not_right_to_begin_with);
  tcase_add_test (tcase, ends_on_cancel);
  tcase_add_test (tcase, sees_whether_the_server_ends);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
