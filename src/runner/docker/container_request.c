/* SPDX-License-Identifier: MIT */
/* What a container is to be, as the Engine API has it. [ContainerCreate] */
#include "runner/docker/container_request.h"

#include <stdio.h>
#include <string.h>

/* Sets a member unless there is nothing to set; -1: value could not be made. Takes value. */
static int set (json_t *object, const char *name, json_t *value)
{
  return value ? json_object_set_new (object, name, value) : -1;
}

static int set_list (json_t *object, const char *name, const char *const *list)
{
  return list && list[0] ? set (object, name, vprod__json_from_list (list)) : 0;
}

/* The port on an ephemeral one of the host's. */
static int publish (json_t *exposed, json_t *bindings, int port, const char *address)
{
  char key[32];

  snprintf (key, sizeof key, "%d/tcp", port);
  if (set (exposed, key, json_object ()) < 0)
    return -1;
  return set (bindings, key, json_pack ("[{s:s, s:s}]", "HostIp", address, "HostPort", ""));
}

static int publish_all (json_t *body, json_t *host, const vprod_container_request *request, const char *address)
{
  _cleanup_json_ json_t *exposed = json_object (), *bindings = json_object ();

  if (!exposed || !bindings || (request->port && publish (exposed, bindings, request->port, address) < 0))
    return -1;
  for (const int *more = request->ports; more && *more; more++)
    if (publish (exposed, bindings, *more, address) < 0)
      return -1;
  if (json_object_size (exposed) == 0)
    return 0;
  return json_object_set (body, "ExposedPorts", exposed) < 0 ? -1 : json_object_set (host, "PortBindings", bindings);
}

static int join (json_t *body, json_t *host, const char *network, const char *const *aliases)
{
  if (set (host, "NetworkMode", json_string (network)) < 0)
    return -1;
  /* without a network to set up, the engine has half of its work for such a container */
  if (strcmp (network, "none") == 0 && set (body, "NetworkDisabled", json_true ()) < 0)
    return -1;
  if (!aliases || !aliases[0])
    return 0;
  return set (body, "NetworkingConfig",
              json_pack ("{s:{s:{s:o}}}", "EndpointsConfig", network, "Aliases", vprod__json_from_list (aliases)));
}

static int has_path (const char *const *list, const char *path)
{
  size_t length = strlen (path);

  for (size_t i = 0; list && list[i]; i++)
    if (strncmp (list[i], path, length) == 0 && (list[i][length] == '\0' || list[i][length] == ':'))
      return 1;
  return 0;
}

/* "source:/path" */
static int has_target (const char *const *mounts, const char *path)
{
  for (size_t i = 0; mounts && mounts[i]; i++)
    if (mounts[i][strcspn (mounts[i], ":")] && strcmp (mounts[i] + strcspn (mounts[i], ":") + 1, path) == 0)
      return 1;
  return 0;
}

/* Podman mounts file systems in memory over these, which can be written to, where the root is read-only. Docker does not. */
static int keep_read_only (json_t *tmpfs, const vprod_container_request *request)
{
  static const char *const paths[] = { "/run", "/tmp", "/var/tmp" };

  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
    if (!has_path (request->tmpfs, paths[i]) && !has_path (request->volumes, paths[i])
        && !has_target (request->mounts, paths[i]) && set (tmpfs, paths[i], json_string ("ro,tmpcopyup")) < 0)
      return -1;
  return 0;
}

/* "/path:options". Podman fills a tmpfs with what the image has there, unless it is told not to. */
static int set_tmpfs (json_t *host, const vprod_container_request *request, int podman)
{
  json_t *object = json_object ();
  const char *const *tmpfs = request->tmpfs;

  if (set (host, "Tmpfs", object) < 0 || (podman && request->read_only && keep_read_only (object, request) < 0))
    return -1;
  for (size_t i = 0; tmpfs && tmpfs[i]; i++) {
    size_t length = strcspn (tmpfs[i], ":");
    const char *options = tmpfs[i][length] ? tmpfs[i] + length + 1 : "";
    _cleanup_free_ char *path = strndup (tmpfs[i], length);
    json_t *value = path ? json_sprintf ("%s%s%s", options, podman && *options ? "," : "", podman ? "notmpcopyup" : "") : NULL;
    if (set (object, path, value) < 0)
      return -1;
  }
  return 0;
}

static int set_volumes (json_t *body, const char *const *volumes)
{
  json_t *object = json_object ();

  if (set (body, "Volumes", object) < 0)
    return -1;
  for (size_t i = 0; volumes[i]; i++)
    if (set (object, volumes[i], json_object ()) < 0)
      return -1;
  return 0;
}

/* "/source:/target", "/folder/:/target", or "volume:/target". The engine's own folders have no colon in their names. Podman copies
   into a volume what the image has there, unless it is told not to, which it takes among its binds alone; and gives it the owner of
   the image's folder all the same. */
static int set_mounts (json_t *host, const char *const *mounts, int podman)
{
  json_t *list = json_array (), *binds = json_array ();

  if (set (host, "Mounts", list) < 0 || set (host, "Binds", binds) < 0)
    return -1;
  for (size_t i = 0; mounts[i]; i++) {
    size_t length = strcspn (mounts[i], ":");
    int bind = mounts[i][0] == '/', is_file = bind && mounts[i][length - 1] != '/';
    if (podman && !bind) {
      if (json_array_append_new (binds, json_sprintf ("%s:nocopy", mounts[i])) < 0)
        return -1;
      continue;
    }
    json_t *mount = json_pack ("{s:s, s:s%, s:s, s:b}", "Type", bind ? "bind" : "volume", "Source", mounts[i], length,
                               "Target", mounts[i] + length + (mounts[i][length] == ':'), "ReadOnly", is_file);
    if (!mount || json_array_append_new (list, mount) < 0)
      return -1;
  }
  return json_array_size (binds) ? 0 : json_object_del (host, "Binds");
}

static int set_limits (json_t *host, const vprod_container_request *request)
{
  if (request->memory > 0
      && (set (host, "Memory", json_integer (request->memory)) < 0
          || set (host, "MemorySwap", json_integer (request->memory)) < 0))
    return -1;
  return request->pids > 0 ? set (host, "PidsLimit", json_integer (request->pids)) : 0;
}

static int set_rights (json_t *body, json_t *host, const vprod_container_request *request)
{
  if ((request->sysctls && request->sysctls[0] && set (host, "Sysctls", vprod__json_from_pairs (request->sysctls)) < 0)
      || (request->user && set (body, "User", json_string (request->user)) < 0)
      || (request->read_only && set (host, "ReadonlyRootfs", json_true ()) < 0)
      || set_list (host, "CapDrop", request->cap_drop) < 0 || set_list (host, "CapAdd", request->cap_add) < 0)
    return -1;
  return request->no_new_privileges ? set (host, "SecurityOpt", json_pack ("[s]", "no-new-privileges")) : 0;
}

static int set_places (json_t *body, json_t *host, const vprod_container_request *request, int podman)
{
  int has_tmpfs = (request->tmpfs && request->tmpfs[0]) || (podman && request->read_only);

  if ((has_tmpfs && set_tmpfs (host, request, podman) < 0)
      || (request->volumes && request->volumes[0] && set_volumes (body, request->volumes) < 0)
      || (request->mounts && request->mounts[0] && set_mounts (host, request->mounts, podman) < 0))
    return -1;
  return set_list (host, "ExtraHosts", request->extra_hosts);
}

static int set_healthcheck (json_t *body, const vprod_container_request *request)
{
  return request->no_healthcheck ? set (body, "Healthcheck", json_pack ("{s:[s]}", "Test", "NONE")) : 0;
}

json_t *vprod__container_body (const vprod_container_request *request, const char *image, const char *address, int podman)
{
  _cleanup_json_ json_t *body = json_pack ("{s:{}}", "HostConfig");
  json_t *host = json_object_get (body, "HostConfig");

  if (!body || set (body, "Image", json_string (image)) < 0
      || set (body, "Labels", vprod__json_from_pairs (request->labels)) < 0
      || (request->env && set (body, "Env", vprod__json_from_list (request->env)) < 0)
      || (request->entrypoint && set (body, "Entrypoint", vprod__json_from_list (request->entrypoint)) < 0)
      || (request->command && set (body, "Cmd", vprod__json_from_list (request->command)) < 0)
      || (request->network && join (body, host, request->network, request->aliases) < 0)
      || publish_all (body, host, request, address) < 0
      || set_healthcheck (body, request) < 0 || set_rights (body, host, request) < 0 || set_limits (host, request) < 0
      || set_places (body, host, request, podman) < 0)
    return NULL;
  return vprod__steal (&body);
}
