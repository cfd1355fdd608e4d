/* SPDX-License-Identifier: MIT */
/*
 * What checks share is made once, by the first thread that asks. The others wait, and are told the same outcome: an error
 * too, with the check that judges it, so that one fault is reported once.
 */
#ifndef VPROD_SESSION_FIXTURE_H
#define VPROD_SESSION_FIXTURE_H

#include <verify-prod/session.h>
#include "session/owner.h"
#include "util/error.h"

enum vprod__fixture_state {
  VPROD__FIXTURE_NEW = 0,
  VPROD__FIXTURE_MAKING,
  VPROD__FIXTURE_MADE,
  VPROD__FIXTURE_FAILED
};

struct vprod__fixture {
  enum vprod__fixture_state state;
  const struct vprod__owner *owner; /* NULL: none */
  const char *what; /* for those who wait: "the build"; NULL: it takes no time that is worth a word */
  const struct vprod__fixture *needs; /* what its making waits for just now, or NULL */
  int (*make) (vprod_session *session, vprod_error **err);
  vprod_error *error;
  const struct vprod__owner *error_owner; /* whose fault it is: the owner's, or of a fixture that this one depends on */
};

/* Makes it, or waits for the thread that does. */
int vprod__fixture_get (vprod_session *session, struct vprod__fixture *fixture, vprod_error **err);

/* The same, but it is not made where *unless is set, which is looked at under the lock. */
int vprod__fixture_get_unless (vprod_session *session, struct vprod__fixture *fixture, const int *unless,
                               vprod_error **err);

/* The lock is held. The next who asks makes it anew. */
void vprod__fixture_forget (struct vprod__fixture *fixture);

/* After a failure on the way to a verdict: 1 and a skip in result if another check of this run reports it, else r. */
int vprod__fixture_blame (vprod_session *session, vprod_result *result, int r, vprod_error **err);

#endif
