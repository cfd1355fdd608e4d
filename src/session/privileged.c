/* SPDX-License-Identifier: MIT */
/*
 * The programs of the image that run with more rights than their caller. Whoever reads the image's files sees them by
 * the way, and gives them to the check that tells of them, so that the image need not be read twice.
 */
#include "image/privileged.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/reading.h"
#include "session/run.h"

#include <string.h>

void vprod__session_give_privileged (vprod_session *session, struct vprod__privileged *programs)
{
  vprod__monitor_lock (session->monitor);
  if (!session->reading->privileged) {
    session->reading->privileged = calloc (1, sizeof *session->reading->privileged);
    if (session->reading->privileged) {
      *session->reading->privileged = *programs;
      *programs = (struct vprod__privileged) { 0 };
    }
  }
  vprod__monitor_tell (session->monitor);
  vprod__monitor_unlock (session->monitor);
}

/* The lock is held. Is that check under way in this run? */
static int is_under_way (const vprod_session *session, const char *check_id)
{
  for (size_t i = 0; i < session->run->count; i++)
    if (strcmp (session->run->jobs[i].job->check_id, check_id) == 0)
      return session->run->jobs[i].begun && !session->run->jobs[i].done;
  return 0;
}

int vprod__session_privileged (vprod_session *session, const char *reader, const struct vprod__privileged **ret,
                               vprod_error **err)
{
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin (session);
  vprod__monitor_lock (session->monitor);
  while (r == 0 && !session->reading->privileged && is_under_way (session, reader))
    r = vprod__monitor_wait (session->monitor, &call, "waiting for the image's files to be read", err);
  *ret = session->reading->privileged;
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_end (session);
  return r;
}

/* ---- an export of its own ------------------------------------------------------------------------------ */

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  return vprod__privileged_files_see (data, file) < 0 ? vprod__error_no_memory (err) : 0;
}

int vprod__privileged_files_read (vprod_session *session, int64_t timeout_ms, struct vprod__privileged *ret,
                                  vprod_error **err)
{
  _cleanup_ (vprod__privileged_files_clear) struct vprod__privileged_files files = { 0 };
  _cleanup_ (vprod__layers_clear) struct vprod__layers layers = { 0 };
  struct vprod__layer_visitor visitor = { .on_file = on_file, .data = &files };
  int r = vprod__image_files (session, timeout_ms, &visitor, &layers, err);

  if (r == 0 && vprod__privileged_files_settle (&files, &layers, ret) < 0)
    return vprod__error_no_memory (err);
  return r;
}
