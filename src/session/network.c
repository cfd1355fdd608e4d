/* SPDX-License-Identifier: MIT */
#include "session/network.h"
#include "known/fault.h"
#include "session/base.h"
#include "session/engine.h"
#include "session/events.h"
#include "session/made.h"
#include "session/parts.h"
#include "session/reach.h"

#include <stdio.h>

#define ANSWER_MS 60000
#define WAIT_MS 600000 /* for addresses; at most, and not longer than the session may take */
#define FIRST_PAUSE_MS 100
#define MOST_PAUSE_MS 5000

/* Retries until another run's network is removed: engines have address ranges for some thirty networks. */
static int create_network (vprod_session *session, const char *name, char **ret_id, vprod_error **err)
{
  _cleanup_error_ vprod_error *refused = NULL;
  int64_t pause = FIRST_PAUSE_MS;
  vprod_call call, wait;

  vprod__session_call (session, WAIT_MS, &wait);
  for (;;) {
    _cleanup_error_ vprod_error *error = NULL;
    vprod__session_call (session, ANSWER_MS, &call);
    int r = vprod__runner_network_create (session->runner, &call, name, (const char *const *) session->engine->labels, ret_id,
                                          &error);
    if (r == -VPROD_ERROR_TIMEOUT && refused)
      break;
    /* Docker 20.10 answers with status 404, so the code cannot be relied on */
    if (r >= 0 || !error || !vprod__fault_is_no_subnet (vprod_error_get_message (error)))
      return r < 0 ? vprod__error_move (err, &error) : 0;
    vprod_error_free (refused);
    refused = vprod__steal (&error);
    if (pause == FIRST_PAUSE_MS)
      vprod__session_note (session, "the engine has no addresses left for one more network; waiting for another run's to "
                                    "be removed");
    r = vprod__call_sleep (&wait, pause, "waiting for a network", &error);
    if (r == -VPROD_ERROR_CANCELLED)
      return vprod__error_move (err, &error);
    if (r < 0)
      break;
    pause = pause < MOST_PAUSE_MS / 2 ? 2 * pause : MOST_PAUSE_MS;
  }
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "%s. All ranges of addresses were taken for as long as could be waited: start fewer runs at "
                           "once, remove networks that nobody uses, or give the engine more ranges "
                           "(\"default-address-pools\" in Docker's daemon.json, default_subnet_pools in Podman's "
                           "containers.conf)", vprod_error_get_message (refused));
}

int vprod__make_network (vprod_session *session, vprod_error **err)
{
  _cleanup_free_ char *name = NULL, *id = NULL;

  if (asprintf (&name, "verify-prod-%s", session->id) < 0) {
    name = NULL;
    return vprod__error_no_memory (err);
  }
  const vprod_engine_facts *engine;
  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  r = create_network (session, name, &id, err);
  if (r < 0) {
    vprod__made_failed (session, r);
    return r;
  }
  if (vprod__made_add (session, VPROD_OBJECT_NETWORK, id) < 0)
    return vprod__error_no_memory (err);
  session->network->id = vprod__steal (&id);
  return vprod__reach_decide (session, session->network->id, err);
}
