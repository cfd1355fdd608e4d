/* SPDX-License-Identifier: MIT */
/*
 * What the app's container changed. For that some engines compare its files with the image's one by one, which takes
 * seconds; so it is asked once, as soon as the app is ready, and kept for all who want to know, unless it is very much.
 */
#ifndef VPROD_SESSION_CHANGES_H
#define VPROD_SESSION_CHANGES_H

#include "runner/runner.h"
#include "session/fixture.h"
#include "util/buf.h"

struct vprod__changes_part {
  struct vprod__fixture fixture;
  struct vprod__buf kept;
  int too_many; /* 1: they were too many to be kept */
  int no_memory;
};

/* In which paths the app's container differs from its image, as the runner's container_changes tells. on_change NULL: only
   has the engine asked. */
int vprod__app_changes (vprod_session *session, int (*on_change) (void *data, const vprod_change *change), void *data,
                        vprod_error **err);

int vprod__make_changes (vprod_session *session, vprod_error **err);
void vprod__changes_clear (struct vprod__changes_part *changes);

#endif
