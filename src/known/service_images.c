/* SPDX-License-Identifier: MIT */
#include "known/service_images.h"

#include <string.h>

static const struct vprod__service_image images[] = {
#include "data/service-images.h"
};

const struct vprod__service_image *vprod__service_image (const char *image)
{
  const char *slash = strrchr (image, '/'), *name = slash ? slash + 1 : image;
  size_t length = strcspn (name, ":@");

  for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
    if (strlen (images[i].name) == length && strncmp (images[i].name, name, length) == 0)
      return &images[i];
  return NULL;
}

const struct vprod__service_image *vprod__service_of_scheme (const char *scheme, size_t length)
{
  for (size_t i = 0; i < sizeof images / sizeof images[0]; i++)
    if (images[i].image && strlen (images[i].scheme) <= length && strncmp (images[i].scheme, scheme, strlen (images[i].scheme)) == 0
        && (length == strlen (images[i].scheme) || scheme[strlen (images[i].scheme)] == 's'
            || scheme[strlen (images[i].scheme)] == '+'))
      return &images[i];
  return NULL;
}
