/* SPDX-License-Identifier: MIT */
/*
 * The programs of the image that run with more rights than their caller. Whoever reads the image's files sees them by
 * the way, and gives them to the check that tells of them, so that the image need not be read twice.
 */
#include "session/inside.h"
#include "util/clock.h"

#include <string.h>

#define TICK_MS 20

void vprod__privileged_clear (struct vprod__privileged *programs)
{
  for (size_t i = 0; i < programs->count; i++)
    free (programs->list[i].path);
  free (programs->list);
  *programs = (struct vprod__privileged) { 0 };
}

void vprod__session_give_privileged (vprod_session *session, struct vprod__privileged *programs)
{
  pthread_mutex_lock (&session->lock);
  if (!session->privileged) {
    session->privileged = calloc (1, sizeof *session->privileged);
    if (session->privileged) {
      *session->privileged = *programs;
      *programs = (struct vprod__privileged) { 0 };
    }
  }
  pthread_cond_broadcast (&session->changed);
  pthread_mutex_unlock (&session->lock);
}

/* The lock is held. Is that check under way in this run? */
static int is_under_way (const vprod_session *session, const char *check_id)
{
  for (size_t i = 0; i < session->n_jobs; i++)
    if (strcmp (session->jobs[i].job->check_id, check_id) == 0)
      return session->jobs[i].begun && !session->jobs[i].done;
  return 0;
}

int vprod__session_privileged (vprod_session *session, const char *reader, const struct vprod__privileged **ret,
                               vprod_error **err)
{
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin ();
  pthread_mutex_lock (&session->lock);
  while (r == 0 && !session->privileged && is_under_way (session, reader)) {
    int64_t until = vprod__deadline (TICK_MS);
    struct timespec when = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };
    pthread_cond_timedwait (&session->changed, &session->lock, &when);
    r = vprod__call_check (&call, "waiting for the image's files to be read", err);
  }
  *ret = session->privileged;
  pthread_mutex_unlock (&session->lock);
  vprod__waiting_end ();
  return r;
}
