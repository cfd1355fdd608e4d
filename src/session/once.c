/* SPDX-License-Identifier: MIT */
/* One-off containers of the session's image. */
#include "session/inside.h"
#include "runner/runner.h"
#include "util/clock.h"

#include <string.h>

#define ANSWER_MS 60000

static int not_started (struct vprod__once *once, const vprod_error *error, vprod_error **err)
{
  once->why = strdup (vprod_error_get_message (error));
  return once->why ? 0 : vprod__error_no_memory (err);
}

static int create (vprod_session *session, const struct vprod__once_options *options, char **ret_id,
                   vprod_error **err)
{
  vprod_call call;
  vprod_container_request request = {
    .image = session->image.ref,
    .platform = session->spec->image.platform,
    .env = options->env,
    .entrypoint = options->entrypoint,
    .command = options->command,
    .network = options->on_network ? session->network : "none",
  };

  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__made_container (session, "once", &request, &call, ret_id, err);
}

static int read_output (vprod_session *session, const char *id, struct vprod__once *once, vprod_error **err)
{
  struct vprod__log *log = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__log_new (NULL, &log, err);
  if (r == 0)
    r = vprod__runner_container_logs (session->runner, &call, id, 0, vprod__log_output, log, err);
  if (r == 0) {
    once->output = vprod__log_tail (log, &once->output_length);
    if (!once->output)
      r = vprod__error_no_memory (err);
  }
  vprod__log_free (log);
  return r;
}

/* From its start to its end, or to the end of its time. */
static int watch (vprod_session *session, const char *id, int64_t timeout_ms, struct vprod__once *once,
                  vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };
  int64_t began_ms = vprod__now_ms ();
  vprod_call call;

  int r = vprod__wait_end (session, id, timeout_ms, &once->exit_code, err);
  once->duration_ms = vprod__now_ms () - began_ms;
  if (r < 0)
    return r;
  once->ended = r;
  if (once->ended) {
    vprod__session_call (session, ANSWER_MS, &call);
    r = vprod__runner_container_facts (session->runner, &call, id, &facts, err);
    if (r < 0)
      return r;
    once->oom_killed = facts.oom_killed;
  }
  return read_output (session, id, once, err);
}

static int start (vprod_session *session, const char *id, const struct vprod__once_options *options,
                  struct vprod__once *once, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_container_start (session->runner, &call, id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (once, error, err);
  if (r < 0)
    return vprod__error_move (err, &error);
  once->started = 1;
  return watch (session, id, options->timeout_ms, once, err);
}

/* The container is made while the databases come up, and started beside them. */
static int run (vprod_session *session, const struct vprod__once_options *options, struct vprod__once *once,
                vprod_error **err)
{
  _cleanup_free_ char *id = NULL;
  _cleanup_error_ vprod_error *error = NULL;
  int r = 0;

  if (options->on_network)
    r = vprod__fixture_get (session, &session->network_fixture, err);
  if (r < 0)
    return r;
  vprod__session_let_databases_start (session);
  r = create (session, options, &id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (once, error, err);
  if (r < 0)
    return vprod__error_move (err, &error);
  if (options->on_network)
    r = vprod__fixture_get (session, &session->databases_fixture, err);
  if (r == 0)
    vprod__session_let_app_start (session);
  if (r == 0 && (!options->turn || options->turn (options->turn_data) == 0))
    r = start (session, id, options, once, err);
  vprod__made_retire (session, id);
  return r;
}

int vprod__run_once (vprod_session *session, const struct vprod__once_options *options, struct vprod__once *ret,
                     vprod_error **err)
{
  struct vprod__once once = { 0 };

  if (options->on_network)
    vprod__expect_databases (session);
  int r = vprod__image_require (session, err);
  if (r < 0)
    return r;
  r = run (session, options, &once, err);
  if (r == 0 && !once.output && !(once.output = strdup ("")))
    r = vprod__error_no_memory (err);
  if (r < 0)
    vprod__once_clear (&once);
  else
    *ret = once;
  return r;
}

void vprod__once_clear (struct vprod__once *once)
{
  free (once->why);
  free (once->output);
  *once = (struct vprod__once) { 0 };
}

int vprod__session_still_container (vprod_session *session, char **ret_id, vprod_error **err)
{
  static const char *const nothing[] = { "/", NULL }; /* an image need not name a program */
  vprod_container_request request = {
    .platform = session->spec->image.platform,
    .entrypoint = nothing,
    .network = "none",
  };
  vprod_call call;
  int r = vprod__image_require (session, err);

  if (r < 0)
    return r;
  request.image = session->image.ref;
  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__made_container (session, "still", &request, &call, ret_id, err);
}
