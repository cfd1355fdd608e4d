/* SPDX-License-Identifier: MIT */
#include "session/made.h"
#include "session/engine.h"
#include "session/events.h"
#include "session/parts.h"
#include "session/reach.h"
#include "util/clock.h"
#include "util/grow.h"
#include "util/ids.h"
#include "util/strv.h"
#include "util/thread.h"

#include <stdio.h>
#include <string.h>

#define PASSES 8
#define REFUSALS 4 /* of the engine to list objects */
#define FIRST_PAUSE_MS 25
#define MOST_PAUSE_MS 3200
#define AT_ONCE 8
/* Looks that must find nothing: the second a moment after the first; each further one, where a call was out of time and
   the engine may still be at it, after twice the pause of the last: 16 s in all. */
#define QUIET_LOOKS 2
#define OVERDUE_LOOKS 7
#define CUT_OFF_MS 1000

static const struct vprod__removal_time usual_time = { .whole_ms = 60000, .attempt_ms = 20000, .late_ms = 250 };

void vprod__made_init (struct vprod__made_part *made)
{
  made->time = usual_time;
}

void vprod__made_clear (struct vprod__made_part *made)
{
  for (size_t i = 0; i < made->count; i++)
    free (made->list[i].id);
  free (made->list);
}

void vprod__session_set_removal_time (vprod_session *session, const struct vprod__removal_time *time)
{
  session->made->time = *time;
}

/* ---- registering --------------------------------------------------------------------------------------- */

/* The lock is held. */
static int add (vprod_session *session, vprod_object_kind kind, const char *id)
{
  for (size_t i = 0; i < session->made->count; i++)
    if (session->made->list[i].kind == kind && strcmp (session->made->list[i].id, id) == 0) {
      session->made->list[i].gone = 0;
      return 0;
    }
  char *copy = strdup (id);
  if (!copy || vprod__grow (&session->made->list, session->made->count) < 0) {
    session->made->unsure = 1;
    free (copy);
    return -1;
  }
  session->made->list[session->made->count++] = (struct vprod__made) { .kind = kind, .id = copy };
  return 0;
}

int vprod__made_add (vprod_session *session, vprod_object_kind kind, const char *id)
{
  vprod__monitor_lock (session->monitor);
  int r = add (session, kind, id);
  vprod__monitor_unlock (session->monitor);
  return r;
}

void vprod__made_failed (vprod_session *session, int r)
{
  vprod__monitor_lock (session->monitor);
  session->made->unsure = 1;
  session->made->overdue |= r == -VPROD_ERROR_TIMEOUT;
  vprod__monitor_unlock (session->monitor);
}

void vprod__made_cut_off (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  session->made->cut_off_ms = vprod__now_ms ();
  vprod__monitor_unlock (session->monitor);
}

/* ---- removing ------------------------------------------------------------------------------------------ */

int vprod__object_remove (vprod_runner *runner, const vprod_call *call, vprod_object_kind kind, const char *id,
                          const char *container, vprod_error **err)
{
  switch (kind) {
  case VPROD_OBJECT_CONTAINER:
    return vprod__runner_container_remove (runner, call, id, err);
  case VPROD_OBJECT_NETWORK:
    if (container)
      vprod__runner_network_disconnect (runner, call, id, container, NULL);
    return vprod__runner_network_remove (runner, call, id, err);
  case VPROD_OBJECT_VOLUME:
    return vprod__runner_volume_remove (runner, call, id, err);
  case VPROD_OBJECT_IMAGE_TAG:
    return vprod__runner_image_remove (runner, call, id, err);
  case VPROD_OBJECT_FOLDER:
    break;
  }
  return 0;
}

static int remove_one (vprod_session *session, const struct vprod__made *made, const vprod_call *call,
                       vprod_error **err)
{
  const char *joined = session->reach->way == VPROD__WAY_DIRECT ? session->engine->facts.container : NULL;

  return vprod__object_remove (session->runner, call, made->kind, made->id, joined, err);
}

static vprod_call attempt (vprod_session *session, int64_t deadline_ms)
{
  int64_t own = vprod__deadline (session->made->time.attempt_ms);
  vprod_call call = { sizeof call, own < deadline_ms ? own : deadline_ms, -1 };

  return call;
}

/* ---- removing in the background ------------------------------------------------------------------------------- */

/* The lock is held. */
static struct vprod__made *next_retired (vprod_session *session)
{
  for (size_t i = 0; i < session->made->count; i++)
    if (session->made->list[i].retired && !session->made->list[i].gone)
      return &session->made->list[i];
  return NULL;
}

/* The lock is held. */
static void note_gone (struct vprod__made_part *made, const char *id)
{
  for (size_t i = 0; i < made->count; i++) {
    if (made->list[i].id == id)
      made->list[i].gone = 1;
    if (made->list[i].with == id)
      made->list[i].retired = 1;
  }
}

static void *reap (void *data)
{
  vprod_session *session = data;

  vprod__monitor_lock (session->monitor);
  while (!session->made->reaper_stop) {
    struct vprod__made *next = next_retired (session);
    if (!next) {
      pthread_cond_wait (&session->monitor->changed, &session->monitor->lock);
      continue;
    }
    /* while the lock is given up, the list may be moved, its strings are not */
    struct vprod__made one = *next;
    next->retired = 0;
    vprod__monitor_unlock (session->monitor);
    vprod_call call = attempt (session, VPROD_NO_DEADLINE);
    int r = remove_one (session, &one, &call, NULL);
    vprod__monitor_lock (session->monitor);
    if (r == 0)
      note_gone (session->made, one.id);
  }
  vprod__monitor_unlock (session->monitor);
  return NULL;
}

void vprod__made_retire (vprod_session *session, const char *id)
{
  if (session->keep)
    return;
  vprod__monitor_lock (session->monitor);
  for (size_t i = 0; i < session->made->count; i++)
    if (strcmp (session->made->list[i].id, id) == 0)
      session->made->list[i].retired = 1;
  if (!session->made->reaping && !session->made->reaper_stop)
    session->made->reaping = vprod__thread_start (&session->made->reaper, reap, session->whole) == 0;
  vprod__monitor_tell (session->monitor);
  vprod__monitor_unlock (session->monitor);
}

void vprod__made_go_with (vprod_session *session, const char *volume, const char *container)
{
  const char *with = NULL;

  vprod__monitor_lock (session->monitor);
  for (size_t i = 0; i < session->made->count; i++)
    if (strcmp (session->made->list[i].id, container) == 0)
      with = session->made->list[i].id;
  for (size_t i = 0; i < session->made->count; i++)
    if (session->made->list[i].kind == VPROD_OBJECT_VOLUME && strcmp (session->made->list[i].id, volume) == 0)
      session->made->list[i].with = with;
  vprod__monitor_unlock (session->monitor);
}

static void stop_reaper (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  int join = session->made->reaping;
  session->made->reaping = 0;
  session->made->reaper_stop = 1;
  vprod__monitor_tell (session->monitor);
  vprod__monitor_unlock (session->monitor);
  if (join)
    pthread_join (session->made->reaper, NULL);
}

/* ---- removing at the end -------------------------------------------------------------------------------------- */

enum part { REMOVE_CONTAINERS, REMOVE_REST, REMOVE_TAGS };

struct removal {
  vprod_session *session;
  int64_t deadline_ms;
  enum part what;
  vprod_error *error;
  pthread_mutex_t lock; /* of error */
};

static enum part what_of (const struct vprod__made *made)
{
  return made->kind == VPROD_OBJECT_CONTAINER ? REMOVE_CONTAINERS : made->kind == VPROD_OBJECT_IMAGE_TAG ? REMOVE_TAGS : REMOVE_REST;
}

static void remove_index (void *data, size_t index)
{
  struct removal *removal = data;
  struct vprod__made *made = &removal->session->made->list[index];
  _cleanup_error_ vprod_error *error = NULL;

  if (what_of (made) != removal->what || made->gone) /* another branch may be at those of another kind */
    return;
  vprod_call call = attempt (removal->session, removal->deadline_ms);
  made->gone = remove_one (removal->session, made, &call, &error) == 0;
  if (made->gone)
    return;
  vprod__error_prefix (&error, "cannot remove %s", made->id);
  pthread_mutex_lock (&removal->lock);
  vprod_error_free (removal->error);
  removal->error = vprod__steal (&error);
  pthread_mutex_unlock (&removal->lock);
}

/* Networks and volumes in parallel, tags one after the other: an engine may fail to remove two tags of one image at once. */
static void remove_branch (void *data, size_t branch)
{
  struct removal *all = data, own = { .session = all->session, .deadline_ms = all->deadline_ms,
                                      .lock = PTHREAD_MUTEX_INITIALIZER };

  own.what = branch == 0 ? REMOVE_REST : REMOVE_TAGS;
  vprod__parallel (own.session->made->count, branch == 0 ? AT_ONCE : 1, remove_index, &own);
  pthread_mutex_lock (&all->lock);
  if (own.error) {
    vprod_error_free (all->error);
    all->error = own.error;
  }
  pthread_mutex_unlock (&all->lock);
  pthread_mutex_destroy (&own.lock);
}

/* Everything that is registered: containers, then what they used. */
static void remove_known (struct removal *removal)
{
  vprod_error_free (vprod__steal (&removal->error));
  removal->what = REMOVE_CONTAINERS;
  vprod__parallel (removal->session->made->count, AT_ONCE, remove_index, removal);
  vprod__parallel (2, 0, remove_branch, removal);
}

struct found {
  vprod_session *session;
  size_t count;
};

/* No other thread is left, so no lock is needed. */
static int find_ours (void *data, const vprod_object *object)
{
  struct found *found = data;
  vprod_session *session = found->session;

  if (object->kind == VPROD_OBJECT_IMAGE_TAG
        ? !strstr (object->id, session->id)
        : !object->labels || !vprod__strv_has ((char **) (uintptr_t) object->labels, session->engine->labels[0]))
    return 0;
  found->count++;
  add (session, object->kind, object->id);
  return 0;
}

/* Asks the engine what carries the session's label. 1: something does; 0: nothing; negative: it did not say. */
static int look_for_more (struct removal *removal, vprod_error **err)
{
  struct found found = { removal->session, 0 };
  vprod_call call = attempt (removal->session, removal->deadline_ms);

  int r = vprod__runner_list_objects (removal->session->runner, &call, VPROD__LABEL_SESSION, VPROD__TAG_PREFIX,
                                      find_ours, &found, err);
  return r < 0 ? r : found.count > 0;
}

static void pause_ms (int64_t ms)
{
  vprod_call call = { sizeof call, VPROD_NO_DEADLINE, -1 };

  vprod__call_sleep (&call, ms, "removing", NULL);
}

void vprod__made_remove_all (vprod_session *session)
{
  struct removal removal = { .session = session, .lock = PTHREAD_MUTEX_INITIALIZER };
  _cleanup_error_ vprod_error *error = NULL;
  int64_t pause = FIRST_PAUSE_MS;
  int quiet = 0, refusals = 0;

  stop_reaper (session);
  /* normally a build that was ended early is long over when the session ends */
  int sure = !session->made->unsure && (!session->made->cut_off_ms || vprod__now_ms () - session->made->cut_off_ms > CUT_OFF_MS);
  const int looks = session->made->overdue || (session->made->unsure && session->made->cut_off_ms) ? OVERDUE_LOOKS : QUIET_LOOKS;
  removal.deadline_ms = vprod__deadline (session->made->time.whole_ms);
  if (sure && session->made->count == 0)
    return;
  for (int pass = 0; pass < PASSES + looks && quiet < looks && refusals < REFUSALS; pass++) {
    if (vprod__now_ms () >= removal.deadline_ms)
      break;
    remove_known (&removal);
    vprod_error_free (vprod__steal (&error));
    int r = look_for_more (&removal, &error);
    if (sure && !removal.error && (r == 0 || r == -VPROD_ERROR_UNSUPPORTED)) {
      vprod_error_free (vprod__steal (&error));
      break;
    }
    /* from here on the engine must list nothing, now and a moment later */
    sure = 0;
    quiet = r == 0 ? quiet + 1 : 0;
    refusals += r == -VPROD_ERROR_UNSUPPORTED ? REFUSALS : r < 0;
    if (quiet == looks)
      vprod_error_free (vprod__steal (&removal.error));
    else if (refusals < REFUSALS)
      pause_ms (quiet > 0 ? session->made->time.late_ms << (quiet - 1) : pause);
    pause = pause < MOST_PAUSE_MS ? pause * 2 : pause;
  }
  if (removal.error || error || (!sure && quiet < looks))
    vprod__session_note (session, "not everything could be removed (%s); `verify-prod clean` removes the rest",
                         removal.error ? vprod_error_get_message (removal.error)
                         : error       ? vprod_error_get_message (error)
                                       : "the engine still has what it said it removed");
  vprod_error_free (removal.error);
  pthread_mutex_destroy (&removal.lock);
}
