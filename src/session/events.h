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

/* Tells what the check that asks waits for: a text that is never freed; NULL: it goes on. The monitor is not locked. */
void vprod__waiting_for (vprod_session *session, const char *what);

/* What was told last that it waits for, or NULL: for vprod__waiting_for, once a wait is over. */
const char *vprod__waiting_now (vprod_session *session);

#endif
