/* SPDX-License-Identifier: MIT */
#include "runner/docker/api.h"
#include "runner/docker/ssh_tunnel.h"
#include "util/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 2000
#define EXCERPT_MAX 80

size_t vprod__short_length (const char *id)
{
  size_t length = strlen (id);

  return length == 64 && strspn (id, "0123456789abcdef") == 64 ? 12 : length;
}

int vprod__api_begin (struct vprod__api *api, void *runner, const vprod_call *call, vprod_error **err,
                      const char *format, ...)
{
  va_list ap;

  *api = (struct vprod__api) { .docker = runner, .call = call };
  va_start (ap, format);
  api->what = vprod__vasprintf (format, ap);
  va_end (ap);
  if (!api->what)
    return vprod__error_no_memory (err);
  return vprod__docker_identify (api->docker, call, &api->engine, err);
}

void vprod__api_end (struct vprod__api *api)
{
  free (api->what);
  free (api->message);
  json_decref (api->json);
  vprod__answer_clear (&api->answer);
  *api = (struct vprod__api) { 0 };
}

/* In a path, image names keep what they are made of. */
static int add_escaped (struct vprod__buf *out, const char *text, int in_query)
{
  for (; *text; text++) {
    int plain = isalnum ((unsigned char) *text) || strchr (in_query ? "-._~" : "-._~/:@", *text);
    if ((plain ? vprod__buf_add (out, text, 1) : vprod__buf_addf (out, "%%%02X", (unsigned char) *text)) < 0)
      return -1;
  }
  return 0;
}

char *vprod__api_path (const struct vprod__api *api, const char *pattern, ...)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };
  int in_query = 0;
  va_list ap;

  int r = vprod__buf_addf (&out, "/v%s", api->engine.api_version);
  va_start (ap, pattern);
  for (; r == 0 && *pattern; pattern++) {
    in_query |= *pattern == '?';
    if (pattern[0] == '{' && pattern[1] == '}') {
      r = add_escaped (&out, va_arg (ap, const char *), in_query);
      pattern++;
    } else
      r = vprod__buf_add (&out, pattern, 1);
  }
  va_end (ap);
  return r == 0 ? vprod__buf_steal (&out) : NULL;
}

int vprod__api_image (struct vprod__api *api, const char *image, char **ret, vprod_error **err)
{
  _cleanup_free_ char *local = NULL, *path = NULL;

  if (api->engine.podman && strncmp (image, "localhost/", 10) != 0) {
    local = vprod__asprintf ("localhost/%s", image);
    path = local ? vprod__api_path (api, "/images/{}/json", local) : NULL;
    struct vprod__request request = { .method = "GET", .path = path };
    int r = vprod__api_try (api, &request, err);
    if (r < 0)
      return r;
    if (!api->message) {
      *ret = vprod__steal (&local);
      return 0;
    }
  }
  *ret = strdup (image);
  return *ret ? 0 : vprod__error_no_memory (err);
}

static size_t without_space_at_end (const char *text, size_t length)
{
  while (length > 0 && isspace ((unsigned char) text[length - 1]))
    length--;
  return length;
}

/* Describes an answer that is not the engine's: its status, its type, how it begins. */
static char *describe (const struct vprod__answer *answer)
{
  size_t length = without_space_at_end (vprod__buf_string (&answer->body), answer->body.length);
  _cleanup_free_ char *type = vprod__text_harmless (answer->content_type, strlen (answer->content_type));
  _cleanup_free_ char *body
      = vprod__text_harmless (vprod__buf_string (&answer->body), length < EXCERPT_MAX ? length : EXCERPT_MAX);

  if (!type || !body)
    return NULL;
  for (char *p = body; *p; p++)
    *p = *p == '\n' || *p == '\t' ? ' ' : *p;
  return vprod__asprintf ("HTTP status %d%s%s%s%s%s", answer->status, *type ? ", " : "", type,
                          *body ? ", which begins \"" : ", without a word", body,
                          !*body ? "" : length > EXCERPT_MAX ? "…\"" : "\"");
}

/* Docker: {"message"}; Podman: {"cause", "message", "response"}; a proxy: anything. 304 and what is said of a HEAD have no
   body. */
static int take_message (struct vprod__api *api, const struct vprod__request *request, vprod_error **err)
{
  struct vprod__answer *answer = &api->answer;
  _cleanup_json_ json_t *json = json_loadb (vprod__buf_string (&answer->body), answer->body.length, 0, NULL);
  const char *text = json_string_value (json_object_get (json, "message"));
  size_t length = text ? without_space_at_end (text, strlen (text)) : 0;
  int fails = answer->status >= 300 && !vprod__content_is_html (answer->content_type);

  if (fails && length > 0)
    api->message = vprod__text_harmless (text, length < MESSAGE_MAX ? length : MESSAGE_MAX);
  else {
    api->message = describe (answer);
    api->foreign = !fails || (answer->status != 304 && strcmp (request->method, "HEAD") != 0);
  }
  if (api->foreign)
    answer->status = 0;
  return api->message ? 0 : vprod__error_no_memory (err);
}

/* Checks that the body of a success is of the kind that the API names. */
static int take_body (struct vprod__api *api, const struct vprod__answers *answers, vprod_error **err)
{
  int array = answers->body == VPROD__BODY_ARRAY;

  if ((!array && answers->body != VPROD__BODY_OBJECT) || (answers->may_be_empty && api->answer.body.length == 0))
    return 0;
  int r = vprod__api_json (api, &api->json, err);
  if (r < 0 || (answers->may_be_empty && json_is_null (api->json)))
    return r;
  if (array ? !json_is_array (api->json) : !json_is_object (api->json))
    return vprod__api_odd (api, array ? "list" : "object", err);
  if (answers->member && !json_object_get (api->json, answers->member))
    return vprod__api_odd (api, answers->member, err);
  return 0;
}

/* A request that changes nothing is sent once more where the ssh connection was lost. */
static int send_request (struct vprod__api *api, const struct vprod__request *request, vprod_error **err)
{
  struct vprod__docker *docker = api->docker;
  _cleanup_error_ vprod_error *error = NULL;
  int again = docker->tunnel && strcmp (request->method, "POST") != 0 && !request->on_body;
  int r = vprod__client_send (docker->client, api->call, request, &api->answer, again ? &error : err);

  if (!again || r == 0)
    return r;
  if (r != -VPROD_ERROR_UNREACHABLE || !vprod__tunnel_is_lost (docker->tunnel))
    return vprod__error_move (err, &error);
  r = vprod__tunnel_start (docker->tunnel, api->call, err);
  return r < 0 ? r : vprod__client_send (docker->client, api->call, request, &api->answer, err);
}

int vprod__api_try (struct vprod__api *api, struct vprod__request *request, vprod_error **err)
{
  free (vprod__steal (&api->message));
  json_decref (vprod__steal (&api->json));
  api->foreign = 0;
  vprod__answer_clear (&api->answer);
  if (!request->path)
    return vprod__error_no_memory (err);
  request->what = api->what;
  request->answers = vprod__answers_find (request->method, request->path);
  int r = send_request (api, request, err);
  if (r < 0 || api->answer.stopped)
    return r;
  if (!api->answer.accepted)
    return take_message (api, request, err);
  return request->answers ? take_body (api, request->answers, err) : 0;
}

int vprod__api_fail (const struct vprod__api *api, vprod_error **err)
{
  if (api->foreign)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "%s: what answers at %s is not the engine, or one in trouble: %s. Is there a proxy or a login "
                             "page between?",
                             api->what, api->docker->endpoint.url, api->message);
  vprod_error_code code = strstr (api->message, "invalid reference format") ? VPROD_ERROR_INVALID
                          : api->answer.status == 404                       ? VPROD_ERROR_NOT_FOUND
                                                                            : VPROD_ERROR_ENGINE;

  return vprod__error_set (err, code, 0, "%s: the engine at %s says: %s", api->what, api->docker->endpoint.url,
                           api->message);
}

int vprod__api_send (struct vprod__api *api, struct vprod__request *request, vprod_error **err)
{
  int r = vprod__api_try (api, request, err);

  return r == 0 && api->message ? vprod__api_fail (api, err) : r;
}

int vprod__api_get (struct vprod__api *api, char *path, json_t **ret, vprod_error **err)
{
  _cleanup_free_ char *taken = path;
  struct vprod__request request = { .method = "GET", .path = taken };
  int r = vprod__api_send (api, &request, err);

  return r < 0 ? r : vprod__api_json (api, ret, err);
}

int vprod__api_post (struct vprod__api *api, char *path, json_t *body, int has_body, vprod_error **err)
{
  _cleanup_free_ char *taken = path;
  _cleanup_json_ json_t *json = body;
  _cleanup_free_ char *text = json ? json_dumps (json, JSON_COMPACT) : NULL;
  struct vprod__request request = { .method = "POST", .path = taken, .body = text };

  if (has_body && !text)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "%s: the request cannot be written as JSON: a value is not UTF-8, or memory is short",
                             api->what);
  return vprod__api_try (api, &request, err);
}

int vprod__api_delete (struct vprod__api *api, char *path, vprod_error **err)
{
  _cleanup_free_ char *taken = path;
  struct vprod__request request = { .method = "DELETE", .path = taken };
  int r = vprod__api_try (api, &request, err);

  return r == 0 && api->message && api->answer.status != 404 ? vprod__api_fail (api, err) : r;
}

int vprod__api_json (const struct vprod__api *api, json_t **ret, vprod_error **err)
{
  json_error_t where;
  const struct vprod__buf *body = &api->answer.body;

  if (api->json) {
    *ret = json_incref (api->json);
    return 0;
  }
  *ret = json_loadb (vprod__buf_string (body), body->length, JSON_ALLOW_NUL, &where);
  if (*ret)
    return 0;
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: the answer of %s is no JSON (%s at byte %d of %zu)",
                           api->what, api->docker->endpoint.url, where.text, where.position, body->length);
}

int vprod__api_odd (const struct vprod__api *api, const char *missing, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "%s: the answer of %s has no %s: it is no engine that is known here",
                           api->what, api->docker->endpoint.url, missing);
}
