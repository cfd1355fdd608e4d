/* SPDX-License-Identifier: MIT */
/*
 * `verify-prod | head -n 1`: once the reader is gone the rest, which may take minutes, is of no use. The next write would
 * fail, but may be minutes away, too, so the pipe is watched.
 */
#include "progress.h"
#include "util/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_t watcher;
static int stop_pipe[2] = { -1, -1 };

static void *watch (void *unused)
{
  /* no events: POLLERR of a pipe and POLLHUP of a socket are always reported */
  struct pollfd fds[] = { { .fd = STDOUT_FILENO }, { .fd = stop_pipe[0], .events = POLLIN } };
  (void) unused;

  while (poll (fds, 2, -1) < 0 && errno == EINTR)
    ;
  if (fds[0].revents && !fds[1].revents)
    cli_signals_cancel ();
  return NULL;
}

void cli_watch_reader (void)
{
  struct stat st;

  if (fstat (STDOUT_FILENO, &st) < 0 || !(S_ISFIFO (st.st_mode) || S_ISSOCK (st.st_mode))
      || pipe2 (stop_pipe, O_CLOEXEC) < 0)
    return;
  if (vprod__thread_start (&watcher, watch, NULL) == 0)
    return;
  close (stop_pipe[0]);
  close (stop_pipe[1]);
  stop_pipe[1] = -1;
}

void cli_unwatch_reader (void)
{
  if (stop_pipe[1] < 0)
    return;
  close (stop_pipe[1]); /* its other end becomes readable */
  pthread_join (watcher, NULL);
  close (stop_pipe[0]);
  stop_pipe[1] = -1;
}
