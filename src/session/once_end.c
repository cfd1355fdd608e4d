/* SPDX-License-Identifier: MIT */
#include "session/once_end.h"
#include "session/container.h"
#include "session/limit.h"
#include "session/parts.h"
#include "util/clock.h"

#include <stdlib.h>

/* By the engine's clock where it tells both times, but never longer than we measured: clocks are set, and machines sleep. */
static int64_t lasted_ms (const vprod_container_facts *facts, int64_t seen_ms)
{
  int64_t ms = facts->finished_at_ms - facts->started_at_ms;

  return facts->started_at_ms > 0 && facts->finished_at_ms > 0 && ms >= 0 && ms < seen_ms ? ms : seen_ms;
}

/* Its state once its time is over. If the engine reported its end late, the time of its end decides whether it ended in
   time. */
static int see_end (vprod_session *session, struct vprod__limit *limit, int64_t called_ms,
                    enum vprod__limit_state state, struct vprod__once *once, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };
  int64_t asked_ms = vprod__now_ms ();

  int r = vprod__container_facts (session, limit->container_id, &facts, err);
  if (r < 0)
    return r;
  vprod__limit_answered (limit, asked_ms);
  if (state != VPROD__LIMIT_OPEN) /* the answer may be the sign of a busy machine */
    state = vprod__limit_judge (limit->limit_ms, limit->elapsed_ms, limit->stalled_ms, limit->known, limit->answer_ms);
  once->ended = state == VPROD__LIMIT_OPEN || !facts.running;
  if (state != VPROD__LIMIT_OPEN)
    once->exit_code = facts.exit_code;
  once->duration_ms = once->ended ? lasted_ms (&facts, vprod__now_ms () - called_ms) : limit->elapsed_ms;
  once->oom_killed = once->ended && facts.oom_killed;
  once->stalled_ms = limit->stalled_ms;
  once->stall_is_known = limit->known;
  if (once->ended && state == VPROD__LIMIT_OVER && once->duration_ms - once->stalled_ms > limit->limit_ms)
    once->ended = 0;
  once->busy = !once->ended && state == VPROD__LIMIT_BUSY;
  return 0;
}

int vprod__once_watch (vprod_session *session, const char *container_id, int64_t called_ms, int64_t started_ms,
                       int64_t timeout_ms, struct vprod__once *once, vprod_error **err)
{
  struct vprod__limit limit;
  enum vprod__limit_state state;

  vprod__limit_begin (&limit, session, container_id, 1, started_ms, timeout_ms);
  int r = vprod__limit_wait_end (&limit, &once->exit_code, &state, err);
  if (r >= 0)
    r = see_end (session, &limit, called_ms, state, once, err);
  vprod__limit_end (&limit);
  return r < 0 ? r : vprod__container_output (session, container_id, &once->output, &once->output_length, err);
}

void vprod__once_clear (struct vprod__once *once)
{
  free (once->why);
  free (once->output);
  *once = (struct vprod__once) { 0 };
}
