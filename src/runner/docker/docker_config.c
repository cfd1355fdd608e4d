/* SPDX-License-Identifier: MIT */
#include "runner/docker/docker_config.h"
#include "util/buf.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* *ret is NULL where there is no such file. */
static int load_json (const char *path, json_t **ret, vprod_error **err)
{
  json_error_t where;
  FILE *file = fopen (path, "re");

  if (!file && (errno == ENOENT || errno == ENOTDIR)) {
    *ret = NULL;
    return 0;
  }
  if (!file)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read %s", path);
  json_t *json = json_loadf (file, 0, &where);
  fclose (file);
  if (!json)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s:%d:%d: %s", path, where.line, where.column,
                             where.text);
  *ret = json;
  return 0;
}

int vprod__docker_config_load (const char *config_dir, json_t **ret, vprod_error **err)
{
  _cleanup_free_ char *path = NULL;
  json_t *json = NULL;

  if (config_dir) {
    if (!(path = vprod__asprintf ("%s/config.json", config_dir)))
      return vprod__error_no_memory (err);
    int r = load_json (path, &json, err);
    if (r < 0)
      return r;
  }
  if (!json && !(json = json_object ()))
    return vprod__error_no_memory (err);
  *ret = json;
  return 0;
}

static int fill (const char *config_dir, const char *folder, const json_t *meta, struct vprod__context *ret,
                 vprod_error **err)
{
  const json_t *docker = json_object_get (json_object_get (meta, "Endpoints"), "docker");
  const char *host = json_string_value (json_object_get (docker, "Host"));
  struct vprod__context context = { .skip_tls_verify = json_is_true (json_object_get (docker, "SkipTLSVerify")) };

  context.host = strdup (host ? host : "");
  context.tls_dir = vprod__asprintf ("%s/contexts/tls/%s/docker", config_dir, folder);
  if (!context.host || !context.tls_dir) {
    vprod__context_clear (&context);
    return vprod__error_no_memory (err);
  }
  *ret = context;
  return 0;
}

static int not_there (const char *config_dir, const char *name, const char *others, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                           "there is no Docker context \"%s\" in %s%s%s; choose one with DOCKER_CONTEXT or "
                           "\"docker context use\", or set DOCKER_HOST",
                           name, config_dir ? config_dir : "~/.docker (HOME is not set)",
                           *others ? "; there are: default" : "", others);
}

static void close_dir (DIR **dir)
{
  if (*dir)
    closedir (*dir);
}

/* A context's folder is the SHA-256 of its name; the name is in its meta.json too, so they are all looked at. */
int vprod__context_load (const char *config_dir, const char *name, struct vprod__context *ret, vprod_error **err)
{
  _cleanup_free_ char *path = NULL;
  _cleanup_buf_ struct vprod__buf others = { 0 };

  if (!config_dir)
    return not_there (NULL, name, "", err);
  if (!(path = vprod__asprintf ("%s/contexts/meta", config_dir)))
    return vprod__error_no_memory (err);
  _cleanup_ (close_dir) DIR *dir = opendir (path);
  if (!dir && errno != ENOENT && errno != ENOTDIR)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read %s", path);
  for (struct dirent *entry; dir && (entry = readdir (dir));) {
    _cleanup_free_ char *file = NULL;
    _cleanup_json_ json_t *meta = NULL;

    if (entry->d_name[0] == '.')
      continue;
    if (!(file = vprod__asprintf ("%s/%s/meta.json", path, entry->d_name)))
      return vprod__error_no_memory (err);
    int r = load_json (file, &meta, err);
    if (r < 0)
      return r;
    const char *is = json_string_value (json_object_get (meta, "Name"));
    if (!is)
      continue;
    if (strcmp (is, name) == 0)
      return fill (config_dir, entry->d_name, meta, ret, err);
    if (vprod__buf_addf (&others, ", %s", is) < 0)
      return vprod__error_no_memory (err);
  }
  return not_there (config_dir, name, vprod__buf_string (&others), err);
}

void vprod__context_clear (struct vprod__context *context)
{
  free (context->host);
  free (context->tls_dir);
  *context = (struct vprod__context) { 0 };
}
