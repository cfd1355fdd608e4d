/* SPDX-License-Identifier: MIT */
#include "session/container.h"
#include "probe/sockets.h"
#include "session/base.h"
#include "session/engine.h"
#include "session/image.h"
#include "session/log.h"
#include "session/made.h"
#include "session/parts.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <string.h>

#define ANSWER_MS 60000
#define TAIL_LINES 12
#define TAIL_BYTES 2048

int vprod__container_create (vprod_session *session, const char *role, vprod_container_request *request, char **ret_id,
                             vprod_error **err)
{
  _cleanup_strv_ char **labels = NULL;
  _cleanup_free_ char *id = NULL;
  const vprod_engine_facts *engine;
  vprod_call call;

  /* if the engine does not answer, nothing is made that must be removed */
  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  if (vprod__strv_copy (session->engine->labels, &labels) < 0
      || vprod__strv_addf (&labels, "verify-prod.role=%s", role) < 0)
    return vprod__error_no_memory (err);
  request->size = sizeof *request;
  request->labels = (const char *const *) labels;
  _cleanup_error_ vprod_error *error = NULL;
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_container_create (session->runner, &call, request, &id, &error);
  if (vprod__image_is_back (session, request->image, r, &error))
    r = vprod__runner_container_create (session->runner, &call, request, &id, &error);
  if (r < 0)
    r = vprod__error_move (err, &error);
  request->labels = NULL;
  if (r < 0) {
    vprod__made_failed (session, r);
    return r;
  }
  if (vprod__made_add (session, VPROD_OBJECT_CONTAINER, id) < 0)
    return vprod__error_no_memory (err);
  *ret_id = vprod__steal (&id);
  return 0;
}

int vprod__container_start (vprod_session *session, const char *container_id, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__runner_container_start (session->runner, &call, container_id, err);
}

int vprod__container_facts (vprod_session *session, const char *container_id, vprod_container_facts *ret,
                            vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__runner_container_facts (session->runner, &call, container_id, ret, err);
}

int64_t vprod__container_pid_here (vprod_session *session, const vprod_container_facts *container, vprod_error **err)
{
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  return !engine->remote && container->running
             && vprod__proc_is_container ("/proc", container->pid, container->id, container->ip_address)
           ? container->pid
           : 0;
}

int vprod__wait_end (vprod_session *session, const char *container_id, int64_t timeout_ms, int *ret_exit_code,
                     vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, timeout_ms, &call);
  int r = vprod__runner_container_wait (session->runner, &call, container_id, ret_exit_code, &error);
  if (r == 0)
    return 1;
  /* a time-out of the session itself is an error */
  return r == -VPROD_ERROR_TIMEOUT && vprod__now_ms () < session->deadline_ms ? 0 : vprod__error_move (err, &error);
}

int vprod__container_output (vprod_session *session, const char *container_id, char **ret, size_t *ret_length,
                             vprod_error **err)
{
  _cleanup_ (vprod__log_freep) struct vprod__log *log = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__log_new (NULL, &log, err);
  if (r == 0)
    r = vprod__runner_container_logs (session->runner, &call, container_id, 0, vprod__log_output, log, err);
  if (r == 0 && !(*ret = vprod__log_tail (log, ret_length)))
    r = vprod__error_no_memory (err);
  return r;
}

char *vprod__container_tail (vprod_session *session, const char *container_id)
{
  _cleanup_free_ char *bytes = NULL;
  size_t length = 0;

  int r = vprod__container_output (session, container_id, &bytes, &length, NULL);
  if (r == -VPROD_ERROR_NO_MEMORY)
    return NULL;
  return r == 0 ? vprod__text_tail (bytes, length, TAIL_LINES, TAIL_BYTES) : strdup ("");
}

int vprod__session_still_container (vprod_session *session, char **ret_id, vprod_error **err)
{
  static const char *const nothing[] = { "/", NULL }; /* an image need not name a program */
  vprod_container_request request = {
    .platform = session->spec->image.platform,
    .entrypoint = nothing,
    .network = "none",
  };
  int r = vprod__image_require (session, err);

  if (r < 0)
    return r;
  request.image = session->image->made.ref;
  return vprod__container_create (session, "still", &request, ret_id, err);
}
