/* SPDX-License-Identifier: MIT */
#include "session/build.h"
#include "session/base.h"
#include "session/events.h"
#include "session/expand.h"
#include "session/hide.h"
#include "session/made.h"
#include "session/owner.h"
#include "session/parts.h"
#include "session/secrets.h"
#include "session/withheld.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/ids.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

#define LOG_BYTES (64 * 1024)
#define LINE_BYTES (64 * 1024) /* a longer one is shown in pieces */

struct sink {
  vprod_session *session;
  struct vprod__build *build;
  struct vprod__buf log;
  struct vprod__buf line; /* shown when it is whole */
  int show; /* 1: on_event is told of steps and words */
  int no_memory;
  const struct vprod__build_options *options;
};

static void tell (const struct sink *sink, const vprod_event *about)
{
  const struct vprod__owner *owner = sink->options->image ? &vprod__owner_of_app : &vprod__owner_of_image;
  vprod_event event = *about;

  event.size = sizeof event;
  event.check = owner->check_id;
  if (sink->show)
    vprod__session_tell (sink->session, &event);
}

static void show (const struct sink *sink, vprod_event_kind kind, const char *text)
{
  tell (sink, &(vprod_event) { .kind = kind, .text = text });
}

/* What is told of a step; the image's own name goes before that of one that is not the subject's. */
static int tell_step (const struct sink *sink, const vprod_build_step *step)
{
  const char *name = step->name ? step->name : "";
  /* as all builds have them: nobody shows them */
  int is_internal = strncmp (name, "[internal]", 10) == 0 || strncmp (name, "exporting ", 10) == 0;
  const char *before = is_internal ? NULL : sink->options->shown_as;
  _cleanup_free_ char *text = before ? vprod__asprintf ("%s: %s", before, name) : NULL;

  if (before && !text)
    return -1;
  tell (sink, &(vprod_event) {
    .kind = step->state == VPROD_STEP_STARTED ? VPROD_EVENT_BUILD_STEP : VPROD_EVENT_BUILD_STEP_ENDED,
    .text = before ? text : step->name,
    .cached = step->state == VPROD_STEP_CACHED,
  });
  return 0;
}

/* Shows the step's name, after the secrets in its instruction are known. */
static void show_step (struct sink *sink, const vprod_build_step *step)
{
  if (sink->show
      && (step->text && vprod__session_hide_instruction (sink->session, step->text) < 0))
    sink->no_memory = 1;
  else
    sink->no_memory |= tell_step (sink, step) < 0;
}

static int on_step (void *data, const vprod_build_step *step)
{
  struct sink *sink = data;

  show_step (sink, step);
  sink->no_memory |= vprod__steps_tell (&sink->build->steps, step) < 0;
  if (sink->no_memory)
    return 1;
  return sink->options->enough && sink->options->enough (sink->options->enough_data, &sink->build->steps);
}

/* Shows the builder's output in whole lines, so that no secret is split between two pieces and missed. */
static int show_lines (struct sink *sink, const char *bytes, size_t length)
{
  const char *end = memrchr (bytes, '\n', length);
  size_t whole = end ? (size_t) (end + 1 - bytes) : sink->line.length + length > LINE_BYTES ? length : 0;

  if (vprod__buf_add (&sink->line, bytes, whole) < 0)
    return -1;
  if (whole > 0) {
    for (char *p = sink->line.data; (p = strchr (p, '\r')); p++) /* an overwritten line counts as a new one */
      *p = '\n';
    show (sink, VPROD_EVENT_BUILD_LOG, vprod__buf_string (&sink->line));
    vprod__buf_clear (&sink->line);
  }
  return vprod__buf_add (&sink->line, bytes + whole, length - whole);
}

static int on_log (void *data, const char *bytes, size_t length)
{
  struct sink *sink = data;

  if (sink->show && sink->session->events->on_event)
    sink->no_memory |= show_lines (sink, bytes, length) < 0;
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

/* What the image's description and the options ask for; args and secrets are lent. */
static vprod_build_request make_request (const struct vprod__spec_image *image, const struct vprod__build_options *options,
                                         char *const *args, char *const *secrets, const char *const *tags)
{
  vprod_build_request request = {
    .size = sizeof request,
    .context_dir = options->context_dir ? options->context_dir : image->context,
    .dockerfile = options->dockerfile ? options->dockerfile : image->dockerfile,
    .tags = options->tag ? tags : NULL,
    .output_tar = options->on_tar != NULL,
    .on_tar = options->on_tar ? on_tar : NULL,
    .on_step = on_step,
    .on_log = on_log,
    .no_cache = options->no_cache,
  };

  if (!options->plain) {
    request.target = image->target;
    request.platform = image->platform;
    request.args = (const char *const *) args;
    request.secrets = (const char *const *) secrets;
    request.ssh = (const char *const *) image->ssh;
    request.contexts = (const char *const *) image->contexts;
  }
  return request;
}

/* No Dockerfile is known only where the image's context does not exist. That is a failed build, not an error. */
static int no_context (const struct vprod__spec_image *image, struct vprod__build *ret, vprod_error **err)
{
  if (asprintf (&ret->facts.message, "there is no build context %s", image->context) < 0) {
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
  if (r == -VPROD_ERROR_IMAGE) { /* the builder could not start, because of the Dockerfile */
    facts->message = strdup (vprod_error_get_message (error));
    return facts->message ? 0 : vprod__error_no_memory (err);
  }
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

int vprod__build_image (vprod_session *session, const struct vprod__build_options *options, int shown,
                        struct vprod__build *ret, vprod_error **err)
{
  _cleanup_strv_ char **args = NULL, **secrets = NULL;
  const struct vprod__spec_image *image = options->image ? options->image : &session->spec->image;
  struct vprod__build made = { 0 };
  struct sink sink = { .session = session, .build = &made, .show = shown, .options = options };
  const char *tags[] = { options->tag, NULL };
  vprod_call call;

  int r = vprod__session_expand_all (session, image->args, &args, err);
  if (r < 0)
    return r;
  if (options->epoch && !vprod__strv_env (args, "SOURCE_DATE_EPOCH")
      && vprod__strv_addf (&args, "SOURCE_DATE_EPOCH=%s", options->epoch) < 0)
    return vprod__error_no_memory (err);
  if (vprod__secret_options (image, &secrets) < 0)
    return vprod__error_no_memory (err);
  vprod_build_request request = make_request (image, options, args, secrets, tags);
  request.data = &sink;
  vprod__session_call (session, options->timeout_ms > 0 ? options->timeout_ms : -1, &call);
  if (request.dockerfile && !options->plain && vprod__session_hide_dockerfile (session, request.dockerfile) < 0)
    return vprod__error_no_memory (err);
  r = request.dockerfile ? run_build (&sink, &call, &request, err) : no_context (image, &made, err);
  if (sink.line.length > 0)
    show (&sink, VPROD_EVENT_BUILD_LOG, vprod__buf_string (&sink.line));
  vprod__buf_clear (&sink.line);
  made.log_length = sink.log.length;
  if (sink.log.length > LOG_BYTES) {
    vprod__buf_consume (&sink.log, sink.log.length - LOG_BYTES);
    made.log_length = LOG_BYTES;
  }
  made.log = vprod__buf_steal (&sink.log);
  if (options->tag && (r < 0 || (!made.facts.succeeded && !made.facts.failed_step)))
    vprod__made_cut_off (session);
  if (r == 0 && (!made.log || vprod__build_withheld (&made.facts, image, &made.withheld) < 0))
    r = vprod__error_no_memory (err);
  if (r < 0)
    vprod__build_clear (&made);
  else
    *ret = made;
  return r;
}

void vprod__build_clear (struct vprod__build *made)
{
  vprod__build_facts_clear (&made->facts);
  vprod__steps_clear (&made->steps);
  free (made->withheld);
  free (made->log);
  *made = (struct vprod__build) { 0 };
}

int vprod__build_not_told (const char *withheld, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "%s", withheld);
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

static int build_for_good (vprod_session *session, const char *tag, char **ret_image_id, vprod_error **err)
{
  _cleanup_ (vprod__build_clear) struct vprod__build made = { 0 };
  _cleanup_free_ char *name = NULL, *latest = NULL;

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
  int r = vprod__build_image (session, &options, 1, &made, err);
  if (r < 0)
    return r;
  if (made.withheld)
    return vprod__build_not_told (made.withheld, err);
  if (!made.facts.succeeded)
    return build_failed (&made, err);
  if (ret_image_id) {
    *ret_image_id = strdup (made.facts.image_id ? made.facts.image_id : "");
    if (!*ret_image_id)
      return vprod__error_no_memory (err);
  }
  return 0;
}

int vprod_session_build (vprod_session *session, const char *tag, char **ret_image_id, vprod_error **err)
{
  if (!session)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot build: session is NULL");
  int r = vprod__session_own (session, err);
  if (r < 0)
    return r;
  r = build_for_good (session, tag, ret_image_id, err);
  if (r < 0)
    vprod__session_clean_error (session, err);
  return r;
}
