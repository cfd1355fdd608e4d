/* SPDX-License-Identifier: MIT */
#include "session/volume.h"
#include "session/base.h"
#include "session/container.h"
#include "session/engine.h"
#include "session/made.h"
#include "session/parts.h"

#include <stdlib.h>

#define ANSWER_MS 60000
#define FOLDER "/verify-prod-files" /* where the volume is in the container that fills it */

int vprod__volume_make (vprod_session *session, const char *name, char **ret_mountpoint, vprod_error **err)
{
  _cleanup_free_ char *mountpoint = NULL;
  const vprod_engine_facts *engine;
  vprod_call call;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_volume_create (session->runner, &call, name, (const char *const *) session->engine->labels, &mountpoint, err);
  if (r < 0) {
    vprod__made_failed (session, r);
    return r;
  }
  if (vprod__made_add (session, VPROD_OBJECT_VOLUME, name) < 0)
    return vprod__error_no_memory (err);
  if (!mountpoint)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "the engine does not say where the files of its volume %s are, so none can be bound", name);
  *ret_mountpoint = vprod__steal (&mountpoint);
  return 0;
}

static int make_filler (vprod_session *session, const char *volume, const char *image, const char *platform, char **ret_id,
                        vprod_error **err)
{
  static const char *const nothing[] = { "/", NULL };
  _cleanup_free_ char *mount = vprod__asprintf ("%s:" FOLDER, volume);
  const char *const mounts[] = { mount, NULL };
  vprod_container_request request = {
    .image = image,
    .platform = platform,
    .entrypoint = nothing,
    .network = "none",
    .mounts = mounts,
  };

  return mount ? vprod__container_create (session, "files", &request, ret_id, err) : vprod__error_no_memory (err);
}

int vprod__volume_begin (vprod_session *session, const char *name, const char *image, const char *platform,
                         struct vprod__volume *ret, vprod_error **err)
{
  int r = vprod__volume_make (session, name, &ret->mountpoint, err);

  return r < 0 ? r : make_filler (session, name, image, platform, &ret->filler, err);
}

/* The answer may not have come from the engine: an app that is missing its files must not be judged. */
int vprod__volume_fill (vprod_session *session, const struct vprod__volume *volume, const struct vprod__buf *tar, const char *proof,
                        vprod_error **err)
{
  _cleanup_free_ char *path = vprod__asprintf (FOLDER "/%s", proof);
  vprod_call call;
  int there = 0;

  if (!path)
    return vprod__error_no_memory (err);
  vprod__session_call (session, ANSWER_MS, &call);
  int r = vprod__runner_container_put (session->runner, &call, volume->filler, FOLDER, tar->data, tar->length, err);
  if (r == 0)
    r = vprod__runner_container_has_path (session->runner, &call, volume->filler, path, &there, err);
  if (r == 0 && !there)
    r = vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                          "the engine answered that it has the files, but they are not in its volume");
  return r;
}

void vprod__volume_end (vprod_session *session, struct vprod__volume *volume)
{
  if (volume->filler)
    vprod__made_retire (session, volume->filler);
  free (volume->filler);
  free (volume->mountpoint);
  *volume = (struct vprod__volume) { 0 };
}
