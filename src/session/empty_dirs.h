/* SPDX-License-Identifier: MIT */
/* Empty folders on the engine's disk for one container of the app. */
#ifndef VPROD_SESSION_EMPTY_DIRS_H
#define VPROD_SESSION_EMPTY_DIRS_H

#include <verify-prod/session.h>
#include "util/error.h"

/* Makes a volume with an empty folder for each path, which anybody may write to, as the kubelet makes an emptyDir; and adds to mounts
   what binds them to their paths. Nothing for no path. */
int vprod__bind_empty_dirs (vprod_session *session, const char *const *paths, char ***mounts, vprod_error **err);

#endif
