/* SPDX-License-Identifier: MIT */
/*
 * A lock, and word to all who wait that something under it has changed:
 *
 *   vprod__monitor_lock (monitor);
 *   while (r == 0 && !condition)
 *     r = vprod__monitor_wait (monitor, &call, "waiting for …", err);
 *   vprod__monitor_unlock (monitor);
 */
#ifndef VPROD_UTIL_MONITOR_H
#define VPROD_UTIL_MONITOR_H

#include <pthread.h>
#include "util/cancel.h"

struct vprod__monitor {
  pthread_mutex_t lock;
  pthread_cond_t changed; /* on CLOCK_MONOTONIC */
};

void vprod__monitor_init (struct vprod__monitor *monitor);
void vprod__monitor_end (struct vprod__monitor *monitor);

void vprod__monitor_lock (struct vprod__monitor *monitor);
void vprod__monitor_unlock (struct vprod__monitor *monitor);

/* Wakes all who wait. */
void vprod__monitor_tell (struct vprod__monitor *monitor);

/* The lock is held, and given up meanwhile. Returns 0 when something may have changed (the caller looks, and waits again),
   or minus TIMEOUT or CANCELLED, *err set, once the call is over. `what` begins the message. */
int vprod__monitor_wait (struct vprod__monitor *monitor, const vprod_call *call, const char *what, vprod_error **err);

#endif
