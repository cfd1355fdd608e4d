/* SPDX-License-Identifier: MIT */
/*
 * The files of run.files, and what the session itself gives to the app as a file. Their texts lie in one volume of the session,
 * filled once through a container that is never started, so that a remote engine gets them too. Each container has them bound
 * to their paths, one by one and read-only: so they are there in a read-only root, below a tmpfs and in a volume, for any user,
 * and are none of the container's changes. Without files nothing is made. Owner: start.
 */
#ifndef VPROD_SESSION_FILES_H
#define VPROD_SESSION_FILES_H

#include "session/fixture.h"

struct vprod__files_part {
  struct vprod__fixture fixture;
  /* Adds what the session gives the app beside run.files to a list of "/path=text", once; may be NULL. */
  int (*add_own) (vprod_session *session, char ***files, vprod_error **err);
  char **paths;     /* in the app, in the order in which they lie in the volume; NULL: there are none */
  char *mountpoint; /* of the volume, on the engine's machine */
  int n_empty_dirs; /* volumes of empty folders so far (empty_dirs.h); under the lock */
};

/* One file that is not as it should be: for a run that shows what becomes of the app then. */
struct vprod__file_change {
  const char *path;
  int empty; /* 1: it is empty; 0: it is not there */
};

/* Adds what binds the files to their paths ("/on/the/engine:/path"). change may be NULL. */
int vprod__files_bind (vprod_session *session, const struct vprod__file_change *change, char ***mounts, vprod_error **err);

int vprod__make_files (vprod_session *session, vprod_error **err);
void vprod__files_clear (struct vprod__files_part *files);

#endif
