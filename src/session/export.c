/* SPDX-License-Identifier: MIT */
/*
 * One export of the image for all who read it at the same time: exporting is the heaviest thing that an engine is asked
 * for. The first who asks leads: it waits a moment for the others of its run, and then hands each piece to everybody who
 * has asked by then. Who comes later has an export of its own.
 */
#include "session/base.h"
#include "session/databases.h"
#include "session/image.h"
#include "session/parts.h"
#include "session/reading.h"
#include "session/run.h"
#include "util/clock.h"

#define GATHER_MS 150

struct reader {
  vprod_bytes_fn on_bytes;
  void *data;
  int has_enough;
  struct reader *next;
};

/* Lies on the leader's stack; guarded by the session's lock, but that nobody joins once it has begun. */
struct vprod__export {
  struct reader *readers;
  size_t n_readers;
  size_t n_waiting; /* readers, the leader left out, that have not taken the outcome yet */
  int has_ended;
  int r;
  vprod_error *error;
};

static int hand_out (void *data, const void *bytes, size_t length)
{
  struct vprod__export *export = data;
  int wanted = 0;

  for (struct reader *reader = export->readers; reader; reader = reader->next) {
    if (!reader->has_enough)
      reader->has_enough = reader->on_bytes (reader->data, bytes, length) != 0;
    wanted |= !reader->has_enough;
  }
  return !wanted;
}

static void join (struct vprod__export *export, struct reader *reader)
{
  reader->next = export->readers;
  export->readers = reader;
  export->n_readers++;
}

/* The lock is held. The leader's call ends with the session's time or on cancel, and with it this wait: until then the
   reader may be called. */
static int follow (vprod_session *session, struct vprod__export *export, struct reader *reader, vprod_error **err)
{
  join (export, reader);
  export->n_waiting++;
  vprod__monitor_tell (session->monitor);
  while (!export->has_ended)
    pthread_cond_wait (&session->monitor->changed, &session->monitor->lock);
  int r = export->r < 0 ? vprod__error_copy (err, export->error) : 0;
  export->n_waiting--;
  vprod__monitor_tell (session->monitor);
  return r;
}

/* The lock is held. Who of this run may still come? */
static size_t expected (const vprod_session *session)
{
  size_t count = 0;

  for (size_t i = 0; i < session->run->count; i++)
    count += session->run->jobs[i].job->reads_files && !session->run->jobs[i].done;
  return count;
}

/* The lock is held. Never longer than a moment: a check that might read need not. */
static void gather (vprod_session *session, const struct vprod__export *export)
{
  vprod_call call = { sizeof call, vprod__deadline (GATHER_MS), -1 };
  int r = 0;

  while (r == 0 && export->n_readers < expected (session))
    r = vprod__monitor_wait (session->monitor, &call, "waiting for readers of the image", NULL);
}

/* The lock is held, but not while it works. */
static int lead (vprod_session *session, struct vprod__export *export, int64_t timeout_ms, vprod_error **err)
{
  vprod_call call;

  session->reading->export = export;
  vprod__monitor_unlock (session->monitor);
  vprod__session_let_databases_start (session);
  vprod__monitor_lock (session->monitor);
  gather (session, export);
  session->reading->export = NULL;
  vprod__monitor_unlock (session->monitor);

  vprod__session_call (session, timeout_ms, &call);
  int r = vprod__runner_image_export (session->runner, &call, session->image->made.ref, hand_out, export, &export->error);
  if (vprod__image_is_back (session, session->image->made.ref, r, &export->error))
    r = vprod__runner_image_export (session->runner, &call, session->image->made.ref, hand_out, export, &export->error);

  vprod__monitor_lock (session->monitor);
  export->r = r;
  export->has_ended = 1;
  vprod__monitor_tell (session->monitor);
  while (export->n_waiting > 0)
    pthread_cond_wait (&session->monitor->changed, &session->monitor->lock);
  return r < 0 ? vprod__error_move (err, &export->error) : 0;
}

int vprod__session_image_export (vprod_session *session, int64_t timeout_ms, vprod_bytes_fn on_bytes, void *data,
                                 vprod_error **err)
{
  struct vprod__export own = { 0 };
  struct reader reader = { .on_bytes = on_bytes, .data = data };
  int r = vprod__image_require (session, err);

  if (r < 0)
    return r;
  vprod__monitor_lock (session->monitor);
  if (session->reading->export)
    r = follow (session, session->reading->export, &reader, err);
  else {
    join (&own, &reader);
    r = lead (session, &own, timeout_ms, err);
  }
  vprod__monitor_unlock (session->monitor);
  return r;
}

int vprod__session_image_history (vprod_session *session, int64_t timeout_ms,
                                  int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                  vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;
  int r = vprod__image_require (session, err);

  if (r < 0)
    return r;
  vprod__session_call (session, timeout_ms, &call);
  r = vprod__runner_image_history (session->runner, &call, session->image->made.ref, on_entry, data, &error);
  if (vprod__image_is_back (session, session->image->made.ref, r, &error))
    r = vprod__runner_image_history (session->runner, &call, session->image->made.ref, on_entry, data, &error);
  return r < 0 ? vprod__error_move (err, &error) : 0;
}
