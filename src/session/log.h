/* SPDX-License-Identifier: MIT */
/*
 * What a container wrote, followed from the first byte by a thread of its own and kept in bounded memory: the first
 * 256 KiB and the last 64 KiB of its bytes, and which of the patterns named beforehand were seen in all of it, in
 * each stream by itself, ANSI sequences left out. Safe from any thread.
 */
#ifndef VPROD_SESSION_LOG_H
#define VPROD_SESSION_LOG_H

#include <stdint.h>
#include <verify-prod/runner.h>
#include "util/error.h"

struct vprod__log;

/* patterns: plain strings, or NULL. Lent strings are copied. */
int vprod__log_new (char *const *patterns, struct vprod__log **ret, vprod_error **err);

/* A vprod_output_fn; data is the log. */
int vprod__log_output (void *log, vprod_stream stream, const char *bytes, size_t length);

/* Starts the thread that follows the container's output into the log, until the container ends, deadline_ms, or
   vprod__log_stop. Once. */
int vprod__log_follow (struct vprod__log *log, vprod_runner *runner, int64_t deadline_ms,
                       const char *container_id, vprod_error **err);

/* Before the container is started: waits until nothing that it writes can be missed, at most until the call's end (which is
   no error), and not at all if following has failed. 1: nothing can be missed; 0: something may be; negative: cancelled. */
int vprod__log_wait_open (struct vprod__log *log, const vprod_call *call, vprod_error **err);

/* Waits until the container's output has ended (it does soon after the container), at most until the call's
   end; then the log is whole. */
int vprod__log_wait_end (struct vprod__log *log, const vprod_call *call, vprod_error **err);

/* Waits until pattern number `index` was seen on stream (0: any), the output ended, or the call's end came. 1 seen,
   0 not, negative cancelled. */
int vprod__log_wait_pattern (struct vprod__log *log, const vprod_call *call, size_t index, int stream,
                             vprod_error **err);

/* Was pattern `index` seen on stream (0: any)? Does not wait. */
int vprod__log_has_pattern (struct vprod__log *log, size_t index, int stream);

/* How many bytes came on stream (0: any). */
uint64_t vprod__log_bytes (struct vprod__log *log, int stream);

/* The last bytes of both streams in the order of arrival; malloc'ed, "" if none; NULL out of memory. */
char *vprod__log_tail (struct vprod__log *log, size_t *ret_length);

/* The first bytes of both streams in the order of arrival; malloc'ed. */
char *vprod__log_head (struct vprod__log *log, size_t *ret_length);

/* Why following failed, or NULL; lent. */
const vprod_error *vprod__log_error (struct vprod__log *log);

void vprod__log_stop (struct vprod__log *log);
void vprod__log_free (struct vprod__log *log); /* stops it too */
VPROD_DEFINE_CLEANUP (struct vprod__log *, vprod__log_free);

#endif
