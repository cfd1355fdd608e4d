/* SPDX-License-Identifier: MIT */
/*
 * Everything that a session makes on the engine is registered here as it is made, and removed from here: one-off containers
 * in the background as soon as they have been used, the rest when the session ends. Then the engine is asked once what still
 * carries the session's label, for a proxy may have answered in its place. After a call that failed it is asked until it
 * lists nothing, for an object may exist although its id was never returned.
 */
#ifndef VPROD_SESSION_MADE_H
#define VPROD_SESSION_MADE_H

#include <pthread.h>
#include <verify-prod/session.h>
#include "runner/runner.h"

struct vprod__made {
  vprod_object_kind kind;
  char *id;
  int gone;
  int retired; /* no longer used: may be removed early */
  const char *with; /* id of what it is removed early with, of the list; or NULL */
};

/* How long removing at the end may take, in all and for one try, and how long after a call that was cut off the
   engine is looked at again. */
struct vprod__removal_time {
  int64_t whole_ms;
  int64_t attempt_ms;
  int64_t late_ms;
};

struct vprod__made_part {
  struct vprod__made *list;
  size_t count;
  int unsure;         /* something may have been made that is not registered */
  int overdue;        /* the engine may still be making it */
  int64_t cut_off_ms; /* when a build was ended before its end; 0: none was */
  int reaping;        /* the thread below runs */
  int reaper_stop;
  pthread_t reaper;
  struct vprod__removal_time time;
};

void vprod__made_init (struct vprod__made_part *made);
void vprod__made_clear (struct vprod__made_part *made);

/* For tests. */
void vprod__session_set_removal_time (vprod_session *session, const struct vprod__removal_time *time);

/* Remembers something to be removed. 0, or -1 out of memory. */
int vprod__made_add (vprod_session *session, vprod_object_kind kind, const char *id);

/* A call that makes something failed with r: it may have been made all the same; after a time-out the engine may make it a
   while later. */
void vprod__made_failed (vprod_session *session, int r);

/* A build was ended before its end: the engine may set its tag a moment later. */
void vprod__made_cut_off (vprod_session *session);

/* It is no longer used: it is removed in the background, unless the session keeps what it made. */
void vprod__made_retire (vprod_session *session, const char *id);

/* A volume of one container: it is removed in the background once that one is. */
void vprod__made_go_with (vprod_session *session, const char *volume, const char *container);

/* Removes one object. container: a container that may be connected to the network `id`, to be disconnected; or NULL. */
int vprod__object_remove (vprod_runner *runner, const vprod_call *call, vprod_object_kind kind, const char *id,
                          const char *container, vprod_error **err);

/* Removes everything; waits for the background. */
void vprod__made_remove_all (vprod_session *session);

#endif
