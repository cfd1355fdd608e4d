/* SPDX-License-Identifier: MIT */
/* [ImageInspect, ImageCreate] */
#include "runner/docker/api.h"
#include "runner/docker/docker_config.h"
#include "runner/docker/json.h"
#include "runner/docker/pull_layers.h"
#include "runner/docker/registry_auth.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES (1024 * 1024)

/* ImageCreate answers 200 at once, then a JSON object a line; a fault comes as a line with "error". */
struct progress {
  struct vprod__buf line;
  char *fault;
  int no_memory;
  struct vprod__pull_layers layers;
  void (*on_progress) (void *data, const vprod_pull_progress *progress); /* or NULL */
  void *data;
};

static void progress_end (struct progress *progress)
{
  vprod__buf_clear (&progress->line);
  free (progress->fault);
  vprod__pull_layers_clear (&progress->layers);
}

static void tell_layers (struct progress *progress, const json_t *json)
{
  int r = progress->on_progress ? vprod__pull_layers_read (&progress->layers, json) : 0;

  progress->no_memory |= r < 0;
  if (r <= 0)
    return;
  const vprod_pull_progress told = vprod__pull_layers_progress (&progress->layers);
  progress->on_progress (progress->data, &told);
}

static void read_line (struct progress *progress, const char *line, size_t length)
{
  _cleanup_json_ json_t *json = json_loadb (line, length, 0, NULL);
  const char *fault = vprod__json_text (json, "errorDetail.message");

  if (!fault)
    fault = vprod__json_text (json, "error");
  if (!fault) {
    tell_layers (progress, json);
    return;
  }
  free (progress->fault);
  progress->fault = vprod__text_harmless (fault, strlen (fault));
  progress->no_memory |= !progress->fault;
}

static int on_answer (void *data, const void *bytes, size_t length)
{
  struct progress *progress = data;
  char *newline;

  if (progress->line.length + length > LINE_MAX_BYTES) /* no fault is that long; what follows may be one */
    vprod__buf_clear (&progress->line);
  if (vprod__buf_add (&progress->line, bytes, length < LINE_MAX_BYTES ? length : 0) < 0)
    progress->no_memory = 1;
  while (progress->line.length > 0 && (newline = memchr (progress->line.data, '\n', progress->line.length))) {
    size_t n = (size_t) (newline - progress->line.data);
    read_line (progress, progress->line.data, n);
    vprod__buf_consume (&progress->line, n + 1);
  }
  return progress->no_memory;
}

/* "linux/arm64/v8" against what the image is. */
static int fits_platform (const json_t *image, const char *platform)
{
  const char *os = vprod__json_text (image, "Os"), *architecture = vprod__json_text (image, "Architecture");
  const char *variant = vprod__json_text (image, "Variant");
  char is[128];

  if (!platform || !os || !architecture)
    return 1;
  int n = snprintf (is, sizeof is, "%s/%s", os, architecture);
  if (n < 0 || (size_t) n >= sizeof is || strncmp (platform, is, (size_t) n) != 0)
    return 0;
  return !platform[n]
         || (platform[n] == '/' && (!variant || !*variant || strcmp (platform + n + 1, variant) == 0));
}

/* *ret_there: the engine has it, for that platform. */
static int is_there (struct vprod__api *api, const char *image, const char *platform, int *ret_there,
                     vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  _cleanup_free_ char *path = NULL, *name = NULL;
  int r = vprod__api_image (api, image, &name, err);

  if (r < 0)
    return r;
  path = vprod__api_path (api, "/images/{}/json", name);
  struct vprod__request request = { .method = "GET", .path = path };
  r = vprod__api_try (api, &request, err);
  if (r < 0)
    return r;
  if (api->answer.status == 404) {
    *ret_there = 0;
    return 0;
  }
  if (api->message)
    return vprod__api_fail (api, err);
  r = vprod__api_json (api, &json, err);
  if (r == 0)
    *ret_there = fits_platform (json, platform);
  return r;
}

static int is_engines_fault (const char *message)
{
  return vprod__text_contains_nocase (message, "no space left on device")
         || vprod__text_contains_nocase (message, "read-only file system")
         || vprod__text_contains_nocase (message, "disk quota exceeded");
}

static int cannot_be_had (const struct vprod__api *api, const char *image, const struct vprod__registry_auth *auth,
                          const char *message, vprod_error **err)
{
  _cleanup_free_ char *host = vprod__image_registry (image), *hint = NULL;

  if (!host)
    return vprod__error_no_memory (err);
  if (auth->helper
      && !(hint = vprod__asprintf (". (The credential helper \"%s\" is not asked here; \"docker pull %s\" asks it)",
                                   auth->helper, image)))
    return vprod__error_no_memory (err);
  if (is_engines_fault (message))
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: the engine at %s says: %s", api->what,
                             api->docker->endpoint.url, message);
  return vprod__error_set (err, VPROD_ERROR_REGISTRY, 0,
                           "the image %s is not on the engine at %s and cannot be had from its registry %s: %s%s",
                           image, api->docker->endpoint.url, host, message, hint ? hint : "");
}

int vprod__docker_image_pull (void *runner, const vprod_call *call, const char *image, const char *platform,
                              vprod_error **err)
{
  return vprod__docker_image_pull_shown (runner, call, image, platform, NULL, NULL, err);
}

int vprod__docker_image_pull_shown (void *runner, const vprod_call *call, const char *image, const char *platform,
                                    void (*on_progress) (void *data, const vprod_pull_progress *progress), void *data,
                                    vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_registry_auth_ struct vprod__registry_auth auth = { 0 };
  _cleanup_ (progress_end) struct progress progress = { .on_progress = on_progress, .data = data };
  _cleanup_json_ json_t *config = NULL;
  _cleanup_free_ char *repository = NULL, *tag = NULL, *path = NULL;
  int there = 0;
  int r = vprod__api_begin (&api, runner, call, err, "getting the image %s", image);

  if (r == 0)
    r = is_there (&api, image, platform, &there, err);
  if (r < 0 || there)
    return r;
  if (vprod__image_split (image, &repository, &tag) < 0)
    return vprod__error_no_memory (err);
  r = vprod__docker_config_load (api.docker->endpoint.config_dir, &config, err);
  if (r == 0)
    r = vprod__registry_auth_find (config, image, &auth, err);
  if (r < 0)
    return r;
  path = vprod__api_path (&api, platform ? "/images/create?fromImage={}&tag={}&platform={}"
                                         : "/images/create?fromImage={}&tag={}",
                          repository, tag, platform);
  struct vprod__request request = { .method = "POST", .path = path, .header = auth.header, .on_body = on_answer,
                                    .data = &progress };
  r = vprod__api_try (&api, &request, err);
  if (r < 0)
    return r;
  read_line (&progress, vprod__buf_string (&progress.line), progress.line.length); /* a last one without newline */
  if (progress.no_memory)
    return vprod__error_no_memory (err);
  if (api.foreign)
    return vprod__api_fail (&api, err);
  if (api.message || progress.fault)
    return cannot_be_had (&api, image, &auth, api.message ? api.message : progress.fault, err);
  return 0;
}
