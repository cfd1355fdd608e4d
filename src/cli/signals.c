/* SPDX-License-Identifier: MIT */
/*
 * SIGINT, SIGTERM and SIGHUP. Before anything is made on an engine they end the program at once, as without a handler.
 * During a session they cancel it; what it made is removed, and then the program ends by the signal, so that a shell or
 * make sees that it was interrupted. Only the main thread takes signals, all others block them.
 */
#include "cli.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t holding, silent_notice, first_signal, signal_count;
static _Atomic (vprod_session *) held_session;

static void notice (const char *text)
{
  if (!silent_notice && write (STDERR_FILENO, text, strlen (text)) < 0)
    return; /* nothing can be done about it in a handler */
}

/* The first process of a container is not ended by a signal that it sends itself: there the exit code says the same. */
static void end_by (int number)
{
  if (getpid () == 1)
    _exit (128 + number);
  signal (number, SIG_DFL);
  raise (number);
}

static void on_signal (int number)
{
  int saved = errno;

  if (!holding) {
    end_by (number); /* blocked in its own handler: delivered when that returns */
    errno = saved;
    return;
  }
  signal_count++;
  if (!first_signal) {
    first_signal = number;
    notice ("\n" CLI_NAME ": interrupted; stopping, and removing what was made\n");
  }
  else
    notice (CLI_NAME ": the removal is under way and is not cut short, so that nothing is left behind\n");
  cli_signals_cancel ();
  errno = saved;
}

void cli_signals_start (void)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, before;

  sigemptyset (&action.sa_mask);
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    /* nohup: stays ignored. A shell also ignores SIGINT for background jobs, but whoever sends SIGINT to one
       still wants the containers removed */
    if (numbers[i] == SIGHUP && sigaction (SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
      continue;
    sigaction (numbers[i], &action, NULL);
  }
  signal (SIGPIPE, SIG_IGN);
}

void cli_signals_hold (int silent)
{
  silent_notice = silent;
  holding = 1;
}

void cli_signals_session (vprod_session *session)
{
  atomic_store (&held_session, session);
  if (session && first_signal)
    vprod_session_cancel (session); /* it came while the session was being made */
}

void cli_signals_cancel (void)
{
  vprod_session *session = atomic_load (&held_session);

  if (session)
    vprod_session_cancel (session);
}

int cli_signals_caught (void)
{
  return first_signal;
}

int cli_signals_count (void)
{
  return signal_count;
}

void cli_signals_release (void)
{
  holding = 0;
  if (first_signal)
    end_by (first_signal);
}
