/* SPDX-License-Identifier: MIT */
/*
 * A file of SQL, run as psql runs it with ON_ERROR_STOP: statement by statement, each in a transaction of its own unless the
 * file opens one, over a connection of its own that ends with it. Of psql's own commands those are understood that dumps and
 * scripts of set-up are made of; what is not understood is an error, as leaving it out would give another database.
 */
#ifndef VPROD_SESSION_POSTGRES_SCRIPT_H
#define VPROD_SESSION_POSTGRES_SCRIPT_H

#include "session/service.h"

/* path: the file; shown: how it is called in messages ("FILE:LINE: …"). Adds to *n_statements. */
int vprod__postgres_run_script (vprod_session *session, const struct vprod__service *service, const char *path,
                                const char *shown, size_t *n_statements, vprod_error **err);

#endif
