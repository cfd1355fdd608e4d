/* SPDX-License-Identifier: MIT */
/* [SystemVersion, SystemInfo, ContainerInspect] */
#include "runner/docker/engine_facts.h"
#include "runner/docker/api.h"
#include "runner/docker/json.h"
#include "runner/docker/self.h"
#include "runner/docker/ssh_tunnel.h"
#include "util/clock.h"

#include <string.h>

/* uname's word to OCI's (Go's). */
static const char *oci_architecture (const char *machine)
{
  static const struct {
    const char *uname;
    const char *oci;
  } names[] = { { "x86_64", "amd64" },  { "i386", "386" },        { "i486", "386" },        { "i586", "386" },
                { "i686", "386" },      { "aarch64", "arm64" },   { "arm64", "arm64" },     { "armv6l", "arm" },
                { "armv7l", "arm" },    { "armv8l", "arm" },      { "loongarch64", "loong64" } };

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp (names[i].uname, machine) == 0)
      return names[i].oci;
  return machine;
}

/* SecurityOptions: "name=userns", "name=seccomp,profile=default"; before 1.12 the bare name. */
int vprod__info_has_security_option (const json_t *info, const char *name)
{
  const json_t *list = vprod__json_at (info, "SecurityOptions"), *item;
  size_t i, length = strlen (name);

  json_array_foreach (list, i, item) {
    const char *text = json_string_value (item);
    if (!text)
      continue;
    if (strncmp (text, "name=", 5) == 0)
      text += 5;
    if (strncmp (text, name, length) == 0 && (!text[length] || text[length] == ','))
      return 1;
  }
  return 0;
}

/* "name=seccomp,profile=default"; since 23 "profile=builtin". Another profile is a file, or "unconfined". */
static int seccomp_of (const json_t *info)
{
  const json_t *item;
  size_t i;

  json_array_foreach (vprod__json_at (info, "SecurityOptions"), i, item) {
    const char *text = json_string_value (item), *profile = text ? strstr (text, "profile=") : NULL;
    if (text && strncmp (text, "name=seccomp", 12) == 0)
      return !profile || strncmp (profile + 8, "default", 7) == 0 || strncmp (profile + 8, "builtin", 7) == 0 ? 1 : -1;
  }
  return json_is_array (vprod__json_at (info, "SecurityOptions")) ? -1 : 0;
}

int vprod__docker_is_remote (const struct vprod__docker *docker)
{
  const struct vprod__endpoint *endpoint = &docker->endpoint;

  return endpoint->kind == VPROD__ENDPOINT_SSH
         || (endpoint->kind == VPROD__ENDPOINT_TCP && !vprod__endpoint_is_loopback (endpoint->host));
}

const char *vprod__docker_publishes_on (const struct vprod__docker *docker)
{
  if (!vprod__docker_is_remote (docker))
    return "127.0.0.1";
  return docker->tunnel && vprod__tunnel_forwards (docker->tunnel) ? "127.0.0.1" : "0.0.0.0";
}

static const char *published_host (const struct vprod__docker *docker)
{
  if (!vprod__docker_is_remote (docker) || (docker->tunnel && vprod__tunnel_forwards (docker->tunnel)))
    return "127.0.0.1";
  return docker->endpoint.host;
}

int vprod__docker_container_reach (void *runner, const vprod_call *call, const char *id, int host_port,
                                   char **ret_host, int *ret_port, vprod_error **err)
{
  struct vprod__docker *docker = runner;
  int port = host_port;

  /* asked first: it may have to connect again */
  int r = docker->tunnel ? vprod__tunnel_start (docker->tunnel, call, err) : 0;
  if (r == 0 && docker->tunnel && vprod__tunnel_forwards (docker->tunnel))
    r = vprod__tunnel_port (docker->tunnel, call, id, host_port, &port, err);
  if (r < 0)
    return r;
  *ret_host = strdup (published_host (docker));
  *ret_port = port;
  return *ret_host ? 0 : vprod__error_no_memory (err);
}

/* ---- the container that we run in -------------------------------------------------------------------------------- */

/* Its networks, where one of its addresses is ours: then it is our network that a connection adds to. */
static int read_networks (const json_t *container, vprod_engine_facts *facts, vprod_error **err)
{
  json_t *networks = vprod__json_at (container, "NetworkSettings.Networks"), *network;
  const char *name, *mode = vprod__json_text (container, "HostConfig.NetworkMode");
  const char *gateway = NULL;

  if (!mode || strcmp (mode, "none") == 0 || strncmp (mode, "container:", 10) == 0)
    return 0;
  if (strcmp (mode, "host") == 0) {
    facts->container_gateway = strdup ("127.0.0.1");
    return facts->container_gateway ? 0 : vprod__error_no_memory (err);
  }
  json_object_foreach (networks, name, network) {
    const char *address = vprod__json_text (network, "IPAddress"), *way = vprod__json_text (network, "Gateway");
    facts->container_joins |= address && *address && vprod__self_has_address (address);
    if (way && *way && !gateway)
      gateway = way;
  }
  if (!facts->container_joins || !gateway)
    return 0;
  facts->container_gateway = strdup (gateway);
  return facts->container_gateway ? 0 : vprod__error_no_memory (err);
}

/* 1: it is that one; 0: the engine has no such container running. */
static int take_container (struct vprod__api *api, const char *guess, vprod_engine_facts *facts, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  _cleanup_error_ vprod_error *error = NULL;

  int r = vprod__api_get (api, vprod__api_path (api, "/containers/{}/json", guess), &json, &error);
  if (r == -VPROD_ERROR_NOT_FOUND || r == -VPROD_ERROR_ENGINE)
    return 0;
  if (r < 0)
    return vprod__error_move (err, &error);
  const char *id = vprod__json_text (json, "Id");
  if (!id || strncmp (id, guess, strlen (guess)) != 0 || !json_is_true (vprod__json_at (json, "State.Running")))
    return 0;
  r = read_networks (json, facts, err);
  /* a host name alone is too little: an address of the container must be ours */
  if (r < 0 || (strlen (guess) < VPROD__SELF_ID_SIZE - 1 && !facts->container_joins))
    return r;
  facts->container = strdup (id);
  return facts->container ? 1 : vprod__error_no_memory (err);
}

static int find_container (struct vprod__api *api, vprod_engine_facts *facts, vprod_error **err)
{
  char guesses[3][VPROD__SELF_ID_SIZE];
  int n = vprod__self_guess (guesses), r = 0;

  for (int i = 0; i < n && r == 0; i++)
    r = take_container (api, guesses[i], facts, err);
  return r < 0 ? r : 0;
}

int vprod__docker_engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *ret_facts,
                                vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *version = NULL, *info = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "asking which engine this is");

  if (r == 0)
    r = vprod__api_get (&api, vprod__api_path (&api, "/version"), &version, err);
  if (r == 0)
    r = vprod__api_get (&api, vprod__api_path (&api, "/info"), &info, err);
  if (r < 0)
    return r;
  const char *is = vprod__json_text (version, "Version"), *os = vprod__json_text (version, "Os");
  const char *machine = vprod__json_text (version, "Arch");
  if (!machine)
    machine = vprod__json_text (info, "Architecture");
  if (!is)
    return vprod__api_odd (&api, "Version", err);
  ret_facts->remote = vprod__docker_is_remote (api.docker);
  ret_facts->started = api.docker->endpoint.source == VPROD__ENDPOINT_OWN;
  ret_facts->processors = (int) vprod__json_number (info, "NCPU");
  ret_facts->userns_remap = vprod__info_has_security_option (info, "userns");
  ret_facts->rootless = vprod__info_has_security_option (info, "rootless");
  ret_facts->seccomp = seccomp_of (info);
  ret_facts->name = strdup (api.engine.podman ? "podman" : "docker");
  ret_facts->version = strdup (is);
  ret_facts->api_version = strdup (api.engine.api_version);
  ret_facts->endpoint = strdup (api.docker->endpoint.url);
  ret_facts->published_host = strdup (published_host (api.docker));
  ret_facts->os = strdup (os ? os : "linux");
  ret_facts->architecture = strdup (machine ? oci_architecture (machine) : "");
  ret_facts->system_time = vprod__parse_time (vprod__json_text (info, "SystemTime")) / 1000;
  if (!ret_facts->name || !ret_facts->version || !ret_facts->api_version || !ret_facts->endpoint
      || !ret_facts->published_host || !ret_facts->os || !ret_facts->architecture)
    return vprod__error_no_memory (err);
  return find_container (&api, ret_facts, err);
}
