/* SPDX-License-Identifier: MIT */
/* The docker runner of a test, and the engine that it talks to. */
#ifndef VPROD_TESTS_FAKE_RUNNER_H
#define VPROD_TESTS_FAKE_RUNNER_H

#include <jansson.h>
#include "fake_engine.h"
#include "runner/runner.h"

extern struct fake_engine *engine;
extern vprod_runner *runner;
extern vprod_call call; /* ends 20 seconds after play */

/* Starts an engine with these routes, and makes a runner that talks to it. */
void play (const struct fake_route *routes, size_t count);
void end (void);

/* The JSON that was sent with the last such request; the caller decrefs. */
json_t *sent (const char *request);

#endif
