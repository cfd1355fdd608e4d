/* SPDX-License-Identifier: MIT */
/* A second container of the app, beside the first and its services: does it become ready as well, run as it is said to be? */
#ifndef VPROD_SESSION_APP_SECOND_H
#define VPROD_SESSION_APP_SECOND_H

#include <stddef.h>
#include "session/app.h"

enum vprod__second_state {
  VPROD__SECOND_NOT_RUN = 0,
  VPROD__SECOND_READY,       /* its health is good (where nothing is known of that: it takes connections as the first does), and
                                it was up for checks.start.stay-up */
  VPROD__SECOND_NOT_STARTED, /* the engine could not start it, and image or settings are at fault */
  VPROD__SECOND_ENDED,
  VPROD__SECOND_NOT_READY,   /* it is up, but not ready in time */
  VPROD__SECOND_BUSY         /* the same, but the machine was too busy for that to mean anything */
};

struct vprod__second {
  enum vprod__second_state state;
  char *why;     /* not started: the engine's words; not ready: what it last answered, or did not; else NULL */
  int exit_code; /* ended */
  int oom_killed;
  int64_t ms;    /* from its start until it was ready, had ended, or was given up */
  int64_t stalled_ms; /* busy: for how much of that the machine kept it waiting */
  int stall_is_known;
  char *log;     /* the last bytes of its output, ended by NUL; "" if none; NULL: not run */
  size_t log_length;
  char **changes; /* with keep_changes: paths in which its container differs from the image, after "A", "C" or "D" (added,
                     changed, deleted), in the engine's order; NULL: none, or too many to be kept */
};

struct vprod__second_options {
  struct vprod__app_as as;
  int64_t limit_ms; /* until it is ready; time in which the machine kept it waiting does not count */
  int keep_changes;
};

/* Starts one, waits for its outcome and removes it. 0 with *ret whatever the app did. The session's own app must be ready. May
   be called from several threads. */
int vprod__app_second (vprod_session *session, const struct vprod__second_options *options, struct vprod__second *ret,
                       vprod_error **err);

void vprod__second_clear (struct vprod__second *second);

#endif
