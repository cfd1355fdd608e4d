/* SPDX-License-Identifier: MIT */
#include "session/once.h"
#include "session/app.h"
#include "session/container.h"
#include "session/services.h"
#include "session/image.h"
#include "session/made.h"
#include "session/network.h"
#include "session/parts.h"
#include "session/run_settings.h"
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

  return vprod__run_create (session, "once", options->file, &request, ret_id, err);
}

static int start (vprod_session *session, struct vprod__once_begun *begun, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;

  begun->called_ms = vprod__now_ms ();
  int r = vprod__run_start (session, begun->id, &error);
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
    r = vprod__once_watch (session, begun->id, begun->called_ms, begun->started_ms, timeout_ms, &once, err);
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
