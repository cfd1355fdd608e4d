/* SPDX-License-Identifier: MIT */
#ifndef VPROD_SESSION_BUILD_ONCE_H
#define VPROD_SESSION_BUILD_ONCE_H

#include "session/build.h"

/* One more build, for a check; after the start of the services and of the app, if it is heavy. One without cache runs when no
   other of them does. */
int vprod__session_build_once (vprod_session *session, const struct vprod__build_options *options,
                               struct vprod__build *ret, vprod_error **err);

#endif
