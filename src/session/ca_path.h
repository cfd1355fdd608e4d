/* SPDX-License-Identifier: MIT */
#ifndef VPROD_SESSION_CA_PATH_H
#define VPROD_SESSION_CA_PATH_H

#include "spec/spec.h"

#define VPROD__CA_PATH_SIZE 512

/* Where the certificate of a service's authority is in the containers of the image under test, ${NAME.ca}: the text. NULL: that
   service has no TLS. */
const char *vprod__ca_path (const struct vprod__spec_service *service, char text[static VPROD__CA_PATH_SIZE]);

#endif
