/* SPDX-License-Identifier: MIT */
/* [ImageInspect, ImageHistory, ImageGet, ImageDelete] */
#include "runner/docker/api.h"
#include "runner/docker/json.h"
#include "util/cancel.h"
#include "util/text.h"

#define TRIES 5
#define TRY_PAUSE_MS 50
#define NS_PER_MS 1000000

/* Podman looks through all images to tell of one, and trips over another that is removed meanwhile: "image not known",
   status 500. Of the image that is asked for it says so with 404. */
static int inspect (struct vprod__api *api, const char *name, json_t **ret, vprod_error **err)
{
  for (int n = 1;; n++) {
    _cleanup_free_ char *path = vprod__api_path (api, "/images/{}/json", name);
    struct vprod__request request = { .method = "GET", .path = path };
    int r = vprod__api_try (api, &request, err);
    if (r < 0)
      return r;
    if (!api->message)
      return vprod__api_json (api, ret, err);
    if (n == TRIES || api->answer.status != 500 || !vprod__text_contains_nocase (api->message, "image not known"))
      return vprod__api_fail (api, err);
    r = vprod__call_sleep (api->call, TRY_PAUSE_MS, api->what, err);
    if (r < 0)
      return r;
  }
}

/* A HEALTHCHECK: of the image's configuration, or as libpod has it. Times are in nanoseconds. */
static int take_healthcheck (const json_t *healthcheck, vprod_image_facts *facts)
{
  facts->healthcheck_timeout_ms = vprod__json_number (healthcheck, "Timeout") / NS_PER_MS;
  facts->healthcheck_start_period_ms = vprod__json_number (healthcheck, "StartPeriod") / NS_PER_MS;
  return vprod__json_list (healthcheck, "Test", &facts->healthcheck);
}

/* Podman's compatible API leaves it out; its own has it beside the configuration. SHELL is told by neither. */
static int ask_libpod (struct vprod__api *api, const char *name, vprod_image_facts *facts, vprod_error **err)
{
  _cleanup_free_ char *path = vprod__api_path (api, "/libpod/images/{}/json", name);
  struct vprod__request request = { .method = "GET", .path = path };
  int r = vprod__api_try (api, &request, err);

  if (r < 0)
    return r;
  if (api->message) /* one that has no such call */
    return api->answer.status == 404 ? 0 : vprod__api_fail (api, err);
  return take_healthcheck (vprod__json_at (api->json, "Healthcheck"), facts) < 0 ? vprod__error_no_memory (err) : 0;
}

int vprod__docker_image_facts (void *runner, const vprod_call *call, const char *image,
                               vprod_image_facts *ret_facts, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  _cleanup_free_ char *name = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "looking at the image %s", image);

  if (r == 0)
    r = vprod__api_image (&api, image, &name, err);
  if (r == 0)
    r = inspect (&api, name, &json, err);
  if (r < 0)
    return r;
  if (!vprod__json_text (json, "Id"))
    return vprod__api_odd (&api, "Id", err);
  ret_facts->bytes = vprod__json_number (json, "Size");
  if (vprod__json_image_id (json, "Id", &ret_facts->id) < 0
      || vprod__json_copy (json, "Os", 0, &ret_facts->os) < 0
      || vprod__json_copy (json, "Architecture", 0, &ret_facts->architecture) < 0
      || vprod__json_copy (json, "Variant", 0, &ret_facts->variant) < 0
      || vprod__json_copy (json, "Config.User", 1, &ret_facts->user) < 0
      || vprod__json_copy (json, "Config.WorkingDir", 0, &ret_facts->working_dir) < 0
      || vprod__json_copy (json, "Config.StopSignal", 0, &ret_facts->stop_signal) < 0
      || vprod__json_list (json, "Config.Env", &ret_facts->env) < 0
      || vprod__json_list (json, "Config.Entrypoint", &ret_facts->entrypoint) < 0
      || vprod__json_list (json, "Config.Cmd", &ret_facts->cmd) < 0
      || vprod__json_pairs (json, "Config.Labels", &ret_facts->labels) < 0
      || vprod__json_names (json, "Config.ExposedPorts", &ret_facts->exposed_ports) < 0
      || vprod__json_names (json, "Config.Volumes", &ret_facts->volumes) < 0
      || vprod__json_list (json, "Config.OnBuild", &ret_facts->onbuild) < 0
      || vprod__json_list (json, "Config.Shell", &ret_facts->shell) < 0
      || take_healthcheck (vprod__json_at (json, "Config.Healthcheck"), ret_facts) < 0)
    return vprod__error_no_memory (err);
  return api.engine.podman && !ret_facts->healthcheck ? ask_libpod (&api, name, ret_facts, err) : 0;
}

int vprod__docker_image_history (void *runner, const vprod_call *call, const char *image,
                                 int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                 vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  _cleanup_free_ char *name = NULL;
  const json_t *item;
  size_t i;
  int r = vprod__api_begin (&api, runner, call, err, "reading the history of the image %s", image);

  if (r == 0)
    r = vprod__api_image (&api, image, &name, err);
  if (r == 0)
    r = vprod__api_get (&api, vprod__api_path (&api, "/images/{}/history", name), &json, err);
  if (r < 0)
    return r;
  json_array_foreach (json, i, item) {
    const char *created_by = vprod__json_text (item, "CreatedBy"), *comment = vprod__json_text (item, "Comment");
    vprod_history_entry entry = { sizeof entry, created_by ? created_by : "", comment ? comment : "",
                                  vprod__json_number (item, "Size") };
    if (on_entry (data, &entry) != 0)
      return 0;
  }
  return 0;
}

int vprod__docker_image_export (void *runner, const vprod_call *call, const char *image, vprod_bytes_fn on_bytes,
                                void *data, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_free_ char *path = NULL, *name = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "exporting the image %s", image);

  if (r == 0)
    r = vprod__api_image (&api, image, &name, err);
  if (r < 0)
    return r;
  path = vprod__api_path (&api, "/images/{}/get", name);
  struct vprod__request request = { .method = "GET", .path = path, .on_body = on_bytes, .data = data };
  return vprod__api_send (&api, &request, err);
}

int vprod__docker_image_remove (void *runner, const vprod_call *call, const char *tag, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_free_ char *name = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "removing the image %s", tag);

  if (r == 0)
    r = vprod__api_image (&api, tag, &name, err);
  return r < 0 ? r : vprod__api_delete (&api, vprod__api_path (&api, "/images/{}", name), err);
}
