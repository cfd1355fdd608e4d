/* SPDX-License-Identifier: MIT */
/*
 * services.NAME.container: a server of any image. It is ready by what the spec says (service_probe.h); with a port, and
 * nothing said, once it listens there; with neither, once it has been up for a moment.
 */
#include "session/base.h"
#include "session/container.h"
#include "session/expand.h"
#include "session/log.h"
#include "session/parts.h"
#include "session/service_files.h"
#include "session/service_probe.h"
#include "util/clock.h"

#include <string.h>

#define MOMENT_MS 500     /* what ends as it starts has ended by then */
#define OPEN_MS 2000      /* for the engine to let its output be followed; it is started all the same */
#define OUTPUT_MS 30000   /* for all of its output */
#define ASK_AGAIN_MS 1000 /* one that was ready so lately need not be asked again */

enum way { BY_TCP, BY_LOG, BY_HTTP, BY_COMMAND, BY_TIME };

static enum way way_of (const struct vprod__service *service)
{
  const struct vprod__spec_service *spec = service->spec;

  if (spec->container.ready.log)
    return BY_LOG;
  if (spec->container.ready.http)
    return BY_HTTP;
  if (spec->container.ready.command)
    return BY_COMMAND;
  return spec->container.port > 0 ? BY_TCP : BY_TIME;
}

/* ---- its container ------------------------------------------------------------------------------------------- */

static void describe (struct vprod__service *service)
{
  enum way way = way_of (service);

  service->image = service->spec->container.image;
  service->timeout_ms = service->spec->container.timeout_ms;
  service->port = way == BY_TCP || way == BY_HTTP ? service->spec->container.port : 0;
}

static int request (vprod_session *session, const struct vprod__service *service, struct vprod__service_request *ret,
                    vprod_error **err)
{
  int r = vprod__session_expand_all (session, service->spec->container.env, &ret->env, err);

  return r < 0 ? r : vprod__session_expand_all (session, service->spec->container.command, &ret->command, err);
}

/* So that no line is missed, its output is followed before it starts. */
static int follow (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  char *texts[] = { at.service->spec->container.ready.log, NULL };
  struct vprod__container_link *link = &at.link->container;
  vprod_call call;

  int r = vprod__log_new (texts, &link->log, err);
  if (r == 0)
    r = vprod__log_follow (link->log, session->runner, session->deadline_ms, at.service->container_id, err);
  if (r < 0)
    return r;
  vprod__session_call (session, OPEN_MS, &call);
  r = vprod__log_wait_open (link->log, &call, err);
  link->log_is_whole = r > 0;
  return r < 0 ? r : 0;
}

static int prepare (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  int r = vprod__service_put_files (session, at.service, err);

  return r == 0 && way_of (at.service) == BY_LOG ? follow (session, at, err) : r;
}

static int count_bytes (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  uint64_t *count = data;

  (void) stream;
  (void) bytes;
  *count += length;
  return 0;
}

/* What it wrote until now is not looked at again. */
static int stopped (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  vprod_call call;

  if (way_of (at.service) != BY_LOG)
    return 0;
  at.link->container.written = 0;
  at.link->container.log_is_whole = 0;
  vprod__session_call (session, OUTPUT_MS, &call);
  return vprod__runner_container_logs (session->runner, &call, at.service->container_id, 0, count_bytes,
                                       &at.link->container.written, err);
}

static void clear (struct vprod__services_part *services, struct vprod__service_link *link)
{
  (void) services;
  vprod__log_free (vprod__steal (&link->container.log));
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

static int was_up (struct vprod__service_try *try, vprod_error **err)
{
  if (try->up_ms >= MOMENT_MS)
    return 1;
  try->why = strdup ("it was not up for a moment");
  return try->why ? 0 : vprod__error_no_memory (err);
}

static int ask (vprod_session *session, struct vprod__service_at at, struct vprod__service_try *try, vprod_error **err)
{
  switch (way_of (at.service)) {
  case BY_TCP:
    return vprod__service_listens (session, at.service, try, err);
  case BY_LOG:
    return vprod__service_says (session, at, try, err);
  case BY_HTTP:
    return vprod__service_answers (session, at.service, try, err);
  case BY_COMMAND:
    return vprod__service_command (session, at.service, try, err);
  case BY_TIME:
    break;
  }
  return was_up (try, err);
}

/* What it has said once, and how long it was up, stays true. */
static int need_not_ask (struct vprod__service_at at)
{
  enum way way = way_of (at.service);

  return at.link->was_ready && (way == BY_LOG || way == BY_TIME);
}

static int attempt (vprod_session *session, struct vprod__service_at at, struct vprod__service_try *try, vprod_error **err)
{
  int r = need_not_ask (at) ? 1 : ask (session, at, try, err);

  if (r <= 0)
    return r;
  at.link->container.asked_ms = vprod__now_ms ();
  clear (session->services, at.link);
  return 1;
}

static int still (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__container_facts (session, at.service->container_id, &facts, err);
  if (r < 0)
    return r;
  return facts.running && (need_not_ask (at) || vprod__now_ms () - at.link->container.asked_ms < ASK_AGAIN_MS);
}

const struct vprod__service_kind vprod__service_container = {
  .noun = "service",
  .key = "container",
  .role = "service",
  .short_role = "service",
  .silence = "did not become ready",
  .code = VPROD_ERROR_SERVICE,
  .describe = describe,
  .request = request,
  .prepare = prepare,
  .attempt = attempt,
  .still = still,
  .stopped = stopped,
  .clear = clear,
};
