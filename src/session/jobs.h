/* SPDX-License-Identifier: MIT */
/*
 * Running many checks. Each has a thread; what they share they wait for in fixtures. Those that look at the running app
 * begin before the one that judges it, and that before those that end or disturb it, so that with few threads nobody waits
 * for a check that could not begin.
 */
#ifndef VPROD_SESSION_JOBS_H
#define VPROD_SESSION_JOBS_H

#include "session/run.h"

/* Runs the jobs, at most `at_once` (0: all) side by side, and gives their results in the same order: an error of
   a job becomes a result with the verdict error. */
int vprod__session_run_jobs (vprod_session *session, const struct vprod__job *jobs, size_t count, int at_once,
                             vprod_report **ret, vprod_error **err);

#endif
