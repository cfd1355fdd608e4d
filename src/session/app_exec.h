/* SPDX-License-Identifier: MIT */
/* A command in the app's running container, in its user, environment and working directory. */
#ifndef VPROD_SESSION_APP_EXEC_H
#define VPROD_SESSION_APP_EXEC_H

#include <stddef.h>
#include <stdint.h>
#include "session/app.h"

enum vprod__exec_end {
  VPROD__EXEC_ENDED = 0,
  VPROD__EXEC_NO_PROGRAM, /* it could not be run: it is not in the container */
  VPROD__EXEC_RUNS_ON,    /* not in that time; what runs on goes with the container */
  VPROD__EXEC_APP_ENDED   /* the container did */
};

struct vprod__exec {
  enum vprod__exec_end end;
  int exit_code; /* if it ended */
  char *why;     /* if it could not be run: the engine's words */
  char *output;  /* if it ended: its first bytes, of both streams; "" if none */
  size_t output_length;
};

/* Runs argv, for limit_ms at most. 0 with *ret filled, whatever it did; negative where it could not be told, or `call` was over
   first. */
int vprod__app_exec (vprod_session *session, const struct vprod__app *app, const vprod_call *call, int64_t limit_ms,
                     const char *const *argv, struct vprod__exec *ret, vprod_error **err);

void vprod__exec_clear (struct vprod__exec *exec);

#endif
