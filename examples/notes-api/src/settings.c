/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *
required (const char *name, int *missing)
{
  const char *value = getenv (name);

  if (value == NULL || value[0] == '\0')
    {
      fprintf (stderr, "notes-api: the environment variable %s is required\n", name);
      (*missing)++;
    }
  return value;
}

uint16_t
settings_port (void)
{
  const char *text = getenv ("PORT");
  char *end;
  long port;

  if (text == NULL)
    return 8000;
  errno = 0;
  port = strtol (text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || port < 1 || port > 65535)
    return 0;
  return (uint16_t) port;
}

int
settings_load (struct settings *settings)
{
  int wrong = 0;

  settings->jwt_secret = required ("JWT_SECRET_KEY", &wrong);
  settings->owner_username = required ("OWNER_USERNAME", &wrong);
  settings->owner_password = required ("OWNER_PASSWORD", &wrong);
  settings->database_url = required ("DATABASE_URL", &wrong);
  settings->port = settings_port ();
  if (settings->port == 0)
    {
      fprintf (stderr, "notes-api: PORT is '%s', which is not a port number\n", getenv ("PORT"));
      wrong++;
    }
  return wrong == 0 ? 0 : -1;
}
