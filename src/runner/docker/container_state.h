/* SPDX-License-Identifier: MIT */
#ifndef VPROD_RUNNER_DOCKER_CONTAINER_STATE_H
#define VPROD_RUNNER_DOCKER_CONTAINER_STATE_H

#include "runner/docker/api.h"

/* [ContainerInspect], with an Id and a State. */
/* 1: by its inspection it was never started. */
int vprod__container_is_created (const json_t *json);

int vprod__container_inspect (struct vprod__api *api, const char *id, json_t **ret, vprod_error **err);

/* The error for an answer about a container that should run: NOT_FOUND where it does not, or is not there. */
int vprod__container_fail (const struct vprod__api *api, vprod_error **err);

#endif
