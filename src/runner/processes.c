/* SPDX-License-Identifier: MIT */
/*
 * [ContainerTop] Docker runs ps on its host, so what may be asked depends on that ps; Podman takes columns. The columns
 * are found by their titles in the answer.
 */
#include "runner/container_state.h"
#include "runner/json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const docker_args[] = {
  "-eo pid,ppid,euid,args", /* procps */
  "-o pid,ppid,user,args",  /* busybox */
  "-ef",                    /* what Docker asks by itself */
  NULL
};

static const char *const podman_args[] = {
  "-eo pid,ppid,euid,args",
  "-ef",
  NULL
};

static int find_column (const json_t *titles, const char *const *names)
{
  const json_t *title;
  size_t i;

  for (; *names; names++)
    json_array_foreach (titles, i, title)
      if (json_is_string (title) && strcasecmp (json_string_value (title), *names) == 0)
        return (int) i;
  return -1;
}

static const char *cell (const json_t *row, int column)
{
  const char *text = column >= 0 ? json_string_value (json_array_get (row, (size_t) column)) : NULL;

  return text ? text : "";
}

static int64_t number (const char *text, int64_t otherwise)
{
  char *end;

  if (!isdigit ((unsigned char) *text))
    return otherwise;
  long long value = strtoll (text, &end, 10);
  return *end ? otherwise : value;
}

static int tell (const json_t *json, int (*on_process) (void *data, const vprod_process *process), void *data)
{
  static const char *const pid[] = { "PID", NULL }, *const ppid[] = { "PPID", NULL },
                    *const user[] = { "EUID", "UID", "USER", "EUSER", NULL },
                    *const command[] = { "COMMAND", "CMD", "ARGS", NULL };
  const json_t *titles = json_object_get (json, "Titles"), *row;
  int pid_at = find_column (titles, pid), ppid_at = find_column (titles, ppid),
      user_at = find_column (titles, user), command_at = find_column (titles, command);
  size_t i;

  if (pid_at < 0 || user_at < 0)
    return -1;
  json_array_foreach (json_object_get (json, "Processes"), i, row) {
    const char *name = cell (row, user_at);
    vprod_process process = { .size = sizeof process,
                              .pid = number (cell (row, pid_at), 0),
                              .ppid = number (cell (row, ppid_at), 0),
                              .euid = number (name, strcmp (name, "root") == 0 ? 0 : -1),
                              .user = name,
                              .command = cell (row, command_at) };
    if (on_process (data, &process) != 0)
      break;
  }
  return 0;
}

int vprod__docker_container_processes (void *runner, const vprod_call *call, const char *id,
                                       int (*on_process) (void *data, const vprod_process *process), void *data,
                                       vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  int r = vprod__api_begin (&api, runner, call, err, "listing the processes of the container %.*s", VPROD__SHORT (id));

  if (r < 0)
    return r;
  const char *const *args = api.engine.podman ? podman_args : docker_args;
  for (; *args; args++) {
    _cleanup_json_ json_t *json = NULL;
    _cleanup_free_ char *path = vprod__api_path (&api, "/containers/{}/top?stream=false&ps_args={}", id, *args);
    struct vprod__request request = { .method = "GET", .path = path };
    r = vprod__api_try (&api, &request, err);
    if (r < 0)
      return r;
    if (api.message && (api.answer.status == 404 || api.answer.status == 409))
      return vprod__container_fail (&api, err);
    if (api.message && strstr (api.message, "\"ps\": executable file not found"))
      return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                               "%s: the engine at %s needs the program ps on its host (package procps): %s", api.what,
                               api.docker->endpoint.url, api.message);
    if (api.message)
      continue; /* a ps that does not know these columns */
    r = vprod__api_json (&api, &json, err);
    if (r < 0)
      return r;
    if (tell (json, on_process, data) == 0)
      return 0;
  }
  return api.message ? vprod__container_fail (&api, err) : vprod__api_odd (&api, "columns PID and USER", err);
}
