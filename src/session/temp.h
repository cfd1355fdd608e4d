/* SPDX-License-Identifier: MIT */
#ifndef VPROD_SESSION_TEMP_H
#define VPROD_SESSION_TEMP_H

#include <verify-prod/session.h>

struct vprod__temp_part {
  char **folders;
};

/* A new folder for temporary files, removed with the session. *ret is malloc'ed. */
int vprod__session_temp_dir (vprod_session *session, char **ret, vprod_error **err);

void vprod__temp_remove_all (struct vprod__temp_part *temp);

#endif
