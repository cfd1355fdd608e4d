/* SPDX-License-Identifier: MIT */
#include "session/build_once.h"
#include "session/app.h"
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
  return vprod__build_image (session, &own, 0, ret, err);
}
