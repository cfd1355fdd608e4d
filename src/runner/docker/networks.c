/* SPDX-License-Identifier: MIT */
/* [NetworkCreate, NetworkDelete, NetworkConnect, NetworkDisconnect, VolumeCreate, VolumeDelete] */
#include "runner/docker/api.h"
#include "runner/docker/json.h"

#include <string.h>

int vprod__docker_network_create (void *runner, const vprod_call *call, const char *name,
                                  const char *const *labels, char **ret_id, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "making the network %s", name);

  if (r < 0)
    return r;
  json_t *body = json_pack ("{s:s, s:b, s:s, s:o}", "Name", name, "CheckDuplicate", 1, "Driver", "bridge",
                            "Labels", vprod__json_from_pairs (labels));
  r = vprod__api_post (&api, vprod__api_path (&api, "/networks/create"), body, 1, err);
  if (r == 0)
    r = api.message ? vprod__api_fail (&api, err) : vprod__api_json (&api, &json, err);
  if (r < 0)
    return r;
  return vprod__json_copy (json, "Id", 0, ret_id) < 0 ? vprod__error_no_memory (err) : 0;
}

int vprod__docker_network_connect (void *runner, const vprod_call *call, const char *network, const char *container,
                                   vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "connecting the container %.*s to the network %.*s",
                            VPROD__SHORT (container), VPROD__SHORT (network));

  if (r < 0)
    return r;
  json_t *body = json_pack ("{s:s}", "Container", container);
  if (body && api.engine.api_minor >= 48) /* it must not become the default route */
    json_object_set_new (body, "EndpointConfig", json_pack ("{s:i}", "GwPriority", -1000));
  r = vprod__api_post (&api, vprod__api_path (&api, "/networks/{}/connect", network), body, 1, err);
  return r == 0 && api.message ? vprod__api_fail (&api, err) : r;
}

static int disconnect (struct vprod__api *api, const char *network, const char *container, vprod_error **err)
{
  json_t *body = json_pack ("{s:s, s:b}", "Container", container, "Force", 1);
  int r = vprod__api_post (api, vprod__api_path (api, "/networks/{}/disconnect", network), body, 1, err);

  if (r < 0 || !api->message || api->answer.status == 404 || strstr (api->message, "is not connected"))
    return r;
  return vprod__api_fail (api, err);
}

int vprod__docker_network_disconnect (void *runner, const vprod_call *call, const char *network,
                                      const char *container, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "disconnecting the container %.*s from the network %.*s",
                            VPROD__SHORT (container), VPROD__SHORT (network));

  return r < 0 ? r : disconnect (&api, network, container, err);
}

/* Docker gives the lowest address that is free, which is that of the one container that has been stopped, and makes the
   other of it; it takes no other wish on a network whose addresses it chose itself. Podman gives the next one, and takes a
   wish. With another MAC address what spoke to it before would not reach it until its ARP entry has expired. */
int vprod__docker_network_keep_address (void *runner, const vprod_call *call, const char *network, const char *container,
                                        const char *ip_address, const char *mac_address, const char *const *aliases,
                                        vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "keeping the address %s of the container %.*s", ip_address,
                            VPROD__SHORT (container));

  if (r < 0 || !api.engine.podman)
    return r;
  r = disconnect (&api, network, container, err);
  if (r < 0)
    return r;
  json_t *body = json_pack ("{s:s, s:{s:{s:s}, s:s*, s:o}}", "Container", container, "EndpointConfig", "IPAMConfig", "IPv4Address",
                            ip_address, "MacAddress", mac_address, "Aliases", vprod__json_from_list (aliases));
  r = vprod__api_post (&api, vprod__api_path (&api, "/networks/{}/connect", network), body, 1, err);
  return r == 0 && api.message ? vprod__api_fail (&api, err) : r;
}

/* Disconnects the containers that are still in it: most likely one in which a verify-prod ran that was killed. */
static int disconnect_all (struct vprod__api *api, const char *id, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  const char *container;
  json_t *endpoint;
  int r = vprod__api_get (api, vprod__api_path (api, "/networks/{}", id), &json, err);

  json_object_foreach (json_object_get (json, "Containers"), container, endpoint) {
    if (r == 0)
      r = disconnect (api, id, container, err);
  }
  return r;
}

int vprod__docker_network_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "removing the network %.*s", VPROD__SHORT (id));

  if (r < 0)
    return r;
  r = vprod__api_delete (&api, vprod__api_path (&api, "/networks/{}", id), &error);
  if (r == 0)
    return 0;
  /* "has active endpoints", Podman: "is being used by" */
  if (r != -VPROD_ERROR_ENGINE || !api.message || !(strstr (api.message, "endpoints") || strstr (api.message, "used by"))
      || disconnect_all (&api, id, NULL) < 0)
    return vprod__error_move (err, &error);
  return vprod__api_delete (&api, vprod__api_path (&api, "/networks/{}", id), err);
}

int vprod__docker_volume_remove (void *runner, const vprod_call *call, const char *name, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "removing the volume %.*s", VPROD__SHORT (name));

  return r < 0 ? r : vprod__api_delete (&api, vprod__api_path (&api, "/volumes/{}", name), err);
}

int vprod__docker_volume_create (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                                 char **ret_mountpoint, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "making the volume %s", name);

  if (r < 0)
    return r;
  r = vprod__api_post (&api, vprod__api_path (&api, "/volumes/create"),
                       json_pack ("{s:s, s:o}", "Name", name, "Labels", vprod__json_from_pairs (labels)), 1, err);
  if (r == 0)
    r = api.message ? vprod__api_fail (&api, err) : vprod__api_json (&api, &json, err);
  if (r < 0)
    return r;
  return vprod__json_copy (json, "Mountpoint", 0, ret_mountpoint) < 0 ? vprod__error_no_memory (err) : 0;
}
