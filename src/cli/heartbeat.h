/* SPDX-License-Identifier: MIT */
/*
 * What runs for long, told every 30 s where nothing is redrawn: a log that is silent for minutes looks like one that hangs, and
 * CI systems end jobs that say nothing. The time is an argument.
 */
#ifndef VPROD_CLI_HEARTBEAT_H
#define VPROD_CLI_HEARTBEAT_H

#include <stdint.h>
#include <verify-prod.h>

#define HEARTBEAT_MS 30000

struct heartbeat;

/* NULL out of memory. */
struct heartbeat *heartbeat_new (int64_t every_ms);
void heartbeat_free (struct heartbeat *heartbeat);

void heartbeat_event (struct heartbeat *heartbeat, const vprod_event *event, int64_t now_ms);

/* When heartbeat_line is to be asked next, if nothing happens; INT64_MAX: nothing runs. */
int64_t heartbeat_next_ms (const struct heartbeat *heartbeat);

/* "still running: [2/4] RUN make, for 31 s", malloc'ed, where that is due; else NULL. */
char *heartbeat_line (struct heartbeat *heartbeat, int64_t now_ms);

/* "pulling postgres:16-alpine: 3 of 8 layers, 40.1 MB of 120.0 MB", malloc'ed; NULL out of memory. */
char *cli_pull_text (const vprod_event *event);

#endif
