/* SPDX-License-Identifier: MIT */
/* A PostgreSQL among the services. */
#ifndef VPROD_SESSION_SERVICE_POSTGRES_H
#define VPROD_SESSION_SERVICE_POSTGRES_H

#include "session/service.h"

/* Where it is reached from here, and as whom. Lent. */
struct vprod__postgres_address vprod__postgres_address_of (const struct vprod__service *service);

#endif
