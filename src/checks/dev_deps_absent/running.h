/* SPDX-License-Identifier: MIT */
/*
 * What is in the running app's file system and not in its image: a start command that installs (uv run, npm install)
 * brings back what the image leaves out. The engine tells which paths changed; packages and paths are sought among them by
 * the same rules as in the image's files.
 */
#ifndef VPROD_CHECKS_DEV_DEPS_ABSENT_RUNNING_H
#define VPROD_CHECKS_DEV_DEPS_ABSENT_RUNNING_H

#include "image/packages.h"
#include "session/session.h"

struct vprod__running_deps {
  char *not_looked_at; /* why the app was not looked at; NULL: it was */
  char **where;        /* of each package, then of each path: where it is, in words; NULL: it is not there */
  size_t count;
};

/* Does the spec let the running app be looked at? 1 or 0. */
int vprod__running_deps_wanted (const vprod_spec *spec);

/* Waits until the app is ready, or has ended. result: names the check, and gets no verdict. 0, also where the app was not
   looked at on purpose; negative: it could not be looked at. */
int vprod__find_running_deps (vprod_session *session, const vprod_result *result,
                              const struct vprod__package_folders *folders, struct vprod__running_deps *ret,
                              vprod_error **err);
void vprod__running_deps_clear (struct vprod__running_deps *running);

#endif
