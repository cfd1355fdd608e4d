/* SPDX-License-Identifier: MIT */
/* Volumes of the session that are filled once, through a container that is never started, so that a remote engine gets what lies
   in them too. Others bind files and folders of them to their own paths. */
#ifndef VPROD_SESSION_VOLUME_H
#define VPROD_SESSION_VOLUME_H

#include <verify-prod/session.h>
#include "util/buf.h"

struct vprod__volume {
  char *mountpoint; /* where it is on the engine's machine */
  char *filler;     /* the container, of the image with which it was begun: its files can be looked at */
};

/* Makes one of that name, which is empty. *ret_mountpoint: malloc'ed. It goes with the session. */
int vprod__volume_make (vprod_session *session, const char *name, char **ret_mountpoint, vprod_error **err);

/* The same, and a container to fill it through, of an image that is there (platform may be NULL). It goes with the
   session. Ended with vprod__volume_end, whatever this returns. */
int vprod__volume_begin (vprod_session *session, const char *name, const char *image, const char *platform,
                         struct vprod__volume *ret, vprod_error **err);

/* Puts into it what the archive has; proof: a path in it. */
int vprod__volume_fill (vprod_session *session, const struct vprod__volume *volume, const struct vprod__buf *tar, const char *proof,
                        vprod_error **err);

/* The container is not needed any more; frees what the structure has, not the volume. */
void vprod__volume_end (vprod_session *session, struct vprod__volume *volume);

#endif
