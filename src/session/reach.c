/* SPDX-License-Identifier: MIT */
#include "session/reach.h"
#include "probe/connect.h"
#include "probe/listens.h"
#include "runner/runner.h"
#include "session/base.h"
#include "session/engine.h"
#include "session/events.h"
#include "session/parts.h"
#include "util/buf.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MS 60000
#define LOOK_MS 10000
#define FIRST_LOOK_MS 2000 /* most services answer earlier */
#define LOOK_PAUSE_MS 700
#define LOOKS 4            /* that must agree */
#define TABLE_MAX (1 << 20)
#define TRIES 3            /* connections before an error */

/* ---- the way ------------------------------------------------------------------------------------------------ */

int vprod__reach_decide (vprod_session *session, const char *network, vprod_error **err)
{
  const vprod_engine_facts *engine;
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0 || !engine->container || !engine->container_joins)
    return r;
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_network_connect (session->runner, &call, network, engine->container, &error);
  if (r == 0) {
    session->reach->way = VPROD__WAY_DIRECT;
    return 0;
  }
  if (r != -VPROD_ERROR_ENGINE && r != -VPROD_ERROR_NOT_FOUND && r != -VPROD_ERROR_UNSUPPORTED)
    return vprod__error_move (err, &error);
  if (engine->container_gateway)
    session->reach->way = VPROD__WAY_GATEWAY;
  vprod__session_note (session, "the container that this runs in cannot be connected to the network of the run (%s); "
                       "ports are asked for at %s instead", vprod_error_get_message (error),
                       engine->container_gateway ? engine->container_gateway : "127.0.0.1");
  return 0;
}

void vprod__reach_request (vprod_session *session, vprod_container_request *request, int port)
{
  request->port = session->reach->way == VPROD__WAY_DIRECT ? 0 : port;
  request->publish_on = session->reach->way == VPROD__WAY_GATEWAY ? session->engine->facts.container_gateway : NULL;
}

void vprod__reach_request_more (vprod_session *session, vprod_container_request *request, const int *ports)
{
  request->ports = session->reach->way == VPROD__WAY_DIRECT ? NULL : ports;
}

/* On which port of the engine's host a port is published; 0: on none. */
static int find_published (const vprod_container_facts *container, int port)
{
  char key[24];

  if (!container->published)
    return container->host_port;
  int length = snprintf (key, sizeof key, "%d/tcp=", port);
  for (char **p = container->published; *p; p++)
    if (strncmp (*p, key, (size_t) length) == 0)
      return atoi (*p + length);
  return 0;
}

/* Where the engine published it. */
static int locate_published (vprod_session *session, const vprod_container_facts *container, int host_port,
                             char **ret_host, int *ret_port, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_container_reach (session->runner, &call, container->id, host_port, ret_host, ret_port, &error);
  if (r != -VPROD_ERROR_UNSUPPORTED)
    return r < 0 ? vprod__error_move (err, &error) : 0;
  *ret_host = strdup (session->engine->facts.published_host ? session->engine->facts.published_host : "127.0.0.1");
  *ret_port = host_port;
  return *ret_host ? 0 : vprod__error_no_memory (err);
}

int vprod__reach_locate (vprod_session *session, const vprod_container_facts *container, int port, char **ret_host,
                         int *ret_port, vprod_error **err)
{
  const char *host = NULL;
  int host_port = find_published (container, port);

  switch (session->reach->way) {
  case VPROD__WAY_DIRECT:
    host = container->ip_address;
    *ret_port = container->running && host && *host ? port : 0;
    break;
  case VPROD__WAY_GATEWAY:
    host = session->engine->facts.container_gateway;
    *ret_port = host_port;
    break;
  case VPROD__WAY_PUBLISHED:
    if (container->id && host_port > 0)
      return locate_published (session, container, host_port, ret_host, ret_port, err);
    host = session->engine->facts.published_host;
    *ret_port = host_port;
    break;
  }
  *ret_host = strdup (host ? host : "127.0.0.1");
  return *ret_host ? 0 : vprod__error_no_memory (err);
}

void vprod__reach_proved (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  session->reach->proved = 1;
  vprod__monitor_unlock (session->monitor);
}

static const char *way_words (const vprod_session *session)
{
  switch (session->reach->way) {
  case VPROD__WAY_DIRECT:
    return "the container's own address";
  case VPROD__WAY_GATEWAY:
    return "the gateway of the container that this runs in";
  case VPROD__WAY_PUBLISHED:
    break;
  }
  return session->engine->facts.remote ? "where the remote engine's port is reached from here" : "published on this machine";
}

/* ---- what listens inside ------------------------------------------------------------------------------------ */

static int keep_table (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct vprod__buf *text = data;

  return stream == VPROD_STREAM_STDOUT && (text->length + length > TABLE_MAX || vprod__buf_add (text, bytes, length) < 0);
}

int vprod__reach_listens (vprod_session *session, const char *container_id, char ***ret, vprod_error **err)
{
  static const char *const argv[] = { "cat", "/proc/net/tcp", "/proc/net/tcp6", NULL };
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  _cleanup_strv_ char **list = NULL;
  int exit_code = -1;
  vprod_call call;

  vprod__session_call (session, LOOK_MS, &call);
  int r = vprod__runner_container_exec (session->runner, &call, container_id, argv, keep_table, &text, &exit_code,
                                        &error);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY || r == -VPROD_ERROR_UNREACHABLE)
    return vprod__error_move (err, &error);
  /* a namespace without IPv6 has no second file: only the first is required */
  if (r < 0 || !strstr (vprod__buf_string (&text), "local_address"))
    return 1;
  if (vprod__listens_add (vprod__buf_string (&text), &list) < 0
      || (!list && !(list = calloc (1, sizeof *list))))
    return vprod__error_no_memory (err);
  *ret = vprod__steal (&list);
  return 0;
}

/* ---- out of reach ------------------------------------------------------------------------------------------- */

/* Is it known that published ports are reached from here? */
static int is_proved (vprod_session *session)
{
  const vprod_engine_facts *engine = &session->engine->facts;

  vprod__monitor_lock (session->monitor);
  int proved = session->reach->proved;
  vprod__monitor_unlock (session->monitor);
  if (proved || session->reach->way != VPROD__WAY_PUBLISHED || engine->remote)
    return proved;
  return !engine->container || (engine->container_gateway && strcmp (engine->container_gateway, "127.0.0.1") == 0);
}

/* Where ports are known to be reached, a connection that is closed or not answered may be the container's own doing. */
static int is_out_of_reach (enum vprod__connect_end end, int proved)
{
  switch (end) {
  case VPROD__CONNECT_KEPT:
    return 0;
  case VPROD__CONNECT_CLOSED:
  case VPROD__CONNECT_NO_ANSWER:
    return !proved;
  case VPROD__CONNECT_REFUSED:
  case VPROD__CONNECT_NO_WAY:
    break;
  }
  return 1;
}

int vprod__reach_look (vprod_session *session, struct vprod__reach_watch *watch, const char *container_id,
                       const struct vprod__reach_at *at, vprod_error **err)
{
  _cleanup_strv_ char **listens = NULL;

  if (watch->next_ms == 0)
    watch->next_ms = vprod__deadline (FIRST_LOOK_MS);
  if (vprod__now_ms () < watch->next_ms)
    return 0;
  watch->next_ms = vprod__deadline (LOOK_PAUSE_MS);
  enum vprod__connect_end end = at->host_port > 0 ? vprod__connect_try (at->host, at->host_port) : VPROD__CONNECT_KEPT;
  int out = end != VPROD__CONNECT_KEPT;
  int r = out ? vprod__reach_listens (session, container_id, &listens, err) : 0;
  if (r < 0)
    return r;
  if (!out || r > 0 || !vprod__listens_reachable (listens, at->port)) {
    watch->looks = 0;
    return 0;
  }
  return ++watch->looks >= LOOKS;
}

static const char *advice (const vprod_session *session)
{
  if (session->engine->facts.container && session->reach->way == VPROD__WAY_PUBLISHED)
    return ". This runs in a container: give that a network of its own on the engine, or the host's (--network host)";
  if (session->engine->facts.remote)
    return ". Is there a firewall between, or does sshd_config there say \"AllowTcpForwarding no\"?";
  return "";
}

int vprod__reach_fail (vprod_session *session, const char *what, const struct vprod__reach_at *at, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "%s listens on port %d in its container, but that is reached from nowhere here: tried %s:%d (%s): "
                           "%s%s", what, at->port, at->host, at->host_port, way_words (session),
                           vprod__connect_words (vprod__connect_try (at->host, at->host_port)), advice (session));
}

int vprod__reach_judge_at (vprod_session *session, const vprod_container_facts *container, const struct vprod__reach_at *at,
                        char *const *listens, vprod_error **err)
{
  _cleanup_free_ char *host = NULL;
  vprod_call call;
  int host_port = 0;

  int r = vprod__reach_locate (session, container, at->port, &host, &host_port, err);
  if (r < 0)
    return r;
  if (container->running && (host_port != at->host_port || strcmp (host, at->host) != 0))
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the way to the app's port was lost while it was asked: the "
                             "connection to the engine at %s broke", session->engine->facts.endpoint);
  int proved = is_proved (session);
  /* where it listens may not be known: then the app is to blame, unless this runs in a container and nothing shows that
     the way leads out of it */
  int doubted = !listens && !proved && session->engine->facts.container && session->reach->way != VPROD__WAY_DIRECT;
  if (!container->running || !(doubted || vprod__listens_reachable (listens, at->port)))
    return 0;
  vprod__session_call (session, ANSWER_MS, &call);
  for (int i = 0; i < TRIES; i++) {
    if (!is_out_of_reach (vprod__connect_try (host, host_port), proved))
      return 0;
    r = vprod__call_sleep (&call, LOOK_PAUSE_MS / TRIES, "connecting to the app", err);
    if (r < 0)
      return r;
  }
  return vprod__reach_fail (session, doubted ? "the app perhaps" : "the app", at, err);
}
