/* SPDX-License-Identifier: MIT */
/*
 * What a database is filled with before anybody uses it (services.NAME.postgres.init). It goes over the same way as all
 * else that is asked of the database, so the files stay here, whatever the engine; and it is done once the server is there for
 * good, so none of it is an image's own set-up, and none of it is taken for the app's use of the database.
 */
#ifndef VPROD_SESSION_POSTGRES_INIT_H
#define VPROD_SESSION_POSTGRES_INIT_H

#include "session/service.h"

/* Before anything is made: 0, or minus SPEC where one of them is not there, which is a mistake in the spec. */
int vprod__postgres_check_init (const vprod_spec *spec, vprod_error **err);

/* Runs all of them, in their order. Nothing where the spec names none. */
int vprod__postgres_init (vprod_session *session, const struct vprod__service *service, vprod_error **err);

#endif
