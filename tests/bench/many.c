/* SPDX-License-Identifier: MIT */
/*
 * many SPEC AT_ONCE COUNT [ACCOUNT...]: verifies SPEC COUNT times in one process, AT_ONCE at a time, through one runner, and prints
 * a line at the beginning, after each one's end and a second after the last:
 *
 *   ended, own processor time in ms, resident KiB, KiB that malloc has given out, open files, threads, then the processor
 *   time of each account in ms
 *
 * An account is a file cpuacct.usage (cgroup v1) or cpu.stat (v2). How many did not
 * pass is said on standard error, and why.
 */
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <verify-prod.h>

static const char *spec_path;
static char **accounts;
static vprod_runner *runner;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all below, and of what is printed */
static long left, ended;
static long n_bad;

static double own_ms (void)
{
  struct timespec used;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used);
  return (double) used.tv_sec * 1e3 + (double) used.tv_nsec / 1e6;
}

static double account_ms (const char *path)
{
  double value = 0;
  char word[64];
  FILE *file = fopen (path, "re");

  if (!file)
    return -1;
  if (fscanf (file, "usage_usec %lf", &value) == 1)
    value *= 1e3;
  else if (rewind (file), fscanf (file, "%63s", word) == 1)
    value = strtod (word, NULL);
  fclose (file);
  return value / 1e6;
}

static long resident_kib (void)
{
  long pages = 0;
  FILE *file = fopen ("/proc/self/statm", "re");

  if (file) {
    if (fscanf (file, "%*d %ld", &pages) != 1)
      pages = 0;
    fclose (file);
  }
  return pages * (sysconf (_SC_PAGESIZE) / 1024);
}

static long count_in (const char *folder)
{
  long count = -2; /* "." and ".." */
  DIR *dir = opendir (folder);

  while (dir && readdir (dir))
    count++;
  if (dir)
    closedir (dir);
  return count;
}

/* The lock is held. */
static void tell (void)
{
  printf ("%ld %.0f %ld %zu %ld %ld", ended, own_ms (), resident_kib (), mallinfo2 ().uordblks / 1024,
          count_in ("/proc/self/fd") - 1, count_in ("/proc/self/task"));
  for (char **account = accounts; *account; account++)
    printf (" %.0f", account_ms (*account));
  putchar ('\n');
  fflush (stdout);
}

static int verify (void)
{
  vprod_spec *spec = NULL;
  vprod_session *session = NULL;
  vprod_report *report = NULL;
  vprod_error *err = NULL;

  int r = vprod_spec_load (spec_path, &spec, &err);
  if (r == 0)
    r = vprod_session_new (spec, runner, &session, &err);
  if (r == 0)
    r = vprod_session_run (session, NULL, &report, &err);
  int passed = r == 0 && vprod_report_get_verdict (report) == VPROD_VERDICT_PASS;
  if (err)
    fprintf (stderr, "many: %s\n", vprod_error_get_message (err));
  for (size_t i = 0; !passed && i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    vprod_verdict verdict = vprod_result_get_verdict (result);
    if (verdict != VPROD_VERDICT_PASS && verdict != VPROD_VERDICT_SKIP)
      fprintf (stderr, "many: %s: %s: %s\n", vprod_result_get_check (result),
               vprod_verdict_name (verdict), vprod_result_get_message (result));
  }
  vprod_session_free (session);
  vprod_report_free (report);
  vprod_spec_free (spec);
  vprod_error_free (err);
  return passed;
}

static void *work (void *data)
{
  pthread_mutex_lock (&lock);
  while (left > 0) {
    left--;
    pthread_mutex_unlock (&lock);
    int passed = verify ();
    pthread_mutex_lock (&lock);
    ended++;
    n_bad += !passed;
    tell ();
  }
  pthread_mutex_unlock (&lock);
  return data;
}

int main (int argc, char **argv)
{
  long at_once = argc > 3 ? strtol (argv[2], NULL, 10) : 0, started = 0;
  pthread_t threads[64];
  vprod_error *err = NULL;

  if (at_once < 1 || at_once > 64) {
    fprintf (stderr, "usage: many SPEC AT_ONCE COUNT [ACCOUNT...]\n");
    return 2;
  }
  spec_path = argv[1];
  left = strtol (argv[3], NULL, 10);
  accounts = argv + 4;
  if (vprod_runner_new_docker (NULL, &runner, &err) < 0) {
    fprintf (stderr, "many: %s\n", vprod_error_get_message (err));
    return 2;
  }
  tell ();
  while (started < at_once && pthread_create (&threads[started], NULL, work, NULL) == 0)
    started++;
  for (long i = 0; i < started; i++)
    pthread_join (threads[i], NULL);
  vprod_runner_free (runner);
  sleep (1); /* what the engine still tidies up */
  tell ();
  if (n_bad > 0)
    fprintf (stderr, "many: %ld of %ld did not pass\n", n_bad, ended);
  return started < at_once;
}
