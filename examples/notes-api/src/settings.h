/* SPDX-License-Identifier: MIT */
#ifndef NOTES_SETTINGS_H
#define NOTES_SETTINGS_H

#include <stdint.h>

/* What the environment says. The strings are the environment's. */
struct settings
{
  const char *jwt_secret;
  const char *owner_username;
  const char *owner_password;
  const char *database_url;
  uint16_t port; /* PORT, default 8000 */
};

/* Reads the settings; names every missing or wrong one on stderr and returns -1. */
int settings_load (struct settings *settings);

/* PORT alone: the health probe needs nothing else. 0 when it is not a port. */
uint16_t settings_port (void);

#endif
