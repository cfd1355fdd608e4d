/* SPDX-License-Identifier: MIT */
#include "session/image.h"
#include "result/result.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/engine.h"
#include "session/events.h"
#include "session/hide.h"
#include "session/made.h"
#include "util/clock.h"

#include <string.h>

#define ANSWER_MS 60000 /* of the engine, to a question */
#define PULL_MS (15 * 60 * 1000)
#define BREATH_MS 100 /* between two words on how far a pull is */

struct pull {
  vprod_session *session;
  const char *image;
  vprod_pull_progress last;
  int64_t told_ms;
};

static void tell_pull (struct pull *pull, vprod_event_kind kind)
{
  const vprod_event event = {
    .size = sizeof event, .kind = kind, .text = pull->image, .pull = pull->last.size > 0 ? &pull->last : NULL,
  };

  vprod__session_tell (pull->session, &event);
}

static void on_progress (void *data, const vprod_pull_progress *progress)
{
  struct pull *pull = data;
  int64_t now_ms = vprod__now_ms ();

  pull->last = *progress;
  if (now_ms - pull->told_ms < BREATH_MS)
    return;
  pull->told_ms = now_ms;
  tell_pull (pull, VPROD_EVENT_PULL);
}

static int pull_image (vprod_session *session, const char *image, const char *platform, vprod_error **err)
{
  struct pull pull = { .session = session, .image = image };
  vprod_call call;

  vprod__session_note (session, "pulling %s", image);
  tell_pull (&pull, VPROD_EVENT_PULL);
  vprod__session_call (session, PULL_MS, &call);
  int r = vprod__runner_image_pull_shown (session->runner, &call, image, platform, on_progress, &pull, err);
  tell_pull (&pull, VPROD_EVENT_PULL_ENDED);
  return r;
}

int vprod__image_obtain (vprod_session *session, const char *image, const char *platform, vprod_error **err)
{
  _cleanup_image_facts_ vprod_image_facts facts = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_image_facts (session->runner, &call, image, &facts, &error);
  if (r != -VPROD_ERROR_NOT_FOUND)
    return r < 0 ? vprod__error_move (err, &error) : 0;
  return pull_image (session, image, platform, err);
}

int vprod__image_facts_of (vprod_session *session, const char *ref, vprod_image_facts *ret, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_image_facts (session->runner, &call, ref, ret, err);
  if (r == 0 && vprod__session_hide_image (session, ret) < 0)
    return vprod__error_no_memory (err);
  return r;
}

static int read_facts (vprod_session *session, struct vprod__image *image, vprod_error **err)
{
  return vprod__image_facts_of (session, image->ref, &image->facts, err);
}

static int take_given (vprod_session *session, struct vprod__image *image, vprod_error **err)
{
  image->given = 1;
  image->ref = strdup (session->spec->image.ref);
  if (!image->ref)
    return vprod__error_no_memory (err);
  int r = vprod__image_obtain (session, image->ref, session->spec->image.platform, err);
  if (r == 0)
    r = read_facts (session, image, err);
  image->usable = r == 0;
  return r;
}

static int build_ours (vprod_session *session, struct vprod__image *image, vprod_error **err)
{
  struct vprod__build_options options = { .tag = session->image->tag,
                                          .timeout_ms = session->spec->checks.build.timeout_ms };
  struct vprod__build made = { 0 };
  const vprod_engine_facts *engine;

  /* if the engine does not answer, nothing is made that must be removed */
  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  if (vprod__made_add (session, VPROD_OBJECT_IMAGE_TAG, session->image->tag) < 0)
    return vprod__error_no_memory (err);
  r = vprod__build_image (session, &options, 1, &made, err);
  if (r < 0)
    return r;
  if (made.withheld) {
    r = vprod__build_not_told (made.withheld, err);
    vprod__build_clear (&made);
    return r;
  }
  image->build = made.facts;
  image->steps = made.steps;
  image->log = made.log;
  image->log_length = made.log_length;
  image->build_ms = made.duration_ms;
  image->usable = image->build.succeeded;
  if (image->usable) {
    image->ref = strdup (session->image->tag);
    return image->ref ? read_facts (session, image, err) : vprod__error_no_memory (err);
  }
  image->why = strdup ("the image did not build");
  return image->why ? 0 : vprod__error_no_memory (err);
}

int vprod__image_require (vprod_session *session, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->image->fixture, err);

  if (r < 0 || session->image->made.usable)
    return r;
  return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "%s", session->image->made.why);
}

int vprod__image_is_back (vprod_session *session, const char *ref, int r, vprod_error **error)
{
  struct vprod__build_options options = { .tag = session->image->tag,
                                          .timeout_ms = session->spec->checks.build.timeout_ms };
  struct vprod__build made = { 0 };

  if (r != -VPROD_ERROR_NOT_FOUND || session->image->made.given || !session->image->made.ref
      || strcmp (session->image->made.ref, ref) != 0 || vprod__build_image (session, &options, 0, &made, NULL) < 0)
    return 0;
  int is_back = made.facts.succeeded;
  vprod__build_clear (&made);
  if (is_back)
    vprod_error_free (vprod__steal (error));
  return is_back;
}

void vprod__image_clear (struct vprod__image *image)
{
  vprod__build_facts_clear (&image->build);
  vprod__steps_clear (&image->steps);
  vprod__image_facts_clear (&image->facts);
  free (image->ref);
  free (image->why);
  free (image->log);
  *image = (struct vprod__image) { 0 };
}

int vprod__make_image (vprod_session *session, vprod_error **err)
{
  struct vprod__image image = { 0 };

  int r = session->spec->image.ref ? take_given (session, &image, err) : build_ours (session, &image, err);
  if (r < 0)
    vprod__image_clear (&image);
  else
    session->image->made = image;
  return r;
}

int vprod__get_image (vprod_session *session, const struct vprod__image **ret, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->image->fixture, err);

  if (r < 0)
    return r;
  vprod__waiting_credit (session, &vprod__owner_of_image, session->image->made.build_ms);
  *ret = &session->image->made;
  return 0;
}

int vprod__need_image (vprod_session *session, vprod_result *result, const struct vprod__image **ret,
                       vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->image->fixture, err);

  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  if (!session->image->made.usable) {
    vprod__result_judged_by (result, vprod__owner_of_image.check_id);
    vprod__result_skip (result, "not checked: %s", session->image->made.why);
    return 1;
  }
  *ret = &session->image->made;
  return 0;
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
