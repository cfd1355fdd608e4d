/* SPDX-License-Identifier: MIT */
/*
 * Taking a service away from the app for a while: its container is stopped as an engine stops it, and later started again,
 * with what its volumes and its file system hold. While it is away its connections are closed and its name is unknown on
 * the app's network; nobody else may use it then. Where an engine gives it another address when it comes back, that is told.
 */
#ifndef VPROD_SESSION_SERVICE_AWAY_H
#define VPROD_SESSION_SERVICE_AWAY_H

#include "session/service.h"

struct vprod__away {
  vprod_session *session;
  struct vprod__service_at at;
  char *address;       /* of its container, before; NULL: not known */
  char *mac;
  char *new_address;   /* since it is back; NULL: not known */
  int64_t since_ms;    /* CLOCK_MONOTONIC: from when on it was seen to be stopped */
  int64_t back_ms;     /* … and from when on it was ready again */
  int killed;          /* it did not end at its signal in time */
  int given_up;        /* it did not come back: it is not tried again */
};

/* Stops the service of that name; the services must be there. It is started again by vprod__service_back, or, at the
   latest and without a word, by vprod__away_end. */
int vprod__service_stop (vprod_session *session, const char *name, struct vprod__away *ret, vprod_error **err);

/* Starts it again and waits until it is ready. */
int vprod__service_back (struct vprod__away *away, vprod_error **err);

/* 1: it has another address than before. */
int vprod__away_moved (const struct vprod__away *away);

void vprod__away_end (struct vprod__away *away);
#define _cleanup_away_ _cleanup_ (vprod__away_end)

#endif
