/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/orphans.h"
#include "util/spawn.h"

#define HANG_MS 60000 /* nothing here takes that long */

struct seen {
  struct vprod__buf out, err;
  size_t stop_after; /* bytes; 0: never */
};

static int see (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct seen *seen = data;
  struct vprod__buf *buf = stream == VPROD_STREAM_STDOUT ? &seen->out : &seen->err;

  ck_assert_int_eq (vprod__buf_add (buf, bytes, length), 0);
  return seen->stop_after && buf->length >= seen->stop_after;
}

static void seen_clear (struct seen *seen)
{
  vprod__buf_clear (&seen->out);
  vprod__buf_clear (&seen->err);
}

static const char *const no_env[] = { "PATH=/usr/bin:/bin", NULL };

/* Runs a shell script as any program is run. */
static int run_script (const char *script, const vprod_call *call, struct seen *seen, struct vprod__spawn_end *end,
                       vprod_error **err)
{
  const char *const argv[] = { "sh", "-c", script, NULL };
  const vprod_call never = { sizeof never, vprod__deadline (HANG_MS), -1 };
  const struct vprod__spawn what = { .path = "/bin/sh", .argv = argv, .envp = no_env, .on_output = seen ? see
                                     : NULL,
                                     .data = seen, .grace_ms = 300 };

  return vprod__spawn_run (call ? call : &never, &what, end, err);
}

static int count_fds (void)
{
  DIR *dir = opendir ("/proc/self/fd");
  int n = 0;

  ck_assert_ptr_nonnull (dir);
  while (readdir (dir))
    n++;
  closedir (dir);
  return n;
}

/* Is the process whose id the script printed gone (or a zombie that waits for init)? */
static int is_gone (const char *pid)
{
  char path[64], line[256] = "";

  for (int i = 0; i < 200; i++) {
    snprintf (path, sizeof path, "/proc/%d/stat", atoi (pid));
    FILE *stat = fopen (path, "r");
    if (!stat)
      return 1;
    char *got = fgets (line, sizeof line, stat);
    fclose (stat);
    if (!got || strstr (line, ") Z "))
      return 1;
    usleep (10000);
  }
  return 0;
}

static const struct {
  const char *script;
  int exit_code, signal;
  const char *out, *err;
} ends[] = {
  { "exit 0", 0, 0, "", "" },
  { "echo out; echo err >&2; exit 7", 7, 0, "out\n", "err\n" },
  { "kill -9 $$", -1, SIGKILL, "", "" },
  { "cat; echo read to the end", 0, 0, "read to the end\n", "" },
  { "env", 0, 0, "PATH=/usr/bin:/bin\nPWD=", "" },
};

START_TEST (tells_streams_and_end_apart)
{
  struct seen seen = { .stop_after = 0 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_ok (run_script (ends[_i].script, NULL, &seen, &end, &err), err);
  ck_assert_int_eq (end.known, 1);
  ck_assert_int_eq (end.exit_code, ends[_i].exit_code);
  ck_assert_int_eq (end.signal, ends[_i].signal);
  ck_assert_int_eq (end.stopped, 0);
  if (strcmp (ends[_i].script, "env") == 0) /* order and PWD are the shell's */
    ck_assert_ptr_nonnull (strstr (vprod__buf_string (&seen.out), "PATH=/usr/bin:/bin\n"));
  else
    ck_assert_str_eq (vprod__buf_string (&seen.out), ends[_i].out);
  ck_assert_str_eq (vprod__buf_string (&seen.err), ends[_i].err);
  seen_clear (&seen);
}
END_TEST

START_TEST (environment_is_the_given_one_alone)
{
  const char *const argv[] = { "env", NULL }, *const envp[] = { "A=1", "B=two words", NULL };
  const vprod_call call = { sizeof call, vprod__deadline (HANG_MS), -1 };
  struct seen seen = { .stop_after = 0 };
  const struct vprod__spawn what = { .path = "/usr/bin/env", .argv = argv, .envp = envp, .on_output = see,
                                     .data = &seen };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_ok (vprod__spawn_run (&call, &what, &end, &err), err);
  /* and the mark that says whose child it is */
  const char *mark = strstr (vprod__buf_string (&seen.out), VPROD__CHILD_MARK "=p");
  ck_assert_ptr_nonnull (mark);
  ck_assert_int_eq (strncmp (vprod__buf_string (&seen.out), "A=1\nB=two words\n" VPROD__CHILD_MARK, 16), 0);
  ck_assert_str_eq (mark + strcspn (mark, ":"), ":env\n");
  seen_clear (&seen);
}
END_TEST

START_TEST (merged_streams_keep_the_order_of_writing)
{
  const char *const argv[] = { "sh", "-c", "echo 1; echo 2 >&2; echo 3; echo 4 >&2", NULL };
  const vprod_call call = { sizeof call, vprod__deadline (HANG_MS), -1 };
  struct seen seen = { .stop_after = 0 };
  const struct vprod__spawn what = { .path = "/bin/sh", .argv = argv, .envp = no_env, .merge = 1, .on_output = see,
                                     .data = &seen };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_ok (vprod__spawn_run (&call, &what, &end, &err), err);
  ck_assert_str_eq (vprod__buf_string (&seen.out), "1\n2\n3\n4\n");
  seen_clear (&seen);
}
END_TEST

START_TEST (child_has_no_blocked_or_ignored_signal_and_no_file_of_ours)
{
  struct seen seen = { .stop_after = 0 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;
  sigset_t all, before;
  void (*old_pipe) (int) = signal (SIGPIPE, SIG_IGN);
  int leaky = dup2 (1, 77); /* without close-on-exec, as a host program may have it */

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  assert_ok (run_script ("grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/$$/fd",
                         NULL, &seen, &end, &err), err);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  signal (SIGPIPE, old_pipe);
  close (leaky);
  unsigned long long blocked, ignored;
  ck_assert_int_eq (sscanf (vprod__buf_string (&seen.out), "SigBlk: %llx SigIgn: %llx", &blocked, &ignored), 2);
  ck_assert_uint_eq (blocked, 0);
  ck_assert_uint_eq (ignored & ~0x180000000ull, 0); /* 32 and 33 are glibc's own, which it ignores in every child */
#ifdef __GLIBC__
  ck_assert_ptr_null (strstr (vprod__buf_string (&seen.out), "77\n"));
#endif
  seen_clear (&seen);
}
END_TEST

START_TEST (too_few_descriptors_are_named)
{
  struct vprod__spawn_end end;
  struct vprod__cancel cancel;
  vprod_error *err = NULL;

  unit_take_descriptors ();
  int ran = run_script ("exit 0", NULL, NULL, &end, &err);
  unit_give_descriptors ();
  assert_error (ran, err, VPROD_ERROR_IO, "too few file descriptors");
  unit_take_descriptors ();
  int made = vprod__cancel_init (&cancel, &err);
  unit_give_descriptors ();
  assert_error (made, err, VPROD_ERROR_IO, "cannot make a pipe: this process has too few file descriptors");
}
END_TEST

START_TEST (program_that_is_not_there_is_an_io_error_with_errno)
{
  char *dir = unit_temp_dir (), *path = NULL;
  const char *const argv[] = { "x", NULL };
  const vprod_call call = { sizeof call, VPROD_NO_DEADLINE, -1 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;
  int before = count_fds ();

  ck_assert_int_gt (asprintf (&path, "%s/nothere", dir), 0);
  const struct vprod__spawn what = { .path = path, .argv = argv, .envp = no_env };

  ck_assert_int_eq (vprod__spawn_run (&call, &what, &end, &err), -VPROD_ERROR_IO);
  ck_assert_int_eq (vprod_error_get_errno (err), ENOENT);
  ck_assert_ptr_nonnull (strstr (vprod_error_get_message (err), path));
  vprod_error_free (err);
  ck_assert_int_eq (count_fds (), before);
  unit_remove_tree (dir);
  free (path);
  free (dir);
}
END_TEST

START_TEST (file_without_interpreter_is_not_given_to_a_shell)
{
  char *dir = unit_temp_dir (), *path = NULL;
  const char *const argv[] = { "x", NULL };
  const vprod_call call = { sizeof call, VPROD_NO_DEADLINE, -1 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  unit_write_file (dir, "x", "echo ran by a shell\n");
  ck_assert_int_gt (asprintf (&path, "%s/x", dir), 0);
  ck_assert_int_eq (chmod (path, 0755), 0);
  const struct vprod__spawn what = { .path = path, .argv = argv, .envp = no_env };
  ck_assert_int_eq (vprod__spawn_run (&call, &what, &end, &err), -VPROD_ERROR_IO);
  ck_assert_int_eq (vprod_error_get_errno (err), ENOEXEC);
  vprod_error_free (err);
  unit_remove_tree (dir);
  free (path);
  free (dir);
}
END_TEST

static const char *const stubborn[] = {
  "echo $$; exec sleep 100",
  "trap '' TERM; echo $$; while :; do sleep 1; done",
  "kill -STOP $$",
};

START_TEST (deadline_ends_even_who_ignores_sigterm_or_is_stopped)
{
  const vprod_call call = { sizeof call, vprod__deadline (400), -1 };
  struct seen seen = { .stop_after = 0 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_error (run_script (stubborn[_i], &call, &seen, &end, &err), err, VPROD_ERROR_TIMEOUT, "/bin/sh");
  ck_assert_int_eq (end.known, 1);
  ck_assert_int_eq (end.exit_code, -1);
  if (seen.out.length)
    ck_assert (is_gone (vprod__buf_string (&seen.out)));
  seen_clear (&seen);
}
END_TEST

START_TEST (cancel_ends_the_child_and_its_group)
{
  struct vprod__cancel cancel;
  struct seen seen = { .stop_after = 0 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_ok (vprod__cancel_init (&cancel, &err), err);
  vprod__cancel_set (&cancel);
  const vprod_call call = { sizeof call, VPROD_NO_DEADLINE, cancel.read_fd };
  assert_error (run_script ("sleep 100 & echo $!; wait", &call, &seen, &end, &err), err, VPROD_ERROR_CANCELLED,
                "");
  if (seen.out.length)
    ck_assert (is_gone (vprod__buf_string (&seen.out)));
  vprod__cancel_end (&cancel);
  seen_clear (&seen);
}
END_TEST

START_TEST (grandchild_that_keeps_the_output_open_holds_nobody_up)
{
  struct seen seen = { .stop_after = 0 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_ok (run_script ("sleep 1000 & echo $!; exit 3", NULL, &seen, &end, &err), err);
  ck_assert_int_eq (end.exit_code, 3);
  ck_assert (is_gone (vprod__buf_string (&seen.out)));
  seen_clear (&seen);
}
END_TEST

START_TEST (grandchild_that_left_the_group_holds_nobody_up)
{
  struct seen seen = { .stop_after = 0 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_ok (run_script ("setsid sleep 5 & exit 4", NULL, &seen, &end, &err), err);
  ck_assert_int_eq (end.exit_code, 4);
  seen_clear (&seen);
}
END_TEST

START_TEST (callback_ends_the_child)
{
  struct seen seen = { .stop_after = 10 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_ok (run_script ("while :; do echo more; done", NULL, &seen, &end, &err), err);
  ck_assert_int_eq (end.stopped, 1);
  seen_clear (&seen);
}
END_TEST

START_TEST (output_of_megabytes_on_both_streams_arrives_whole)
{
  struct seen seen = { .stop_after = 0 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;

  assert_ok (run_script ("head -c 4000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait", NULL, &seen, &end,
                         &err), err);
  ck_assert_uint_eq (seen.out.length, 4000000);
  ck_assert_uint_eq (seen.err.length, 3000000);
  seen_clear (&seen);
}
END_TEST

START_TEST (program_that_ignores_sigchld_still_gets_the_output_and_no_hang)
{
  struct seen seen = { .stop_after = 0 };
  struct vprod__spawn_end end;
  vprod_error *err = NULL;
  void (*old) (int) = signal (SIGCHLD, SIG_IGN);
  const vprod_call call = { sizeof call, vprod__deadline (300), -1 };

  assert_ok (run_script ("echo out; sleep 0.1; exit 7", NULL, &seen, &end, &err), err);
  ck_assert_str_eq (vprod__buf_string (&seen.out), "out\n");
  ck_assert_int_eq (end.known, 0);
  assert_error (run_script ("sleep 100", &call, NULL, &end, &err), err, VPROD_ERROR_TIMEOUT, "");
  signal (SIGCHLD, old);
  seen_clear (&seen);
}
END_TEST

static _Atomic int reaping;

static void *reap_all (void *unused)
{
  while (reaping) {
    waitpid (-1, NULL, WNOHANG);
    usleep (100);
  }
  return unused;
}

START_TEST (program_that_reaps_every_child_costs_only_the_status)
{
  pthread_t thread;

  reaping = 1;
  ck_assert_int_eq (pthread_create (&thread, NULL, reap_all, NULL), 0);
  for (int i = 0; i < 20; i++) {
    struct seen seen = { .stop_after = 0 };
    struct vprod__spawn_end end;
    vprod_error *err = NULL;
    assert_ok (run_script ("echo out; exit 7", NULL, &seen, &end, &err), err);
    ck_assert_str_eq (vprod__buf_string (&seen.out), "out\n");
    if (end.known)
      ck_assert_int_eq (end.exit_code, 7);
    seen_clear (&seen);
  }
  reaping = 0;
  pthread_join (thread, NULL);
}
END_TEST

static void *run_many (void *number)
{
  int wrong = 0;

  for (int i = 0; i < 10; i++) {
    char script[64], expected[16];
    int code = (int) (intptr_t) number * 10 + i;
    struct seen seen = { .stop_after = 0 };
    struct vprod__spawn_end end;
    snprintf (script, sizeof script, "echo %d; exit %d", code, code);
    snprintf (expected, sizeof expected, "%d\n", code);
    wrong += run_script (script, NULL, &seen, &end, NULL) != 0 || end.exit_code != code
             || strcmp (vprod__buf_string (&seen.out), expected) != 0;
    seen_clear (&seen);
  }
  return (void *) (intptr_t) wrong;
}

START_TEST (many_threads_run_children_at_once_and_leave_nothing_open)
{
  pthread_t threads[6];
  int before = count_fds ();

  for (int i = 0; i < 6; i++)
    ck_assert_int_eq (pthread_create (&threads[i], NULL, run_many, (void *) (intptr_t) i), 0);
  for (int i = 0; i < 6; i++) {
    void *wrong;
    pthread_join (threads[i], &wrong);
    ck_assert_ptr_null (wrong);
  }
  ck_assert_int_eq (count_fds (), before);
}
END_TEST

START_TEST (child_that_somebody_else_talks_to_is_ended_and_reaped)
{
  const char *const argv[] = { "cat", NULL };
  struct vprod__child child = VPROD__NO_CHILD;
  struct vprod__spawn_end end;
  vprod_error *err = NULL;
  int in[2], out[2];
  char byte;

  ck_assert_int_eq (pipe2 (in, O_CLOEXEC), 0);
  ck_assert_int_eq (pipe2 (out, O_CLOEXEC), 0);
  const int fds[3] = { in[0], out[1], -1 };
  assert_ok (vprod__child_start ("/bin/cat", argv, no_env, fds, &child, &err), err);
  ck_assert_int_eq (write (in[1], "x", 1), 1);
  ck_assert_int_eq (read (out[0], &byte, 1), 1);
  ck_assert_int_eq (vprod__child_has_ended (&child), 0);
  vprod__child_end (&child, 0, &end);
  ck_assert_int_eq (end.signal, SIGTERM);
  ck_assert_int_eq (child.pid, 0);
  vprod__child_end (&child, 0, NULL);
  ck_assert_int_eq (waitpid (-1, NULL, WNOHANG), -1);
  for (int i = 0; i < 2; i++) {
    close (in[i]);
    close (out[i]);
  }
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spawn");
  TCase *tc = tcase_create ("spawn");

  tcase_set_timeout (tc, 120);
  tcase_add_loop_test (tc, tells_streams_and_end_apart, 0, sizeof ends / sizeof ends[0]);
  tcase_add_test (tc, environment_is_the_given_one_alone);
  tcase_add_test (tc, merged_streams_keep_the_order_of_writing);
  tcase_add_test (tc, child_has_no_blocked_or_ignored_signal_and_no_file_of_ours);
  tcase_add_test (tc, too_few_descriptors_are_named);
  tcase_add_test (tc, program_that_is_not_there_is_an_io_error_with_errno);
  tcase_add_test (tc, file_without_interpreter_is_not_given_to_a_shell);
  tcase_add_loop_test (tc, deadline_ends_even_who_ignores_sigterm_or_is_stopped, 0,
                       sizeof stubborn / sizeof stubborn[0]);
  tcase_add_test (tc, cancel_ends_the_child_and_its_group);
  tcase_add_test (tc, grandchild_that_keeps_the_output_open_holds_nobody_up);
  tcase_add_test (tc, grandchild_that_left_the_group_holds_nobody_up);
  tcase_add_test (tc, callback_ends_the_child);
  tcase_add_test (tc, output_of_megabytes_on_both_streams_arrives_whole);
  tcase_add_test (tc, program_that_ignores_sigchld_still_gets_the_output_and_no_hang);
  tcase_add_test (tc, program_that_reaps_every_child_costs_only_the_status);
  tcase_add_test (tc, many_threads_run_children_at_once_and_leave_nothing_open);
  tcase_add_test (tc, child_that_somebody_else_talks_to_is_ended_and_reaped);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
