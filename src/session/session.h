/* SPDX-License-Identifier: MIT */
/*
 * What checks gather through. A fixture (image, database, app, health) is made once, by the first thread that asks;
 * others wait for it. There are two ways to ask:
 *
 *   vprod__get_X    gives the outcome, good or bad. For the check that owns the fixture and judges it.
 *   vprod__need_X   for everybody else: 0, it is there; 1, its ground is gone and `result` is now a skip that
 *                   says why (the check returns 0); negative, it could not be told.
 *
 *     const struct vprod__app *app;
 *     int r = vprod__need_ready (session, result, &app, err);
 *     if (r != 0)
 *       return r < 0 ? r : 0;
 *
 * Owners: image → build, database and app → start, health → health. An error of a fixture is an `error` of its
 * owner, and a skip of the others if the owner is part of the same run; else an error of whoever asked.
 */
#ifndef VPROD_SESSION_SESSION_H
#define VPROD_SESSION_SESSION_H

#include <pthread.h>
#include <verify-prod/session.h>
#include "runner/runner.h"
#include "session/log.h"
#include "result/result.h"
#include "runner/build/steps.h"
#include "spec/spec.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/thread.h"

/* ---- the session itself -------------------------------------------------------------------------------- */

const vprod_spec *vprod__session_spec (vprod_session *session);

/* 0, or minus INVALID in a forked child of the process that made it: its threads, connections and locks are not there. */
int vprod__session_own (const vprod_session *session, vprod_error **err);
vprod_runner *vprod__session_runner (vprod_session *session);

/* Fills a call that ends after timeout_ms (< 0: no bound of its own), with the session, or on cancel. */
void vprod__session_call (vprod_session *session, int64_t timeout_ms, vprod_call *ret);

/* Tells on_event, one at a time. */
void vprod__session_note (vprod_session *session, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));

/* The duration of a check on this thread, without the fixtures that it waits for but with those that it owns. */
struct vprod__clock {
  int64_t began_ms;
  int64_t waited_ms;
  const char *outer; /* check id of the clock around this one */
};
void vprod__clock_begin (struct vprod__clock *clock, const char *check_id);
int64_t vprod__clock_end (struct vprod__clock *clock);

/* The engine; asked once. Lent. */
int vprod__get_engine (vprod_session *session, const vprod_engine_facts **ret, vprod_error **err);

/* A new folder for temporary files, removed with the session. *ret is malloc'ed. */
int vprod__session_temp_dir (vprod_session *session, char **ret, vprod_error **err);

/* ---- image (owner: build) ------------------------------------------------------------------------------ */

struct vprod__image {
  int given;              /* 1: the spec names one that exists; there was no build */
  int usable;             /* 1: there is an image; 0: it did not build, or the engine has no such image */
  char *ref;              /* tag or reference; NULL if there is none */
  char *why;              /* not usable: in words, "the image did not build"; else NULL */
  vprod_build_facts build;/* zero if given */
  struct vprod__steps steps;
  char *log;              /* tail of the builder's words, or NULL */
  size_t log_length;
  int64_t build_ms;
  vprod_image_facts facts;/* if usable */
};

int vprod__get_image (vprod_session *session, const struct vprod__image **ret, vprod_error **err);
int vprod__need_image (vprod_session *session, vprod_result *result, const struct vprod__image **ret,
                       vprod_error **err);

/* A build of the spec's Dockerfile with its arguments, target and platform; context_dir NULL: the spec's own.
   dockerfile NULL: the spec's own. Steps, log tail and facts go to *ret, which the caller clears. */
struct vprod__build {
  vprod_build_facts facts;
  char *withheld;           /* it failed without a secret or an SSH agent, in words; so it says nothing of the image. Or NULL */
  struct vprod__steps steps;
  char *log;
  size_t log_length;
  int64_t duration_ms;
};
struct vprod__build_options {
  const char *context_dir;
  const char *dockerfile;
  const char *tag;          /* NULL: one of the session's own; the image goes with the session either way */
  int plain;                /* 1: without the spec's target, platform and arguments */
  int64_t timeout_ms;
  vprod_bytes_fn on_tar;    /* not NULL: output_tar */
  void *tar_data;
  /* Not NULL: asked after each piece of news of a step; anything but 0 ends the build there, with 0 and what steps tell
     until then. So nothing is done whose outcome does not matter. */
  int (*enough) (void *data, const struct vprod__steps *steps);
  void *enough_data;
};
int vprod__session_build_once (vprod_session *session, const struct vprod__build_options *options,
                               struct vprod__build *ret, vprod_error **err);
void vprod__build_clear (struct vprod__build *build);

/* The files of the session's image, layer by layer (image/layers.h), after what is more urgent. Those who ask at about the
   same time share one export. The visitor is called from another thread, and its on_end before this returns; NULL: only
   the programs with rights of their own are wanted, and are known after that. */
struct vprod__layer_visitor;
int vprod__image_files (vprod_session *session, int64_t timeout_ms, const struct vprod__layer_visitor *visitor,
                        vprod_error **err);

/* Programs in the image with rights of their own, which every reading of its files tells; NULL: nobody has read them. Waits
   while a check of this run may. Lent. */
struct vprod__privileged;
int vprod__session_privileged (vprod_session *session, const struct vprod__privileged **ret, vprod_error **err);

/* Its history, as the runner's image_history gives it. */
int vprod__session_image_history (vprod_session *session, int64_t timeout_ms,
                                  int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                  vprod_error **err);

/* A copy of the spec's build context for changes, in a folder that goes with the session. Folders that
   .dockerignore surely leaves out are left out, but what `keep` (a path in the context, or NULL) lies in never is.
   *ret_dir is malloc'ed. */
int vprod__session_stage_context (vprod_session *session, const char *keep, char **ret_dir, vprod_error **err);

/* ---- database and app (owner: start) ------------------------------------------------------------------- */

struct vprod__database {
  const struct vprod__spec_service *service;
  char *container_id;
  char *host;       /* where it is reached from here */
  int port;
  char *version;    /* "16.4" */
  int64_t ready_ms; /* from its start to SELECT 1 */
};

/* Number of databases that the spec names; they are all started by the first call. */
int vprod__get_databases (vprod_session *session, const struct vprod__database **ret, size_t *ret_count,
                          vprod_error **err);

struct vprod__app {
  int started;        /* 0: the engine could not start it, and the image is at fault */
  char *why;          /* not started: the engine's words */
  char *container_id; /* NULL if it could not even be made */
  char *ip_address;
  char *host;         /* where its port is reached from here */
  int host_port;      /* 0: nowhere */
  int port;           /* in the container: run.port, else the only exposed TCP port; 0: none known */
  int64_t called_at;  /* CLOCK_MONOTONIC, ms: when the engine was told to start it … */
  int64_t started_at; /* … and when it said that it had */
  struct vprod__log *log; /* follows its output; patterns are startup-logs' `any` */
  int log_is_whole;   /* 0: the engine was slow to let us follow it, and the log may lack its beginning */
};

/* Before work that can wait: returns once the containers of databases that were asked for are started, or cannot be. */
void vprod__session_let_databases_start (vprod_session *session);

/* The same for a check that does not own them. */
int vprod__need_databases (vprod_session *session, vprod_result *result, vprod_error **err);

/* Says that the databases will be asked for: they start in the background, beside the build. Cheap, at any time;
   nothing comes of it where they cannot be started. */
void vprod__expect_databases (vprod_session *session);

/* Builds, starts the databases, starts the app. Where the image is not usable, it is not started, and `why` is the
   image's. */
int vprod__get_app (vprod_session *session, const struct vprod__app **ret, vprod_error **err);

/* What the app's container is now. */
int vprod__app_facts (vprod_session *session, const struct vprod__app *app, vprod_container_facts *ret,
                      vprod_error **err);

/* It did not answer rightly, and `listens` is where it listens (NULL: not known). 0: it is reached from here, as far as
   that can be told. An error, with what was tried, where it is not: that says nothing of the app. */
int vprod__reach_judge (vprod_session *session, const struct vprod__app *app, char *const *listens, vprod_error **err);

/* The first process of a container as this machine's /proc numbers it; 0: it is not seen here. Negative: error. */
int64_t vprod__container_pid_here (vprod_session *session, const struct vprod__app *app,
                                   const vprod_container_facts *container, vprod_error **err);

/* Where the app listens, as vprod__proc_listens gives it; *ret stays NULL where that is not known. */
int vprod__app_listens (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                        char ***ret, vprod_error **err);

/* Waits for its end. 1: it ended, with *ret_exit_code; 0: it was still running at the end of that time. */
int vprod__wait_end (vprod_session *session, const char *container_id, int64_t timeout_ms, int *ret_exit_code,
                     vprod_error **err);

/* In which paths the app's container differs from its image, as the runner's container_changes tells: asked once, by the
   first who wants to know. on_change NULL: only asks. */
int vprod__app_changes (vprod_session *session, int (*on_change) (void *data, const vprod_change *change), void *data,
                        vprod_error **err);

/* How many connections the databases saw from the app's address until now, live or ended; -1: not known. */
int vprod__app_database_connections (vprod_session *session, const struct vprod__app *app, int64_t *ret,
                                     vprod_error **err);

/* How many came from it and were not let in, or went before, and why the last was not: *ret_why is malloc'ed, or
   NULL. */
int vprod__app_turned_away (vprod_session *session, const struct vprod__app *app, int64_t *ret, char **ret_why,
                            vprod_error **err);

/* ---- health (owner: health) ---------------------------------------------------------------------------- */

enum vprod__health_state {
  VPROD__HEALTH_UNKNOWN = 0, /* the spec names no path, or no port is known: nothing was asked */
  VPROD__HEALTH_GOOD,        /* answered as it should, so often in a row as it should */
  VPROD__HEALTH_BAD,         /* did not, until the time was over or no other answer was to be expected; with `busy`: the
                                machine was too busy for a verdict */
  VPROD__HEALTH_APP_ENDED    /* the app ended before */
};

/* A question that was asked once more, otherwise, as no right answer came: each once. */
enum vprod__also_kind {
  VPROD__ALSO_PATH = 0,  /* value: the path */
  VPROD__ALSO_HOST,      /* … the name in the Host header */
  VPROD__ALSO_FORWARDED, /* with X-Forwarded-Proto: https */
  VPROD__ALSO_TLS,       /* by https */
  VPROD__ALSO_HTTP2,     /* by HTTP/2 without TLS */
  VPROD__ALSO_PORT       /* on another port of the container */
};

struct vprod__also {
  enum vprod__also_kind kind;
  char *value;  /* or NULL */
  char *from;   /* who names the value: "the image's HEALTHCHECK", "ALLOWED_HOSTS"; NULL: nobody */
  int outcome;  /* enum vprod__http_outcome */
  int status;   /* if answered */
  int is_right; /* it is the answer that the spec wants */
  int confirms; /* … or shows otherwise that what it was asked for is so */
};

struct vprod__health {
  enum vprod__health_state state;
  char *url;
  int attempts;
  int good;             /* how many answers were right, in all */
  int last_outcome;     /* enum vprod__http_outcome of the last attempt */
  int last_status;
  char *last_body;      /* its beginning, harmless */
  char *last_location;  /* or NULL */
  char *last_error;     /* libcurl's words, or "" */
  int worst_status;     /* last wrong status seen, 0: none */
  int64_t first_ms;     /* from the app's start to the first right answer; -1: none */
  int64_t settled_ms;   /* … to the end of asking */
  const char *settled_by; /* bad: what ended the asking, "time limit" …; static, NULL: not told */
  const char *protocol; /* what the port speaks instead of HTTP/1.1; static, NULL: not known */
  struct vprod__also *also;
  size_t n_also;
  int busy;             /* BAD: 1: nothing follows from that, for this machine kept the app waiting … */
  int64_t stalled_ms;   /* … for so long … */
  int64_t waited_ms;    /* … of this time */
  int stall_is_known;   /* … where that can be known */
};

/* Asks until it is settled; once. The app must have been started. */
int vprod__get_health (vprod_session *session, const struct vprod__health **ret, vprod_error **err);

/* Goes on asking one whose health is good until until_ms (CLOCK_MONOTONIC), and at least once. *ret is of these answers
   alone: GOOD; BAD, wrong ones came, and came again; APP_ENDED, its container did. */
int vprod__watch_health (vprod_session *session, const struct vprod__app *app, const struct vprod__health *health,
                         int64_t until_ms, struct vprod__health **ret, vprod_error **err);

/* CLOCK_MONOTONIC, ms: its first right answer, else its start. One that is slow to come up is looked at as long as a
   quick one. */
int64_t vprod__app_works_since (const struct vprod__app *app, const struct vprod__health *health);

void vprod__health_free (struct vprod__health *health);
VPROD_DEFINE_CLEANUP (struct vprod__health *, vprod__health_free);
#define _cleanup_health_ _cleanup_ (vprod__health_freep)

/* The app is up and its start is over: its health is good, or bad but it is still up, or (no health path) it has
   been up for a while and its port, if known, takes connections. Skips where it did not start or is not up. */
int vprod__need_ready (vprod_session *session, vprod_result *result, const struct vprod__app **ret,
                       vprod_error **err);

/* Waits until the other checks of this run that use the running app are done; at once in a single call. */
int vprod__wait_app_users (vprod_session *session, const char *check_id, vprod_error **err);

/* This check goes on without the running app: those that wait for its users need not wait for it any more. */
void vprod__done_with_app (vprod_session *session, const char *check_id);

/* Is that check part of this run? */
int vprod__session_runs (vprod_session *session, const char *check_id);

/* What of the app was seen to be started again and again, NULL for nothing: kept by the session, the first word
   holds. 0, or -1 out of memory. */
int vprod__session_give_loop (vprod_session *session, const char *command);
/* 1: it was given; *ret is lent by the session, or NULL. */
int vprod__session_loop (vprod_session *session, const char **ret);

/* Has that check of this run failed the image already? */
int vprod__session_has_failed (vprod_session *session, const char *check_id);

/* Before heavy work that can wait: returns once the app of this run has started, or cannot; at once where no check of
   the run looks at an app. What a check has the engine do takes time from the databases and the app, and a run lasts
   at least until the app has been seen up for a while. */
void vprod__session_let_app_start (vprod_session *session);

/* The app was ended by its check: the next vprod__get_app makes a new one. */
void vprod__app_used_up (vprod_session *session);

/* ---- one-off containers -------------------------------------------------------------------------------- */

struct vprod__once_options {
  const char *const *env;        /* NAME=value; NULL: none */
  const char *const *entrypoint; /* NULL: the image's */
  const char *const *command;    /* NULL: the image's */
  int on_network;                /* 1: beside the databases; 0: no network at all */
  int64_t timeout_ms;            /* from its start; time in which the machine kept it waiting does not count */
  /* Not NULL: asked when the container is made and could be started; may wait. 0: start it; else it is not wanted any
     more, and `started` stays 0. */
  int (*turn) (void *data);
  void *turn_data;
};

struct vprod__once {
  int started;   /* 0: the engine could not start it, and the image (or command) is at fault */
  char *why;     /* not started: the engine's words */
  int ended;     /* 0: it was still running at the end of its time (and was then removed) */
  int exit_code; /* if ended */
  int oom_killed;
  int busy;            /* not ended: 1: the machine was too busy for that to mean anything */
  int64_t duration_ms; /* by the engine's clock; not ended: how long it was looked at */
  int64_t stalled_ms;  /* for how much of that the machine kept it waiting … */
  int stall_is_known;  /* … where that can be known */
  char *output;  /* the last bytes of both streams; "" if none */
  size_t output_length;
};

/* Runs a container of the session's image to its end or timeout and removes it. */
int vprod__run_once (vprod_session *session, const struct vprod__once_options *options,
                     struct vprod__once *ret, vprod_error **err);

/* The same in two steps, for one that runs on beside others. finish: until it has been up for timeout_ms, or has ended;
   removes it. drop: removes it without a look. */
struct vprod__once_begun {
  char *id;
  int64_t called_ms;  /* CLOCK_MONOTONIC: when the engine was told to start it … */
  int64_t started_ms; /* … and when it said that it had */
  struct vprod__once once;
};
int vprod__once_begin (vprod_session *session, const struct vprod__once_options *options, struct vprod__once_begun *ret,
                       vprod_error **err);
int vprod__once_finish (vprod_session *session, struct vprod__once_begun *begun, int64_t timeout_ms,
                        struct vprod__once *ret, vprod_error **err);
void vprod__once_drop (vprod_session *session, struct vprod__once_begun *begun);
void vprod__once_clear (struct vprod__once *once);

/* Makes a container of the session's image that is never started, for a look at its files; it goes with the session.
   *ret_id is malloc'ed. */
int vprod__session_still_container (vprod_session *session, char **ret_id, vprod_error **err);

/* run.env with every ${…} expanded; NULL-ended, malloc'ed. */
int vprod__session_env (vprod_session *session, char ***ret, vprod_error **err);

/* run.command expanded; NULL: the image's own. */
int vprod__session_command (vprod_session *session, char ***ret, vprod_error **err);

/* ---- running many checks ------------------------------------------------------------------------------- */

enum vprod__app_use {
  VPROD__APP_NONE = 0, /* does not look at the running app */
  VPROD__APP_USES,     /* looks at it */
  VPROD__APP_JUDGES,   /* waits for those that look, then says whether it stayed up (start) */
  VPROD__APP_ENDS      /* waits for all of these, then ends it (graceful-stop) */
};

struct vprod__job {
  const char *check_id;
  const char *title;
  enum vprod__app_use app_use;
  int (*run) (vprod_session *session, vprod_result **ret, vprod_error **err);
  int reads_files; /* 1: it reads the image's files, vprod__image_files */
};

/* Runs the jobs, at most `at_once` (0: all) side by side, and gives their results in the same order: an error of
   a job becomes a result with the verdict error. */
int vprod__session_run_jobs (vprod_session *session, const struct vprod__job *jobs, size_t count, int at_once,
                             vprod_report **ret, vprod_error **err);

VPROD_DEFINE_CLEANUP (vprod_session *, vprod_session_free);
#define _cleanup_session_ _cleanup_ (vprod_session_freep)

#endif
