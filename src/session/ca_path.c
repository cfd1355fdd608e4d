/* SPDX-License-Identifier: MIT */
#include "session/ca_path.h"

#include <stdio.h>

#define FOLDER "/run/verify-prod"

const char *vprod__ca_path (const struct vprod__spec_service *service, char text[static VPROD__CA_PATH_SIZE])
{
  if (!service->is_postgres || !service->postgres.tls)
    return NULL;
  snprintf (text, VPROD__CA_PATH_SIZE, FOLDER "/%s/ca.crt", service->name);
  return text;
}
