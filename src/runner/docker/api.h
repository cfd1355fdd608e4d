/* SPDX-License-Identifier: MIT */
/* One call of the Engine API: its words for messages, its path, its answer read as JSON. */
#ifndef VPROD_RUNNER_DOCKER_API_H
#define VPROD_RUNNER_DOCKER_API_H

#include "runner/docker/answers.h"
#include "runner/docker/docker.h"
#include "runner/docker/http_client.h"
#include "runner/docker/json.h"

struct vprod__api {
  struct vprod__docker *docker;
  const vprod_call *call;
  struct vprod__engine_id engine;
  char *what;    /* begins messages */
  struct vprod__answer answer;
  json_t *json;  /* of a success that has any */
  char *message; /* what the engine says went wrong, harmless; NULL: the call is a success */
  int foreign;   /* the message is not the engine's: neither what the call answers where all is well nor the engine's
                    way to say what is not. Nothing follows from it; answer.status is then 0 */
};

/* Makes sure which engine it is. format: what is done, to whom, for messages. */
int vprod__api_begin (struct vprod__api *api, void *runner, const vprod_call *call, vprod_error **err,
                      const char *format, ...) __attribute__ ((format (printf, 5, 6)));

/* A path of the API's version: each {} of the pattern is the next string, escaped for where it stands.
   malloc'ed; NULL out of memory. */
char *vprod__api_path (const struct vprod__api *api, const char *pattern, ...);

/* The name under which the engine has an image, malloc'ed: Podman takes "a/b" for docker.io/a/b, but gives what it
   builds the name localhost/a/b. */
int vprod__api_image (struct vprod__api *api, const char *image, char **ret, vprod_error **err);

/* Sends request (its `what` and `answers` are set here; path NULL is out of memory) and keeps the answer. 0 whatever the
   status: an answer that is no success (see answers.h) has left its message. */
int vprod__api_try (struct vprod__api *api, struct vprod__request *request, vprod_error **err);

/* The error for an answer that is no success: INVALID for a malformed image name, NOT_FOUND for 404, else
   ENGINE. */
int vprod__api_fail (const struct vprod__api *api, vprod_error **err);

/* Try, and fail unless it is a success. */
int vprod__api_send (struct vprod__api *api, struct vprod__request *request, vprod_error **err);

/* A GET without a body to send, its answer as JSON. Takes path. */
int vprod__api_get (struct vprod__api *api, char *path, json_t **ret, vprod_error **err);

/* Tries a POST of a JSON value. Takes path and body (either NULL where it could not be made); has_body 0:
   without. */
int vprod__api_post (struct vprod__api *api, char *path, json_t *body, int has_body, vprod_error **err);

/* A DELETE for which "not there" is a success. Takes path. */
int vprod__api_delete (struct vprod__api *api, char *path, vprod_error **err);

/* The kept answer as JSON. */
int vprod__api_json (const struct vprod__api *api, json_t **ret, vprod_error **err);

/* The answer is JSON, but not what it should be. */
int vprod__api_odd (const struct vprod__api *api, const char *missing, vprod_error **err);

void vprod__api_end (struct vprod__api *api);
#define _cleanup_api_ _cleanup_ (vprod__api_end)

/* A container's or image's id as it is shown: its first 12 characters, with printf's "%.*s". */
#define VPROD__SHORT(id) ((int) vprod__short_length (id)), id
size_t vprod__short_length (const char *id);

#endif
