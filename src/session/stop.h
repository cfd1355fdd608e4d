/* SPDX-License-Identifier: MIT */
/*
 * The end of the session's app by its stop signal, as an engine stops it: made once a run, after all others are done with
 * the app, by whichever check asks first; the app is killed where it still runs at the end of its grace time. Where the
 * check of a load is part of the run, or asks, a load is on the app while it is stopped. Owner: graceful-stop.
 */
#ifndef VPROD_SESSION_STOP_H
#define VPROD_SESSION_STOP_H

#include "session/fixture.h"
#include "session/stop_facts.h"

struct vprod__stop_part {
  struct vprod__fixture fixture;
  struct vprod__stop *made;
  unsigned run;  /* the run that it was made in */
  int with_load; /* what asks wants a load, whether or not it is part of a run */
};

/* Stops the app, or waits until it is stopped: once a run, and once a call outside of one. 0: *ret is how it went; 1: it was
   not stopped, and `result` is now a skip that says why; negative: it could not be told. */
int vprod__need_stop (vprod_session *session, int with_load, vprod_result *result, const struct vprod__stop **ret,
                      vprod_error **err);

int vprod__make_stop (vprod_session *session, vprod_error **err);
void vprod__stop_free (struct vprod__stop *stop);

#endif
