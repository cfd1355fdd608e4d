/* SPDX-License-Identifier: MIT */
#include "session/past.h"
#include "session/app.h"
#include "session/changes.h"
#include "session/health.h"
#include "session/made.h"
#include "session/parts.h"
#include "session/ready.h"
#include "session/run.h"

#include <stdlib.h>

struct vprod__past_app {
  struct vprod__app *app;
  struct vprod__health *health;
  struct vprod__past_app *next;
};

void vprod__app_used_up (vprod_session *session)
{
  struct vprod__past_app *past = calloc (1, sizeof *past);
  const char *retired = NULL;

  vprod__monitor_lock (session->monitor);
  /* without memory for a note of it, the old one stays what it is: ended */
  if (past && session->app->fixture.state == VPROD__FIXTURE_MADE) {
    *past = (struct vprod__past_app) { session->app->made, session->health->made, session->past->list };
    retired = past->app->container_id;
    session->past->list = vprod__steal (&past);
    session->app->made = NULL;
    session->health->made = NULL;
    session->run->app_was_used_up = 1;
    session->settled->unready.busy = 0;
    vprod__fixture_forget (&session->app->fixture);
    vprod__fixture_forget (&session->health->fixture);
    vprod__fixture_forget (&session->settled->fixture);
    vprod__fixture_forget (&session->changes->fixture);
  }
  vprod__monitor_unlock (session->monitor);
  free (past);
  if (retired)
    vprod__made_retire (session, retired);
}

int vprod__app_is_anew (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  int anew = session->run->app_was_used_up;
  vprod__monitor_unlock (session->monitor);
  return anew;
}

void vprod__past_stop (struct vprod__past_part *past)
{
  for (struct vprod__past_app *one = past->list; one; one = one->next)
    if (one->app->log)
      vprod__log_stop (one->app->log);
}

void vprod__past_clear (struct vprod__past_part *past)
{
  for (struct vprod__past_app *one = past->list, *next; one; one = next) {
    next = one->next;
    vprod__app_free (one->app);
    vprod__health_free (one->health);
    free (one);
  }
}
