/* SPDX-License-Identifier: MIT */
/* When may a check look at the running app? Once its start is over: its health is settled, or, where nothing is
   known of its health, it has been up for a while and takes connections. Owner: start. */
#ifndef VPROD_SESSION_READY_H
#define VPROD_SESSION_READY_H

#include "session/app.h"

struct vprod__settled_part {
  struct vprod__fixture fixture; /* its start is over, where nothing is known of its health */
  struct vprod__unready {
    int busy; /* 1: the machine was too busy to tell whether the app's start is over */
    int64_t waited_ms;
    int64_t stalled_ms;
    int stall_is_known;
  } unready;
};

/* The app is up and its start is over: its health is good, or bad but it is still up, or (no health path) it has
   been up for a while and its port, if known, takes connections. Skips where it did not start or is not up. */
int vprod__need_ready (vprod_session *session, vprod_result *result, const struct vprod__app **ret,
                       vprod_error **err);

int vprod__make_settled (vprod_session *session, vprod_error **err);

#endif
