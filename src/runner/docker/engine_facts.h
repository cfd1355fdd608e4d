/* SPDX-License-Identifier: MIT */
#ifndef VPROD_RUNNER_DOCKER_ENGINE_FACTS_H
#define VPROD_RUNNER_DOCKER_ENGINE_FACTS_H

#include <jansson.h>

/* Does SystemInfo's answer name this among its SecurityOptions ("userns", "rootless")? */
int vprod__info_has_security_option (const json_t *info, const char *name);

#endif
