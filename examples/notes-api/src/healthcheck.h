/* SPDX-License-Identifier: MIT */
#ifndef NOTES_HEALTHCHECK_H
#define NOTES_HEALTHCHECK_H

#include <stdint.h>

/* Asks the service on this host for its health, for HEALTHCHECK in an image without curl. 0: it is well. */
int healthcheck (uint16_t port);

#endif
