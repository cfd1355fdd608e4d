/* SPDX-License-Identifier: MIT */
/* The load that is on the app while it is stopped: at the path that the spec names for it, else at its health's. */
#ifndef VPROD_SESSION_STOP_LOAD_H
#define VPROD_SESSION_STOP_LOAD_H

#include "probe/load.h"
#include "session/app.h"

struct vprod__stop_load {
  char *path;
  int is_health;          /* 1: that is the health's, and its right answer is */
  int no_port;            /* 1: nothing was asked, for no port is known */
  int health_bad;         /* 1: nothing was asked, for the health is not good to begin with */
  int direct;             /* 1: asked at the container's own address, without a proxy of the engine's between */
  int64_t pid;            /* of the app, as this machine's /proc numbers it; 0: not known */
  char *url;
  char **headers;         /* "Name: value" */
  vprod_session *session; /* for the judging of answers */

  struct vprod__load_problem problem;
  int is_on;              /* 1: there was no problem, and it was on while the app was stopped */
  int64_t on_ms, stalled_ms; /* how long it was on before the signal, and how long of that the machine kept the app waiting */
  struct vprod__load *load; /* NULL: there is none */
  vprod_error *error;     /* it could not be made, or broke */
};

/* Puts a load on the running app. 0: it is on, or *ret says why not; negative: cancelled, out of time or memory. */
int vprod__stop_load_begin (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                            struct vprod__stop_load **ret, vprod_error **err);

/* The engine is told to send the signal now; it has said that it did; the app has ended. NULL: there is no load. */
void vprod__stop_load_called (struct vprod__stop_load *load);
void vprod__stop_load_sent (struct vprod__stop_load *load);
int vprod__stop_load_end (struct vprod__stop_load *load, vprod_error **err);

void vprod__stop_load_free (struct vprod__stop_load *load);

#endif
