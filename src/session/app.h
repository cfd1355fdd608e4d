/* SPDX-License-Identifier: MIT */
/* The app: a container of the image beside its services, made while they come up and started once they are ready. Owner:
   start. */
#ifndef VPROD_SESSION_APP_H
#define VPROD_SESSION_APP_H

#include "runner/runner.h"
#include "session/fixture.h"
#include "session/log.h"

struct vprod__app {
  int started;        /* 0: the engine could not start it, and the image is at fault */
  char *why;          /* not started: the engine's words */
  char *container_id; /* NULL if it could not even be made */
  char *ip_address;
  char *host;         /* where its port is reached from here */
  int host_port;      /* 0: nowhere */
  int port;           /* in the container: run.port, else the only exposed TCP port; 0: none known */
  int health_port;    /* at which its health is asked: checks.health.port, else `port` */
  char *health_host;  /* where that is reached from here */
  int health_host_port;
  int64_t called_at;  /* CLOCK_MONOTONIC, ms: when the engine was told to start it */
  int64_t started_at; /* when it answered */
  struct vprod__log *log; /* follows its output; patterns are startup-logs' `any` */
  int log_is_whole;   /* 0: the engine was slow to let us follow it, and the log may lack its beginning */
};

/* How another container of the app is to differ from the first; NULL: not in that. Lent. */
struct vprod__run_settings;
struct vprod__app_as {
  const struct vprod__run_settings *settings; /* instead of those of the spec's `run` */
  char *const *env;                           /* instead of run.env */
};

struct vprod__app_part {
  struct vprod__fixture fixture;
  struct vprod__app *made;
  int64_t cost_ms;
  int count; /* of containers so far */
  char *loop; /* vprod__app_loop saw it; NULL: it saw none */
  int loop_is_known;
};

/* Builds, starts the services, starts the app. Where the image is not usable, it is not started, and `why` is the
   image's. */
int vprod__get_app (vprod_session *session, const struct vprod__app **ret, vprod_error **err);

int vprod__make_app (vprod_session *session, vprod_error **err);
void vprod__app_free (struct vprod__app *app);

/* Makes one more container of the app and starts it, beside the one that the session has and its services, which must have
   been made. What is done before an app (run.before) is not done again. Where the engine cannot start it and that is due to the
   image or to how it is to run, `started` is 0, and `why` are its words. May be called from several threads. */
int vprod__app_start_another (vprod_session *session, const struct vprod__app_as *as, struct vprod__app **ret,
                              vprod_error **err);

/* Ends that one: its container is removed. */
void vprod__app_end_another (vprod_session *session, struct vprod__app *app);

/* Before heavy work that can wait: returns once the app of this run has started, or cannot; at once where no check of
   the run looks at an app. What a check has the engine do takes time from the services and the app, and a run lasts
   at least until the app has been seen up for a while. */
void vprod__session_let_app_start (vprod_session *session);

/* What the app's container is now. */
int vprod__app_facts (vprod_session *session, const struct vprod__app *app, vprod_container_facts *ret,
                      vprod_error **err);

/* 1: it is up; 0: not any more; negative: error. */
int vprod__app_is_up (vprod_session *session, const struct vprod__app *app, vprod_error **err);

/* It did not answer rightly at its health's port, and `listens` is where it listens (NULL: not known). 0: it is reached from
   here, as far as that can be told. An error, with what was tried, where it is not: that says nothing of the app. */
int vprod__reach_judge (vprod_session *session, const struct vprod__app *app, char *const *listens, vprod_error **err);

/* Where the app listens, as vprod__proc_listens gives it; *ret stays NULL where that is not known. */
int vprod__app_listens (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                        char ***ret, vprod_error **err);

/* The same, asked inside the container where it is not seen from here. */
int vprod__app_find_listens (vprod_session *session, const struct vprod__app *app, char ***ret, vprod_error **err);

/* How many connections the databases saw from the app's address until now, live or ended; -1: not known. */
int vprod__app_database_connections (vprod_session *session, const struct vprod__app *app, int64_t *ret,
                                     vprod_error **err);

/* How many came from it and were not let in, or went before, and why the last was not: *ret_why is malloc'ed, or
   NULL. */
int vprod__app_turned_away (vprod_session *session, const struct vprod__app *app, int64_t *ret, char **ret_why,
                            vprod_error **err);

#endif
