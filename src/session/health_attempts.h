/* SPDX-License-Identifier: MIT */
/* Attempts to ask for the app's health, one after the other, and what they said. Both waiting for the first right answers
   (health.c) and watching that they last (health_watch.c) are made of them. */
#ifndef VPROD_SESSION_HEALTH_ATTEMPTS_H
#define VPROD_SESSION_HEALTH_ATTEMPTS_H

#include "session/health_ask.h"
#include "session/health_facts.h"
#include "session/health_settle.h"
#include "session/limit.h"

struct vprod__asking {
  vprod_session *session;
  const struct vprod__app *app;
  struct vprod__question question;
  const struct vprod__pace *pace;
  struct vprod__health *health;
  int64_t deadline_ms;
  struct vprod__limit limit; /* of all attempts */
  int in_row;
  struct vprod__health_answer answer; /* the last one */
  struct vprod__same same;
  char **listens;        /* where the app listens, when that was last looked at */
  int64_t listens_from_ms; /* when that may be looked at again */
  int64_t quiet_from_ms; /* the next look whether the container is idle */
};

/* Begins to ask; what is asked goes to health, too. */
int vprod__asking_begin (struct vprod__asking *asking, vprod_error **err);

/* One attempt. 1: there were enough right answers in a row; 0: go on. */
int vprod__asking_ask (struct vprod__asking *asking, const vprod_call *call, vprod_error **err);

void vprod__asking_clear (struct vprod__asking *asking);

#endif
