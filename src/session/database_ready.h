/* SPDX-License-Identifier: MIT */
/*
 * Is a database ready? Ready means that a query is answered over the published port. Nothing less is enough: the official
 * image first starts a server for its own use, without TCP, then a second one; and an engine's proxy takes connections for a
 * server that is not there yet. So what is refused or lost is tried again until the service's time is over, or its container
 * has ended.
 */
#ifndef VPROD_SESSION_DATABASE_READY_H
#define VPROD_SESSION_DATABASE_READY_H

#include "session/database.h"

/* Waits until it answers; link->postgres is then the connection. */
int vprod__database_wait_ready (vprod_session *session, struct vprod__database *database,
                                struct vprod__database_link *link, vprod_error **err);

/* Do the databases still answer? Waits again for a server that an image ran only while it set itself up. */
int vprod__databases_check (vprod_session *session, vprod_error **err);

#endif
