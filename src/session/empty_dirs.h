/* SPDX-License-Identifier: MIT */
/*
 * Empty folders on the engine's disk for one container of the app. They lie in a volume of the session that is removed with the
 * container, each in a folder of its own. (An anonymous volume is not empty: engines copy into it what the image has there. Docker
 * can be told not to, and then gives the volume to root, whoever owns the image's folder. Podman gives it to the owner, whom it does
 * not tell: there, those that are to be as the image's are volumes of their own.)
 */
#ifndef VPROD_SESSION_EMPTY_DIRS_H
#define VPROD_SESSION_EMPTY_DIRS_H

#include <verify-prod/session.h>
#include "util/error.h"

/* Lists of paths are lent, and may be NULL. */
struct vprod__empty_dirs {
  const char *const *for_anybody; /* anybody may write to them, as the kubelet makes an emptyDir */
  const char *const *as_image;    /* with the owner and the mode that the image has there, as a new volume of an engine; root's,
                                     who alone may write to it, where the image has no such folder */
  const char *image, *platform;
};

/* Makes them, and adds to mounts what binds them to their paths. Adds to volumes the names of those in which they lie. */
int vprod__bind_empty_dirs (vprod_session *session, const struct vprod__empty_dirs *dirs, char ***mounts, char ***volumes,
                            vprod_error **err);

#endif
