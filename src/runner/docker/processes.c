/* SPDX-License-Identifier: MIT */
/*
 * [ContainerTop] Docker runs ps on its host, so what may be asked depends on that ps; Podman takes columns. The
 * columns are found by their titles in the answer.
 */
#include "runner/docker/container_state.h"
#include "runner/docker/engine_facts.h"
#include "runner/docker/json.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "util/file.h"

#define PROC_SIZE 65536 /* how much of a file of /proc is read */

static const char *const docker_args[] = {
  "-eo pid,ppid,euid,args", /* procps */
  "-o pid,ppid,user,args",  /* busybox */
  "-ef",                    /* what Docker asks by itself */
  NULL
};

/* With h: as seen from the host. */
static const char *const podman_args[] = { "pid,hpid,ppid,user,huser,state,args", NULL };

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

struct columns {
  int pid, hpid, ppid, user, huser, state, command;
};

static int find_columns (const json_t *titles, struct columns *ret)
{
  static const char *const pid[] = { "PID", NULL }, *const hpid[] = { "HPID", NULL },
                           *const ppid[] = { "PPID", NULL },
                           *const user[] = { "EUID", "UID", "USER", "EUSER", NULL },
                           *const huser[] = { "HUSER", NULL },
                           *const state[] = { "STATE", NULL },
                           *const command[] = { "COMMAND", "CMD", "ARGS", NULL };

  ret->pid = find_column (titles, pid);
  ret->hpid = find_column (titles, hpid);
  ret->ppid = find_column (titles, ppid);
  ret->user = find_column (titles, user);
  ret->huser = find_column (titles, huser);
  ret->state = find_column (titles, state);
  ret->command = find_column (titles, command);
  return ret->pid < 0 || ret->user < 0 ? -1 : 0;
}

/* The host's name for a process that Podman told of by the container's. */
static int64_t host_pid (const json_t *rows, const struct columns *columns, const char *pid)
{
  const json_t *row;
  size_t i;

  if (columns->hpid < 0)
    return number (pid, 0);
  json_array_foreach (rows, i, row)
    if (strcmp (cell (row, columns->pid), pid) == 0)
      return number (cell (row, columns->hpid), 0);
  return 0;
}

int64_t vprod__proc_euid (const char *proc, int64_t pid, const char *container)
{
  _cleanup_free_ char *group = vprod__file_kernel (PROC_SIZE, NULL, "%s/%" PRId64 "/cgroup", proc, pid);
  _cleanup_free_ char *status = vprod__file_kernel (PROC_SIZE, NULL, "%s/%" PRId64 "/status", proc, pid);
  const char *line = status ? strstr (status, "\nUid:") : NULL;
  long long real, effective;

  if (!group || !strstr (group, container) || !line || sscanf (line, "\nUid: %lld %lld", &real, &effective) != 2)
    return -1;
  return effective;
}

struct top {
  struct columns columns;
  int host_uids;    /* 1: UIDs are the same in the container and on the host */
  const char *near; /* the container, if its processes are this machine's; else NULL */
};

/* Names are looked up in the host's passwd by ps, but in the container's by Podman, where any name may be UID
   0: there the host's word on it counts, unless the host's UIDs are others (rootless). That word is a name, too, where
   the host has one for the UID; then the process itself is looked at. */
static int64_t effective_uid (const json_t *rows, const json_t *row, const struct top *top)
{
  const struct columns *columns = &top->columns;
  const char *user = cell (row, columns->user), *huser = cell (row, columns->huser);

  if (columns->huser < 0 || !top->host_uids)
    return number (user, strcmp (user, "root") == 0 ? 0 : -1);
  int64_t uid = number (huser, strcmp (huser, "root") == 0 ? 0 : number (user, -1));
  int64_t pid = uid < 0 && top->near ? host_pid (rows, columns, cell (row, columns->pid)) : 0;
  return pid > 0 ? vprod__proc_euid ("/proc", pid, top->near) : uid;
}

/* 0, or -1: not what is needed. */
static int tell (const json_t *json, struct top *top, int (*on_process) (void *data, const vprod_process *process),
                 void *data)
{
  const json_t *rows = json_object_get (json, "Processes"), *row;
  size_t i;

  if (find_columns (json_object_get (json, "Titles"), &top->columns) < 0)
    return -1;
  const struct columns columns = top->columns;
  json_array_foreach (rows, i, row) {
    if (*cell (row, columns.state) == 'Z') /* it has ended; Docker leaves it out */
      continue;
    vprod_process process = { .size = sizeof process,
                              .pid = host_pid (rows, &columns, cell (row, columns.pid)),
                              .ppid = host_pid (rows, &columns, cell (row, columns.ppid)),
                              .euid = effective_uid (rows, row, top),
                              .user = cell (row, columns.user),
                              .command = cell (row, columns.command) };
    if (on_process (data, &process) != 0)
      break;
  }
  return 0;
}

/* Where ps fails, Podman answers 200 with nothing: is the container running at all? */
static int nothing_told (struct vprod__api *api, const char *id, vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  int r;

  if (api->message)
    return vprod__container_fail (api, err);
  r = vprod__container_inspect (api, id, &json, err);
  if (r < 0)
    return r;
  if (!json_is_true (vprod__json_at (json, "State.Running")))
    return vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "%s: it is not running", api->what);
  return vprod__api_odd (api, "columns PID and USER", err);
}

/* 1: UIDs are the same in the container and on the host. */
static int same_uids (struct vprod__api *api, int *ret, vprod_error **err)
{
  _cleanup_json_ json_t *info = NULL;
  int r = vprod__api_get (api, vprod__api_path (api, "/info"), &info, err);

  if (r == 0)
    *ret = !vprod__info_has_security_option (info, "rootless");
  return r;
}

int vprod__docker_container_processes (void *runner, const vprod_call *call, const char *id,
                                       int (*on_process) (void *data, const vprod_process *process), void *data,
                                       vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  struct top top = { .host_uids = 1 };
  int r = vprod__api_begin (&api, runner, call, err, "listing the processes of the container %.*s",
                            VPROD__SHORT (id));

  if (r == 0 && api.engine.podman)
    r = same_uids (&api, &top.host_uids, err);
  if (r < 0)
    return r;
  top.near = api.docker->endpoint.kind == VPROD__ENDPOINT_UNIX ? id : NULL;
  for (const char *const *args = api.engine.podman ? podman_args : docker_args; *args; args++) {
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
                               "%s: the engine at %s needs the program ps on its host (package procps): %s",
                               api.what, api.docker->endpoint.url, api.message);
    if (api.message || api.answer.body.length == 0)
      continue; /* a ps that does not know these columns */
    r = vprod__api_json (&api, &json, err);
    if (r < 0)
      return r;
    if (tell (json, &top, on_process, data) == 0)
      return 0;
  }
  return nothing_told (&api, id, err);
}
