/* SPDX-License-Identifier: MIT */
/* [NetworkCreate, NetworkDelete, VolumeDelete] */
#include "runner/api.h"
#include "runner/json.h"

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
  if (!vprod__json_text (json, "Id"))
    return vprod__api_odd (&api, "Id", err);
  return vprod__json_copy (json, "Id", 0, ret_id) < 0 ? vprod__error_no_memory (err) : 0;
}

int vprod__docker_network_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "removing the network %.*s", VPROD__SHORT (id));

  return r < 0 ? r : vprod__api_delete (&api, vprod__api_path (&api, "/networks/{}", id), err);
}

int vprod__docker_volume_remove (void *runner, const vprod_call *call, const char *name, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "removing the volume %.*s", VPROD__SHORT (name));

  return r < 0 ? r : vprod__api_delete (&api, vprod__api_path (&api, "/volumes/{}", name), err);
}
