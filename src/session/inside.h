/* SPDX-License-Identifier: MIT */
/*
 * The inside of a session, for the files of this folder. What a fixture made never changes once the fixture is made,
 * so that it can be lent without a lock; everything else that changes is under `lock`.
 */
#ifndef VPROD_SESSION_INSIDE_H
#define VPROD_SESSION_INSIDE_H

#include <pthread.h>
#include "session/database.h"
#include "session/hide.h"
#include "session/reach.h"
#include "session/session.h"
#include "util/cancel.h"
#include "util/ids.h"
#include "util/temp.h"

/* ---- fixtures (fixture.c) ------------------------------------------------------------------------------ */

enum vprod__fixture_state {
  VPROD__FIXTURE_NEW = 0,
  VPROD__FIXTURE_MAKING,
  VPROD__FIXTURE_MADE,
  VPROD__FIXTURE_FAILED
};

struct vprod__fixture {
  enum vprod__fixture_state state;
  const char *owner; /* id of the check that judges it; NULL: none */
  int (*make) (vprod_session *session, vprod_error **err);
  vprod_error *error;
  const char *error_owner; /* whose fault it is: the owner's, or of a fixture that this one stands on */
};

/* Makes it, or waits for the thread that does. */
int vprod__fixture_get (vprod_session *session, struct vprod__fixture *fixture, vprod_error **err);

/* The same, but it is not made where *unless is set, which is looked at under the lock. */
int vprod__fixture_get_unless (vprod_session *session, struct vprod__fixture *fixture, const int *unless,
                               vprod_error **err);

/* After a failure on the way to a verdict: 1 and a skip in result if another check of this run tells of it, else
   r. */
int vprod__fixture_blame (vprod_session *session, vprod_result *result, int r, vprod_error **err);

/* Forgets what fixture this thread failed on. */
void vprod__fixture_forget_blame (void);

/* This thread's time of waiting, to be taken off the duration of its check: from begin to end, but not twice where
   they nest. credit: what a fixture cost counts for the check that owns it. */
void vprod__waiting_begin (void);
void vprod__waiting_end (void);
void vprod__waiting_credit (const char *owner, int64_t ms);

/* ---- builds (build.c) ---------------------------------------------------------------------------------- */

/* Builds what the spec and the options say. shown: on_event is told of its steps and words. */
int vprod__build_image (vprod_session *session, const struct vprod__build_options *options, int shown,
                        struct vprod__build *ret, vprod_error **err);

/* Did a build fail in a step that uses what it was not given (withheld.c)? *ret is then what that was and what to do,
   malloc'ed, else NULL. 0, or -1 out of memory. */
int vprod__build_withheld (const vprod_build_facts *facts, char **ret);

/* The error of such a build. */
int vprod__build_not_told (const char *withheld, vprod_error **err);

/* A call about the image gave r: 1 if it is to be made once more, and *error is then cleared. An engine may know nothing
   of the image that this session built and named `ref`: two sessions that build the same at the same time have one
   image with two names, and as one of them goes an engine may lose the other. It is built again, from the cache. */
int vprod__image_is_back (vprod_session *session, const char *ref, int r, vprod_error **error);

/* ---- what was made (made.c) ---------------------------------------------------------------------------- */

struct vprod__made {
  vprod_object_kind kind;
  char *id;
  int gone;
  int retired; /* its use is over: may be removed early */
};

/* Remembers something to be removed. 0, or -1 out of memory. */
int vprod__made_add (vprod_session *session, vprod_object_kind kind, const char *id);

/* A call that makes something failed: it may have been made all the same. */
void vprod__made_unsure (vprod_session *session);

/* The same, with what it gave: after a time-out the engine may make it a while later. */
void vprod__made_failed (vprod_session *session, int r);

/* A build was ended before its end: the engine may set its tag a moment later. */
void vprod__made_cut_off (vprod_session *session);

/* Its use is over: it is removed in the background, unless the session keeps what it made. */
void vprod__made_retire (vprod_session *session, const char *id);

/* Removes everything; waits for the background. */
void vprod__made_remove_all (vprod_session *session);

/* Creates a container with the session's labels and remembers it. role: "app", "database", "once". */
int vprod__made_container (vprod_session *session, const char *role, vprod_container_request *request,
                           const vprod_call *call, char **ret_id, vprod_error **err);

/* ---- fixtures' makers ---------------------------------------------------------------------------------- */

int vprod__make_engine (vprod_session *session, vprod_error **err);
int vprod__make_image (vprod_session *session, vprod_error **err);
int vprod__make_network (vprod_session *session, vprod_error **err);
int vprod__make_databases (vprod_session *session, vprod_error **err);
int vprod__make_app (vprod_session *session, vprod_error **err);
int vprod__make_health (vprod_session *session, vprod_error **err);
int vprod__make_settled (vprod_session *session, vprod_error **err);
int vprod__make_changes (vprod_session *session, vprod_error **err);

void vprod__image_clear (struct vprod__image *image);
void vprod__databases_free (vprod_session *session);
void vprod__app_free (struct vprod__app *app);
void vprod__changes_clear (vprod_session *session);

/* Does a check of the run that is going on look at the running app? */
int vprod__session_run_uses_app (vprod_session *session);

/* Tells on_event, one at a time. */
void vprod__session_tell (vprod_session *session, const vprod_event *event);

/* How long removing at the end may take, in all and for one try, and how long after a call that was cut off the
   engine is looked at again; for tests. */
struct vprod__removal_time {
  int64_t whole_ms;
  int64_t attempt_ms;
  int64_t late_ms;
};
void vprod__session_set_removal_time (vprod_session *session, const struct vprod__removal_time *time);

/* Where this machine's /proc and /sys are ("" for /), or NULL: how busy it is cannot be told; for tests. Lent. */
void vprod__session_set_root (vprod_session *session, const char *root);

/* NAME=value of image.args expanded; NULL if there are none. */
int vprod__session_build_args (vprod_session *session, char ***ret, vprod_error **err);

/* Makes the image known to the engine: pulls it if it is not there, and says so. */
int vprod__image_obtain (vprod_session *session, const char *image, const char *platform, vprod_error **err);

/* There is an image that can be used; else an error that says why not. */
int vprod__image_require (vprod_session *session, vprod_error **err);

/* The last lines of a container's output, harmless; "" if none or unknown; NULL out of memory. */
char *vprod__container_tail (vprod_session *session, const char *container_id);

#define VPROD__DATABASE_PORT 5432 /* in its container */

struct vprod__database_link;

/* Waits until it answers; link->postgres is then the connection. */
int vprod__database_wait_ready (vprod_session *session, struct vprod__database *database,
                                struct vprod__database_link *link, vprod_error **err);

/* Do the databases answer still? Waits again for one that was only passing: a server that an image runs while it
   sets itself up. */
int vprod__databases_check (vprod_session *session, vprod_error **err);

/* How long the databases' output is now, so that a later count begins there. */
int vprod__databases_mark_logs (vprod_session *session, vprod_error **err);

/* ---- the session --------------------------------------------------------------------------------------- */

/* What else is known of a database. */
struct vprod__database_link {
  pthread_mutex_t lock;             /* the connection is used by one thread at a time */
  struct vprod__postgres *postgres; /* or NULL */
  int logs_connections;             /* 1: "connection received" lines were asked for */
  uint64_t log_mark;                /* bytes of its log before the app started */
};

struct vprod__job_state {
  const struct vprod__job *job;
  vprod_result *result;
  int begun;
  int done_with_app; /* it goes on without it */
  int done;
};

/* An app whose use is over, and its health: somebody may still hold them. */
struct vprod__past_app {
  struct vprod__app *app;
  struct vprod__health *health;
  struct vprod__past_app *next;
};

/* What must not be shown; hide.h. */
struct vprod__hiding {
  pthread_mutex_t lock;
  struct vprod__redact *redact; /* NULL until it is asked for */
  struct vprod__scan *scan;     /* used by one thread at a time */
  int cannot_scan;
  int spec_is_known;
  int dockerfile_is_known;
};

struct vprod_session {
  pid_t owner; /* the process that made it */
  vprod_spec *spec;
  vprod_runner *runner;
  int owns_runner;
  const struct vprod__database_probe *probe;
  struct vprod__identity identity;
  char *id;
  char *tag;      /* of the image that it builds */
  char **labels;  /* on all that it makes */
  int keep;
  void (*on_event) (void *data, const vprod_event *event);
  void *event_data;
  pthread_mutex_t events; /* held while on_event runs */
  int64_t deadline_ms;
  struct vprod__removal_time removal_time;
  const char *root; /* in which /proc and /sys of this machine stand; NULL: there is nothing to learn from them */
  struct vprod__cancel cancel;
  int64_t began_ms;

  pthread_mutex_t lock;
  pthread_cond_t changed; /* on CLOCK_MONOTONIC */

  struct vprod__fixture engine_fixture;
  struct vprod__fixture image_fixture;
  struct vprod__fixture network_fixture;
  struct vprod__fixture databases_fixture;
  struct vprod__fixture app_fixture;
  struct vprod__fixture health_fixture;
  struct vprod__fixture settled_fixture;
  struct vprod__fixture changes_fixture;

  vprod_engine_facts engine;
  struct vprod__image image;
  char *network;
  enum vprod__way way;
  int reach_proved; /* under the lock */
  struct vprod__database *databases;
  struct vprod__database_link *links;
  size_t n_databases;
  size_t n_databases_started; /* their containers */
  struct vprod__app *app;
  int64_t app_cost_ms;
  struct vprod__health *health;
  struct vprod__buf changes; /* of the app's container */
  int changes_too_many;      /* … are not kept */
  int changes_no_memory;
  struct vprod__past_app *past;
  int n_apps;
  int n_extra_tags;

  struct vprod__privileged *privileged; /* of the first reading of the image's files; NULL: there was none */
  struct vprod__reading *reading;       /* of them, that has not begun and may be joined; or NULL */
  char *loop; /* vprod__session_give_loop */
  int loop_is_known;

  int prefetching; /* the thread below runs, or ran */
  pthread_t prefetch;

  struct vprod__made *made;
  size_t n_made;
  int unsure;
  int overdue;        /* … for the engine may still be at it */
  int64_t cut_off_ms; /* when a build was ended before its end; 0: none was */
  int reaping; /* the thread below runs */
  int reaper_stop;
  pthread_t reaper;
  char **temp_dirs;

  struct vprod__job_state *jobs; /* of the run that is going on, or NULL */
  size_t n_jobs;
  int app_was_used_up; /* in this run */

  struct vprod__hiding hiding;
  struct vprod__unready {
    int busy; /* 1: it is not known whether the app's start is over: the machine was too busy */
    int64_t waited_ms;
    int64_t stalled_ms;
    int stall_is_known;
  } unready; /* of settled_fixture */
};

#endif
