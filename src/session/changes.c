/* SPDX-License-Identifier: MIT */
#include "session/changes.h"
#include "session/app.h"
#include "session/base.h"
#include "session/parts.h"

#include <string.h>

#define ANSWER_MS 60000
#define KEPT_MOST ((size_t) 16 << 20)

/* Each change is stored as a byte for its kind, its path and a NUL. */
static int keep (void *data, const vprod_change *change)
{
  vprod_session *session = data;
  struct vprod__buf *kept = &session->changes->kept;
  char kind = (char) change->kind;

  if (kept->length + strlen (change->path) + 2 > KEPT_MOST) {
    session->changes->too_many = 1;
    return 1;
  }
  session->changes->no_memory = vprod__buf_add (kept, &kind, 1) < 0
                            || vprod__buf_add (kept, change->path, strlen (change->path) + 1) < 0;
  return session->changes->no_memory;
}

int vprod__make_changes (vprod_session *session, vprod_error **err)
{
  vprod_call call;

  vprod__changes_clear (session->changes);
  int r = vprod__fixture_get (session, &session->app->fixture, err);
  if (r < 0)
    return r;
  if (!session->app->made->started)
    return vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "the app did not start");
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_container_changes (session->runner, &call, session->app->made->container_id, keep, session, err);
  if (r == 0 && session->changes->no_memory)
    r = vprod__error_no_memory (err);
  if (r < 0 || session->changes->too_many)
    vprod__buf_clear (&session->changes->kept);
  return r;
}

void vprod__changes_clear (struct vprod__changes_part *changes)
{
  vprod__buf_clear (&changes->kept);
  changes->too_many = changes->no_memory = 0;
}

int vprod__app_changes (vprod_session *session, int (*on_change) (void *data, const vprod_change *change), void *data,
                        vprod_error **err)
{
  vprod_call call;

  int r = vprod__fixture_get (session, &session->changes->fixture, err);
  if (r < 0)
    return r;
  if (!on_change)
    return 0;
  if (session->changes->too_many) {
    vprod__session_call (session, ANSWER_MS, &call);
    return vprod__runner_container_changes (session->runner, &call, session->app->made->container_id, on_change, data, err);
  }
  const char *next = vprod__buf_string (&session->changes->kept), *end = next + session->changes->kept.length;
  while (next < end) {
    vprod_change change = { .size = sizeof change, .path = next + 1, .kind = (vprod_change_kind) *next };
    if (on_change (data, &change) != 0)
      break;
    next = change.path + strlen (change.path) + 1;
  }
  return 0;
}
