/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "session/log.h"
#include "util/clock.h"

static char started[] = "Started server";
static char complete[] = "startup complete";
static char *const patterns[] = { started, complete, NULL };

static struct vprod__log *new_log (void)
{
  struct vprod__log *log = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__log_new (patterns, &log, &err), err);
  return log;
}

static void write_out (struct vprod__log *log, const char *text)
{
  ck_assert_int_eq (vprod__log_output (log, VPROD_STREAM_STDOUT, text, strlen (text)), 0);
}

static const struct {
  const char *text;
  int seen;
} lines[] = {
  { "INFO Started server on 8000\n", 1 },
  { "Started server", 1 },                            /* without a newline */
  { "\033[32mStarted\033[0m \033[1mserver\033[0m", 1 }, /* coloured */
  { "\033[1mStarted\033(B\033[m server\033(B", 1 },        /* as `tput sgr0` ends it */
  { "Started \033\033[32mserver", 1 },
  { "\033XStarted server\033\\", 0 },
  { "\xff\xfe\x01 Started server\x02", 1 },           /* among binary */
  { "\033]0;Started server\007", 0 },                 /* a window title is no line */
  { "\033[31\nStarted server", 1 },                   /* after a sequence that was broken off */
  { "Started Server", 0 },
  { "Started  server", 0 },
  { "", 0 },
};

START_TEST (finds_a_pattern_wherever_output_is_cut)
{
  size_t length = strlen (lines[_i].text);

  for (size_t cut = 0; cut <= length; cut++) {
    struct vprod__log *log = new_log ();
    vprod__log_output (log, VPROD_STREAM_STDOUT, lines[_i].text, cut);
    vprod__log_output (log, VPROD_STREAM_STDERR, "noise", 5);
    vprod__log_output (log, VPROD_STREAM_STDOUT, lines[_i].text + cut, length - cut);
    ck_assert_msg (vprod__log_has_pattern (log, 0, 0) == lines[_i].seen, "line %d cut at %zu", _i, cut);
    ck_assert_int_eq (vprod__log_has_pattern (log, 0, VPROD_STREAM_STDERR), 0);
    ck_assert_int_eq (vprod__log_has_pattern (log, 1, 0), 0);
    vprod__log_free (log);
  }
}
END_TEST

START_TEST (streams_do_not_make_a_pattern_together)
{
  struct vprod__log *log = new_log ();

  vprod__log_output (log, VPROD_STREAM_STDOUT, "Started ", 8);
  vprod__log_output (log, VPROD_STREAM_STDERR, "server", 6);
  ck_assert_int_eq (vprod__log_has_pattern (log, 0, 0), 0);
  vprod__log_free (log);
}
END_TEST

START_TEST (a_hundred_megabytes_stay_bounded_and_are_searched_to_the_end)
{
  struct vprod__log *log = new_log ();
  size_t length;
  char block[65536];

  memset (block, 'x', sizeof block);
  write_out (log, "first line\n");
  for (int i = 0; i < 1600; i++)
    vprod__log_output (log, VPROD_STREAM_STDOUT, block, sizeof block);
  write_out (log, "startup complete\n");
  ck_assert_uint_eq (vprod__log_bytes (log, VPROD_STREAM_STDOUT), 1600u * sizeof block + 28);
  ck_assert_uint_eq (vprod__log_bytes (log, VPROD_STREAM_STDERR), 0);
  ck_assert_int_eq (vprod__log_has_pattern (log, 1, VPROD_STREAM_STDOUT), 1);

  char *head = vprod__log_head (log, &length);
  ck_assert_uint_le (length, 256 * 1024);
  ck_assert_int_eq (strncmp (head, "first line\n", 11), 0);
  free (head);
  char *tail = vprod__log_tail (log, &length);
  ck_assert_uint_le (length, 64 * 1024);
  ck_assert_str_eq (tail + length - 17, "startup complete\n");
  free (tail);
  vprod__log_free (log);
}
END_TEST

/* A runner whose logs come in pieces, with a pause, and which can hang until it is told to stop. */
struct talker {
  int hang;
};

static int talk (void *data, const vprod_call *call, const char *id, int follow, vprod_output_fn on_output,
                 void *output_data, vprod_error **err)
{
  const struct talker *talker = data;
  (void) id;
  ck_assert_int_eq (follow, 1);
  struct timespec pause = { .tv_nsec = 20000000 };
  on_output (output_data, VPROD_STREAM_STDOUT, "Started ", 8);
  nanosleep (&pause, NULL);
  if (on_output (output_data, VPROD_STREAM_STDOUT, "server\n", 7))
    return 0;
  while (talker->hang) {
    nanosleep (&pause, NULL);
    int fd = call->cancel_fd;
    fd_set set;
    struct timeval zero = { 0 };
    FD_ZERO (&set);
    FD_SET (fd, &set);
    if (select (fd + 1, &set, NULL, NULL, &zero) > 0)
      return vprod_error_new (err, VPROD_ERROR_CANCELLED, 0, "cancelled");
  }
  return 0;
}

static vprod_runner *new_talker (struct talker *talker)
{
  vprod_runner_ops ops = { .size = sizeof ops, .container_logs = talk };
  vprod_runner *runner = NULL;

  ck_assert_int_eq (vprod_runner_new (&ops, talker, NULL, &runner, NULL), 0);
  return runner;
}

START_TEST (follower_sees_lines_as_they_come_and_the_end)
{
  struct talker talker = { .hang = 0 };
  vprod_runner *runner = new_talker (&talker);
  struct vprod__log *log = new_log ();
  vprod_call call = { sizeof call, vprod__deadline (10000), -1 };
  vprod_error *err = NULL;

  assert_ok (vprod__log_follow (log, runner, VPROD_NO_DEADLINE, "id", &err), err);
  ck_assert_int_eq (vprod__log_wait_pattern (log, &call, 0, VPROD_STREAM_STDOUT, &err), 1);
  ck_assert_int_eq (vprod__log_wait_pattern (log, &call, 1, 0, &err), 0); /* ends with the output, not the deadline */
  assert_ok (vprod__log_wait_end (log, &call, &err), err);
  ck_assert_ptr_null (vprod__log_error (log));
  vprod__log_free (log);
  vprod_runner_free (runner);
}
END_TEST

START_TEST (stop_ends_a_follower_that_hangs)
{
  struct talker talker = { .hang = 1 };
  vprod_runner *runner = new_talker (&talker);
  struct vprod__log *log = new_log ();
  vprod_call call = { sizeof call, vprod__deadline (100), -1 };
  vprod_error *err = NULL;

  assert_ok (vprod__log_follow (log, runner, VPROD_NO_DEADLINE, "id", &err), err);
  ck_assert_int_eq (vprod__log_wait_pattern (log, &call, 1, 0, &err), 0);
  assert_error (vprod__log_wait_end (log, &call, &err), err, VPROD_ERROR_TIMEOUT, "output");
  vprod__log_stop (log);
  ck_assert_ptr_null (vprod__log_error (log)); /* being stopped is no error */
  vprod__log_free (log);
  vprod_runner_free (runner);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("log");
  TCase *tc = tcase_create ("log");

  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, finds_a_pattern_wherever_output_is_cut, 0, sizeof lines / sizeof lines[0]);
  tcase_add_test (tc, streams_do_not_make_a_pattern_together);
  tcase_add_test (tc, a_hundred_megabytes_stay_bounded_and_are_searched_to_the_end);
  tcase_add_test (tc, follower_sees_lines_as_they_come_and_the_end);
  tcase_add_test (tc, stop_ends_a_follower_that_hangs);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
