/* SPDX-License-Identifier: MIT */
/* When may a check look at the running app? Once its start is over: its health is settled, or, where nothing is
   known of its health, it has been up for a while and takes connections. */
#include "session/inside.h"
#include "runner/runner.h"
#include "util/clock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#define PORT_MS 2000    /* after which an app that takes no connections is looked at all the same */
#define PAUSE_MS 20
#define CONNECT_MS 500
#define STAYS_OPEN_MS 30 /* an engine's proxy takes a connection, and closes it when it finds nobody behind */

/* ---- without a health URL ------------------------------------------------------------------------------ */

/* Waits for the socket, or for the call's end. */
static int wait_socket (int fd, short events, int ms)
{
  struct pollfd p = { .fd = fd, .events = events };

  return poll (&p, 1, ms) > 0;
}

/* Is a connection to that address taken, and kept? */
static int is_taken (const struct addrinfo *address)
{
  _cleanup_close_ int fd = socket (address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int error = 0;
  socklen_t length = sizeof error;

  if (fd < 0)
    return 0;
  if (connect (fd, address->ai_addr, address->ai_addrlen) < 0
      && (errno != EINPROGRESS || !wait_socket (fd, POLLOUT, CONNECT_MS)
          || getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error != 0))
    return 0;
  if (!wait_socket (fd, POLLIN, STAYS_OPEN_MS))
    return 1;
  char byte;
  return recv (fd, &byte, 1, MSG_PEEK) > 0; /* a server that speaks first */
}

static int takes_connections (const struct vprod__app *app)
{
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *list;
  char port[16];
  int taken = 0;

  snprintf (port, sizeof port, "%d", app->host_port);
  if (getaddrinfo (app->host, port, &hints, &list) != 0)
    return 0;
  for (struct addrinfo *a = list; a && !taken; a = a->ai_next)
    taken = is_taken (a);
  freeaddrinfo (list);
  return taken;
}

/* Waits for the time that it should at least be seen up, or its end. */
static int wait_up (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  int64_t left = app->started_at + session->spec->checks.start.stay_up_ms - vprod__now_ms ();
  int exit_code;

  int r = left > 0 ? vprod__wait_end (session, app->container_id, left, &exit_code, err) : 0;
  return r < 0 ? r : 0;
}

static int wait_connections (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, -1, &call);
  while (app->host_port > 0 && vprod__now_ms () - app->started_at < PORT_MS && !takes_connections (app)) {
    int r = vprod__call_sleep (&call, PAUSE_MS, "waiting for the app to take connections", err);
    if (r < 0)
      return r;
  }
  return 0;
}

int vprod__make_settled (vprod_session *session, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->app_fixture, err);

  if (r == 0)
    r = wait_up (session, session->app, err);
  return r < 0 ? r : wait_connections (session, session->app, err);
}

/* ---- for checks ---------------------------------------------------------------------------------------- */

static int wait_settled (vprod_session *session, int *ret_ended, vprod_error **err)
{
  int r = vprod__fixture_get (session, &session->health_fixture, err);

  if (r == 0 && session->health->state == VPROD__HEALTH_UNKNOWN)
    r = vprod__fixture_get (session, &session->settled_fixture, err);
  if (r == 0)
    *ret_ended = session->health->state == VPROD__HEALTH_APP_ENDED;
  return r;
}

static int is_up (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__app_facts (session, app, &facts, err);
  return r < 0 ? r : facts.running;
}

int vprod__need_ready (vprod_session *session, vprod_result *result, const struct vprod__app **ret,
                       vprod_error **err)
{
  const struct vprod__image *image;
  const struct vprod__app *app;
  int ended = 0;

  vprod__expect_databases (session);
  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r;
  r = vprod__fixture_get (session, &session->app_fixture, err);
  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  app = session->app;
  if (!app->started) {
    vprod__result_judged_by (result, "start");
    vprod__result_skip (result, "not checked: the app did not start");
    return 1;
  }
  r = wait_settled (session, &ended, err);
  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  r = ended ? 0 : is_up (session, app, err);
  if (r < 0)
    return r;
  if (r == 0) {
    vprod__result_judged_by (result, "start");
    vprod__result_skip (result, "not checked: the app did not stay up");
    return 1;
  }
  *ret = app;
  return 0;
}
