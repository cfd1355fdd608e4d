/* SPDX-License-Identifier: MIT */
/* The docker runner as a whole: its making, which engine it talks to, and its table of slots. */
#include "runner/docker/docker.h"
#include "runner/docker/http_client.h"
#include "runner/docker/podman_service.h"
#include "runner/runner.h"
#include "runner/docker/ssh_tunnel.h"

#include <stdio.h>
#include <string.h>

#define API_MAJOR 1
#define API_MINOR_MAX 51 /* the newest that this file was tried with */
#define API_MINOR_MIN 24

/* "1.41" to 41; -1 for what is no version of the API. */
static int read_api_version (const char *text)
{
  char *end;

  if (strncmp (text, "1.", 2) != 0 || text[2] < '0' || text[2] > '9')
    return -1;
  long minor = strtol (text + 2, &end, 10);
  return *end || minor > 9999 ? -1 : (int) minor;
}

/* [Ping], without a version: every engine answers it, and says which version it speaks. */
static int ping (struct vprod__docker *docker, const vprod_call *call, struct vprod__engine_id *ret,
                 vprod_error **err)
{
  static const char what[] = "asking which engine this is";
  _cleanup_answer_ struct vprod__answer answer = { 0 };
  struct vprod__request request = { .what = what, .method = "GET", .path = "/_ping" };
  const char *url = docker->endpoint.url;
  int r = vprod__client_send (docker->client, call, &request, &answer, err);

  if (r < 0)
    return r;
  int minor = read_api_version (answer.api_version);
  if (answer.status != 200 || minor < 0)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "%s: what answers at %s (from %s) is no Docker or Podman engine, or one in trouble: "
                             "HTTP status %d, %s%.100s",
                             what, url, docker->endpoint.origin, answer.status,
                             answer.api_version[0] ? "Api-Version " : "no Api-Version", answer.api_version);
  if (minor < API_MINOR_MIN)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "the engine at %s is too old: it speaks version %s of the Engine API; needed is "
                             "%d.%d, which Docker 1.12 has",
                             url, answer.api_version, API_MAJOR, API_MINOR_MIN);
  *ret = (struct vprod__engine_id) { .known = 1, .podman = answer.podman };
  ret->api_minor = minor < API_MINOR_MAX ? minor : API_MINOR_MAX;
  snprintf (ret->api_version, sizeof ret->api_version, "%d.%d", API_MAJOR, ret->api_minor);
  return 0;
}

int vprod__docker_identify (struct vprod__docker *docker, const vprod_call *call, struct vprod__engine_id *ret,
                            vprod_error **err)
{
  int r = docker->tunnel ? vprod__tunnel_start (docker->tunnel, call, err) : 0;

  if (r < 0)
    return r;
  pthread_mutex_lock (&docker->lock);
  *ret = docker->engine;
  pthread_mutex_unlock (&docker->lock);
  if (ret->known)
    return 0;
  r = docker->service ? vprod__podman_service_start (docker->service, call, err) : 0;
  if (r == 0)
    r = ping (docker, call, ret, err);
  if (r < 0)
    return r;
  pthread_mutex_lock (&docker->lock);
  docker->engine = *ret;
  pthread_mutex_unlock (&docker->lock);
  return 0;
}

static const vprod_runner_ops docker_ops = {
  .size = sizeof docker_ops,
  .engine_facts = vprod__docker_engine_facts,
  .build = vprod__docker_build,
  .image_pull = vprod__docker_image_pull,
  .image_pull_shown = vprod__docker_image_pull_shown,
  .network_keep_address = vprod__docker_network_keep_address,
  .image_facts = vprod__docker_image_facts,
  .image_history = vprod__docker_image_history,
  .image_export = vprod__docker_image_export,
  .image_remove = vprod__docker_image_remove,
  .network_create = vprod__docker_network_create,
  .network_remove = vprod__docker_network_remove,
  .container_create = vprod__docker_container_create,
  .container_start = vprod__docker_container_start,
  .container_facts = vprod__docker_container_facts,
  .container_wait = vprod__docker_container_wait,
  .container_signal = vprod__docker_container_signal,
  .container_logs = vprod__docker_container_logs,
  .container_exec = vprod__docker_container_exec,
  .container_processes = vprod__docker_container_processes,
  .container_has_path = vprod__docker_container_has_path,
  .container_copy = vprod__docker_container_copy,
  .container_remove = vprod__docker_container_remove,
  .volume_remove = vprod__docker_volume_remove,
  .list_objects = vprod__docker_list_objects,
  .container_reach = vprod__docker_container_reach,
  .network_connect = vprod__docker_network_connect,
  .network_disconnect = vprod__docker_network_disconnect,
  .container_changes = vprod__docker_container_changes,
  .container_events = vprod__docker_container_events,
  .container_put = vprod__docker_container_put,
  .volume_create = vprod__docker_volume_create,
};

static void docker_free (void *data)
{
  struct vprod__docker *docker = data;

  vprod__builder_free (docker->builder);
  vprod__client_free (docker->client);
  vprod__tunnel_close (docker->tunnel);
  vprod__podman_service_end (docker->service);
  vprod__endpoint_clear (&docker->endpoint);
  pthread_mutex_destroy (&docker->lock);
  free (docker);
}

static int open_tunnel (struct vprod__docker *docker, vprod_error **err)
{
  int r = vprod__tunnel_open (&docker->endpoint, &docker->tunnel, err);

  if (r < 0)
    return r;
  docker->endpoint.socket_path = strdup (vprod__tunnel_path (docker->tunnel));
  return docker->endpoint.socket_path ? 0 : vprod__error_no_memory (err);
}

int vprod_runner_new_docker (const vprod_docker_options *options, vprod_runner **ret_runner, vprod_error **err)
{
  struct vprod__endpoint_world world = vprod__endpoint_real_world ();
  const char *host = NULL;

  if (!ret_runner)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_runner_new_docker: ret_runner may not be NULL");
  if (options && options->size >= offsetof (vprod_docker_options, host) + sizeof options->host)
    host = options->host;
  struct vprod__docker *docker = calloc (1, sizeof *docker);
  if (!docker)
    return vprod__error_no_memory (err);
  pthread_mutex_init (&docker->lock, NULL);
  int r = vprod__endpoint_resolve (host, &world, &docker->endpoint, err);
  if (r == 0)
    r = vprod__podman_service_new (&docker->endpoint, &docker->service, err);
  if (r == 0 && docker->endpoint.kind == VPROD__ENDPOINT_SSH)
    r = open_tunnel (docker, err);
  if (r == 0)
    r = vprod__client_new (&docker->endpoint, docker->tunnel, &docker->client, err);
  if (r == 0)
    r = vprod_runner_new (&docker_ops, docker, docker_free, ret_runner, err);
  if (r < 0)
    docker_free (docker);
  return r;
}
