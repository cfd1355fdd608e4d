/* SPDX-License-Identifier: MIT */
#include "session/health_quiet.h"

#include <unistd.h>
#include "probe/activity.h"
#include "session/base.h"
#include "session/container.h"
#include "session/parts.h"
#include "util/clock.h"

#define ECHO_MS 300 /* until the effects of our own last request, like its line in the log, are over */
#define LOOKS 12
#define BETWEEN_MS 100

/* Was a startup line seen? 1: yes; 0: none of the spec's; -1: the spec names none. */
static int startup_line (const vprod_session *session, const struct vprod__app *app)
{
  char *const *lines = session->spec->checks.startup_logs.any;

  for (size_t i = 0; lines && lines[i]; i++)
    if (vprod__log_has_pattern (app->log, i, 0))
      return 1;
  return lines && lines[0] ? 0 : -1;
}

/* Looks once. pid 0: the processes cannot be seen; a startup line was. */
static int look (const struct vprod__app *app, int64_t pid, struct vprod__quiet *quiet, vprod_error **err)
{
  struct vprod__activity activity = { .known = 1 };

  int r = pid > 0 ? vprod__activity_look ("/proc", pid, &activity, err) : 0;
  if (r == 0)
    vprod__quiet_add (quiet, &activity, vprod__log_bytes (app->log, 0));
  return r;
}

int vprod__health_is_quiet (vprod_session *session, const struct vprod__app *app,
                            const vprod_container_facts *container, int64_t deadline_ms, vprod_error **err)
{
  struct vprod__quiet quiet = { 0 };
  int line = startup_line (session, app);
  int64_t pid = vprod__container_pid_here (session, container, err);
  vprod_call call;

  if (pid < 0)
    return (int) pid;
  if (line == 0 || (pid == 0 && line < 0) || deadline_ms - vprod__now_ms () < ECHO_MS + 2 * LOOKS * BETWEEN_MS)
    return 0;
  vprod__session_call (session, -1, &call);
  int r = vprod__call_sleep (&call, ECHO_MS, "looking at the app's processes", err);
  int64_t began_ms = vprod__now_ms ();
  if (r == 0)
    r = look (app, pid, &quiet, err);
  for (int i = 1; r == 0 && i < LOOKS && !quiet.disturbed; i++) {
    r = vprod__call_sleep (&call, BETWEEN_MS, "looking at the app's processes", err);
    if (r == 0)
      r = look (app, pid, &quiet, err);
  }
  return r < 0 ? r : vprod__quiet_holds (&quiet, vprod__now_ms () - began_ms, sysconf (_SC_CLK_TCK));
}
