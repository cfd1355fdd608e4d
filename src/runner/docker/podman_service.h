/* SPDX-License-Identifier: MIT */
/*
 * Podman needs no daemon, but what is asked of an engine here is asked over its API. So where no engine answers and
 * podman is installed, a `podman system service` is started on a private socket, and ended after. One that is not
 * ended, because this process was killed, ends itself: it is told to once nobody has talked to it for a few seconds, and
 * until then is held by a request that only this process keeps open.
 */
#ifndef VPROD_RUNNER_DOCKER_PODMAN_SERVICE_H
#define VPROD_RUNNER_DOCKER_PODMAN_SERVICE_H

#include <verify-prod/runner.h>
#include "runner/docker/endpoint.h"

struct vprod__podman_service;

/* Where the endpoint was not chosen by anybody, and nobody listens there, while podman is on PATH: *ret is a service to
   be started, and the endpoint becomes its socket. Else *ret is NULL. Nothing is started yet. Errors: IO (no folder for
   the socket), NO_MEMORY. */
int vprod__podman_service_new (struct vprod__endpoint *endpoint, struct vprod__podman_service **ret,
                               vprod_error **err);

/* Starts it unless it was, and waits until it takes connections. From any thread. Errors: UNREACHABLE (it ended, or is
   not a program; with its words), TIMEOUT, CANCELLED, IO. */
int vprod__podman_service_start (struct vprod__podman_service *service, const vprod_call *call, vprod_error **err);

/* Ends it and removes its folder. NULL is fine. */
void vprod__podman_service_end (struct vprod__podman_service *service);

#endif
