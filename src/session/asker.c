/* SPDX-License-Identifier: MIT */
#include "session/asker.h"
#include "util/clock.h"

#include <string.h>

static void view_of (struct vprod__asker *asker, vprod_session *session)
{
  *asker = (struct vprod__asker) { .view = *session, .thread = pthread_self (), .began_ms = vprod__now_ms () };
  asker->view.asker = asker;
}

vprod_session *vprod__asker_begin (struct vprod__asker *asker, vprod_session *session, const char *check_id)
{
  view_of (asker, session);
  asker->check_id = check_id;
  asker->shown = asker;
  if (session->asker)
    asker->view.asker = session->asker;
  asker->waited_before_ms = asker->view.asker->waited_ms;
  return &asker->view;
}

int64_t vprod__asker_end (const struct vprod__asker *asker)
{
  int64_t waited_ms = asker->view.asker->waited_ms - asker->waited_before_ms;
  int64_t ms = vprod__now_ms () - asker->began_ms - waited_ms;

  return ms < 0 ? 0 : ms;
}


/* NULL: nobody's account of this is kept. */
static struct vprod__asker *asker_of (vprod_session *session)
{
  return session->asker && pthread_equal (session->asker->thread, pthread_self ()) ? session->asker : NULL;
}

vprod_session *vprod__asker_make (struct vprod__asker *asker, vprod_session *session, struct vprod__fixture *fixture)
{
  const struct vprod__asker *before = asker_of (session);

  view_of (asker, session);
  asker->making = fixture;
  asker->shown = before ? before->shown : NULL;
  return &asker->view;
}

struct vprod__fixture *vprod__asker_making (vprod_session *session)
{
  const struct vprod__asker *asker = asker_of (session);

  return asker ? asker->making : NULL;
}

struct vprod__asker *vprod__asker_shown (vprod_session *session)
{
  const struct vprod__asker *asker = asker_of (session);

  return asker ? asker->shown : NULL;
}

void vprod__waiting_begin (vprod_session *session)
{
  struct vprod__asker *asker = asker_of (session);

  if (asker && asker->waiting_depth++ == 0)
    asker->waiting_since_ms = vprod__now_ms ();
}

void vprod__waiting_end (vprod_session *session)
{
  struct vprod__asker *asker = asker_of (session);

  if (asker && --asker->waiting_depth == 0)
    asker->waited_ms += vprod__now_ms () - asker->waiting_since_ms;
}

void vprod__waiting_credit (vprod_session *session, const struct vprod__owner *owner, int64_t ms)
{
  struct vprod__asker *asker = asker_of (session);

  if (!asker || asker->waiting_depth > 0 || asker->credited || !asker->check_id || strcmp (asker->check_id, owner->check_id) != 0)
    return;
  asker->credited = 1;
  asker->waited_ms -= ms;
}

void vprod__asker_blame (vprod_session *session, const struct vprod__owner *owner, vprod_error_code code)
{
  struct vprod__asker *asker = asker_of (session);

  if (!asker)
    return;
  asker->blame_owner = owner;
  asker->blame_code = code;
}

const struct vprod__owner *vprod__asker_blames (vprod_session *session, vprod_error_code code)
{
  struct vprod__asker *asker = asker_of (session);

  return asker && asker->blame_code == code ? asker->blame_owner : NULL;
}
