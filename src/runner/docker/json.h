/* SPDX-License-Identifier: MIT */
/* From the engine's JSON to facts. A member that is missing, null or of another type counts as empty. */
#ifndef VPROD_RUNNER_DOCKER_JSON_H
#define VPROD_RUNNER_DOCKER_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "util/cleanup.h"

static inline void vprod__json_decrefp (json_t **json)
{
  json_decref (*json);
}
#define _cleanup_json_ _cleanup_ (vprod__json_decrefp)

/* A member by its path, "Config.Env"; NULL if it is not there. Lent. */
json_t *vprod__json_at (const json_t *json, const char *path);

/* Lent; NULL if it is no string. */
const char *vprod__json_text (const json_t *json, const char *path);

int64_t vprod__json_number (const json_t *json, const char *path);

/* The rest give 0, or -1 out of memory. A copy of a string; NULL for none or, with empty_too 0, for "". */
int vprod__json_copy (const json_t *json, const char *path, int empty_too, char **ret);

/* An array of strings; one string counts as an array of one. */
int vprod__json_list (const json_t *json, const char *path, char ***ret);

/* An object's members as NAME=value, or their names alone. */
int vprod__json_pairs (const json_t *json, const char *path, char ***ret);
int vprod__json_names (const json_t *json, const char *path, char ***ret);

/* From lists (NULL-ended, or NULL: null) to JSON; NULL out of memory, or where a string is not UTF-8. The
   second: NAME=value to an object. */
json_t *vprod__json_from_list (const char *const *list);
json_t *vprod__json_from_pairs (const char *const *list);

/* An id as Docker writes it: Podman leaves "sha256:" out. */
int vprod__json_image_id (const json_t *json, const char *path, char **ret);

#endif
