/* SPDX-License-Identifier: MIT */
/* Checks that use everything a session has and judge nothing: what the tests of running and removing run. */
#ifndef VPROD_TESTS_SESSION_JOBS_FAKE_H
#define VPROD_TESTS_SESSION_JOBS_FAKE_H

#include "session/session.h"

/* build, start, health, graceful-stop, required-env, non-root, layer-cache: ids and uses of the app as in a real run. */
#define N_FAKE_JOBS 7
extern const struct vprod__job fake_jobs[N_FAKE_JOBS];

#endif
