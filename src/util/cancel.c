/* SPDX-License-Identifier: MIT */
#include "util/cancel.h"
#include "util/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

int vprod__cancel_init (struct vprod__cancel *cancel, vprod_error **err)
{
  int fds[2];

  cancel->set = 0;
  cancel->read_fd = cancel->write_fd = -1;
  if (pipe2 (fds, O_CLOEXEC | O_NONBLOCK) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot make a pipe");
  cancel->read_fd = fds[0];
  cancel->write_fd = fds[1];
  return 0;
}

void vprod__cancel_set (struct vprod__cancel *cancel)
{
  int saved = errno;

  if (!cancel->set) {
    cancel->set = 1;
    /* nobody reads: one byte keeps the fd readable for all waiters */
    ssize_t ignored = write (cancel->write_fd, "", 1);
    (void) ignored;
  }
  errno = saved;
}

void vprod__cancel_end (struct vprod__cancel *cancel)
{
  vprod__closep (&cancel->read_fd);
  vprod__closep (&cancel->write_fd);
  cancel->read_fd = cancel->write_fd = -1;
}

static int over (const vprod_call *call, int timeout_ms)
{
  struct pollfd cancel = { .fd = call->cancel_fd, .events = POLLIN };

  return poll (&cancel, 1, timeout_ms) > 0;
}

int vprod__call_check (const vprod_call *call, const char *what, vprod_error **err)
{
  if (call->cancel_fd >= 0 && over (call, 0))
    return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "%s: cancelled", what);
  if (call->deadline_ms != VPROD_NO_DEADLINE && vprod__now_ms () >= call->deadline_ms)
    return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "%s: out of time", what);
  return 0;
}

int vprod__call_sleep (const vprod_call *call, int64_t ms, const char *what, vprod_error **err)
{
  int64_t end = vprod__deadline (ms);

  for (;;) {
    int r = vprod__call_check (call, what, err);
    if (r < 0)
      return r;
    int64_t until = end < call->deadline_ms ? end : call->deadline_ms;
    if (vprod__now_ms () >= end)
      return 0;
    over (call, vprod__poll_timeout (until));
  }
}
