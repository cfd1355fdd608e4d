/* SPDX-License-Identifier: MIT */
#ifndef VPROD_RUNNER_DOCKER_ENDPOINT_URL_H
#define VPROD_RUNNER_DOCKER_ENDPOINT_URL_H

#include "runner/docker/endpoint.h"

/* Fills kind, url, socket_path, host, port, user and path from a URL; origin and tls (default port of TCP) are set
   before. On failure the caller clears the endpoint. Errors: INVALID, UNSUPPORTED. */
int vprod__endpoint_read_url (struct vprod__endpoint *endpoint, const char *url, vprod_error **err);

#endif
