/* SPDX-License-Identifier: MIT */
#include "session/once.h"
#include "session/app.h"
#include "session/container.h"
#include "session/services.h"
#include "session/image.h"
#include "session/limit.h"
#include "session/made.h"
#include "session/network.h"
#include "session/parts.h"
#include "util/clock.h"

#include <string.h>

static int not_started (struct vprod__once *once, const vprod_error *error, vprod_error **err)
{
  once->why = strdup (vprod_error_get_message (error));
  return once->why ? 0 : vprod__error_no_memory (err);
}

static int create (vprod_session *session, const struct vprod__once_options *options, char **ret_id,
                   vprod_error **err)
{
  vprod_container_request request = {
    .image = session->image->made.ref,
    .platform = session->spec->image.platform,
    .env = options->env,
    .entrypoint = options->entrypoint,
    .command = options->command,
    .network = options->on_network ? session->network->id : "none",
  };

  return vprod__container_create (session, "once", &request, ret_id, err);
}

/* By the engine's clock where it tells both times, but never longer than we measured: clocks are set, and machines sleep. */
static int64_t lasted_ms (const vprod_container_facts *facts, int64_t seen_ms)
{
  int64_t ms = facts->finished_at_ms - facts->started_at_ms;

  return facts->started_at_ms > 0 && facts->finished_at_ms > 0 && ms >= 0 && ms < seen_ms ? ms : seen_ms;
}

/* Its state once its time is over. If the engine reported its end late, the time of its end decides whether it ended in
   time. */
static int see_end (vprod_session *session, struct vprod__limit *limit, const struct vprod__once_begun *begun,
                    enum vprod__limit_state state, struct vprod__once *once, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };
  int64_t asked_ms = vprod__now_ms ();

  int r = vprod__container_facts (session, begun->id, &facts, err);
  if (r < 0)
    return r;
  vprod__limit_answered (limit, asked_ms);
  if (state != VPROD__LIMIT_OPEN) /* the answer may be the sign of a busy machine */
    state = vprod__limit_judge (limit->limit_ms, limit->elapsed_ms, limit->stalled_ms, limit->known, limit->answer_ms);
  once->ended = state == VPROD__LIMIT_OPEN || !facts.running;
  if (state != VPROD__LIMIT_OPEN)
    once->exit_code = facts.exit_code;
  once->duration_ms = once->ended ? lasted_ms (&facts, vprod__now_ms () - begun->called_ms) : limit->elapsed_ms;
  once->oom_killed = once->ended && facts.oom_killed;
  once->stalled_ms = limit->stalled_ms;
  once->stall_is_known = limit->known;
  if (once->ended && state == VPROD__LIMIT_OVER && once->duration_ms - once->stalled_ms > limit->limit_ms)
    once->ended = 0;
  once->busy = !once->ended && state == VPROD__LIMIT_BUSY;
  return 0;
}

/* From its start to its end, or to the end of its time. */
static int watch (vprod_session *session, const struct vprod__once_begun *begun, int64_t timeout_ms,
                  struct vprod__once *once, vprod_error **err)
{
  struct vprod__limit limit;
  enum vprod__limit_state state;

  vprod__limit_begin (&limit, session, begun->id, 1, begun->started_ms, timeout_ms);
  int r = vprod__limit_wait_end (&limit, &once->exit_code, &state, err);
  if (r >= 0)
    r = see_end (session, &limit, begun, state, once, err);
  vprod__limit_end (&limit);
  return r < 0 ? r : vprod__container_output (session, begun->id, &once->output, &once->output_length, err);
}

static int start (vprod_session *session, struct vprod__once_begun *begun, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;

  begun->called_ms = vprod__now_ms ();
  int r = vprod__container_start (session, begun->id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (&begun->once, error, err);
  if (r < 0)
    return vprod__error_move (err, &error);
  begun->once.started = 1;
  begun->started_ms = vprod__now_ms ();
  return 0;
}

/* The container is made while the services come up, and started beside them. */
static int begin (vprod_session *session, const struct vprod__once_options *options, struct vprod__once_begun *begun,
                  vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  int r = 0;

  if (options->on_network)
    r = vprod__fixture_get (session, &session->network->fixture, err);
  if (r < 0)
    return r;
  vprod__session_let_services_start (session);
  r = create (session, options, &begun->id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (&begun->once, error, err);
  if (r < 0)
    return vprod__error_move (err, &error);
  if (options->on_network)
    r = vprod__fixture_get (session, &session->services->fixture, err);
  if (r == 0)
    vprod__session_let_app_start (session);
  if (r == 0 && (!options->turn || options->turn (options->turn_data) == 0))
    r = start (session, begun, err);
  return r;
}

int vprod__once_begin (vprod_session *session, const struct vprod__once_options *options, struct vprod__once_begun *ret,
                       vprod_error **err)
{
  struct vprod__once_begun begun = { 0 };

  if (options->on_network)
    vprod__expect_services (session);
  int r = vprod__image_require (session, err);
  if (r < 0)
    return r;
  r = begin (session, options, &begun, err);
  if (r < 0)
    vprod__once_drop (session, &begun);
  else
    *ret = begun;
  return r;
}

int vprod__once_finish (vprod_session *session, struct vprod__once_begun *begun, int64_t timeout_ms,
                        struct vprod__once *ret, vprod_error **err)
{
  struct vprod__once once = begun->once;
  int r = 0;

  begun->once = (struct vprod__once) { 0 };
  if (once.started)
    r = watch (session, begun, timeout_ms, &once, err);
  vprod__once_drop (session, begun);
  if (r == 0 && !once.output && !(once.output = strdup ("")))
    r = vprod__error_no_memory (err);
  if (r < 0)
    vprod__once_clear (&once);
  else
    *ret = once;
  return r;
}

void vprod__once_drop (vprod_session *session, struct vprod__once_begun *begun)
{
  if (begun->id)
    vprod__made_retire (session, begun->id);
  free (begun->id);
  vprod__once_clear (&begun->once);
  *begun = (struct vprod__once_begun) { 0 };
}

int vprod__run_once (vprod_session *session, const struct vprod__once_options *options, struct vprod__once *ret,
                     vprod_error **err)
{
  struct vprod__once_begun begun;
  int r = vprod__once_begin (session, options, &begun, err);

  return r < 0 ? r : vprod__once_finish (session, &begun, options->timeout_ms, ret, err);
}

void vprod__once_clear (struct vprod__once *once)
{
  free (once->why);
  free (once->output);
  *once = (struct vprod__once) { 0 };
}
