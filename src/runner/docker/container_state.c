/* SPDX-License-Identifier: MIT */
/* [ContainerInspect, ContainerWait, ContainerKill, SystemEvents] */
#include "runner/docker/api.h"
#include "runner/docker/container_state.h"
#include "runner/docker/json.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define PUBLISHED_END (offsetof (vprod_container_facts, published) + sizeof (char **))
#define MAC_END (offsetof (vprod_container_facts, mac_address) + sizeof (char *))
#define RECORD_MS 2000
#define RECORD_LINE_MAX (64 * 1024)

int vprod__container_inspect (struct vprod__api *api, const char *id, json_t **ret, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  int r = vprod__api_get (api, vprod__api_path (api, "/containers/{}/json", id), &json, err);

  if (r < 0)
    return r;
  if (!vprod__json_text (json, "Id") || !json_is_object (json_object_get (json, "State")))
    return vprod__api_odd (api, "Id or State", err);
  *ret = vprod__steal (&json);
  return 0;
}

/* Podman says "configured" of a container that its runtime does not know yet. */
int vprod__container_is_created (const json_t *json)
{
  const char *status = vprod__json_text (json, "State.Status");

  return status && (strcmp (status, "created") == 0 || strcmp (status, "configured") == 0);
}

/* Its place on the network it was made on; else on any; NULL: it has none. */
static const json_t *find_network (const json_t *json)
{
  json_t *networks = vprod__json_at (json, "NetworkSettings.Networks"), *network;
  const char *mode = vprod__json_text (json, "HostConfig.NetworkMode"), *name;
  const json_t *found = NULL;

  json_object_foreach (networks, name, network) {
    const char *address = vprod__json_text (network, "IPAddress");
    const char *network_id = vprod__json_text (network, "NetworkID");
    if (!address || !*address)
      continue;
    if (mode && (strcmp (name, mode) == 0 || (network_id && strcmp (network_id, mode) == 0)))
      return network;
    if (!found)
      found = network;
  }
  return found;
}

static int port_of (const json_t *binding)
{
  const char *port = vprod__json_text (binding, "HostPort");
  long number = port ? strtol (port, NULL, 10) : 0;

  return number > 0 && number <= 65535 ? (int) number : 0;
}

/* "8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "49153"}, …]; null where it is only exposed. */
static int find_ports (const json_t *json, vprod_container_facts *ret)
{
  json_t *ports = vprod__json_at (json, "NetworkSettings.Ports"), *bindings;
  const char *name;

  json_object_foreach (ports, name, bindings) {
    const json_t *binding;
    int port = 0;
    size_t i;
    json_array_foreach (bindings, i, binding)
      port = port ? port : port_of (binding);
    if (port && !ret->host_port)
      ret->host_port = port;
    if (port && ret->size >= PUBLISHED_END && vprod__strv_addf (&ret->published, "%s=%d", name, port) < 0)
      return -1;
  }
  return 0;
}

int vprod__docker_container_facts (void *runner, const vprod_call *call, const char *id,
                                   vprod_container_facts *ret_facts, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "looking at the container %.*s", VPROD__SHORT (id));

  if (r == 0)
    r = vprod__container_inspect (&api, id, &json, err);
  if (r < 0)
    return r;
  const json_t *network = find_network (json);
  const char *address = network ? vprod__json_text (network, "IPAddress") : NULL;
  const char *mac = network ? vprod__json_text (network, "MacAddress") : NULL;
  ret_facts->running = json_is_true (vprod__json_at (json, "State.Running"));
  ret_facts->exit_code = (int) vprod__json_number (json, "State.ExitCode");
  ret_facts->oom_killed = json_is_true (vprod__json_at (json, "State.OOMKilled"));
  ret_facts->restart_count = (int) vprod__json_number (json, "RestartCount");
  ret_facts->pid = vprod__json_number (json, "State.Pid");
  ret_facts->started_at_ms = vprod__parse_time (vprod__json_text (json, "State.StartedAt"));
  ret_facts->finished_at_ms = vprod__parse_time (vprod__json_text (json, "State.FinishedAt"));
  const char *status = vprod__json_text (json, "State.Status");
  if (status && strcmp (status, "stopped") == 0) /* Podman's, until it has cleared up */
    status = "exited";
  if (find_ports (json, ret_facts) < 0 || (status && !(ret_facts->status = strdup (status)))
      || (address && !(ret_facts->ip_address = strdup (address)))
      || (mac && *mac && ret_facts->size >= MAC_END && !(ret_facts->mac_address = strdup (mac))))
    return vprod__error_no_memory (err);
  if (vprod__json_copy (json, "Id", 0, &ret_facts->id) < 0
      || vprod__json_image_id (json, "Image", &ret_facts->image_id) < 0
      || vprod__json_copy (json, "State.Error", 0, &ret_facts->error) < 0)
    return vprod__error_no_memory (err);
  return 0;
}

int vprod__docker_container_wait (void *runner, const vprod_call *call, const char *id, int *ret_exit_code,
                                  vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "waiting for the container %.*s to end", VPROD__SHORT (id));

  if (r == 0)
    r = vprod__api_post (&api, vprod__api_path (&api, "/containers/{}/wait?condition=not-running", id), NULL, 0,
                         err);
  if (r == 0)
    r = api.message ? vprod__api_fail (&api, err) : vprod__api_json (&api, &json, err);
  if (r < 0)
    return r;
  const char *fault = vprod__json_text (json, "Error.Message");
  if (fault && *fault)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: the engine at %s says: %s", api.what,
                             api.docker->endpoint.url, fault);
  if (!json_is_integer (json_object_get (json, "StatusCode")))
    return vprod__api_odd (&api, "StatusCode", err);
  *ret_exit_code = (int) vprod__json_number (json, "StatusCode");
  return 0;
}

int vprod__container_fail (const struct vprod__api *api, vprod_error **err)
{
  if (api->foreign)
    return vprod__api_fail (api, err);
  /* 409: Docker's, and Podman's, for one that is not running; Podman 4 also has a 500 for it */
  if (api->answer.status == 409 || strstr (api->message, "is not running")
      || strstr (api->message, "state improper"))
    return vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "%s: the engine at %s says: %s", api->what,
                             api->docker->endpoint.url, api->message);
  return vprod__api_fail (api, err);
}

/* ---- was it sent? ------------------------------------------------------------------------------------------- */

/*
 * A container that goes on as before may ignore the signal, or it may never have come to it: what answered may not have
 * been the engine. The engine keeps a record of both its start and what was sent to it. Where the record has the start,
 * but not the signal, it was not sent; where it has neither, it tells nothing (Docker keeps the last 256 events, Podman
 * may keep none).
 */
struct record {
  const char *id;
  struct vprod__buf line;
  int has_start, has_signal;
};

static void read_event (struct record *record, const char *line, size_t length)
{
  _cleanup_json_ json_t *json = json_loadb (line, length, 0, NULL);
  const char *id = vprod__json_text (json, "Actor.ID"), *action = vprod__json_text (json, "Action");

  if (!id || !action || strcmp (id, record->id) != 0)
    return;
  record->has_start |= strcmp (action, "start") == 0;
  record->has_signal |= strcmp (action, "kill") == 0;
}

static int on_events (void *data, const void *bytes, size_t length)
{
  struct record *record = data;
  char *newline;

  if (record->line.length + length > RECORD_LINE_MAX || vprod__buf_add (&record->line, bytes, length) < 0)
    return 1;
  while (record->line.length > 0 && (newline = memchr (record->line.data, '\n', record->line.length))) {
    size_t n = (size_t) (newline - record->line.data);
    read_event (record, record->line.data, n);
    vprod__buf_consume (&record->line, n + 1);
  }
  return record->has_signal;
}

static int read_record (struct vprod__api *api, const char *since, struct record *record, vprod_error **err)
{
  _cleanup_json_ json_t *filters = json_pack ("{s:[s], s:[s, s]}", "container", record->id, "event", "start", "kill");
  _cleanup_free_ char *text = filters ? json_dumps (filters, JSON_COMPACT) : NULL;
  _cleanup_free_ char *path = text ? vprod__api_path (api, "/events?since={}&filters={}", since, text) : NULL;
  struct vprod__request request = { .method = "GET", .path = path, .on_body = on_events, .data = record };
  const vprod_call *whole = api->call;
  int64_t end = vprod__deadline (RECORD_MS);
  vprod_call call = { sizeof call, end < whole->deadline_ms ? end : whole->deadline_ms, whole->cancel_fd };

  api->call = &call; /* the engine goes on sending events for as long as one listens */
  int r = vprod__api_try (api, &request, err);
  api->call = whole;
  vprod__buf_clear (&record->line);
  return r;
}

static int make_sure_of_signal (struct vprod__api *api, const char *id, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  _cleanup_error_ vprod_error *error = NULL;
  char since[32];

  int r = vprod__container_inspect (api, id, &json, err);
  if (r < 0 || !json_is_true (vprod__json_at (json, "State.Running")))
    return r; /* it has ended */
  int64_t started_ms = vprod__parse_time (vprod__json_text (json, "State.StartedAt"));
  struct record record = { .id = vprod__json_text (json, "Id") };
  snprintf (since, sizeof since, "%lld", (long long) (started_ms > 1000 ? started_ms / 1000 - 1 : 0));
  r = read_record (api, since, &record, &error);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  if (record.has_signal || !record.has_start)
    return 0;
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "%s: %s answered that it did, but the engine's record of the container has no signal", api->what,
                           api->docker->endpoint.url);
}

int vprod__docker_container_signal (void *runner, const vprod_call *call, const char *id, const char *signal,
                                    vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "sending %s to the container %.*s", signal,
                            VPROD__SHORT (id));

  if (r == 0)
    r = vprod__api_post (&api, vprod__api_path (&api, "/containers/{}/kill?signal={}", id, signal), NULL, 0, err);
  if (r < 0)
    return r;
  /* what SIGKILL does is seen by whoever waits for it */
  return api.message                       ? vprod__container_fail (&api, err)
         : strcmp (signal, "SIGKILL") == 0 ? 0
                                           : make_sure_of_signal (&api, id, err);
}
