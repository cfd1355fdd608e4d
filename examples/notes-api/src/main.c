/* SPDX-License-Identifier: MIT */
/* notes-api keeps notes in PostgreSQL and serves them over HTTP. Everything is set through the environment (see
   settings.c), logs go to stdout, and SIGTERM ends it with 0 once running requests are answered. */
#include "api.h"
#include "healthcheck.h"
#include "notes.h"
#include "server.h"
#include "settings.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS 4
#define DATABASE_TRIES 15
#define STOP_SECONDS 8

/* Waits for one of the signals, at most so many milliseconds; 0: none came. */
static int
wait_for_signal (const sigset_t *signals, long milliseconds)
{
  const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
  int signal = sigtimedwait (signals, NULL, &time);

  return signal > 0 ? signal : 0;
}

/* 0: ready; 1: told to end meanwhile; -1: no database. */
static int
wait_for_database (struct database *database, const sigset_t *signals)
{
  long pause = 100;

  for (int try = 1; try <= DATABASE_TRIES; try++)
    {
      if (notes_prepare (database) == 0)
        return 0;
      if (wait_for_signal (signals, pause) != 0)
        return 1;
      pause = pause < 1600 ? pause * 2 : 2000;
    }
  return -1;
}

static int
serve (const struct settings *settings, struct database *database, const sigset_t *signals)
{
  const struct api api = { settings, database };
  struct server *server;
  int signal;

  switch (wait_for_database (database, signals))
    {
    case 0:
      break;
    case 1:
      puts ("Stopped before the database answered");
      return 0;
    default:
      fprintf (stderr, "notes-api: gave up on the database after %d tries\n", DATABASE_TRIES);
      return 1;
    }

  server = server_start (&api, settings->port, THREADS);
  if (server == NULL)
    {
      fprintf (stderr, "notes-api: cannot listen on port %u: %s\n", settings->port, strerror (errno));
      return 1;
    }
  printf ("Started server on port %u\n", settings->port);
  while (sigwait (signals, &signal) != 0)
    continue;
  printf ("Stopping on %s\n", strsignal (signal));
  server_stop (server, STOP_SECONDS);
  puts ("Stopped");
  return 0;
}

int
main (int argc, char **argv)
{
  struct settings settings;
  struct database *database;
  sigset_t signals;
  int status;

  /* a line at a time even into a pipe, or nobody sees it before the end */
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (argc == 2 && strcmp (argv[1], "--healthcheck") == 0)
    return healthcheck (settings_port ());
  if (argc != 1)
    {
      fprintf (stderr, "usage: notes-api [--healthcheck]\n");
      return 2;
    }
  if (settings_load (&settings) != 0)
    return 1;

  /* blocked in every thread, taken by sigwait in this one; as process 1 there is no default action to rely on */
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  signal (SIGPIPE, SIG_IGN);

  database = database_new (settings.database_url, THREADS);
  if (database == NULL)
    return 1;
  status = serve (&settings, database, &signals);
  database_free (database);
  return status;
}
