/* SPDX-License-Identifier: MIT */
/* [ContainerCreate, ContainerStart, ContainerDelete] */
#include "runner/docker/container_request.h"
#include "runner/docker/container_state.h"
#include "known/fault.h"
#include "known/phrases.h"
#include "runner/docker/json.h"
#include "runner/docker/ssh_tunnel.h"
#include "util/cancel.h"

#include <string.h>

#define REMOVAL_POLL_MS 50

static int image_or_engine (const struct vprod__api *api, vprod_error **err)
{
  if (api->foreign || !vprod__fault_is_images (api->message))
    return vprod__api_fail (api, err);
  _cleanup_free_ char *words = vprod__fault_words (api->message);
  return words ? vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "%s", words) : vprod__error_no_memory (err);
}

/* The engine's warning that it leaves out a limit; NULL: none. Lent. */
static const char *find_lost (const json_t *json)
{
  const json_t *warning;
  size_t i;

  json_array_foreach (json_object_get (json, "Warnings"), i, warning) {
    const char *text = json_string_value (warning);
    if (text && vprod__says (VPROD__SAYS_LIMIT_LOST, text))
      return text;
  }
  return NULL;
}

/* It made the container all the same. */
static int refuse_lost (struct vprod__api *api, const json_t *json, const char *lost, vprod_error **err)
{
  int r = vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "%s: the engine at %s says: %s", api->what,
                            api->docker->endpoint.url, lost);

  vprod__api_delete (api, vprod__api_path (api, "/containers/{}?force=1&v=1", vprod__json_text (json, "Id")), NULL);
  return r;
}

int vprod__docker_container_create (void *runner, const vprod_call *call, const vprod_container_request *given,
                                    char **ret_id, vprod_error **err)
{
  vprod_container_request whole = { 0 }, *request = &whole; /* a caller may have a shorter one */
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  _cleanup_free_ char *image = NULL;

  memcpy (&whole, given, given->size < sizeof whole ? given->size : sizeof whole);
  int r = vprod__api_begin (&api, runner, call, err, "making a container of %s", request->image);
  if (r == 0)
    r = vprod__api_image (&api, request->image, &image, err);
  if (r < 0)
    return r;
  /* platform: since 1.41; before, the engine makes do with the image's */
  const char *platform = api.engine.api_minor >= 41 ? request->platform : NULL;
  char *path = vprod__api_path (&api, platform        ? request->name ? "/containers/create?platform={}&name={}"
                                                                      : "/containers/create?platform={}"
                                      : request->name ? "/containers/create?name={}"
                                                      : "/containers/create",
                                platform ? platform : request->name, request->name);
  const char *address = request->publish_on ? request->publish_on : vprod__docker_publishes_on (api.docker);
  r = vprod__api_post (&api, path, vprod__container_body (request, image, address, api.engine.podman), 1, err);
  if (r == 0)
    r = api.message ? image_or_engine (&api, err) : vprod__api_json (&api, &json, err);
  if (r < 0)
    return r;
  const char *lost = find_lost (json);
  if (lost)
    return refuse_lost (&api, json, lost, err);
  return vprod__json_copy (json, "Id", 0, ret_id) < 0 ? vprod__error_no_memory (err) : 0;
}

/* The answer may not have come from the engine, and an app that was never started must not be judged as one that does not
   answer. */
static int make_sure_of_start (struct vprod__api *api, const char *id, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  int r = vprod__container_inspect (api, id, &json, err);

  if (r < 0 || !vprod__container_is_created (json))
    return r;
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "%s: %s answered that it did, but the container was not started: its state is \"%s\"", api->what,
                           api->docker->endpoint.url, vprod__json_text (json, "State.Status"));
}

int vprod__docker_container_start (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "starting the container %.*s", VPROD__SHORT (id));

  if (r == 0)
    r = vprod__api_post (&api, vprod__api_path (&api, "/containers/{}/start", id), NULL, 0, err);
  if (r < 0)
    return r;
  return api.message && api.answer.status != 304 /* it was started already */
           ? image_or_engine (&api, err) : make_sure_of_start (&api, id, err);
}

/* Somebody else is removing it (its own AutoRemove, a second cleaner): waits for the end of that. */
static int wait_until_gone (struct vprod__api *api, const char *id, vprod_error **err)
{
  for (;;) {
    _cleanup_free_ char *path = vprod__api_path (api, "/containers/{}/json", id);
    struct vprod__request request = { .method = "GET", .path = path };
    int r = vprod__call_sleep (api->call, REMOVAL_POLL_MS, api->what, err);
    if (r == 0)
      r = vprod__api_try (api, &request, err);
    if (r < 0)
      return r;
    if (api->answer.status == 404)
      return 0;
    if (api->message)
      return vprod__api_fail (api, err);
  }
}

int vprod__docker_container_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_error_ vprod_error *why = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "removing the container %.*s", VPROD__SHORT (id));

  if (r < 0)
    return r;
  if (api.docker->tunnel)
    vprod__tunnel_drop_ports (api.docker->tunnel, id);
  r = vprod__api_delete (&api, vprod__api_path (&api, "/containers/{}?force=1&v=1", id), &why);
  if (r < 0 && api.answer.status == 409 && api.message && strstr (api.message, "already in progress"))
    return wait_until_gone (&api, id, err);
  return why ? vprod__error_move (err, &why) : r;
}
