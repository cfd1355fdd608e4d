/* SPDX-License-Identifier: MIT */
/*
 * What is to be done before the app starts, `run.before`: commands that run to their end, one after the other, beside the
 * services, in the image under test or in images of their own. Once a session: an app that is started again finds what they
 * made. Owner: start.
 *
 * A step in the image under test that fails is that image's fault. A step in an image of its own says nothing of the image
 * under test: what goes wrong there is an error.
 */
#ifndef VPROD_SESSION_BEFORE_H
#define VPROD_SESSION_BEFORE_H

#include <pthread.h>
#include <verify-prod/session.h>
#include "session/before_step.h"
#include "session/fixture.h"

#define VPROD__BEFORE_MS (15 * 60 * 1000) /* for a step */

struct vprod__before_part {
  struct vprod__fixture fixture;
  struct vprod__before_run *runs; /* one a step */
  size_t n_steps;
  size_t count;                   /* how many were begun */
  struct vprod__before_run *failed; /* the last of these, where it did not end with 0; NULL: all did */
  int64_t limit_ms;               /* for a step */
  int64_t cost_ms;
  int prefetching; /* the thread below runs, or ran */
  pthread_t prefetch;
};

/* Those that were run, and the one that failed: *ret_failed is the last of them, or NULL. Lent. */
int vprod__get_before (vprod_session *session, const struct vprod__before_run **ret, size_t *ret_count,
                       const struct vprod__before_run **ret_failed, vprod_error **err);

/* Says that they will be asked for: their images are built beside the image under test. Cheap, at any time. */
void vprod__expect_before (vprod_session *session);

int vprod__make_before (vprod_session *session, vprod_error **err);
void vprod__before_clear (struct vprod__before_part *before);

/* For tests. */
void vprod__session_set_before_limit (vprod_session *session, int64_t limit_ms);

#endif
