/* SPDX-License-Identifier: MIT */
/* Asking in other ways where no right answer comes: which of them is answered rightly tells the cause. */
#ifndef VPROD_SESSION_HEALTH_ALSO_H
#define VPROD_SESSION_HEALTH_ALSO_H

#include "session/app.h"
#include "session/health_ask.h"
#include "session/health_facts.h"
#include "session/health_settle.h"

struct vprod__also_asking {
  vprod_session *session;
  const struct vprod__app *app;
  struct vprod__question *question; /* that got no right answer */
  struct vprod__health *health; /* gets the answers */
  char *const *listens;         /* where the app listens; NULL: not known */
};

/* Asks to verify the likely cause of such an answer, unless that was asked before. 1: confirmed; 0: not confirmed, or
   nothing to ask; negative: error. */
int vprod__also_verify (struct vprod__also_asking *asking, enum vprod__heard heard, vprod_error **err);

/* Asks all that helps to find the cause and a remedy. 0 or negative. */
int vprod__also_ask_all (struct vprod__also_asking *asking, enum vprod__heard heard, vprod_error **err);

void vprod__also_free (struct vprod__health *health);

#endif
