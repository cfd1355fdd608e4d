/* SPDX-License-Identifier: MIT */
/* The databases: real servers in containers of their own. Owner: start. */
#ifndef VPROD_SESSION_DATABASES_H
#define VPROD_SESSION_DATABASES_H

#include "session/database.h"

/* Number of databases that the spec names; they are all started by the first call. */
int vprod__get_databases (vprod_session *session, const struct vprod__database **ret, size_t *ret_count,
                          vprod_error **err);

/* Says that the databases will be asked for: they start in the background, beside the build. Cheap, at any time;
   nothing comes of it where they cannot be started. */
void vprod__expect_databases (vprod_session *session);

/* Before work that can wait: returns once the containers of databases that were asked for are started, or cannot be. */
void vprod__session_let_databases_start (vprod_session *session);

/* Before the first call that needs a database; lent until the session is freed. */
void vprod__session_set_database_probe (vprod_session *session, const struct vprod__database_probe *probe);

int vprod__make_databases (vprod_session *session, vprod_error **err);
void vprod__databases_clear (struct vprod__databases_part *databases);

#endif
