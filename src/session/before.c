/* SPDX-License-Identifier: MIT */
#include "session/before.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/before_image.h"
#include "session/image.h"
#include "session/network.h"
#include "session/parts.h"
#include "session/service_ready.h"
#include "session/services.h"
#include "util/clock.h"
#include "util/thread.h"

#include <stdlib.h>

/* What a step needs is there: 1; or there is no image to run it in, and there will be none: 0. */
static int prepare (vprod_session *session, struct vprod__before_images *images, const struct vprod__before_run *run,
                    vprod_error **err)
{
  int r = run->step->has_image ? vprod__before_images_wait (images, run->nth - 1, err)
                               : vprod__fixture_get (session, &session->image->fixture, err);

  if (r < 0 || (run->step->has_image ? !run->image : !session->image->made.usable))
    return r;
  r = vprod__fixture_get (session, &session->network->fixture, err);
  if (r == 0)
    r = vprod__fixture_get (session, &session->services->fixture, err);
  if (r == 0)
    r = vprod__services_check (session, err);
  return r < 0 ? r : 1;
}

static int run_all (vprod_session *session, struct vprod__before_images *images, vprod_error **err)
{
  struct vprod__before_part *before = session->before;
  size_t n = session->spec->run.n_before;

  for (size_t i = 0; i < n; i++) {
    struct vprod__before_run *run = &before->runs[i];
    int r = prepare (session, images, run, err);
    if (r == 0 && !run->step->has_image) /* there is no app either */
      return 0;
    before->count++;
    if (r > 0)
      r = vprod__before_run_step (session, run, err);
    if (r < 0) {
      vprod__error_prefix (err, "run.before, step %zu (%s)", run->nth, run->what);
      return r;
    }
    if (!vprod__before_is_good (run)) {
      before->failed = run;
      return 0;
    }
  }
  return 0;
}

static int make_all (vprod_session *session, vprod_error **err)
{
  _cleanup_ (vprod__before_images_endp) struct vprod__before_images *images = NULL;
  struct vprod__before_part *before = session->before;
  size_t n = session->spec->run.n_before;

  if (n == 0)
    return 0;
  before->runs = calloc (n, sizeof *before->runs);
  if (!before->runs)
    return vprod__error_no_memory (err);
  before->n_steps = n;
  for (size_t i = 0; i < n; i++) {
    struct vprod__before_run *run = &before->runs[i];
    *run = (struct vprod__before_run) {
      .step = &session->spec->run.before[i],
      .nth = i + 1,
      .limit_ms = before->limit_ms,
    };
    if (vprod__before_name (run) < 0)
      return vprod__error_no_memory (err);
  }
  int r = vprod__before_images_begin (session, before->runs, n, &images, err);
  return r < 0 ? r : run_all (session, images, err);
}

int vprod__make_before (vprod_session *session, vprod_error **err)
{
  int64_t began_ms = vprod__now_ms ();
  int r = make_all (session, err);

  session->before->cost_ms = vprod__now_ms () - began_ms;
  return r;
}

void vprod__before_clear (struct vprod__before_part *before)
{
  for (size_t i = 0; i < before->n_steps; i++)
    vprod__before_run_clear (&before->runs[i]);
  free (before->runs);
}

int vprod__get_before (vprod_session *session, const struct vprod__before_run **ret, size_t *ret_count,
                       const struct vprod__before_run **ret_failed, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->before->fixture, err);

  if (r < 0)
    return r;
  if (session->before->failed) /* else it is part of the app's */
    vprod__waiting_credit (session, &vprod__owner_of_app, session->before->cost_ms);
  *ret = session->before->runs;
  *ret_count = session->before->count;
  *ret_failed = session->before->failed;
  return 0;
}

static void *prefetch (void *data)
{
  vprod_session *session = data;

  vprod__fixture_get (session, &session->before->fixture, NULL);
  return NULL;
}

void vprod__expect_before (vprod_session *session)
{
  struct vprod__before_part *before = session->before;

  if (session->spec->run.n_before == 0)
    return;
  vprod__monitor_lock (session->monitor);
  if (!before->prefetching && before->fixture.state == VPROD__FIXTURE_NEW)
    before->prefetching = vprod__thread_start (&before->prefetch, prefetch, session->whole) == 0;
  vprod__monitor_unlock (session->monitor);
}

void vprod__session_set_before_limit (vprod_session *session, int64_t limit_ms)
{
  session->before->limit_ms = limit_ms;
}
