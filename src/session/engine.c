/* SPDX-License-Identifier: MIT */
#include "session/engine.h"
#include "session/base.h"
#include "session/events.h"
#include "session/parts.h"
#include "util/ids.h"
#include "util/strv.h"

#define ENGINE_MS 10000

int vprod__make_engine (vprod_session *session, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, ENGINE_MS, &call);
  int r = vprod__runner_engine_facts (session->runner, &call, &session->engine->facts, err);
  /* so that a later `clean` can ask the engine whether this run is alive */
  if (r == 0 && session->engine->facts.container
      && vprod__strv_addf (&session->engine->labels, VPROD__LABEL_CONTAINER "=%s", session->engine->facts.container) < 0)
    r = vprod__error_no_memory (err);
  if (r == 0 && session->engine->facts.started)
    vprod__session_note (session, "no engine answers, so `podman system service` was started for this (Podman %s); it is "
                                  "ended after",
                         session->engine->facts.version);
  return r;
}

int vprod__get_engine (vprod_session *session, const vprod_engine_facts **ret, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->engine->fixture, err);

  if (r == 0)
    *ret = &session->engine->facts;
  return r;
}
