/* SPDX-License-Identifier: MIT */
/* The image: built from the spec's Dockerfile, or the one that the spec names. */
#include "session/inside.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

#define LOG_BYTES (64 * 1024)
#define ANSWER_MS 60000 /* of the engine, to a question */
#define PULL_MS (15 * 60 * 1000)

/* ---- one build ----------------------------------------------------------------------------------------- */

struct sink {
  vprod_session *session;
  struct vprod__build *build;
  struct vprod__buf log;
  int show; /* 1: on_event is told of steps and words */
  int no_memory;
  const struct vprod__build_options *options;
};

static void show (const struct sink *sink, vprod_event_kind kind, const char *text)
{
  vprod_event event = { .size = sizeof event, .kind = kind, .text = text };

  if (sink->show)
    vprod__session_tell (sink->session, &event);
}

static int on_step (void *data, const vprod_build_step *step)
{
  struct sink *sink = data;

  if (step->state == VPROD_STEP_STARTED)
    show (sink, VPROD_EVENT_BUILD_STEP, step->name);
  sink->no_memory |= vprod__steps_tell (&sink->build->steps, step) < 0;
  if (sink->no_memory)
    return 1;
  return sink->options->enough && sink->options->enough (sink->options->enough_data, &sink->build->steps);
}

static int on_log (void *data, const char *bytes, size_t length)
{
  struct sink *sink = data;

  if (sink->show && sink->session->on_event) {
    _cleanup_free_ char *text = strndup (bytes, length);
    if (text)
      show (sink, VPROD_EVENT_BUILD_LOG, text);
  }
  if (length > LOG_BYTES) {
    bytes += length - LOG_BYTES;
    length = LOG_BYTES;
  }
  sink->no_memory |= vprod__buf_add (&sink->log, bytes, length) < 0;
  if (sink->log.length > 2 * LOG_BYTES)
    vprod__buf_consume (&sink->log, sink->log.length - LOG_BYTES);
  return sink->no_memory;
}

static int on_tar (void *data, const void *bytes, size_t length)
{
  struct sink *sink = data;

  return sink->options->on_tar (sink->options->tar_data, bytes, length);
}

/* What the spec and the options ask for; args is lent. */
static vprod_build_request make_request (vprod_session *session, const struct vprod__build_options *options,
                                         char *const *args, const char *const *tags)
{
  const vprod_spec *spec = session->spec;
  vprod_build_request request = {
    .size = sizeof request,
    .context_dir = options->context_dir ? options->context_dir : spec->image.context,
    .dockerfile = options->dockerfile ? options->dockerfile : spec->image.dockerfile,
    .tags = options->tag ? tags : NULL,
    .output_tar = options->on_tar != NULL,
    .on_tar = options->on_tar ? on_tar : NULL,
    .on_step = on_step,
    .on_log = on_log,
  };

  if (!options->plain) {
    request.target = spec->image.target;
    request.platform = spec->image.platform;
    request.args = (const char *const *) args;
  }
  return request;
}

/* No Dockerfile is a build that failed, not one that could not be tried. */
static int no_dockerfile (vprod_session *session, struct vprod__build *ret, vprod_error **err)
{
  if (asprintf (&ret->facts.message,
                "there is neither Dockerfile.prod nor Dockerfile in %s; write one, or name it with "
                "image.dockerfile",
                session->spec->image.context) < 0) {
    ret->facts.message = NULL;
    return vprod__error_no_memory (err);
  }
  return 0;
}

static int run_build (struct sink *sink, const vprod_call *call, const vprod_build_request *request,
                      vprod_error **err)
{
  vprod_build_facts *facts = &sink->build->facts;
  _cleanup_error_ vprod_error *error = NULL;
  int64_t began_ms = vprod__now_ms ();

  int r = vprod__runner_build (sink->session->runner, call, request, facts, &error);
  sink->build->duration_ms = vprod__now_ms () - began_ms;
  if (sink->no_memory)
    return vprod__error_no_memory (err);
  if (r == -VPROD_ERROR_IMAGE) { /* the builder could not even begin, and it is the Dockerfile's fault */
    facts->message = strdup (vprod_error_get_message (error));
    return facts->message ? 0 : vprod__error_no_memory (err);
  }
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

static int build (vprod_session *session, const struct vprod__build_options *options, int shown,
                  struct vprod__build *ret, vprod_error **err)
{
  _cleanup_strv_ char **args = NULL;
  struct vprod__build made = { 0 };
  struct sink sink = { .session = session, .build = &made, .show = shown, .options = options };
  const char *tags[] = { options->tag, NULL };
  vprod_call call;

  int r = vprod__session_build_args (session, &args, err);
  if (r < 0)
    return r;
  vprod_build_request request = make_request (session, options, args, tags);
  request.data = &sink;
  vprod__session_call (session, options->timeout_ms > 0 ? options->timeout_ms : -1, &call);
  r = request.dockerfile ? run_build (&sink, &call, &request, err) : no_dockerfile (session, &made, err);
  made.log_length = sink.log.length;
  if (sink.log.length > LOG_BYTES) {
    vprod__buf_consume (&sink.log, sink.log.length - LOG_BYTES);
    made.log_length = LOG_BYTES;
  }
  made.log = vprod__buf_steal (&sink.log);
  if (r == 0 && !made.log)
    r = vprod__error_no_memory (err);
  if (r < 0)
    vprod__build_clear (&made);
  else
    *ret = made;
  return r;
}

/* "verify-prod-session/NAME.2:ID": an image without a name could not be removed again without risk, for its id may be
   that of an image of the user's. */
static char *extra_tag (vprod_session *session)
{
  char *tag;

  pthread_mutex_lock (&session->lock);
  int nth = ++session->n_extra_tags + 1;
  pthread_mutex_unlock (&session->lock);
  int name_length = (int) (strrchr (session->tag, ':') - session->tag);
  return asprintf (&tag, "%.*s.%d:%s", name_length, session->tag, nth, session->id) < 0 ? NULL : tag;
}

int vprod__session_build_once (vprod_session *session, const struct vprod__build_options *options,
                               struct vprod__build *ret, vprod_error **err)
{
  struct vprod__build_options own = *options;
  _cleanup_free_ char *tag = NULL;
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  if (!own.tag && !own.on_tar) {
    own.tag = tag = extra_tag (session);
    if (!tag)
      return vprod__error_no_memory (err);
  }
  /* written down before it is there: a build that is cut off may have set its tag */
  if (own.tag && vprod__made_add (session, VPROD_IMAGE_TAG, own.tag) < 0)
    return vprod__error_no_memory (err);
  vprod__session_let_databases_start (session);
  /* a whole second build is heavy; one that ends early, or has nothing to run, is not */
  if (!own.on_tar && !own.enough)
    vprod__session_let_app_start (session);
  return build (session, &own, 0, ret, err);
}

void vprod__build_clear (struct vprod__build *made)
{
  vprod__build_facts_clear (&made->facts);
  vprod__steps_clear (&made->steps);
  free (made->log);
  *made = (struct vprod__build) { 0 };
}

/* ---- the session's image ------------------------------------------------------------------------------- */

int vprod__image_obtain (vprod_session *session, const char *image, const char *platform, vprod_error **err)
{
  _cleanup_image_facts_ vprod_image_facts facts = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_image_facts (session->runner, &call, image, &facts, &error);
  if (r != -VPROD_ERROR_NOT_FOUND)
    return r < 0 ? vprod__error_move (err, &error) : 0;
  vprod__session_note (session, "pulling %s", image);
  vprod__session_call (session, PULL_MS, &call);
  return vprod__runner_image_pull (session->runner, &call, image, platform, err);
}

static int read_facts (vprod_session *session, struct vprod__image *image, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__runner_image_facts (session->runner, &call, image->ref, &image->facts, err);
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
  struct vprod__build_options options = { .tag = session->tag,
                                          .timeout_ms = session->spec->checks.build.timeout_ms };
  struct vprod__build made = { 0 };
  const vprod_engine_facts *engine;

  /* an engine that does not answer has nothing that must be removed */
  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  if (vprod__made_add (session, VPROD_IMAGE_TAG, session->tag) < 0)
    return vprod__error_no_memory (err);
  r = build (session, &options, 1, &made, err);
  if (r < 0)
    return r;
  image->build = made.facts;
  image->steps = made.steps;
  image->log = made.log;
  image->log_length = made.log_length;
  image->build_ms = made.duration_ms;
  image->usable = image->build.succeeded;
  if (image->usable) {
    image->ref = strdup (session->tag);
    return image->ref ? read_facts (session, image, err) : vprod__error_no_memory (err);
  }
  image->why = strdup ("the image did not build");
  return image->why ? 0 : vprod__error_no_memory (err);
}

int vprod__image_require (vprod_session *session, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->image_fixture, err);

  if (r < 0 || session->image.usable)
    return r;
  return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "%s", session->image.why);
}

int vprod__image_is_back (vprod_session *session, const char *ref, int r, vprod_error **error)
{
  struct vprod__build_options options = { .tag = session->tag,
                                          .timeout_ms = session->spec->checks.build.timeout_ms };
  struct vprod__build made = { 0 };

  if (r != -VPROD_ERROR_NOT_FOUND || session->image.given || !session->image.ref
      || strcmp (session->image.ref, ref) != 0 || build (session, &options, 0, &made, NULL) < 0)
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
    session->image = image;
  return r;
}

int vprod__get_image (vprod_session *session, const struct vprod__image **ret, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->image_fixture, err);

  if (r < 0)
    return r;
  vprod__waiting_credit ("build", session->image.build_ms);
  *ret = &session->image;
  return 0;
}

int vprod__need_image (vprod_session *session, vprod_result *result, const struct vprod__image **ret,
                       vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->image_fixture, err);

  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  if (!session->image.usable) {
    vprod__result_judged_by (result, "build");
    vprod__result_skip (result, "not checked: %s", session->image.why);
    return 1;
  }
  *ret = &session->image;
  return 0;
}

/* ---- for good ------------------------------------------------------------------------------------------ */

static int build_failed (const struct vprod__build *made, vprod_error **err)
{
  const char *message = made->facts.message ? made->facts.message : "the builder did not say why";

  if (made->facts.failed_step)
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "the image does not build, at %s: %s",
                             made->facts.failed_step, message);
  return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "the image does not build: %s", message);
}

int vprod_session_build (vprod_session *session, const char *tag, char **ret_image_id, vprod_error **err)
{
  _cleanup_ (vprod__build_clear) struct vprod__build made = { 0 };
  _cleanup_free_ char *name = NULL, *latest = NULL;

  if (!session)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot build: session is NULL");
  if (session->spec->image.ref)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "there is nothing to build: the spec names an image that exists (image.ref: %s)",
                             session->spec->image.ref);
  name = vprod__image_name (session->spec->name);
  if (!name || asprintf (&latest, "%s:latest", name) < 0) {
    latest = NULL;
    return vprod__error_no_memory (err);
  }
  struct vprod__build_options options = { .tag = tag ? tag : latest,
                                          .timeout_ms = session->spec->checks.build.timeout_ms };
  int r = build (session, &options, 1, &made, err);
  if (r < 0)
    return r;
  if (!made.facts.succeeded)
    return build_failed (&made, err);
  if (ret_image_id) {
    *ret_image_id = strdup (made.facts.image_id ? made.facts.image_id : "");
    if (!*ret_image_id)
      return vprod__error_no_memory (err);
  }
  return 0;
}
