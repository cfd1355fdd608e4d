/* SPDX-License-Identifier: MIT */
/* Time: CLOCK_MONOTONIC in milliseconds for deadlines, RFC 3339 for people and files. */
#ifndef VPROD_UTIL_CLOCK_H
#define VPROD_UTIL_CLOCK_H

#include <stdint.h>
#include <stddef.h>
#include <time.h>

int64_t vprod__now_ms (void);

/* now + timeout, without overflow; timeout < 0 or INT64_MAX: never (INT64_MAX). */
int64_t vprod__deadline (int64_t timeout_ms);

/* Milliseconds left for poll(2): 0 past the deadline, -1 never, at most 1 hour. */
int vprod__poll_timeout (int64_t deadline_ms);

/* "2026-01-31T12:00:00Z" */
void vprod__format_utc (time_t when, char text[static 21]);

/* Milliseconds since 1970 of an RFC 3339 time ("2026-01-31T12:00:00.123456789Z", "…+01:00"); 0 for anything else, and
   before. */
int64_t vprod__parse_time (const char *text);

/* "850 ms", "4.2 s", "2 min 5 s" */
void vprod__format_ms (int64_t ms, char *text, size_t size);

/* "250ms", "30s", "15m", "1h", "1m30s", "2.5s", a bare number of seconds. 0, or -1 for anything else, negative or above 24 hours. */
int vprod__parse_duration (const char *text, int64_t *ret_ms);

#endif
