/* SPDX-License-Identifier: MIT */
/* services.NAME.container.files: texts that are put into the service's container, made and not started yet. They go through
   the engine, so that a remote one has them, too. */
#ifndef VPROD_SESSION_SERVICE_FILES_H
#define VPROD_SESSION_SERVICE_FILES_H

#include "session/service.h"

int vprod__service_put_files (vprod_session *session, const struct vprod__service *service, vprod_error **err);

#endif
