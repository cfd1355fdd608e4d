/* SPDX-License-Identifier: MIT */
/*
 * Who asks the session: a check, or the making of a fixture. An asker has a view of the session, which is handed on as the
 * session is; through it the asker's time of waiting is measured, and it is remembered on which fixture it failed.
 */
#ifndef VPROD_SESSION_ASKER_H
#define VPROD_SESSION_ASKER_H

#include <pthread.h>
#include "session/owner.h"
#include "session/parts.h"

struct vprod__fixture;

struct vprod__asker {
  vprod_session view;
  pthread_t thread;     /* other threads that use the view wait in the asker's own time, and blame nobody */
  const char *check_id; /* NULL: a fixture is being made */
  int64_t began_ms;
  int64_t waited_before_ms;

  struct vprod__asker *shown; /* of the check on whose behalf it asks; NULL: of none */
  const char *waits_for;      /* what on_event was told last that this check waits for, or NULL */
  struct vprod__fixture *making; /* or NULL */

  int64_t waited_ms; /* to be taken off the duration of the check */
  int64_t waiting_since_ms;
  int waiting_depth;
  int credited;
  const struct vprod__owner *blame_owner; /* of the fixture that it failed on last: the check that judges it; NULL: none */
  vprod_error_code blame_code;
};

/* Begins to measure the duration of a check, and returns what it is to use as the session. A view that has a check already
   stays that check's. */
vprod_session *vprod__asker_begin (struct vprod__asker *asker, vprod_session *session, const char *check_id);

/* The check's duration in ms, without the fixtures that it waited for but with those that it owns. */
int64_t vprod__asker_end (const struct vprod__asker *asker);

/* The same for the making of a fixture, which is not measured. */
vprod_session *vprod__asker_make (struct vprod__asker *asker, vprod_session *session, struct vprod__fixture *fixture);

/* From begin to end the asker waits for others; may be nested. */
void vprod__waiting_begin (vprod_session *session);
void vprod__waiting_end (vprod_session *session);

/* The fixture whose making asks, or NULL; the check on whose behalf, or NULL. */
struct vprod__fixture *vprod__asker_making (vprod_session *session);
struct vprod__asker *vprod__asker_shown (vprod_session *session);

/* What a fixture cost counts, once, as the time of the check that owns it. */
void vprod__waiting_credit (vprod_session *session, const struct vprod__owner *owner, int64_t ms);

/* It failed on a fixture of that owner (NULL: on none). */
void vprod__asker_blame (vprod_session *session, const struct vprod__owner *owner, vprod_error_code code);

/* Whose fixture failed, where the asker's error with this code comes from there; else NULL. */
const struct vprod__owner *vprod__asker_blames (vprod_session *session, vprod_error_code code);

#endif
