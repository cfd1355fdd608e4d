/* SPDX-License-Identifier: MIT */
/* [ContainerArchiveInfo, ContainerArchive, PutContainerArchive] */
#include "runner/docker/container_state.h"
#include "util/text.h"

static int on_anything (void *data, const void *bytes, size_t length)
{
  return 1;
}

/* The answer to a HEAD has no message: asks again with GET, for the reason. */
static int ask_why (struct vprod__api *api, const char *archive, int *ret_there, vprod_error **err)
{
  struct vprod__request request = { .method = "GET", .path = archive, .on_body = on_anything };
  int r = vprod__api_try (api, &request, err);

  if (r < 0)
    return r;
  if (api->foreign || (api->message && !vprod__text_contains_nocase (api->message, "not a directory")))
    return vprod__api_fail (api, err);
  *ret_there = !api->message; /* below a file there is nothing */
  return 0;
}

int vprod__docker_container_has_path (void *runner, const vprod_call *call, const char *id, const char *path,
                                      int *ret_there, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  _cleanup_free_ char *archive = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "looking for %s in the container %.*s", path,
                            VPROD__SHORT (id));

  if (r < 0)
    return r;
  archive = vprod__api_path (&api, "/containers/{}/archive?path={}", id, path);
  struct vprod__request request = { .method = "HEAD", .path = archive };
  r = vprod__api_try (&api, &request, err);
  if (r < 0)
    return r;
  if (api.answer.path_stat) { /* even with a 404, which is Podman's answer for a link that leads nowhere */
    *ret_there = 1;
    return 0;
  }
  if (api.message && api.answer.status != 404)
    return ask_why (&api, archive, ret_there, err);
  if (api.message) { /* is it the path that is missing, or the container? */
    r = vprod__container_inspect (&api, id, &json, err);
    if (r < 0)
      return r;
  }
  *ret_there = !json;
  return 0;
}

int vprod__docker_container_copy (void *runner, const vprod_call *call, const char *id, const char *path,
                                  vprod_bytes_fn on_bytes, void *data, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_free_ char *archive = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "copying %s out of the container %.*s", path,
                            VPROD__SHORT (id));

  if (r < 0)
    return r;
  archive = vprod__api_path (&api, "/containers/{}/archive?path={}", id, path);
  struct vprod__request request = { .method = "GET", .path = archive, .on_body = on_bytes, .data = data };
  return vprod__api_send (&api, &request, err);
}

int vprod__docker_container_put (void *runner, const vprod_call *call, const char *id, const char *path,
                                 const void *tar, size_t length, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_free_ char *archive = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "putting files into %s of the container %.*s", path,
                            VPROD__SHORT (id));

  if (r < 0)
    return r;
  /* else Podman gives everything to the container's user */
  archive = vprod__api_path (&api, "/containers/{}/archive?path={}&copyUIDGID=false", id, path);
  struct vprod__request request = { .method = "PUT", .path = archive, .archive = tar, .archive_length = length };
  return vprod__api_send (&api, &request, err);
}
