/* SPDX-License-Identifier: MIT */
/* Images of services that apps use: data/service-images. */
#ifndef VPROD_KNOWN_SERVICE_IMAGES_H
#define VPROD_KNOWN_SERVICE_IMAGES_H

#include <stddef.h>

struct vprod__service_image {
  const char *name;   /* the last part of the image's name */
  int postgres;
  int port;
  const char *scheme; /* of its URLs */
  const char *ready;  /* a path, or NULL: an open port */
  const char *image;  /* to draft where none is named, or NULL */
};

/* Of "docker.io/library/redis:7"; NULL: it is not known. */
const struct vprod__service_image *vprod__service_image (const char *image);

/* The one that is drafted for a scheme, or NULL. */
const struct vprod__service_image *vprod__service_of_scheme (const char *scheme, size_t length);

#endif
