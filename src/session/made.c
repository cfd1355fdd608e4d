/* SPDX-License-Identifier: MIT */
/*
 * Everything that a session makes on the engine is written down here as it is made, and removed from here: one-off
 * containers in the background as soon as their use is over, the rest when the session ends. Then the engine is asked
 * once what still carries the session's label: who answered that it is gone may not have been the engine. Where a call
 * failed, it is asked until it knows of nothing, for what was made may be there although its id never came back.
 */
#include "session/inside.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

#define PASSES 8
#define REFUSALS 4 /* of the engine to say what there is */
#define FIRST_PAUSE_MS 25
#define MOST_PAUSE_MS 3200
#define AT_ONCE 8
/* Looks that must find nothing: the second a moment after the first; each further one, where a call was out of time and
   the engine may still be at it, after twice the pause of the last: 16 s in all. */
#define QUIET_LOOKS 2
#define OVERDUE_LOOKS 7
#define CUT_OFF_MS 1000

/* ---- writing down -------------------------------------------------------------------------------------- */

/* The lock is held. */
static int add (vprod_session *session, vprod_object_kind kind, const char *id)
{
  for (size_t i = 0; i < session->n_made; i++)
    if (session->made[i].kind == kind && strcmp (session->made[i].id, id) == 0) {
      session->made[i].gone = 0;
      return 0;
    }
  struct vprod__made *longer = realloc (session->made, (session->n_made + 1) * sizeof *longer);
  char *copy = strdup (id);
  if (longer)
    session->made = longer;
  if (!longer || !copy) {
    session->unsure = 1;
    free (copy);
    return -1;
  }
  longer[session->n_made++] = (struct vprod__made) { .kind = kind, .id = copy };
  return 0;
}

int vprod__made_add (vprod_session *session, vprod_object_kind kind, const char *id)
{
  pthread_mutex_lock (&session->lock);
  int r = add (session, kind, id);
  pthread_mutex_unlock (&session->lock);
  return r;
}

void vprod__made_unsure (vprod_session *session)
{
  pthread_mutex_lock (&session->lock);
  session->unsure = 1;
  pthread_mutex_unlock (&session->lock);
}

void vprod__made_failed (vprod_session *session, int r)
{
  pthread_mutex_lock (&session->lock);
  session->unsure = 1;
  session->overdue |= r == -VPROD_ERROR_TIMEOUT;
  pthread_mutex_unlock (&session->lock);
}

void vprod__made_cut_off (vprod_session *session)
{
  pthread_mutex_lock (&session->lock);
  session->cut_off_ms = vprod__now_ms ();
  pthread_mutex_unlock (&session->lock);
}

int vprod__made_container (vprod_session *session, const char *role, vprod_container_request *request,
                           const vprod_call *call, char **ret_id, vprod_error **err)
{
  _cleanup_strv_ char **labels = NULL;
  _cleanup_free_ char *id = NULL;
  const vprod_engine_facts *engine;

  /* an engine that does not answer has nothing that must be removed */
  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  if (vprod__strv_copy (session->labels, &labels) < 0
      || vprod__strv_addf (&labels, "verify-prod.role=%s", role) < 0)
    return vprod__error_no_memory (err);
  request->size = sizeof *request;
  request->labels = (const char *const *) labels;
  _cleanup_error_ vprod_error *error = NULL;
  r = vprod__runner_container_create (session->runner, call, request, &id, &error);
  if (vprod__image_is_back (session, request->image, r, &error))
    r = vprod__runner_container_create (session->runner, call, request, &id, &error);
  if (r < 0)
    r = vprod__error_move (err, &error);
  request->labels = NULL;
  if (r < 0) {
    vprod__made_failed (session, r);
    return r;
  }
  if (vprod__made_add (session, VPROD_OBJECT_CONTAINER, id) < 0)
    return vprod__error_no_memory (err);
  *ret_id = vprod__steal (&id);
  return 0;
}

/* ---- removing ------------------------------------------------------------------------------------------ */

static int remove_one (vprod_session *session, const struct vprod__made *made, const vprod_call *call,
                       vprod_error **err)
{
  switch (made->kind) {
  case VPROD_OBJECT_CONTAINER:
    return vprod__runner_container_remove (session->runner, call, made->id, err);
  case VPROD_OBJECT_NETWORK:
    if (session->way == VPROD__WAY_DIRECT)
      vprod__runner_network_disconnect (session->runner, call, made->id, session->engine.container, NULL);
    return vprod__runner_network_remove (session->runner, call, made->id, err);
  case VPROD_OBJECT_VOLUME:
    return vprod__runner_volume_remove (session->runner, call, made->id, err);
  case VPROD_OBJECT_IMAGE_TAG:
    return vprod__runner_image_remove (session->runner, call, made->id, err);
  case VPROD_OBJECT_FOLDER:
    break;
  }
  return 0;
}

static vprod_call attempt (vprod_session *session, int64_t deadline_ms)
{
  int64_t own = vprod__deadline (session->removal_time.attempt_ms);
  vprod_call call = { sizeof call, own < deadline_ms ? own : deadline_ms, -1 };

  return call;
}

/* ---- … in the background ------------------------------------------------------------------------------- */

/* The lock is held. */
static struct vprod__made *next_retired (vprod_session *session)
{
  for (size_t i = 0; i < session->n_made; i++)
    if (session->made[i].retired && !session->made[i].gone)
      return &session->made[i];
  return NULL;
}

static void *reap (void *data)
{
  vprod_session *session = data;

  pthread_mutex_lock (&session->lock);
  while (!session->reaper_stop) {
    struct vprod__made *next = next_retired (session);
    if (!next) {
      pthread_cond_wait (&session->changed, &session->lock);
      continue;
    }
    /* the list may move while the lock is given up; its strings do not */
    struct vprod__made one = *next;
    next->retired = 0;
    pthread_mutex_unlock (&session->lock);
    vprod_call call = attempt (session, VPROD_NO_DEADLINE);
    int r = remove_one (session, &one, &call, NULL);
    pthread_mutex_lock (&session->lock);
    for (size_t i = 0; r == 0 && i < session->n_made; i++)
      if (session->made[i].id == one.id)
        session->made[i].gone = 1;
  }
  pthread_mutex_unlock (&session->lock);
  return NULL;
}

void vprod__made_retire (vprod_session *session, const char *id)
{
  if (session->keep)
    return;
  pthread_mutex_lock (&session->lock);
  for (size_t i = 0; i < session->n_made; i++)
    if (strcmp (session->made[i].id, id) == 0)
      session->made[i].retired = 1;
  if (!session->reaping && !session->reaper_stop)
    session->reaping = vprod__thread_start (&session->reaper, reap, session) == 0;
  pthread_cond_broadcast (&session->changed);
  pthread_mutex_unlock (&session->lock);
}

static void stop_reaper (vprod_session *session)
{
  pthread_mutex_lock (&session->lock);
  int join = session->reaping;
  session->reaping = 0;
  session->reaper_stop = 1;
  pthread_cond_broadcast (&session->changed);
  pthread_mutex_unlock (&session->lock);
  if (join)
    pthread_join (session->reaper, NULL);
}

/* ---- … at the end -------------------------------------------------------------------------------------- */

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
  struct vprod__made *made = &removal->session->made[index];
  _cleanup_error_ vprod_error *error = NULL;

  if (made->gone || what_of (made) != removal->what)
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

/* Networks and volumes side by side, tags one after the other: an engine that removes two tags of one image at once
   may trip over itself. */
static void remove_branch (void *data, size_t branch)
{
  struct removal *all = data, own = { .session = all->session, .deadline_ms = all->deadline_ms,
                                      .lock = PTHREAD_MUTEX_INITIALIZER };

  own.what = branch == 0 ? REMOVE_REST : REMOVE_TAGS;
  vprod__parallel (own.session->n_made, branch == 0 ? AT_ONCE : 1, remove_index, &own);
  pthread_mutex_lock (&all->lock);
  if (own.error) {
    vprod_error_free (all->error);
    all->error = own.error;
  }
  pthread_mutex_unlock (&all->lock);
  pthread_mutex_destroy (&own.lock);
}

/* Everything that is written down: containers, then what they stood on. */
static void remove_known (struct removal *removal)
{
  vprod_error_free (vprod__steal (&removal->error));
  removal->what = REMOVE_CONTAINERS;
  vprod__parallel (removal->session->n_made, AT_ONCE, remove_index, removal);
  vprod__parallel (2, 0, remove_branch, removal);
}

struct found {
  vprod_session *session;
  size_t count;
};

/* Only the removing thread is left, so that no lock is needed. */
static int find_ours (void *data, const vprod_object *object)
{
  struct found *found = data;
  vprod_session *session = found->session;

  if (object->kind == VPROD_OBJECT_IMAGE_TAG
        ? !strstr (object->id, session->id)
        : !object->labels || !vprod__strv_has ((char **) (uintptr_t) object->labels, session->labels[0]))
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
  /* in a run without trouble, what ends a build early is long over when the session ends */
  int sure = !session->unsure && (!session->cut_off_ms || vprod__now_ms () - session->cut_off_ms > CUT_OFF_MS);
  const int looks = session->overdue || (session->unsure && session->cut_off_ms) ? OVERDUE_LOOKS : QUIET_LOOKS;
  removal.deadline_ms = vprod__deadline (session->removal_time.whole_ms);
  if (sure && session->n_made == 0)
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
    /* from here on only the engine's word counts: nothing there, and nothing there a moment later */
    sure = 0;
    quiet = r == 0 ? quiet + 1 : 0;
    refusals += r == -VPROD_ERROR_UNSUPPORTED ? REFUSALS : r < 0;
    if (quiet == looks)
      vprod_error_free (vprod__steal (&removal.error));
    else if (refusals < REFUSALS)
      pause_ms (quiet > 0 ? session->removal_time.late_ms << (quiet - 1) : pause);
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
