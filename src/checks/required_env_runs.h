/* SPDX-License-Identifier: MIT */
/* The runs of `required-env`: containers made ahead, that start once the control is seen to be good. */
#ifndef VPROD_CHECKS_REQUIRED_ENV_RUNS_H
#define VPROD_CHECKS_REQUIRED_ENV_RUNS_H

#include <pthread.h>
#include "checks/required_env.h"

#define VPROD__ENV_RUNS_AT_ONCE 4

/* Shared by a few threads that each take the next one. */
struct vprod__env_runs {
  vprod_session *session;
  struct vprod__without *without; /* the caller fills in what to leave out; freed with the rest */
  size_t count;
  char **env;
  char **command;
  pthread_t threads[VPROD__ENV_RUNS_AT_ONCE];
  size_t n_threads;

  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t changed;
  int may_start; /* the control is good */
  int over;      /* no more are begun */
  size_t next;
  vprod_error *error; /* the first one */
};

void vprod__env_runs_init (struct vprod__env_runs *runs, vprod_session *session);
void vprod__env_runs_clear (struct vprod__env_runs *runs);

/* Begins to make the containers. */
int vprod__env_runs_begin (struct vprod__env_runs *runs, vprod_error **err);

/* The control is good: lets them start, and waits for all. Or it is not: none that has not started is. */
int vprod__env_runs_finish (struct vprod__env_runs *runs, vprod_error **err);
void vprod__env_runs_give_up (struct vprod__env_runs *runs);

/* One more container, with all variables. */
int vprod__env_runs_with_all (struct vprod__env_runs *runs, int64_t timeout_ms, struct vprod__once *ret, vprod_error **err);

#endif
