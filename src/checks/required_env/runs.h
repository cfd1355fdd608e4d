/* SPDX-License-Identifier: MIT */
/* The runs of `required-env`: containers that are made ahead, while others run, and start once the control is ready. */
#ifndef VPROD_CHECKS_REQUIRED_ENV_RUNS_H
#define VPROD_CHECKS_REQUIRED_ENV_RUNS_H

#include <pthread.h>
#include "checks/required_env/facts.h"

#define VPROD__ENV_RUNS_LEAST 2 /* at the same time, if the engine has one processor or does not say */
#define VPROD__ENV_RUNS_MOST 16

/* Shared by a few threads that each take the next run: as many run as may do so at once, as many more are made. One run has all
   variables, like the control. It is made where one of the others does not explain its end, and starts after all of them. */
struct vprod__env_runs {
  vprod_session *session;
  struct vprod__without *without; /* the caller fills in what to leave out; freed with the rest */
  size_t count;
  size_t n_judged; /* of these, the first: their ends are to be explained */
  char **env;
  char **command;
  pthread_t threads[2 * VPROD__ENV_RUNS_MOST];
  size_t n_threads;
  size_t at_once; /* as many as the engine has processors for */
  struct vprod__once_begun beside;

  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t changed;
  int may_start; /* the control is good */
  int beside_is_taken;
  int64_t limit_ms; /* of each; known once they may start */
  int over;      /* no more are begun */
  size_t next;
  size_t n_taken;   /* how many runs are without a variable */
  size_t n_begun;   /* how many of these are started, or cannot be */
  size_t n_ended;   /* how many are over */
  size_t n_running; /* how many may be starting or running */
  int any_is_unexplained; /* one of n_judged has ended, and did not name its variable as the reason */
  vprod_error *error; /* the first one */
};

void vprod__env_runs_init (struct vprod__env_runs *runs, vprod_session *session);
void vprod__env_runs_clear (struct vprod__env_runs *runs);

/* Begins to make the containers. */
int vprod__env_runs_begin (struct vprod__env_runs *runs, vprod_error **err);

/* Lets them start, each for limit_ms at most, and waits for all; or, if the control is not ready, lets no more start. */
int vprod__env_runs_finish (struct vprod__env_runs *runs, int64_t limit_ms, vprod_error **err);
void vprod__env_runs_give_up (struct vprod__env_runs *runs);

/* After that, where any is unexplained: the outcome of the run with all variables, once it has been up for that long. */
int vprod__env_runs_with_all (struct vprod__env_runs *runs, int64_t up_ms, struct vprod__once *ret, vprod_error **err);

#endif
