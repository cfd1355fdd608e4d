/* SPDX-License-Identifier: MIT */
/* What the session tells its user while it works: one event at a time, without secrets. */
#ifndef VPROD_SESSION_EVENTS_H
#define VPROD_SESSION_EVENTS_H

#include <pthread.h>
#include <verify-prod/session.h>

struct vprod__events_part {
  void (*on_event) (void *data, const vprod_event *event); /* or NULL */
  void *data;
  pthread_mutex_t lock; /* held while on_event runs */
};

/* Calls on_event. */
void vprod__session_tell (vprod_session *session, const vprod_event *event);

/* Tells a note. */
void vprod__session_note (vprod_session *session, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

#endif
