/* SPDX-License-Identifier: MIT */
/*
 * Which checks are part of the run that is going on, and how far they are. Four kinds take turns at the running app: those
 * that look at it, the one that says whether it stayed up, those that end it, and the one that takes a service away from it.
 */
#ifndef VPROD_SESSION_RUN_H
#define VPROD_SESSION_RUN_H

#include <stddef.h>
#include <verify-prod/session.h>
#include "util/error.h"

enum vprod__app_use {
  VPROD__APP_NONE = 0, /* does not look at the running app */
  VPROD__APP_USES,     /* looks at it */
  VPROD__APP_JUDGES,   /* waits for those that look, then says whether it stayed up (start) */
  VPROD__APP_ENDS,     /* waits for all of these, then ends it (graceful-stop) */
  VPROD__APP_DISTURBS  /* waits for all of these, then disturbs it and the services, whose last user it is (outage) */
};

struct vprod__job {
  const char *check_id;
  const char *title;
  enum vprod__app_use app_use;
  int (*run) (vprod_session *session, vprod_result **ret, vprod_error **err);
  int reads_files; /* 1: it reads the image's files, vprod__image_files */
  int (*run_by_id) (vprod_session *session, const char *check_id, vprod_result **ret, vprod_error **err); /* where run is NULL */
};

struct vprod__job_state {
  const struct vprod__job *job;
  vprod_result *result;
  int begun;
  int done_with_app; /* it goes on without it */
  int done;
};

struct vprod__run_part {
  struct vprod__job_state *jobs; /* of the run that is going on, or NULL */
  size_t count;
  int app_was_used_up; /* in this run */
  int n_own;           /* checks of the user's own that run now */
  unsigned nth;        /* of the session's runs, from 1 */
};

/* A run begins with these jobs; or, with NULL, it has ended. */
void vprod__run_set (vprod_session *session, struct vprod__job_state *jobs, size_t count);

/* In which turn a job of that kind uses the app: 0, or a number below VPROD__RUN_TURNS. */
#define VPROD__RUN_TURNS 4
int vprod__run_turn (enum vprod__app_use use);

/* Is that check part of this run? */
int vprod__session_runs (vprod_session *session, const char *check_id);

/* Has that check of this run failed the image already? */
int vprod__session_has_failed (vprod_session *session, const char *check_id);

/* Does a check of this run look at the running app? */
int vprod__session_run_uses_app (vprod_session *session);

/* Waits until the other checks of this run that use the running app are done; at once in a single call. */
int vprod__wait_app_users (vprod_session *session, const char *check_id, vprod_error **err);

/* This check goes on without the running app: those that wait for its users need not wait for it any more. */
void vprod__done_with_app (vprod_session *session, const char *check_id);

/* Checks of the user's own may be many: so many run at a time. begin waits for a turn; end only after begin gave one. */
#define VPROD__OWN_AT_ONCE 4
int vprod__own_turn_begin (vprod_session *session, vprod_error **err);
void vprod__own_turn_end (vprod_session *session);

#endif
