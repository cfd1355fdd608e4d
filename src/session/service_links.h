/* SPDX-License-Identifier: MIT */
/* The environment variables that Kubernetes gives each container for the services of its namespace ("service links"), of the
   time when Docker had them: DB_SERVICE_HOST, DB_SERVICE_PORT, DB_PORT=tcp://10.0.0.7:5432, DB_PORT_5432_TCP … */
#ifndef VPROD_SESSION_SERVICE_LINKS_H
#define VPROD_SESSION_SERVICE_LINKS_H

#include "session/app.h"

/* Those of the spec's services, at their real addresses, and of one with the app's own name, at the address of the app.
   *ret: NAME=value. The services must run. */
int vprod__service_links (vprod_session *session, const struct vprod__app *app, char ***ret, vprod_error **err);

/* Adds those of one service; nothing for a name that can be none of a service. 0, or -1 out of memory. */
int vprod__add_service_links (char ***list, const char *name, const char *address, int port);

#endif
