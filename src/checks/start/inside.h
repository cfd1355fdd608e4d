/* SPDX-License-Identifier: MIT */
/* What `start` looks for inside the container that stays up: processes that ended, and packages that were installed. */
#ifndef VPROD_CHECKS_START_INSIDE_H
#define VPROD_CHECKS_START_INSIDE_H

#include "checks/start/facts.h"
#include "checks/start/ends.h"
#include "checks/start/installs.h"
#include "session/app_loop.h"

/* To begin, zero it. */
struct vprod__inside {
  struct vprod__ends ends;
  struct vprod__installs installs;
  char *installs_text;
  char *installs_said;
  char *installs_untold;
  int asking; /* the thread below runs */
  pthread_t asker;
};

/* Once the app is ready: asks the engine in the background what changed in its file system. */
void vprod__inside_expect (vprod_session *session, struct vprod__inside *inside);

/* Fills in the facts on it, whose strings are lent from *ret. before: when it had just answered; now: the last look, empty where
   there was none. */
int vprod__look_inside (vprod_session *session, const struct vprod__app *app, const struct vprod__sight *before,
                        struct vprod__sight *now, struct vprod__inside *ret, struct vprod__start_facts *facts,
                        vprod_error **err);
void vprod__inside_clear (struct vprod__inside *inside);

#endif
