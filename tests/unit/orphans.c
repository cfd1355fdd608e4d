/* SPDX-License-Identifier: MIT */
/* Programs that outlived their parent are ended; those of a living one, and daemons that they left, are not. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/orphans.h"
#include "util/spawn.h"

static struct vprod__identity self, parent;
static char *dir;

static void setup (void)
{
  dir = unit_temp_dir ();
  vprod__identity_self (&self);
  /* what is left of a parent comes to this process, which can reap it */
  ck_assert_int_eq (prctl (PR_SET_CHILD_SUBREAPER, 1), 0);
}

static void teardown (void)
{
  while (waitpid (-1, NULL, WNOHANG) > 0)
    ;
  unit_remove_tree (dir);
  free (dir);
}

static char *path_of (const char *name)
{
  static char path[4][512];
  static int next;

  next = (next + 1) % 4;
  snprintf (path[next], sizeof path[next], "%s/%s", dir, name);
  return path[next];
}

/* The number that a script wrote into a file. */
static pid_t noted (const char *name)
{
  int pid = 0;

  for (int i = 0; i < 3000 && pid == 0; i++) {
    FILE *file = fopen (path_of (name), "r");
    if (file && fscanf (file, "%d\n", &pid) != 1)
      pid = 0;
    if (file)
      fclose (file);
    usleep (10000);
  }
  ck_assert_int_gt (pid, 0);
  return pid;
}

static int runs (pid_t pid)
{
  while (waitpid (-1, NULL, WNOHANG) > 0)
    ;
  return kill (pid, 0) == 0;
}

/* Starts "/bin/sh -c SCRIPT" in the folder. */
static void start_script (const char *script, struct vprod__child *ret)
{
  const char *const argv[] = { "/bin/sh", "-c", script, NULL }, *const envp[] = { "PATH=/usr/bin:/bin", NULL };
  const int fds[3] = { -1, -1, -1 };
  char *text = NULL;

  ck_assert_int_gt (asprintf (&text, "cd '%s'; %s", dir, script), 0);
  const char *const whole[] = { argv[0], argv[1], text, NULL };
  ck_assert_int_eq (vprod__child_start ("/bin/sh", whole, envp, fds, ret, NULL), 0);
  free (text);
}

/* The same from a process of its own, which is then killed. */
static void start_and_die (const char *script, const char *note)
{
  int ends[2];
  pid_t pid;

  ck_assert_int_eq (pipe (ends), 0);
  pid = fork ();
  if (pid == 0) {
    struct vprod__identity mine;
    struct vprod__child child;
    vprod__identity_self (&mine);
    start_script (script, &child);
    _exit (write (ends[1], &mine, sizeof mine) != sizeof mine || pause ());
  }
  close (ends[1]);
  ck_assert_int_eq (read (ends[0], &parent, sizeof parent), sizeof parent);
  close (ends[0]);
  noted (note);
  kill (pid, SIGKILL);
  ck_assert_int_eq (waitpid (pid, NULL, 0), pid);
}

START_TEST (program_of_a_dead_parent_is_ended_with_its_group)
{
  pid_t first = 0, second = 0;

  /* whoever else runs on this machine may end them first, as any run does */
  for (int i = 0; i < 20 && !(first && runs (first) && runs (second)); i++) {
    unlink (path_of ("first"));
    start_and_die ("sleep 1000 & echo $! >second; echo $$ >first; wait", "first");
    first = noted ("first"), second = noted ("second");
  }
  ck_assert (runs (first) && runs (second));
  vprod__orphans_end (_i == 0 ? NULL : &parent, 5000);
  ck_assert (!runs (first) && !runs (second));
}
END_TEST

START_TEST (program_that_ignores_sigterm_is_killed)
{
  start_and_die ("trap '' TERM; echo $$ >first; while :; do sleep 1; done", "first");
  pid_t first = noted ("first");
  vprod__orphans_end (&parent, 100);
  for (int i = 0; i < 1000 && runs (first); i++)
    usleep (10000);
  ck_assert (!runs (first));
}
END_TEST

START_TEST (daemon_that_left_the_group_goes_on)
{
  start_and_die ("setsid sleep 1000 & echo $! >daemon; echo $$ >first; wait", "first");
  pid_t first = noted ("first"), daemon_pid = noted ("daemon");
  while (getpgid (daemon_pid) != daemon_pid) /* setsid has not come to it yet */
    usleep (1000);
  vprod__orphans_end (NULL, 5000);
  ck_assert (!runs (first));
  ck_assert (runs (daemon_pid));
  kill (daemon_pid, SIGKILL);
}
END_TEST

START_TEST (program_of_a_living_or_of_another_parent_goes_on)
{
  struct vprod__identity other = self;
  struct vprod__child child;

  start_script ("echo $$ >first; exec sleep 1000", &child);
  noted ("first");
  other.pid++;
  vprod__orphans_end (NULL, 100);
  vprod__orphans_end (&self, 100);
  vprod__orphans_end (&other, 100);
  ck_assert (!vprod__child_has_ended (&child));
  vprod__child_end (&child, 1000, NULL);
}
END_TEST

/* The first thread of a process may end before the others: it then looks like a zombie, and is none. */
static void *stay (void *data)
{
  (void) data;
  pause ();
  return NULL;
}

START_TEST (parent_is_dead_once_all_its_threads_are)
{
  int ends[2];
  char byte;

  ck_assert_int_eq (pipe (ends), 0);
  pid_t pid = fork ();
  if (pid == 0) {
    struct vprod__identity mine;
    pthread_t thread;
    vprod__identity_self (&mine);
    if (_i == 0 && pthread_create (&thread, NULL, stay, NULL) != 0)
      _exit (1);
    if (write (ends[1], &mine, sizeof mine) != sizeof mine)
      _exit (1);
    if (_i == 0)
      pthread_exit (NULL);
    _exit (0);
  }
  close (ends[1]);
  ck_assert_int_eq (read (ends[0], &parent, sizeof parent), sizeof parent);
  if (_i == 1) /* the end of file comes with its end */
    ck_assert_int_eq (read (ends[0], &byte, 1), 0);
  close (ends[0]);
  for (int i = 0; i < (_i == 0 ? 20 : 1000) && !vprod__identity_is_dead (&parent, &self); i++)
    usleep (10000);
  ck_assert_int_eq (vprod__identity_is_dead (&parent, &self), _i);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("orphans");
  TCase *tc = tcase_create ("orphans");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, program_of_a_dead_parent_is_ended_with_its_group, 0, 2);
  tcase_add_test (tc, program_that_ignores_sigterm_is_killed);
  tcase_add_test (tc, daemon_that_left_the_group_goes_on);
  tcase_add_test (tc, program_of_a_living_or_of_another_parent_goes_on);
  tcase_add_loop_test (tc, parent_is_dead_once_all_its_threads_are, 0, 2);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
