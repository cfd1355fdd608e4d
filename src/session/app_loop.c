/* SPDX-License-Identifier: MIT */
/*
 * An app that ends before it ever answers, below a shell's loop or a supervisor. Two looks cannot tell it from one that
 * is still coming up; many can. They are taken only where the container's first process is not the app itself.
 */
#include "session/app_loop.h"

#include "session/app_processes.h"
#include "session/base.h"
#include "session/parts.h"
#include "util/cancel.h"
#include "util/clock.h"

#include <string.h>

#define LOOK_MS 5000 /* a look at the processes is worth so much */
#define LOOP_MS 6000 /* a supervisor takes its time to start, and to start again */
#define MISSED 3     /* looks in a row that saw nothing */
#define PAUSE_MS 100

int vprod__sight_look (vprod_session *session, const struct vprod__app *app, struct vprod__sight *sight,
                       vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  size_t count = 0;
  vprod_call call;

  int r = vprod__app_facts (session, app, &container, err);
  if (r < 0 || !container.running)
    return r < 0 ? r : 1;
  sight->processes.first_pid = container.pid;
  vprod__session_call (session, LOOK_MS, &call);
  r = vprod__app_look (session, &call, &container, &sight->processes, &count, &error);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  int missed = r < 0;
  r = vprod__app_sockets (session, app, &container, &sight->sockets, err);
  return r < 0 ? r : missed;
}

/* Looks until it is seen. *ret_command is lent by sight. */
static int watch (vprod_session *session, const struct vprod__app *app, int serves, struct vprod__sight *sight,
                  const char **ret_command, vprod_error **err)
{
  int64_t until_ms = vprod__deadline (LOOP_MS);
  vprod_call call;

  vprod__session_call (session, -1, &call);
  for (int missed = 0; missed < MISSED;) {
    int r = vprod__sight_look (session, app, sight, err);
    if (r < 0)
      return r;
    missed = r ? missed + 1 : 0;
    if (sight->sockets.count > 0)
      return 0;
    /* the app itself; the very first look may see the engine's own program, which is about to become it */
    if (!missed && sight->processes.looks > 1 && !vprod__sight_is_supervised (sight))
      return 0;
    *ret_command = vprod__loop_judge (&sight->processes, serves);
    if (*ret_command || vprod__looks_show_one_that_stays (&sight->processes) || vprod__now_ms () >= until_ms)
      return 0;
    r = vprod__call_sleep (&call, PAUSE_MS, "looking at the app's processes", err);
    if (r < 0)
      return r;
  }
  return 0;
}

/* 1: it is known; *ret is lent by the session, or NULL. */
static int get_known (vprod_session *session, const char **ret)
{
  vprod__monitor_lock (session->monitor);
  int is_known = session->app->loop_is_known;
  if (is_known)
    *ret = session->app->loop;
  vprod__monitor_unlock (session->monitor);
  return is_known;
}

/* The first word holds. 0, or -1 out of memory. */
static int keep (vprod_session *session, const char *command)
{
  _cleanup_free_ char *copy = command ? strdup (command) : NULL;

  if (command && !copy)
    return -1;
  vprod__monitor_lock (session->monitor);
  if (!session->app->loop_is_known)
    session->app->loop = vprod__steal (&copy);
  session->app->loop_is_known = 1;
  vprod__monitor_unlock (session->monitor);
  return 0;
}

int vprod__app_loop (vprod_session *session, const struct vprod__app *app, int serves, const char **ret,
                     vprod_error **err)
{
  _cleanup_ (vprod__sight_clear) struct vprod__sight sight = { 0 };
  const char *command = NULL;

  if (get_known (session, ret))
    return 0;
  int r = watch (session, app, serves, &sight, &command, err);
  if (r < 0)
    return r;
  if (keep (session, command) < 0)
    return vprod__error_no_memory (err);
  get_known (session, ret);
  return 0;
}
