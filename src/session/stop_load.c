/* SPDX-License-Identifier: MIT */
#include "session/stop_load.h"
#include "session/base.h"
#include "session/container.h"
#include "session/engine.h"
#include "session/expand.h"
#include "session/health.h"
#include "session/health_ask.h"
#include "session/limit.h"
#include "session/parts.h"
#include "session/reach.h"
#include "util/buf.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LEAST_ON_MS 150
#define MOST_ON_MS 1000

/* Where it is asked: the port in the container, and where that is reached. */
struct place {
  int port;
  const char *host;
  int host_port;
  int https;
};

static struct place find_place (const vprod_session *session, const struct vprod__app *app, int is_health)
{
  int https = session->spec->checks.health.scheme == VPROD__SCHEME_HTTPS;

  if (is_health)
    return (struct place) { app->health_port, app->health_host, app->health_host_port, https };
  return (struct place) { app->port, app->host, app->host_port, https && app->health_port == app->port };
}

static int choose_path (vprod_session *session, struct vprod__stop_load *load, vprod_error **err)
{
  const char *path = session->spec->checks.drain.path, *health = session->spec->checks.health.path;
  int asks_http = vprod__spec_asks (session->spec) == VPROD__ASKS_HTTP;

  load->is_health = asks_http && (!path || strcmp (path, health) == 0);
  load->path = strdup (path ? path : asks_http ? health : "/");
  return load->path ? 0 : vprod__error_no_memory (err);
}

static int make_url (struct vprod__stop_load *load, const char *host, int port, int https, vprod_error **err)
{
  int is_ipv6 = strchr (host, ':') && host[0] != '[';

  free (load->url);
  load->url = vprod__asprintf ("http%s://%s%s%s:%d%s%s", https ? "s" : "", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                               port, load->path[0] == '/' ? "" : "/", load->path);
  return load->url ? 0 : vprod__error_no_memory (err);
}

/* Those of the health, "Name=value" in the spec. A server that checks the Host header is asked by the same name from
   wherever this runs, and at the container's own address, too. */
static int make_headers (vprod_session *session, struct vprod__stop_load *load, const struct place *place, vprod_error **err)
{
  _cleanup_strv_ char **pairs = NULL;
  int has_host = 0;

  int r = vprod__session_expand_all (session, session->spec->checks.health.headers, &pairs, err);
  for (char **p = pairs; r == 0 && p && *p; p++) {
    size_t name = strcspn (*p, "=");
    _cleanup_free_ char *line = vprod__asprintf ("%.*s: %s", (int) name, *p, (*p)[name] ? *p + name + 1 : "");
    has_host |= strncasecmp (*p, "host=", 5) == 0;
    if (!line || vprod__strv_add (&load->headers, line) < 0)
      return vprod__error_no_memory (err);
  }
  if (r < 0 || has_host)
    return r;
  const char *host = session->reach->way == VPROD__WAY_PUBLISHED ? place->host : "127.0.0.1";
  _cleanup_free_ char *line = vprod__asprintf (strchr (host, ':') ? "Host: [%s]:%d" : "Host: %s:%d", host, place->host_port);
  return !line || vprod__strv_add (&load->headers, line) < 0 ? vprod__error_no_memory (err) : 0;
}

static int is_right (void *data, int status, const char *body, size_t length)
{
  const struct vprod__stop_load *load = data;
  const char *wanted = load->session->spec->checks.health.body;

  return vprod__status_is_wanted (load->session->spec->checks.health.statuses, status)
      && (!wanted || memmem (body, length, wanted, strlen (wanted)));
}

/* ---- at one address --------------------------------------------------------------------------------------- */

static int warm (vprod_session *session, struct vprod__stop_load *load, vprod_error **err)
{
  vprod_call call;
  struct vprod__load_request request = {
    .url = load->url,
    .headers = (const char *const *) load->headers,
    .rate = session->spec->checks.drain.rate,
    .timeout_ms = session->spec->checks.drain.timeout_ms,
    .direct = load->direct,
    .pid = load->pid,
    .is_right = load->is_health ? is_right : NULL,
    .data = load,
  };

  vprod__load_free (load->load);
  load->load = NULL;
  load->problem = (struct vprod__load_problem) { 0 };
  vprod__session_call (session, -1, &call);
  int r = vprod__load_new (&request, &load->load, err);
  return r < 0 ? r : vprod__load_warm (load->load, &call, session->spec->checks.graceful_stop.grace_ms / 2, &load->problem, err);
}

/* Finds the app's process, where it is one of this machine. */
static int find_pid (vprod_session *session, const vprod_container_facts *container, struct vprod__stop_load *load,
                     vprod_error **err)
{
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0 || engine->remote)
    return r < 0 ? r : 0;
  load->pid = vprod__container_pid_here (session, container, err);
  return load->pid < 0 ? (int) load->pid : 0;
}

static int nobody_there (const struct vprod__stop_load *load)
{
  return load->problem.kind == VPROD__LOAD_BAD_IN_QUIET && load->problem.shot.sent_ms == 0;
}

static int warm_somewhere (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                           const struct place *place, struct vprod__stop_load *load, vprod_error **err)
{
  int r = find_pid (session, container, load, err);

  /* An engine's proxy takes connections that the app never will, and hides how the app ends one: where the container is one
     of this machine, its own address is tried first. */
  load->direct = r == 0 && load->pid > 0 && session->reach->way == VPROD__WAY_PUBLISHED && app->ip_address && *app->ip_address;
  if (load->direct) {
    r = make_url (load, app->ip_address, place->port, place->https, err);
    if (r == 0)
      r = warm (session, load, err);
    if (r < 0 || !nobody_there (load))
      return r;
  }
  load->direct = session->reach->way == VPROD__WAY_DIRECT;
  if (r == 0)
    r = make_url (load, place->host, place->host_port, place->https, err);
  return r < 0 ? r : warm (session, load, err);
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

/* It goes on for half of what an answer takes: so most of what is under way at the signal was sent a while before it, also
   where all are answered at the same time. Meanwhile it is measured how long the machine keeps the app waiting. */
static int go_on (vprod_session *session, const struct vprod__app *app, struct vprod__stop_load *load, vprod_error **err)
{
  int64_t half_ms = vprod__load_report (load->load)->load_ms / 2;
  struct vprod__limit limit;
  vprod_call call;

  vprod__session_call (session, -1, &call);
  int r = vprod__load_start (load->load, &call, err);
  if (r < 0)
    return r;
  load->is_on = 1;
  half_ms = half_ms < LEAST_ON_MS ? LEAST_ON_MS : half_ms < MOST_ON_MS ? half_ms : MOST_ON_MS;
  vprod__limit_begin (&limit, session, app->container_id, 0, vprod__now_ms (), half_ms);
  r = vprod__call_sleep (&call, half_ms, "asking the app before it is stopped", err);
  vprod__limit_look (&limit);
  load->stalled_ms = limit.stalled_ms;
  load->on_ms = limit.elapsed_ms;
  vprod__limit_end (&limit);
  return r;
}

static int begin (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                  struct vprod__stop_load *load, vprod_error **err)
{
  int r = choose_path (session, load, err);
  if (r < 0)
    return r;
  struct place place = find_place (session, app, load->is_health);
  load->no_port = place.port == 0 || place.host_port == 0;
  load->health_bad = load->is_health && session->health->made && session->health->made->state == VPROD__HEALTH_BAD;
  if (load->no_port || load->health_bad)
    return 0;
  r = make_headers (session, load, &place, err);
  if (r < 0)
    return r;
  r = warm_somewhere (session, app, container, &place, load, err);
  if (r == 0 && load->problem.kind == VPROD__LOAD_FINE)
    r = go_on (session, app, load, err);
  if (r == 0 && !load->is_on) { /* nothing of it is left on the app */
    vprod__load_free (load->load);
    load->load = NULL;
  }
  return r;
}

static int is_the_end (int r)
{
  return r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_TIMEOUT || r == -VPROD_ERROR_NO_MEMORY;
}

int vprod__stop_load_begin (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                            struct vprod__stop_load **ret, vprod_error **err)
{
  struct vprod__stop_load *load = calloc (1, sizeof *load);
  vprod_error *error = NULL;

  if (!load)
    return vprod__error_no_memory (err);
  load->session = session->whole;
  int r = begin (session, app, container, load, &error);
  if (is_the_end (r)) {
    vprod__stop_load_free (load);
    return vprod__error_move (err, &error);
  }
  if (r < 0) {
    vprod__load_free (load->load);
    load->load = NULL;
    load->is_on = 0;
  }
  load->error = error;
  *ret = load;
  return 0;
}

void vprod__stop_load_called (struct vprod__stop_load *load)
{
  if (load && load->is_on)
    vprod__load_called (load->load);
}

void vprod__stop_load_sent (struct vprod__stop_load *load)
{
  if (load && load->is_on)
    vprod__load_sent (load->load);
}

int vprod__stop_load_end (struct vprod__stop_load *load, vprod_error **err)
{
  vprod_error *error = NULL;

  if (!load || !load->is_on)
    return 0;
  int r = vprod__load_finish (load->load, &error);
  if (is_the_end (r))
    return vprod__error_move (err, &error);
  load->error = error;
  return 0;
}

void vprod__stop_load_free (struct vprod__stop_load *load)
{
  if (!load)
    return;
  vprod__load_free (load->load);
  vprod_error_free (load->error);
  vprod__strv_free (load->headers);
  free (load->url);
  free (load->path);
  free (load);
}
