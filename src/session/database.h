/* SPDX-License-Identifier: MIT */
/* What is known of the databases, and how a session asks one: a table, so that unit tests can do without PostgreSQL. */
#ifndef VPROD_SESSION_DATABASE_H
#define VPROD_SESSION_DATABASE_H

#include <pthread.h>
#include <verify-prod/session.h>
#include "probe/postgres.h"
#include "session/fixture.h"
#include "spec/spec.h"

#define VPROD__DATABASE_PORT 5432 /* in its container */

struct vprod__database {
  const struct vprod__spec_service *service;
  char *container_id;
  char *host;       /* where it is reached from here */
  int port;
  char *version;    /* "16.4" */
  int64_t ready_ms; /* from its start to SELECT 1 */
};

/* What else is known of it. */
struct vprod__database_link {
  pthread_mutex_t lock;             /* the connection is used by one thread at a time */
  struct vprod__postgres *postgres; /* or NULL */
  int logs_connections;             /* 1: "connection received" lines were asked for */
  uint64_t log_mark;                /* bytes of its log before the app started */
};

/* The functions of probe/postgres.h, each with the table's data before their own arguments. */
struct vprod__database_probe {
  void *data;
  int (*try) (void *data, const vprod_call *call, const struct vprod__postgres_address *address,
              int64_t attempt_ms, struct vprod__postgres **ret, char **ret_why, vprod_error **err);
  const char *(*version) (void *data, struct vprod__postgres *postgres);
  int (*query) (void *data, struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                const char *param, char **ret_value, vprod_error **err);
  void (*close) (void *data, struct vprod__postgres *postgres);
};

/* The real one. */
extern const struct vprod__database_probe vprod__database_probe_postgres;

struct vprod__databases_part {
  struct vprod__fixture fixture;
  const struct vprod__database_probe *probe;
  struct vprod__database *list;
  struct vprod__database_link *links;
  size_t count;
  size_t n_started; /* their containers */
  int prefetching;  /* the thread below runs, or ran */
  pthread_t prefetch;
};

#endif
