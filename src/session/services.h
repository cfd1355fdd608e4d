/* SPDX-License-Identifier: MIT */
/* The services: what runs beside the app. Owner: start. */
#ifndef VPROD_SESSION_SERVICES_H
#define VPROD_SESSION_SERVICES_H

#include "session/service.h"

/* The services that the spec names, ready; they are all started by the first call, side by side. */
int vprod__get_services (vprod_session *session, const struct vprod__service **ret, size_t *ret_count,
                         vprod_error **err);

/* Says that the services will be asked for: they start in the background, beside the build. Cheap, at any time;
   nothing comes of it where they cannot be started. */
void vprod__expect_services (vprod_session *session);

/* Before work that can wait: returns once the containers of services that were asked for are started, or cannot be. */
void vprod__session_let_services_start (vprod_session *session);

/* Before the first call that needs a database; lent until the session is freed. */
void vprod__session_set_database_probe (vprod_session *session, const struct vprod__database_probe *probe);

int vprod__make_services (vprod_session *session, vprod_error **err);
void vprod__services_clear (struct vprod__services_part *services);

#endif
