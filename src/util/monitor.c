/* SPDX-License-Identifier: MIT */
#include "util/monitor.h"
#include "util/clock.h"
#include "util/thread.h"

#define TICK_MS 20 /* a cancel is a readable fd and wakes no condition variable */

void vprod__monitor_init (struct vprod__monitor *monitor)
{
  pthread_mutex_init (&monitor->lock, NULL);
  vprod__cond_init (&monitor->changed);
}

void vprod__monitor_end (struct vprod__monitor *monitor)
{
  pthread_cond_destroy (&monitor->changed);
  pthread_mutex_destroy (&monitor->lock);
}

void vprod__monitor_lock (struct vprod__monitor *monitor)
{
  pthread_mutex_lock (&monitor->lock);
}

void vprod__monitor_unlock (struct vprod__monitor *monitor)
{
  pthread_mutex_unlock (&monitor->lock);
}

void vprod__monitor_tell (struct vprod__monitor *monitor)
{
  pthread_cond_broadcast (&monitor->changed);
}

int vprod__monitor_wait (struct vprod__monitor *monitor, const vprod_call *call, const char *what, vprod_error **err)
{
  int r = vprod__call_check (call, what, err);
  if (r < 0)
    return r;
  int64_t until = vprod__deadline (TICK_MS);
  if (until > call->deadline_ms)
    until = call->deadline_ms;
  struct timespec when = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };
  pthread_cond_timedwait (&monitor->changed, &monitor->lock, &when);
  return 0;
}
