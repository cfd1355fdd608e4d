/* SPDX-License-Identifier: MIT */
/* Volumes of the session that are filled once, through a container that is never started, so that a remote engine gets what lies
   in them too. Others bind files and folders of them to their own paths. */
#ifndef VPROD_SESSION_VOLUME_H
#define VPROD_SESSION_VOLUME_H

#include <verify-prod/session.h>
#include "util/buf.h"

/* Makes one of that name with what the archive has; proof: a path in it. *ret_mountpoint: where it is on the engine's machine,
   malloc'ed. The image must be there. It goes with the session. */
int vprod__make_volume (vprod_session *session, const char *name, const struct vprod__buf *tar, const char *proof,
                        char **ret_mountpoint, vprod_error **err);

#endif
