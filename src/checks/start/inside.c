/* SPDX-License-Identifier: MIT */
#include "checks/start/inside.h"
#include "session/app_processes.h"

#include <stdlib.h>
#include <string.h>
#include "util/cancel.h"

#define PAUSE_MS 200  /* a child that its parent is about to reap is a zombie for a moment */
#define LOOKS 10      /* at processes that the spec lists, until they are there */
#define LOOKS_UNTOLD 3
#define MOST_DEAD 256

static int sleep_a_little (vprod_session *session, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, -1, &call);
  return vprod__call_sleep (&call, PAUSE_MS, "looking at the app's processes", err);
}

/* ---- processes that ended ---------------------------------------------------------------------------------- */

struct dead {
  struct vprod__dead list[MOST_DEAD];
  size_t count;
};

static int on_dead (void *data, const struct vprod__dead *one)
{
  struct dead *dead = data;

  if (one->status != 0 && dead->count < MOST_DEAD)
    dead->list[dead->count++] = *one;
  return 0;
}

static int find_dead (vprod_session *session, const struct vprod__app *app, struct dead *ret, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };

  ret->count = 0;
  int r = vprod__app_facts (session, app, &container, err);
  if (r == 0 && container.running)
    r = vprod__app_dead (session, &container, on_dead, ret, err);
  return r < 0 ? r : 0;
}

static int is_in (const struct dead *dead, int64_t pid)
{
  for (size_t i = 0; i < dead->count; i++)
    if (dead->list[i].pid == pid)
      return 1;
  return 0;
}

/* Those that are there in two looks. */
static int find_unreaped (vprod_session *session, const struct vprod__app *app, struct dead *ret, vprod_error **err)
{
  _cleanup_free_ struct dead *first = malloc (sizeof *first);
  size_t n = 0;

  if (!first)
    return vprod__error_no_memory (err);
  int r = find_dead (session, app, first, err);
  if (r < 0 || first->count == 0)
    return r;
  r = sleep_a_little (session, err);
  if (r == 0)
    r = find_dead (session, app, ret, err);
  for (size_t i = 0; r == 0 && i < ret->count; i++)
    if (is_in (first, ret->list[i].pid))
      ret->list[n++] = ret->list[i];
  ret->count = n;
  return r;
}

static int find_ends (vprod_session *session, const struct vprod__app *app, const struct vprod__sight *before,
                      const struct vprod__sight *now, struct vprod__ends *ret, vprod_error **err)
{
  _cleanup_free_ struct dead *dead = calloc (1, sizeof *dead);
  _cleanup_free_ char *log = NULL;
  size_t length;

  if (!dead)
    return vprod__error_no_memory (err);
  int r = find_unreaped (session, app, dead, err);
  if (r < 0)
    return r;
  log = vprod__log_head (app->log, &length);
  if (!log || vprod__ends_judge (dead->list, dead->count, &before->processes, &now->processes, log, ret) < 0)
    return vprod__error_no_memory (err);
  return 0;
}

/* ---- processes that should be there ------------------------------------------------------------------------ */

static const char *first_missing (char *const *texts, const struct vprod__sight *now)
{
  for (; texts && *texts; texts++)
    if (!vprod__process_lives (&now->processes, *texts))
      return *texts;
  return NULL;
}

/* A supervisor may be about to restart one. */
static int find_missing (vprod_session *session, const struct vprod__app *app, struct vprod__sight *now,
                         struct vprod__start_facts *facts, vprod_error **err)
{
  char *const *texts = vprod__session_spec (session)->checks.start.processes;
  int r = 0;

  for (int n = 0; r == 0; n++) {
    facts->processes_untold = now->processes.looks == 0;
    facts->missing = facts->processes_untold ? NULL : first_missing (texts, now);
    if (!texts || !texts[0] || n == (facts->processes_untold ? LOOKS_UNTOLD : LOOKS)
        || (!facts->missing && !facts->processes_untold))
      break;
    r = sleep_a_little (session, err);
    if (r < 0)
      break;
    vprod__sight_clear (now);
    r = vprod__sight_look (session, app, now, err);
    if (r > 0)
      vprod__sight_clear (now);
    r = r < 0 ? r : 0;
  }
  facts->lists_processes = texts && texts[0];
  return r;
}

/* ---- packages ---------------------------------------------------------------------------------------------- */

static int on_change (void *data, const vprod_change *change)
{
  return vprod__installs_take (data, change);
}

static int find_installs (vprod_session *session, const struct vprod__app *app, struct vprod__inside *ret,
                          vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  _cleanup_free_ char *log = NULL;
  size_t length;

  int r = vprod__app_changes (session, on_change, &ret->installs, &error);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  if (r < 0 && !(ret->installs_untold = strdup (vprod_error_get_message (error))))
    return vprod__error_no_memory (err);
  log = vprod__log_head (app->log, &length);
  if (!log || ret->installs.no_memory || !(ret->installs_text = vprod__installs_text (&ret->installs)))
    return vprod__error_no_memory (err);
  const char *said = vprod__installs_said (log, &length);
  if (said && !(ret->installs_said = strndup (said, length)))
    return vprod__error_no_memory (err);
  return 0;
}

/* ---- the time of it ---------------------------------------------------------------------------------------- */

static void *ask_changes (void *data)
{
  vprod__app_changes (data, NULL, NULL, NULL);
  return NULL;
}

void vprod__inside_expect (vprod_session *session, struct vprod__inside *inside)
{
  inside->asking = vprod__thread_start (&inside->asker, ask_changes, session) == 0;
}

int vprod__look_inside (vprod_session *session, const struct vprod__app *app, const struct vprod__sight *before,
                        struct vprod__sight *now, struct vprod__inside *ret, struct vprod__start_facts *facts,
                        vprod_error **err)
{
  int r = 0;

  if (now->processes.looks == 0) {
    r = vprod__sight_look (session, app, now, err);
    if (r > 0)
      vprod__sight_clear (now);
  }
  if (r >= 0)
    r = find_missing (session, app, now, facts, err);
  if (r == 0)
    r = find_ends (session, app, before, now, &ret->ends, err);
  if (r == 0)
    r = find_installs (session, app, ret, err);
  facts->ends = &ret->ends;
  facts->installs = ret->installs_text;
  facts->installs_said = ret->installs_said;
  facts->installs_untold = ret->installs_untold;
  return r;
}

void vprod__inside_clear (struct vprod__inside *inside)
{
  if (inside->asking)
    pthread_join (inside->asker, NULL);
  vprod__ends_clear (&inside->ends);
  vprod__installs_clear (&inside->installs);
  free (inside->installs_text);
  free (inside->installs_said);
  free (inside->installs_untold);
}
