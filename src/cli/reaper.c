/* SPDX-License-Identifier: MIT */
/*
 * SIGKILL cannot be handled, so a second process watches for it: it reads a pipe whose writing end is closed when this
 * process ends. A normal end writes a farewell first. End of file without a farewell means that the parent was killed:
 * the reaper then ends the programs that the parent had started (a builder), and removes what the session made, by its
 * label.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FAREWELL '!'
#define PIPE_FD 3       /* in the reaper */
/* It stops when a few passes in a row found nothing: a container that the engine was still creating, or an image whose
   build was ending, shows up late. A pass takes half a second and the engine's time. */
#define QUIET_PASSES 3
#define MAX_PASSES 20

static pid_t reaper_pid = -1;
static int pipe_to_reaper = -1;

/* Closes inherited descriptors, so that no other process waits for the end of a pipe. */
static void close_from (int lowest)
{
#ifdef SYS_close_range
  if (syscall (SYS_close_range, (unsigned) lowest, ~0U, 0) == 0)
    return;
#endif
  for (int fd = lowest; fd < 4096; fd++)
    close (fd);
}

static void cut_loose (int pipe_fd)
{
  static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP };
  int null = open ("/dev/null", O_RDWR);

  /* out of reach of the terminal's signals, of a kill of the group, and of pkill verify-prod */
  setsid ();
  prctl (PR_SET_NAME, "vprod-reaper");
  for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
    signal (ignored[i], SIG_IGN);
  for (int fd = 0; fd < 3; fd++)
    dup2 (null, fd);
  dup2 (pipe_fd, PIPE_FD);
  close_from (PIPE_FD + 1);
}

/* session_id NULL: the parent had no session yet, but may have left a folder or a program. */
static void reap (const char *host, const char *session_id)
{
  const vprod_docker_options docker = { .size = sizeof docker, .host = host };
  const vprod_clean_options options = { .size = sizeof options, .session_id = session_id, .timeout_ms = 15000 };
  const struct timespec pause = { .tv_nsec = 500000000 };
  vprod_runner *runner = NULL;
  int quiet = 0;

  if (vprod_runner_new_docker (&docker, &runner, NULL) < 0)
    return;
  for (int i = 0; i < MAX_PASSES && quiet < QUIET_PASSES; i++) {
    size_t removed = 0;
    int r = vprod_clean (runner, &options, &removed, NULL);
    quiet = r == 0 && removed == 0 ? quiet + 1 : 0;
    nanosleep (&pause, NULL);
  }
  vprod_runner_free (runner);
}

/* Reads the session's id ("": there was none yet), then waits. 1: the parent is gone without farewell. */
static int wait_for_parent (char *session_id, size_t size)
{
  size_t length = 0;
  ssize_t n;

  while ((n = read (PIPE_FD, session_id + length, size - 1 - length)) > 0 || (n < 0 && errno == EINTR))
    if (n > 0) {
      length += (size_t) n;
      if (session_id[length - 1] == FAREWELL || length == size - 1)
        return 0;
    }
  session_id[length] = '\0';
  return 1;
}

void cli_reaper_start (const char *host)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return;
  reaper_pid = fork ();
  if (reaper_pid == 0) {
    char session_id[256];
    cut_loose (ends[0]);
    if (wait_for_parent (session_id, sizeof session_id))
      reap (host, *session_id ? session_id : NULL);
    _exit (0);
  }
  close (ends[0]);
  if (reaper_pid < 0)
    close (ends[1]);
  else
    pipe_to_reaper = ends[1];
}

static void tell (const char *text)
{
  if (pipe_to_reaper >= 0 && write (pipe_to_reaper, text, strlen (text)) < 0)
    cli_say ("the helper that removes what a killed run leaves is gone: %s", strerror (errno));
}

void cli_reaper_watch (const char *session_id)
{
  tell (session_id);
}

void cli_reaper_end (void)
{
  const char farewell[] = { FAREWELL, '\0' };

  if (pipe_to_reaper < 0)
    return;
  tell (farewell);
  close (pipe_to_reaper);
  pipe_to_reaper = -1;
  while (waitpid (reaper_pid, NULL, 0) < 0 && errno == EINTR)
    ;
}
