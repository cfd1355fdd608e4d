/* SPDX-License-Identifier: MIT */
/*
 * Asking for the app's health, in the way that the spec names (health_ask.h), from the app's start on: soon and often at first, then ever more slowly, until it answered
 * rightly so often in a row as the spec says, no other answer is to be expected (health_settle.h), its time is over, or
 * the app has ended. It is asked again later: a server may end while its container, which runs a shell or a supervisor,
 * goes on. Owner: health.
 */
#ifndef VPROD_SESSION_HEALTH_H
#define VPROD_SESSION_HEALTH_H

#include "session/app.h"
#include "session/fixture.h"
#include "session/health_facts.h"

struct vprod__health_part {
  struct vprod__fixture fixture;
  struct vprod__health *made;
};

/* Asks until it is settled; once. The app must have been started. */
int vprod__get_health (vprod_session *session, const struct vprod__health **ret, vprod_error **err);

/* Asks a container of the app, from its start on, for so long: checks.health.timeout is the time of the session's own app. */
int vprod__ask_health (vprod_session *session, const struct vprod__app *app, int64_t limit_ms, struct vprod__health **ret,
                       vprod_error **err);

/* Goes on asking one whose health is good until until_ms (CLOCK_MONOTONIC), and at least once. *ret is of these answers
   alone: GOOD; BAD, wrong ones came, and came again; APP_ENDED, its container did. */
int vprod__watch_health (vprod_session *session, const struct vprod__app *app, int64_t until_ms,
                         struct vprod__health **ret, vprod_error **err);

/* CLOCK_MONOTONIC, ms: its first right answer, else its start. One that is slow to come up is looked at as long as a
   quick one. */
int64_t vprod__app_works_since (const struct vprod__app *app, const struct vprod__health *health);

void vprod__health_free (struct vprod__health *health);
VPROD_DEFINE_CLEANUP (struct vprod__health *, vprod__health_free);
#define _cleanup_health_ _cleanup_ (vprod__health_freep)

int vprod__make_health (vprod_session *session, vprod_error **err);

#endif
