/* SPDX-License-Identifier: MIT */
/* [SystemVersion, SystemInfo] */
#include "runner/engine_facts.h"
#include "runner/api.h"
#include "runner/json.h"
#include "runner/ssh_tunnel.h"

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

static int is_loopback (const char *host)
{
  return strcmp (host, "localhost") == 0 || strncmp (host, "127.", 4) == 0 || strcmp (host, "::1") == 0;
}

int vprod__docker_is_remote (const struct vprod__docker *docker)
{
  const struct vprod__endpoint *endpoint = &docker->endpoint;

  return endpoint->kind == VPROD__ENDPOINT_SSH
         || (endpoint->kind == VPROD__ENDPOINT_TCP && !is_loopback (endpoint->host));
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
  ret_facts->userns_remap = vprod__info_has_security_option (info, "userns");
  ret_facts->rootless = vprod__info_has_security_option (info, "rootless");
  ret_facts->name = strdup (api.engine.podman ? "podman" : "docker");
  ret_facts->version = strdup (is);
  ret_facts->api_version = strdup (api.engine.api_version);
  ret_facts->endpoint = strdup (api.docker->endpoint.url);
  ret_facts->published_host = strdup (published_host (api.docker));
  ret_facts->os = strdup (os ? os : "linux");
  ret_facts->architecture = strdup (machine ? oci_architecture (machine) : "");
  if (!ret_facts->name || !ret_facts->version || !ret_facts->api_version || !ret_facts->endpoint
      || !ret_facts->published_host || !ret_facts->os || !ret_facts->architecture)
    return vprod__error_no_memory (err);
  return 0;
}
