/* SPDX-License-Identifier: MIT */
/*
 * A service: a server beside the app, in a container of its own, on the app's network under its name. What all services
 * have in common stands here, in services.c (their making) and service_ready.c (waiting until one is ready); what is
 * particular to a kind of them is a table of functions, struct vprod__service_kind, at the end of that kind's file.
 */
#ifndef VPROD_SESSION_SERVICE_H
#define VPROD_SESSION_SERVICE_H

#include <pthread.h>
#include <verify-prod/session.h>
#include "runner/runner.h"
#include "session/database.h"
#include "session/fixture.h"
#include "spec/spec.h"

struct vprod__service_kind;
struct vprod__services_part;

/* Of a list that checks read. */
struct vprod__service {
  const struct vprod__spec_service *spec;
  const struct vprod__service_kind *kind;
  const char *image;  /* lent by the spec, as is what follows */
  int64_t timeout_ms;
  int port;           /* in its container, to be reached from here; 0: none need be */
  char *container_id;
  char *host;         /* where that port is reached from here; NULL without one */
  int host_port;
  char *version;      /* "16.4"; NULL: it does not tell */
  const char *ca_file; /* of whom its certificate is, here; NULL: it is reached without TLS. Lent */
  int64_t ready_ms;   /* from its start until it was ready */
};

/* What is known of a service of any image. */
struct vprod__container_link {
  struct vprod__log *log; /* followed until it has the text that says that it is ready; or NULL */
  int log_is_whole;       /* 0: it may lack its beginning */
  uint64_t written;       /* bytes of its output until it was stopped last: they say nothing of its being ready again */
  int64_t asked_ms;       /* when it was last found ready, CLOCK_MONOTONIC */
};

/* What else is known of it. */
struct vprod__service_link {
  pthread_mutex_t lock; /* it is asked by one thread at a time */
  int was_ready;        /* it was ready once, and was not stopped since */
  int is_away;          /* it was stopped on purpose (service_away.h); under the monitor's lock */
  int64_t pid;          /* its first process, as it was last seen; 0: not yet; under the monitor's lock */
  int ended_once;       /* its container has ended with exit code 0, and was started again (kind->ends_once) */
  struct vprod__database_link database; /* of a PostgreSQL */
  struct vprod__container_link container; /* of any other */
};

/* Both together, as a kind's functions are given them. */
struct vprod__service_at {
  struct vprod__service *service;
  struct vprod__service_link *link;
};

/* What a service's container is made of, beyond what all have. */
struct vprod__service_request {
  char **env;     /* NAME=value */
  char **command; /* NULL: the image's own */
};

/* One look at a service that is not ready yet. */
struct vprod__service_try {
  vprod_call call;         /* bounds what it takes */
  const vprod_container_facts *facts; /* of its running container */
  int64_t up_ms;           /* for how long it could run */
  int64_t passing_since_ms;/* for the kind's own use; -1 at first */
  int64_t pause_ms;        /* the least pause before the next, to be set by the kind */
  char *why;               /* why it is not ready, malloc'ed, to be set by the kind */
};

struct vprod__service_kind {
  const char *noun;       /* "database" */
  const char *key;        /* services.NAME.KEY is its place in the spec */
  const char *role;       /* of its container's label */
  const char *short_role; /* in its container's name */
  const char *silence;    /* "did not answer": what it is told of that is not ready in time */
  vprod_error_code code;  /* of that error */
  int ends_once;          /* 1: it may end with exit code 0 once, set up, to be started again */
  const char *stop_signal;/* at which it ends at once and keeps its data; NULL: its image's */

  /* Fills image, timeout_ms, port from the spec. */
  void (*describe) (struct vprod__service *service);

  int (*request) (vprod_session *session, const struct vprod__service *service, struct vprod__service_request *ret,
                  vprod_error **err);

  /* May be NULL. Its container is made, and not started yet. */
  int (*prepare) (vprod_session *session, struct vprod__service_at at, vprod_error **err);

  /* 1: it is ready; 0: not yet, and try->why says why; negative: it never will be, or that cannot be told. */
  int (*attempt) (vprod_session *session, struct vprod__service_at at, struct vprod__service_try *try, vprod_error **err);

  /* May be NULL. Once, after it is ready: what else is to be known (version). */
  int (*settle) (vprod_session *session, struct vprod__service_at at, vprod_error **err);

  /* May be NULL. Once, after that: what is done with it before anybody uses it. */
  int (*fill) (vprod_session *session, struct vprod__service_at at, vprod_error **err);

  /* Of one that was ready, and runs. 1: it still is; 0: it must be waited for again; negative: it cannot be told. */
  int (*still) (vprod_session *session, struct vprod__service_at at, vprod_error **err);

  /* May be NULL. It was stopped, and will be started again. */
  int (*stopped) (vprod_session *session, struct vprod__service_at at, vprod_error **err);

  /* May be NULL. Ends what the link holds. */
  void (*clear) (struct vprod__services_part *services, struct vprod__service_link *link);
};

/* Was it stopped on purpose, and is not ready again? */
int vprod__service_is_away (vprod_session *session, const struct vprod__service_link *link);

extern const struct vprod__service_kind vprod__service_postgres, vprod__service_container;

struct vprod__services_part {
  struct vprod__fixture fixture;
  const struct vprod__database_probe *probe;
  struct vprod__service *list;
  struct vprod__service_link *links; /* one a service */
  size_t count;
  size_t n_started; /* their containers */
  int failed;       /* one of them will not be ready, so that the others need not be waited for; under the lock */
  int prefetching;  /* the thread below runs, or ran */
  pthread_t prefetch;
};

#endif
