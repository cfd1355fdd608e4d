/* SPDX-License-Identifier: MIT */
/* The engine's facts: asked for once. */
#ifndef VPROD_SESSION_ENGINE_H
#define VPROD_SESSION_ENGINE_H

#include "runner/runner.h"
#include "session/fixture.h"

struct vprod__engine_part {
  struct vprod__fixture fixture;
  vprod_engine_facts facts;
  char **labels; /* on all that the session makes; complete once the facts are there */
};

int vprod__make_engine (vprod_session *session, vprod_error **err);

/* Lent. */
int vprod__get_engine (vprod_session *session, const vprod_engine_facts **ret, vprod_error **err);

#endif
