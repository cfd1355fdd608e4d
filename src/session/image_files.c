/* SPDX-License-Identifier: MIT */
#include "image/feed.h"
#include "image/reading.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/events.h"
#include "session/services.h"
#include "session/image.h"
#include "session/image_files.h"
#include "session/run.h"

#include "util/clock.h"

#include <stdlib.h>

#define GATHER_MS 150

/* Lies on the leader's stack; guarded by the session's lock, but nobody joins once it has begun. */
struct vprod__reading {
  struct vprod__file_reader *readers;
  size_t n_readers;
  size_t n_waiting; /* readers that wait for its end, the leader left out */
  int has_ended;
  const vprod_call *call;
  struct vprod__visible visible;
};

/* ---- who reads ------------------------------------------------------------------------------------------- */

static void join (struct vprod__reading *reading, struct vprod__file_reader *reader)
{
  reader->next = reading->readers;
  reading->readers = reader;
  reading->n_readers++;
}

/* The lock is held. A content is taken by one alone. */
static int can_join (const struct vprod__reading *reading, const struct vprod__layer_visitor *visitor)
{
  for (const struct vprod__file_reader *other = reading ? reading->readers : NULL; other; other = other->next)
    if (visitor && visitor->take_content && other->visitor && other->visitor->take_content)
      return 0;
  return reading != NULL;
}

/* The lock is held. The leader's call ends with the session's time or on cancel, and with it this wait: until then the
   visitor may be called. */
static void follow (vprod_session *session, struct vprod__reading *reading, struct vprod__file_reader *reader)
{
  join (reading, reader);
  reading->n_waiting++;
  vprod__monitor_tell (session->monitor);
  while (!reading->has_ended)
    pthread_cond_wait (&session->monitor->changed, &session->monitor->lock);
  reading->n_waiting--;
  vprod__monitor_tell (session->monitor);
}

/* The lock is held. How many checks of this run have read, or will? */
static size_t expected (const vprod_session *session)
{
  size_t count = 0;

  for (size_t i = 0; i < session->run->count; i++)
    count += session->run->jobs[i].job->reads_files && !session->run->jobs[i].done;
  return count;
}

/* The lock is held. Never longer than a moment: with few threads another check may begin much later. */
static void gather (vprod_session *session, const struct vprod__reading *reading)
{
  vprod_call call = { sizeof call, vprod__deadline (GATHER_MS), -1 };
  int r = 0;

  while (r == 0 && reading->n_readers < expected (session))
    r = vprod__monitor_wait (session->monitor, &call, "waiting for readers of the image", NULL);
}

/* ---- reading --------------------------------------------------------------------------------------------- */

static int read_archive (void *data, struct archive *archive, vprod_error **err)
{
  struct vprod__reading *reading = data;

  return vprod__image_read (archive, reading->call, reading->readers, &reading->visible, err);
}

static int export (vprod_session *session, struct vprod__reading *reading, const char *ref, vprod_error **err)
{
  struct vprod__feed *feed;

  vprod__visible_clear (&reading->visible);
  int r = vprod__feed_start (read_archive, reading, &feed, err);

  if (r < 0)
    return r;
  r = vprod__runner_image_export (session->runner, reading->call, ref, vprod__feed_bytes, feed, err);
  return vprod__feed_end (feed, r, err);
}

/* The lock is held. Those that did not fail on their own hear how the reading ended. */
static void end (vprod_session *session, struct vprod__reading *reading, int r, const vprod_error *error)
{
  for (struct vprod__file_reader *reader = reading->readers; reader; reader = reader->next)
    if (reader->r == 0 && r < 0)
      reader->r = vprod__error_copy (&reader->error, error);
  if (r == 0 && !session->reading->privileged && !reading->visible.too_many
      && (session->reading->privileged = calloc (1, sizeof *session->reading->privileged))) {
    *session->reading->privileged = reading->visible.privileged;
    reading->visible.privileged = (struct vprod__privileged) { 0 };
  }
  reading->has_ended = 1;
  vprod__monitor_tell (session->monitor);
  while (reading->n_waiting > 0)
    pthread_cond_wait (&session->monitor->changed, &session->monitor->lock);
}

/* The lock is held, but not while it works. */
static void lead (vprod_session *session, struct vprod__file_reader *reader, int64_t timeout_ms)
{
  struct vprod__reading reading = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  join (&reading, reader);
  session->reading->open = &reading;
  vprod__monitor_unlock (session->monitor);
  vprod__session_let_services_start (session);
  vprod__monitor_lock (session->monitor);
  gather (session, &reading);
  if (session->reading->open == &reading)
    session->reading->open = NULL;
  vprod__monitor_unlock (session->monitor);

  vprod__session_call (session, timeout_ms, &call);
  reading.call = &call;
  int r = export (session, &reading, session->image->made.ref, &error);
  if (vprod__image_is_back (session, session->image->made.ref, r, &error))
    r = export (session, &reading, session->image->made.ref, &error);
  vprod__monitor_lock (session->monitor);
  end (session, &reading, r, error);
  vprod__visible_clear (&reading.visible);
}

int vprod__image_files (vprod_session *session, int64_t timeout_ms, const struct vprod__layer_visitor *visitor,
                        vprod_error **err)
{
  struct vprod__file_reader reader = { .visitor = visitor };
  int r = vprod__image_require (session, err);

  if (r == 0) {
    vprod__monitor_lock (session->monitor);
    if (can_join (session->reading->open, visitor))
      follow (session, session->reading->open, &reader);
    else
      lead (session, &reader, timeout_ms);
    vprod__monitor_unlock (session->monitor);
    r = reader.r < 0 ? vprod__error_move (err, &reader.error) : 0;
  }
  if (r < 0)
    vprod__error_prefix (err, "reading the image's files");
  return r;
}

int vprod__image_files_of (vprod_session *session, const char *ref, int64_t timeout_ms,
                           const struct vprod__layer_visitor *visitor, vprod_error **err)
{
  struct vprod__file_reader reader = { .visitor = visitor };
  struct vprod__reading reading = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  join (&reading, &reader);
  vprod__session_call (session, timeout_ms, &call);
  reading.call = &call;
  int r = export (session, &reading, ref, &error);
  vprod__visible_clear (&reading.visible);
  if (reader.r < 0) {
    r = reader.r;
    vprod_error_free (error);
    error = vprod__steal (&reader.error);
  }
  if (r < 0) {
    vprod__error_move (err, &error);
    vprod__error_prefix (err, "reading the image's files");
  }
  return r;
}

/* ---- programs with rights of their own ------------------------------------------------------------------- */

/* The lock is held. */
static int is_being_read (const vprod_session *session)
{
  for (size_t i = 0; i < session->run->count; i++)
    if (session->run->jobs[i].job->reads_files && session->run->jobs[i].begun && !session->run->jobs[i].done)
      return 1;
  return 0;
}

int vprod__session_privileged (vprod_session *session, const struct vprod__privileged **ret, vprod_error **err)
{
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin (session);
  vprod__waiting_for (session, "the image's files to be read");
  vprod__monitor_lock (session->monitor);
  while (r == 0 && !session->reading->privileged && is_being_read (session))
    r = vprod__monitor_wait (session->monitor, &call, "waiting for the image's files to be read", err);
  *ret = session->reading->privileged;
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_for (session, NULL);
  vprod__waiting_end (session);
  return r;
}
