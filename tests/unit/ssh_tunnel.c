/* SPDX-License-Identifier: MIT */
/* ssh:// with a program "ssh" on PATH that the test has written. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runner/runner.h"
#include "util/clock.h"

static char *dir;
static vprod_runner *runner;
static vprod_error *err;

static void make_dir (void)
{
  dir = unit_temp_dir ();
}

static void remove_dir (void)
{
  unit_remove_tree (dir);
  free (dir);
}

/* What an ssh says that is to be a master; real ones are in tests/e2e/ssh.test. */
#define NO_MASTER "echo 'muxserver_listen: link: Operation not permitted' >&2; exit 255"

/* What "ssh" does, as shell scripts: one that is to be a master, and any other; "$dir" is the test's folder. */
static void play_master (const char *master, const char *script, const char *url)
{
  vprod_docker_options options = { sizeof options, url };
  char *text = NULL, *path = NULL, *tmp = NULL;

  ck_assert_int_gt (asprintf (&text,
                              "#!/bin/sh\ndir='%s'\ncase $* in *ControlMaster=yes*) echo \"$*\" >>\"$dir/masters\"; %s;; esac\n"
                              "echo \"$*\" >>\"$dir/args\"\necho $$ >\"$dir/pid\"\n%s\n", dir, master, script),
                    0);
  unit_write_file (dir, "bin/ssh", text);
  ck_assert_int_gt (asprintf (&path, "%s/bin/ssh", dir), 0);
  ck_assert_int_eq (chmod (path, 0755), 0);
  *strrchr (path, '/') = '\0';
  ck_assert_int_gt (asprintf (&tmp, "%s/tmp", dir), 0);
  ck_assert_int_eq (mkdir (tmp, 0700), 0);
  setenv ("PATH", path, 1);
  setenv ("TMPDIR", tmp, 1);
  int r = vprod_runner_new_docker (&options, &runner, &err);
  assert_ok (r, err);
  setenv ("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
  unsetenv ("TMPDIR");
  free (text);
  free (path);
  free (tmp);
}

static void play_ssh (const char *script, const char *url)
{
  play_master (NO_MASTER, script, url);
}

static char *read_file (const char *name)
{
  char *path = NULL, text[1024] = "";

  ck_assert_int_gt (asprintf (&path, "%s/%s", dir, name), 0);
  FILE *file = fopen (path, "re");
  free (path);
  if (!file)
    return NULL;
  text[fread (text, 1, sizeof text - 1, file)] = '\0';
  fclose (file);
  return strdup (text);
}

/* Its folder: the name is too long for a socket in the test's own. */
static int count_folders (void)
{
  char begin[64];
  int count = 0;

  snprintf (begin, sizeof begin, "vprod-p%d-", (int) getpid ());
  DIR *files = opendir ("/tmp");
  ck_assert_ptr_nonnull (files);
  for (struct dirent *entry; (entry = readdir (files));)
    count += strncmp (entry->d_name, begin, strlen (begin)) == 0;
  closedir (files);
  return count;
}

static int count_lines (const char *text)
{
  int count = 0;

  for (; text && *text; text++)
    count += *text == '\n';
  return count;
}

static int no_entry (void *data, const vprod_history_entry *entry)
{
  return 0;
}

static int use (int64_t timeout_ms)
{
  vprod_call call = { sizeof call, vprod__deadline (timeout_ms), -1 };

  return vprod__runner_image_history (runner, &call, "a", no_entry, NULL, &err);
}

/* Answers every request with an empty list. */
#define ENGINE                                                                                             \
  "cr=$(printf '\\r'); while IFS= read -r line; do if [ \"$line\" = \"$cr\" ]; then printf 'HTTP/1.1 200 " \
  "OK\\r\\n"                                                                                               \
  "Api-Version: 1.41\\r\\nContent-Length: 2\\r\\n\\r\\n[]'; fi; done"

static const struct {
  const char *url, *args;
} urls[] = {
  { "ssh://h", "-o ConnectTimeout=30 -T -- h docker system dial-stdio\n" },
  { "ssh://me@h:2222", "-o ConnectTimeout=30 -T -l me -p 2222 -- h docker system dial-stdio\n" },
  { "ssh://h/run/x.sock", "-o ConnectTimeout=30 -T -- h docker --host=unix:///run/x.sock system dial-stdio\n" },
};

START_TEST (talks_through_one_ssh)
{
  play_ssh (ENGINE, urls[_i].url);
  ck_assert_int_eq (count_folders (), 1);
  ck_assert_ptr_null (read_file ("args")); /* nothing is asked of the engine yet */
  for (int i = 0; i < 5; i++)
    assert_ok (use (20000), err);
  char *args = read_file ("args"), *pid = read_file ("pid");
  ck_assert_str_eq (args, urls[_i].args);
  vprod_runner_free (runner);
  ck_assert_int_eq (count_folders (), 0);
  ck_assert_int_ne (kill (atoi (pid), 0), 0); /* and nobody is left */
  ck_assert_int_eq (errno, ESRCH);
  free (args);
  free (pid);
}
END_TEST

START_TEST (words_of_ssh_are_in_the_error)
{
  play_ssh ("echo 'me@h: Permission denied (publickey).' >&2; exit 255", "ssh://me@h");
  assert_error (use (20000), err, VPROD_ERROR_UNREACHABLE, "Permission denied (publickey)");
  assert_error (use (20000), err, VPROD_ERROR_UNREACHABLE, "ssh://me@h");
  vprod_runner_free (runner);
}
END_TEST

START_TEST (ssh_that_hangs_ends_at_the_deadline_and_with_the_runner)
{
  play_ssh ("exec sleep 600", "ssh://h");
  assert_error (use (300), err, VPROD_ERROR_TIMEOUT, "");
  char *pid = read_file ("pid");
  vprod_runner_free (runner);
  ck_assert_int_ne (kill (atoi (pid), 0), 0);
  free (pid);
}
END_TEST

/* MaxStartups of sshd_config(5) */
START_TEST (who_is_turned_away_tries_again)
{
  play_master ("if [ \"$(grep -c . \"$dir/masters\")\" -lt 3 ]; then "
               "echo 'kex_exchange_identification: Connection closed by remote host' >&2; exit 255; fi; " NO_MASTER,
               ENGINE, "ssh://h");
  assert_ok (use (20000), err);
  char *masters = read_file ("masters");
  ck_assert_int_eq (count_lines (masters), 3);
  ck_assert_ptr_nonnull (strstr (masters, "ControlPersist=5"));
  vprod_runner_free (runner);
  free (masters);
}
END_TEST

START_TEST (host_that_is_not_there_is_asked_once)
{
  play_master ("echo 'ssh: Could not resolve hostname h: Name or service not known' >&2; exit 255", "exit 1", "ssh://h");
  assert_error (use (20000), err, VPROD_ERROR_UNREACHABLE, "Could not resolve hostname h");
  char *masters = read_file ("masters");
  ck_assert_int_eq (count_lines (masters), 1);
  ck_assert_ptr_null (read_file ("args"));
  vprod_runner_free (runner);
  free (masters);
}
END_TEST

/* Where no connection can be shared, the port comes from outside. */
START_TEST (ports_are_published_to_all_only_where_nothing_forwards_them)
{
  char *host = NULL;
  int port = 0;
  vprod_call call = { sizeof call, vprod__deadline (20000), -1 };

  play_ssh (ENGINE, "ssh://me@h");
  assert_ok (vprod__runner_container_reach (runner, &call, "c1", 49153, &host, &port, &err), err);
  ck_assert_str_eq (host, "h");
  ck_assert_int_eq (port, 49153);
  vprod_runner_free (runner);
  free (host);
}
END_TEST

START_TEST (missing_ssh_is_named)
{
  vprod_docker_options options = { sizeof options, "ssh://h" };

  setenv ("PATH", "/nonexistent", 1);
  assert_error (vprod_runner_new_docker (&options, &runner, &err), err, VPROD_ERROR_IO, "openssh-client");
  setenv ("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
}
END_TEST

static void *use_often (void *data)
{
  for (int i = 0; i < 10; i++) {
    vprod_call call = { sizeof call, vprod__deadline (20000), -1 };
    if (vprod__runner_image_history (runner, &call, "a", no_entry, NULL, NULL) < 0)
      return data;
  }
  return NULL;
}

START_TEST (many_threads_have_an_ssh_each)
{
  pthread_t threads[4];

  play_ssh (ENGINE, "ssh://h");
  for (size_t i = 0; i < 4; i++)
    ck_assert_int_eq (pthread_create (&threads[i], NULL, use_often, dir), 0);
  for (size_t i = 0; i < 4; i++) {
    void *failed;
    pthread_join (threads[i], &failed);
    ck_assert_ptr_null (failed);
  }
  vprod_runner_free (runner);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("ssh_tunnel");
  TCase *tc = tcase_create ("ssh_tunnel");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, make_dir, remove_dir);
  tcase_add_loop_test (tc, talks_through_one_ssh, 0, sizeof urls / sizeof urls[0]);
  tcase_add_test (tc, words_of_ssh_are_in_the_error);
  tcase_add_test (tc, ssh_that_hangs_ends_at_the_deadline_and_with_the_runner);
  tcase_add_test (tc, who_is_turned_away_tries_again);
  tcase_add_test (tc, host_that_is_not_there_is_asked_once);
  tcase_add_test (tc, ports_are_published_to_all_only_where_nothing_forwards_them);
  tcase_add_test (tc, missing_ssh_is_named);
  tcase_add_test (tc, many_threads_have_an_ssh_each);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
