/* SPDX-License-Identifier: MIT */
/* What every file asks of a session: its spec, its runner, how long a call may take. */
#ifndef VPROD_SESSION_BASE_H
#define VPROD_SESSION_BASE_H

#include <verify-prod/session.h>
#include "runner/runner.h"
#include "spec/spec.h"
#include "util/error.h"

const vprod_spec *vprod__session_spec (vprod_session *session);
vprod_runner *vprod__session_runner (vprod_session *session);

/* 0, or minus INVALID in a forked child of the process that made it: its threads, connections and locks are not there. */
int vprod__session_own (const vprod_session *session, vprod_error **err);

/* Fills a call that ends after timeout_ms (< 0: no bound of its own), with the session, or on cancel. */
void vprod__session_call (vprod_session *session, int64_t timeout_ms, vprod_call *ret);

#endif
