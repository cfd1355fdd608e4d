/* SPDX-License-Identifier: MIT */
/* The engine's facts: a fixture like others, asked for once. */
#include "session/inside.h"
#include "util/strv.h"

#define ENGINE_MS 10000

int vprod__make_engine (vprod_session *session, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, ENGINE_MS, &call);
  int r = vprod__runner_engine_facts (session->runner, &call, &session->engine, err);
  /* who asks later whether that run still lives can ask the engine */
  if (r == 0 && session->engine.container
      && vprod__strv_addf (&session->labels, VPROD__LABEL_CONTAINER "=%s", session->engine.container) < 0)
    r = vprod__error_no_memory (err);
  if (r == 0 && session->engine.started)
    vprod__session_note (session, "no engine answers, so `podman system service` was started for this (Podman %s); it is "
                                  "ended after",
                         session->engine.version);
  return r;
}

int vprod__get_engine (vprod_session *session, const vprod_engine_facts **ret, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->engine_fixture, err);

  if (r == 0)
    *ret = &session->engine;
  return r;
}
