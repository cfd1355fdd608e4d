/* SPDX-License-Identifier: MIT */
#ifndef NOTES_API_H
#define NOTES_API_H

#include "database.h"
#include "settings.h"

#include <jansson.h>

struct api
{
  const struct settings *settings;
  struct database *database;
};

struct api_request
{
  const char *method;
  const char *path;
  const char *authorization; /* NULL: the header is missing */
  const char *body;
  size_t body_size;
};

struct api_reply
{
  unsigned int status;
  json_t *body; /* NULL: no memory for it */
};

/* Answers one request. Any number of threads may call it. */
struct api_reply api_answer (const struct api *api, const struct api_request *request);

#endif
