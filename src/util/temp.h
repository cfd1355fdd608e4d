/* SPDX-License-Identifier: MIT */
/*
 * Folders for temporary files. The name of each carries an id, a session's or one of this process, so that vprod_clean
 * can judge what a killed run left: "verify-prod-ID-XXXXXX", "vprod-ID-XXXXXX".
 */
#ifndef VPROD_UTIL_TEMP_H
#define VPROD_UTIL_TEMP_H

#include "util/error.h"

#define VPROD__TEMP_PREFIX "verify-prod-"
#define VPROD__TEMP_SHORT_PREFIX "vprod-" /* of a socket's, whose path may not be long */
#define VPROD__TEMP_SHORT_ROOT "/tmp"     /* where that is put if TMPDIR is too long */

/* $TMPDIR, or "/tmp"; lent. */
const char *vprod__temp_root (void);

/* A new folder that this user alone may enter. root: NULL: vprod__temp_root. id: a session's; NULL: a new one of this
   process. */
int vprod__temp_make (const char *root, const char *id, char **ret, vprod_error **err);

/* A new folder whose path is short enough for a socket in it. */
int vprod__temp_make_short (char **ret, vprod_error **err);

/* The id in such a folder's name (without the folders above), malloc'ed; NULL: it has none, or out of memory. */
char *vprod__temp_id (const char *name, const char *prefix);

/* Removes a folder with all that is in it; never follows a link. 0, or -1 with errno. */
int vprod__temp_remove (const char *path);

#endif
