/* SPDX-License-Identifier: MIT */
/*
 * A copy of the build context, in which a file may be changed. Links stay links, modes and times stay; what a
 * builder would not take either (sockets, fifos, devices, what may not be read) is left out. Where the file system
 * can, a file's copy shares its bytes with the original until one of them is written.
 */
#ifndef VPROD_SESSION_STAGE_H
#define VPROD_SESSION_STAGE_H

#include <verify-prod/session.h>

/* A copy of the spec's build context for changes, in a folder that goes with the session. Folders that
   .dockerignore surely leaves out are left out, but what `keep` (a path in the context, or NULL) lies in never is.
   *ret_dir is malloc'ed. */
int vprod__session_stage_context (vprod_session *session, const char *keep, char **ret_dir, vprod_error **err);

#endif
