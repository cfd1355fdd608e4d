/* SPDX-License-Identifier: MIT */
#include "session/app_exec.h"
#include "session/base.h"
#include "util/buf.h"
#include "util/clock.h"

#include <stdlib.h>
#include <string.h>

#define OUTPUT_BYTES 8192

/* It may write without end: what is too much is left out, and it goes on. */
static int keep_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct vprod__buf *output = data;
  size_t room = OUTPUT_BYTES - output->length;

  (void) stream;
  return vprod__buf_add (output, bytes, length < room ? length : room) < 0;
}

/* The engine could not run it, or it did not end. Takes *error where it is returned. */
static int not_ended (vprod_session *session, const struct vprod__app *app, const vprod_call *call, int r,
                      vprod_error **error, struct vprod__exec *ret, vprod_error **err)
{
  if (r == -VPROD_ERROR_IMAGE) {
    ret->end = VPROD__EXEC_NO_PROGRAM;
    ret->why = strdup (vprod_error_get_message (*error));
    return ret->why ? 0 : vprod__error_no_memory (err);
  }
  if (r == -VPROD_ERROR_TIMEOUT && (call->deadline_ms == VPROD_NO_DEADLINE || vprod__now_ms () < call->deadline_ms)) {
    ret->end = VPROD__EXEC_RUNS_ON;
    return 0;
  }
  if (r != -VPROD_ERROR_NOT_FOUND && r != -VPROD_ERROR_ENGINE)
    return vprod__error_move (err, error);
  int up = vprod__app_is_up (session, app, err);
  if (up < 0)
    return up;
  ret->end = VPROD__EXEC_APP_ENDED;
  return up ? vprod__error_move (err, error) : 0;
}

int vprod__app_exec (vprod_session *session, const struct vprod__app *app, const vprod_call *call, int64_t limit_ms,
                     const char *const *argv, struct vprod__exec *ret, vprod_error **err)
{
  int64_t end = vprod__deadline (limit_ms);
  vprod_call short_call = { sizeof short_call, end < call->deadline_ms ? end : call->deadline_ms, call->cancel_fd };
  _cleanup_buf_ struct vprod__buf output = { 0 };
  _cleanup_error_ vprod_error *error = NULL;

  *ret = (struct vprod__exec) { 0 };
  int r = vprod__runner_container_exec (vprod__session_runner (session), &short_call, app->container_id, argv, keep_output,
                                        &output, &ret->exit_code, &error);
  if (r < 0)
    return not_ended (session, app, call, r, &error, ret, err);
  ret->output_length = output.length;
  ret->output = vprod__buf_steal (&output);
  return ret->output ? 0 : vprod__error_no_memory (err);
}

void vprod__exec_clear (struct vprod__exec *exec)
{
  free (exec->why);
  free (exec->output);
  *exec = (struct vprod__exec) { 0 };
}
