/* SPDX-License-Identifier: MIT */
/* One-off containers of the session's image. */
#ifndef VPROD_SESSION_ONCE_H
#define VPROD_SESSION_ONCE_H

#include <stddef.h>
#include <stdint.h>
#include <verify-prod/session.h>
#include "session/once_end.h"
#include "session/files.h"

struct vprod__once_options {
  const char *const *env;        /* NAME=value; NULL: none */
  const char *const *entrypoint; /* NULL: the image's */
  const char *const *command;    /* NULL: the image's */
  const struct vprod__file_change *file; /* one of run.files that is not as it should be; NULL: none */
  int on_network;                /* 1: beside the services; 0: no network at all */
  int64_t timeout_ms;            /* from its start; time in which the machine kept it waiting does not count */
  /* Not NULL: asked when the container is made and could be started; may wait. 0: start it; else it is not wanted any
     more, and `started` stays 0. */
  int (*turn) (void *data);
  void *turn_data;
};

/* Runs a container of the session's image to its end or timeout and removes it. */
int vprod__run_once (vprod_session *session, const struct vprod__once_options *options,
                     struct vprod__once *ret, vprod_error **err);

/* Running one in two steps, beside others. finish: waits until it has been up for timeout_ms or has ended, and removes it.
   drop: removes it without waiting. */
struct vprod__once_begun {
  char *id;
  int64_t called_ms;  /* CLOCK_MONOTONIC: when the engine was told to start it */
  int64_t started_ms; /* when it answered */
  struct vprod__once once;
};
int vprod__once_begin (vprod_session *session, const struct vprod__once_options *options, struct vprod__once_begun *ret,
                       vprod_error **err);
int vprod__once_finish (vprod_session *session, struct vprod__once_begun *begun, int64_t timeout_ms,
                        struct vprod__once *ret, vprod_error **err);
void vprod__once_drop (vprod_session *session, struct vprod__once_begun *begun);

#endif
