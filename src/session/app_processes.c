/* SPDX-License-Identifier: MIT */
/*
 * The engine is asked first, for it may be remote. Docker lists processes with its host's ps; where that is missing and
 * the host is this machine, /proc is read instead.
 */
#include "session/app_processes.h"

#include "probe/proc.h"
#include "session/base.h"
#include "session/engine.h"

/* Does this machine's /proc show the container? */
static int is_here (vprod_session *session, const vprod_container_facts *container, vprod_error **err)
{
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (session, &engine, err);
  return r < 0 ? r
               : !engine->remote
                   && vprod__proc_is_container ("/proc", container->pid, container->id, container->ip_address);
}

/* 0; 1: the container's processes are not seen on this machine. */
static int list_here (vprod_session *session, const vprod_container_facts *container,
                      int (*on_process) (void *data, const vprod_process *process), void *data, vprod_error **err)
{
  int r = is_here (session, container, err);

  if (r <= 0)
    return r < 0 ? r : 1;
  return vprod__proc_processes ("/proc", container->pid, on_process, data, err);
}

int vprod__app_processes (vprod_session *session, const vprod_call *call, const vprod_container_facts *container,
                          int (*on_process) (void *data, const vprod_process *process), void *data,
                          vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;

  int r = vprod__runner_container_processes (vprod__session_runner (session), call, container->id, on_process,
                                             data, &error);
  if (r == -VPROD_ERROR_UNSUPPORTED) {
    r = list_here (session, container, on_process, data, err);
    if (r <= 0)
      return r;
    return vprod__error_move (err, &error);
  }
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

struct telling {
  struct vprod__processes *processes;
  size_t count;
  int no_memory;
};

static int on_seen (void *data, const vprod_process *process)
{
  struct telling *telling = data;

  telling->count++;
  telling->no_memory = vprod__processes_tell (telling->processes, process) < 0;
  return telling->no_memory;
}

int vprod__app_look (vprod_session *session, const vprod_call *call, const vprod_container_facts *container,
                     struct vprod__processes *processes, size_t *ret_count, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  struct telling telling = { .processes = processes };

  vprod__processes_look (processes);
  int r = vprod__app_processes (session, call, container, on_seen, &telling, &error);
  if (telling.no_memory)
    return vprod__error_no_memory (err);
  vprod__processes_find_beside (processes);
  *ret_count = telling.count;
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

int vprod__app_sockets (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                        struct vprod__sockets *ret, vprod_error **err)
{
  int r = app->health_port > 0 ? is_here (session, container, err) : 0;

  *ret = (struct vprod__sockets) { 0 };
  return r <= 0 ? r : vprod__proc_sockets ("/proc", container->pid, app->health_port, ret, err);
}

int vprod__app_dead (vprod_session *session, const vprod_container_facts *container,
                     int (*on_dead) (void *data, const struct vprod__dead *dead), void *data, vprod_error **err)
{
  int r = is_here (session, container, err);

  return r <= 0 ? (r < 0 ? r : 1) : vprod__proc_dead ("/proc", container->pid, on_dead, data, err);
}
