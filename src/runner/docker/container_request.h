/* SPDX-License-Identifier: MIT */
/* A container request as the body of ContainerCreate. */
#ifndef VPROD_RUNNER_DOCKER_CONTAINER_REQUEST_H
#define VPROD_RUNNER_DOCKER_CONTAINER_REQUEST_H

#include <verify-prod/runner.h>
#include "runner/docker/json.h"

/* request: as long as this library has it. image: as the engine calls it. address: where its port is published. NULL out of
   memory, or where a value is not UTF-8. */
json_t *vprod__container_body (const vprod_container_request *request, const char *image, const char *address, int podman);

#endif
