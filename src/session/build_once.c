/* SPDX-License-Identifier: MIT */
#include "session/build_once.h"
#include "session/app.h"
#include "session/asker.h"
#include "session/base.h"
#include "session/services.h"
#include "session/engine.h"
#include "session/image.h"
#include "session/made.h"
#include "session/parts.h"

#include <stdio.h>
#include <string.h>

/* "verify-prod-session/NAME.2:ID". An untagged image could not be removed safely: the user may have an image with the same
   id. */
static char *extra_tag (vprod_session *session)
{
  char *tag;

  vprod__monitor_lock (session->monitor);
  int nth = ++session->image->n_extra_tags + 1;
  vprod__monitor_unlock (session->monitor);
  int name_length = (int) (strrchr (session->image->tag, ':') - session->image->tag);
  return asprintf (&tag, "%.*s.%d:%s", name_length, session->image->tag, nth, session->id) < 0 ? NULL : tag;
}

/* ---- one after the other ------------------------------------------------------------------------------- */

/* Builders share steps between builds that run at the same time: beside a build without cache, a step that another would take
   from the cache is run. And the classic builder looks for a step's result below the newest of the one before, which a build
   without cache has not made yet. So such a build runs alone among those of this session's checks. */
static int begin (vprod_session *session, int no_cache, vprod_error **err)
{
  struct vprod__image_part *image = session->image;
  vprod_call call;
  int r = 0;

  vprod__session_call (session, -1, &call);
  vprod__waiting_begin (session);
  vprod__monitor_lock (session->monitor);
  while (r == 0 && (image->builds_alone || (no_cache && image->n_builds > 0)))
    r = vprod__monitor_wait (session->monitor, &call, "waiting for another build", err);
  if (r == 0) {
    image->n_builds++;
    image->builds_alone = no_cache;
  }
  vprod__monitor_unlock (session->monitor);
  vprod__waiting_end (session);
  return r;
}

static void end (vprod_session *session)
{
  vprod__monitor_lock (session->monitor);
  session->image->n_builds--;
  session->image->builds_alone = 0;
  vprod__monitor_tell (session->monitor);
  vprod__monitor_unlock (session->monitor);
}

/* ---- a build ------------------------------------------------------------------------------------------- */

int vprod__session_build_once (vprod_session *session, const struct vprod__build_options *options,
                               struct vprod__build *ret, vprod_error **err)
{
  struct vprod__build_options own = *options;
  _cleanup_free_ char *tag = NULL;
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  if (!own.tag && !own.on_tar) {
    own.tag = tag = extra_tag (session);
    if (!tag)
      return vprod__error_no_memory (err);
  }
  /* registered before the build: one that is cut off may have set its tag */
  if (own.tag && vprod__made_add (session, VPROD_OBJECT_IMAGE_TAG, own.tag) < 0)
    return vprod__error_no_memory (err);
  vprod__session_let_services_start (session);
  /* a complete second build is expensive; one that ends early, or runs no steps, is not */
  if (!own.on_tar && !own.enough)
    vprod__session_let_app_start (session);
  r = begin (session, own.no_cache, err);
  if (r < 0)
    return r;
  r = vprod__build_image (session, &own, 0, ret, err);
  end (session);
  return r;
}
