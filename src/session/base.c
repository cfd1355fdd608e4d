/* SPDX-License-Identifier: MIT */
#include "session/base.h"
#include "session/parts.h"
#include "util/clock.h"

#include <unistd.h>

const vprod_spec *vprod__session_spec (vprod_session *session)
{
  return session->spec;
}

vprod_runner *vprod__session_runner (vprod_session *session)
{
  return session->runner;
}

int vprod__session_own (const vprod_session *session, vprod_error **err)
{
  if (session->owner == getpid ())
    return 0;
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "the session was made in another process");
}

void vprod__session_call (vprod_session *session, int64_t timeout_ms, vprod_call *ret)
{
  int64_t own = vprod__deadline (timeout_ms);

  *ret = (vprod_call) {
    .size = sizeof *ret,
    .deadline_ms = own < session->deadline_ms ? own : session->deadline_ms,
    .cancel_fd = session->cancel_fd,
  };
}
