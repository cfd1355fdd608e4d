/* SPDX-License-Identifier: MIT */
/*
 * Many specs, four at a time, on one engine:
 *   cc -pthread folder.c $(pkg-config --cflags --libs verify-prod) && verify-prod specs | ./a.out
 * The sessions share one runner, and so one look for the engine, its connections and its tunnel. Each has its thread.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <verify-prod.h>

#define AT_ONCE 4

static vprod_runner *runner;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list, and of what is printed */
static int worst = VPROD_VERDICT_ERROR; /* where no spec is named, nothing was verified */
static int count;

/* The next spec of the list; 0 at its end. */
static int next_spec (char *path, int size)
{
  pthread_mutex_lock (&lock);
  int there = fgets (path, size, stdin) != NULL;
  pthread_mutex_unlock (&lock);
  if (there)
    path[strcspn (path, "\n")] = '\0';
  return there;
}

static void say (const char *path, const vprod_report *report, const vprod_error *err)
{
  int verdict = vprod_report_get_verdict (report); /* of NULL: it could not be told */

  pthread_mutex_lock (&lock);
  printf ("%-5s %s%s%s\n", vprod_verdict_name (verdict), path, err ? ": " : "", err ? vprod_error_get_message (err) : "");
  if (count++ == 0 || (worst != VPROD_VERDICT_FAIL && verdict != VPROD_VERDICT_PASS))
    worst = verdict;
  pthread_mutex_unlock (&lock);
}

static void *work (void *data)
{
  char path[4096];

  (void) data;
  while (next_spec (path, sizeof path)) {
    vprod_spec *spec = NULL;
    vprod_session *session = NULL;
    vprod_report *report = NULL;
    vprod_error *err = NULL;

    int r = vprod_spec_load (path, &spec, &err);
    if (r == 0)
      r = vprod_session_new (spec, runner, &session, &err);
    if (r == 0)
      r = vprod_session_run (session, NULL, &report, &err);
    vprod_session_free (session); /* removes everything that was made */
    say (path, report, r < 0 ? err : NULL);
    vprod_report_free (report);
    vprod_spec_free (spec);
    vprod_error_free (err);
  }
  return NULL;
}

int main (void)
{
  pthread_t threads[AT_ONCE];
  vprod_error *err = NULL;
  int started = 0;

  if (vprod_runner_new_docker (NULL, &runner, &err) < 0) {
    fprintf (stderr, "%s\n", vprod_error_get_message (err));
    vprod_error_free (err);
    return VPROD_VERDICT_ERROR;
  }
  while (started < AT_ONCE && pthread_create (&threads[started], NULL, work, NULL) == 0)
    started++;
  if (started == 0)
    work (NULL);
  for (int i = 0; i < started; i++)
    pthread_join (threads[i], NULL);
  vprod_runner_free (runner); /* not before the last session */
  return worst;
}
