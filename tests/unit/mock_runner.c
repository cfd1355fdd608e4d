/* SPDX-License-Identifier: MIT */
/* The mock's slots. */
#include "mock_inside.h"

#include <stdio.h>

#include "util/cancel.h"
#include "util/clock.h"

static void lock (struct mock *mock)
{
  pthread_mutex_lock (&mock->in->mutex);
}

static void unlock (struct mock *mock)
{
  pthread_mutex_unlock (&mock->in->mutex);
}

int mock__no_such (vprod_error **err, const char *kind, const char *id)
{
  return vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "no such %s: %s", kind, id);
}

char **mock__copy_list (char *const *list)
{
  char **copy = NULL;

  ck_assert_int_eq (vprod__strv_copy (list, &copy), 0);
  return copy;
}

/* ---- networks, volumes --------------------------------------------------------------------------------- */

static int network_create (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                           char **ret_id, vprod_error **err)
{
  ENTER ("network_create", name);
  char *id = NULL;
  if (mock->network_refusal && mock->network_refusals != 0) {
    mock->network_refusals--;
    return mock__leave (&visit, vprod__error_set (err, mock->network_refusal_code, 0, "%s", mock->network_refusal), err);
  }
  ck_assert_int_gt (asprintf (&id, "network-%s", name), 0);
  mock_add_object (mock, VPROD_OBJECT_NETWORK, id, labels);
  lock (mock);
  mock__find_object (mock, VPROD_OBJECT_NETWORK, id)->name = mock__strdup (name);
  unlock (mock);
  r = mock__leave (&visit, 0, err);
  if (r == 0)
    *ret_id = vprod__steal (&id);
  free (id);
  return r;
}

static int network_connect (void *runner, const vprod_call *call, const char *network, const char *container,
                            vprod_error **err)
{
  struct mock *mock = runner;

  (void) call;
  ck_assert_str_eq (container, mock->engine.container);
  lock (mock);
  int known = mock__find_object (mock, VPROD_OBJECT_NETWORK, network) != NULL;
  mock->n_connected += known && !mock->refuses_connections;
  unlock (mock);
  ck_assert (known);
  return mock->refuses_connections ? vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "not attachable") : 0;
}

static int network_keep_address (void *runner, const vprod_call *call, const char *network, const char *container,
                                 const char *ip_address, const char *mac_address, const char *const *aliases,
                                        vprod_error **err)
{
  ENTER ("network_keep_address", container);
  ck_assert_ptr_nonnull (network);
  ck_assert_ptr_nonnull (ip_address);
  ck_assert_ptr_nonnull (mac_address);
  ck_assert_ptr_nonnull (aliases);
  LEAVE (0);
}

static int network_disconnect (void *runner, const vprod_call *call, const char *network, const char *container,
                               vprod_error **err)
{
  struct mock *mock = runner;

  (void) call;
  (void) network;
  (void) err;
  ck_assert_ptr_nonnull (container);
  lock (mock);
  mock->n_disconnected++;
  unlock (mock);
  return 0;
}

static int network_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  ENTER ("network_remove", id);
  lock (mock);
  struct mock_object *network = mock__find_object (mock, VPROD_OBJECT_NETWORK, id);
  for (struct mock_container *c = mock->in->containers; network && c; c = c->next)
    if (c->network && mock__find_object (mock, VPROD_OBJECT_NETWORK, c->network) == network
        && mock__is_up (c, vprod__now_ms ()))
      r = vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "network %s has active endpoints", id);
  if (r == 0)
    mock__remove_object (mock, VPROD_OBJECT_NETWORK, id);
  unlock (mock);
  LEAVE (r);
}

static int volume_create (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                          char **ret_mountpoint, vprod_error **err)
{
  char *mountpoint = NULL;

  ENTER ("volume_create", name);
  mock_add_object (mock, VPROD_OBJECT_VOLUME, name, labels);
  ck_assert_int_gt (asprintf (&mountpoint, "/volumes/%s/_data", name), 0);
  r = mock__leave (&visit, 0, err);
  if (r == 0)
    *ret_mountpoint = vprod__steal (&mountpoint);
  free (mountpoint);
  return r;
}

static int volume_remove (void *runner, const vprod_call *call, const char *name, vprod_error **err)
{
  ENTER ("volume_remove", name);
  lock (mock);
  mock__remove_object (mock, VPROD_OBJECT_VOLUME, name);
  unlock (mock);
  LEAVE (0);
}

/* ---- containers ---------------------------------------------------------------------------------------- */

static int container_create (void *runner, const vprod_call *call, const vprod_container_request *request,
                             char **ret_id, vprod_error **err)
{
  _cleanup_free_ char *id = NULL;

  ENTER ("container_create", request->image);
  r = mock__has_image (mock, request->image) ? mock__add_container (mock, request, &id, err)
                                       : mock__no_such (err, "image", request->image);
  r = mock__leave (&visit, r, err);
  if (r == 0)
    *ret_id = vprod__steal (&id);
  return r;
}

static int do_start (struct mock *mock, const vprod_call *call, struct mock_container *container,
                     vprod_error **err)
{
  const struct mock_behaviour *b = &container->behaviour;

  if (b->takes_ms > 0) {
    int r = vprod__call_sleep (call, b->takes_ms, "starting", err);
    if (r < 0)
      return r;
  }
  if (b->start_error)
    return vprod__error_set (err, (vprod_error_code) b->start_error, 0, "%s",
                             b->start_message ? b->start_message : "exec: no such file or directory");
  struct mock_server *server = container->server;
  if (!server && container->port && b->role != MOCK_DATABASE)
    server = mock__server_new (mock, container);
  lock (mock);
  if (container->address == 0)
    container->address = 2 + mock->in->n_addresses++;
  container->server = server;
  container->host_port = server ? mock__server_port (server) : container->port ? 40000 + container->address : 0;
  container->started_at = vprod__now_ms ();
  container->exit_code = b->exit_code;
  container->oom_killed = b->oom_killed;
  container->ends_at = INT64_MAX;
  if (b->ends_after_ms >= 0 && !container->started)
    container->ends_at = container->started_at + b->ends_after_ms;
  container->started = 1;
  unlock (mock);
  return 0;
}

/* Containers live as long as the mock, so a pointer outlasts the lock. */
static struct mock_container *find (struct mock *mock, const char *id, vprod_error **err)
{
  lock (mock);
  struct mock_container *container = mock__find (mock, id);
  unlock (mock);
  if (!container)
    mock__no_such (err, "container", id);
  return container;
}

static int container_start (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  ENTER ("container_start", id);
  struct mock_container *container = find (mock, id, err);
  LEAVE (container ? do_start (mock, call, container, err) : -VPROD_ERROR_NOT_FOUND);
}

/* The engine's clock is this machine's. */
static int64_t wall_ms (int64_t monotonic_ms)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000 - vprod__now_ms () + monotonic_ms;
}

static int container_facts (void *runner, const vprod_call *call, const char *id, vprod_container_facts *ret,
                            vprod_error **err)
{
  ENTER ("container_facts", id);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  lock (mock);
  ret->running = mock__is_up (c, vprod__now_ms ());
  ret->id = mock__strdup (c->id);
  ret->image_id = mock__strdup (mock->image.facts.id);
  ret->status = mock__strdup (!c->started ? "created" : ret->running ? "running" : "exited");
  if (ret->running && c->network)
    ck_assert_int_gt (asprintf (&ret->ip_address, "172.30.0.%d", c->address), 0);
  if (ret->running && c->network)
    ck_assert_int_gt (asprintf (&ret->mac_address, "02:42:ac:1e:00:%02x", c->address), 0);
  ret->host_port = ret->running ? c->host_port : 0;
  ret->exit_code = c->started && !ret->running ? c->exit_code : 0;
  ret->oom_killed = c->started && !ret->running && c->oom_killed;
  ret->pid = ret->running ? 4242 : 0;
  ret->started_at_ms = c->started ? wall_ms (c->started_at) : 0;
  ret->finished_at_ms = c->started && !ret->running ? wall_ms (c->ends_at) : 0;
  unlock (mock);
  LEAVE (0);
}

static int is_up (struct mock *mock, struct mock_container *container)
{
  lock (mock);
  int up = mock__is_up (container, vprod__now_ms ());
  unlock (mock);
  return up;
}

static int container_wait (void *runner, const vprod_call *call, const char *id, int *ret_exit_code,
                           vprod_error **err)
{
  ENTER ("container_wait", id);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  while (r == 0 && is_up (mock, c))
    r = vprod__call_sleep (call, 2, "waiting", err);
  if (r == 0) {
    lock (mock);
    *ret_exit_code = c->exit_code;
    unlock (mock);
  }
  LEAVE (r);
}

static int container_signal (void *runner, const vprod_call *call, const char *id, const char *signal,
                             vprod_error **err)
{
  char argument[200];

  snprintf (argument, sizeof argument, "%s %s", id, signal);
  ENTER ("container_signal", argument);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  const struct mock_behaviour *b = &c->behaviour;
  int kill = strcmp (signal, "SIGKILL") == 0 || strcmp (signal, "KILL") == 0 || strcmp (signal, "9") == 0;
  if (b->signal_sent_after_ms > 0 && !kill)
    r = vprod__call_sleep (call, b->signal_sent_after_ms, "sending a signal", err);
  lock (mock);
  int64_t now = vprod__now_ms ();
  if (r < 0)
    ;
  else if (!mock__is_up (c, now))
    r = vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "container %s is not running", id);
  else if (kill || (b->ends_after_signal_ms >= 0 && (!b->signal || strcmp (b->signal, signal) == 0))) {
    c->signalled_at = c->signalled_at ? c->signalled_at : now;
    c->ends_at = now + (kill ? 0 : b->ends_after_signal_ms);
    c->exit_code = kill ? 137 : b->signal_exit_code;
  }
  unlock (mock);
  if (r == 0 && b->signal_told_after_ms > 0 && !kill)
    r = vprod__call_sleep (call, b->signal_told_after_ms, "sending a signal", err);
  LEAVE (r);
}

static int container_exec (void *runner, const vprod_call *call, const char *id, const char *const *argv,
                           vprod_output_fn on_output, void *data, int *ret_exit_code, vprod_error **err)
{
  char argument[200];
  struct mock_exec exec = { .stream = VPROD_STREAM_STDOUT };

  snprintf (argument, sizeof argument, "%s %s", id, argv[0]);
  ENTER ("container_exec", argument);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  if (!is_up (mock, c))
    LEAVE (vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "container %s is not running", id));
  if (c->behaviour.on_exec) {
    pthread_mutex_lock (&mock->in->callback);
    c->behaviour.on_exec (mock->data, argv, &exec);
    pthread_mutex_unlock (&mock->in->callback);
  }
  if (exec.takes_ms > 0)
    r = vprod__call_sleep (call, exec.takes_ms, "exec", err);
  if (r == 0 && exec.error)
    r = vprod__error_set (err, (vprod_error_code) exec.error, 0, "%s: no such file or directory", argv[0]);
  if (r == 0) {
    if (exec.output && on_output)
      on_output (data, exec.stream, exec.output, strlen (exec.output));
    *ret_exit_code = exec.exit_code;
  }
  LEAVE (r);
}

static int container_processes (void *runner, const vprod_call *call, const char *id,
                                int (*on_process) (void *data, const vprod_process *process), void *data,
                                vprod_error **err)
{
  ENTER ("container_processes", id);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  if (!is_up (mock, c))
    LEAVE (vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "container %s is not running", id));
  const struct mock_process *processes = c->behaviour.processes;
  if (c->behaviour.on_look) {
    pthread_mutex_lock (&mock->in->callback);
    c->behaviour.on_look (mock->data, mock_count (mock, "container_processes", id), &processes);
    pthread_mutex_unlock (&mock->in->callback);
  }
  for (const struct mock_process *p = processes; p && p->command; p++) {
    vprod_process process = { sizeof process, p->pid, p->ppid, p->euid, p->user, p->command };
    if (on_process (data, &process) != 0)
      break;
  }
  LEAVE (0);
}

/* Is a name in one of its archives? */
static int was_put (const struct mock_container *c, const char *path)
{
  const char *name = strrchr (path, '/');

  for (size_t at = 0; name && at + 512 <= c->put.length; at += 512)
    if (strncmp (c->put.data + at, name + 1, 100) == 0)
      return 1;
  return 0;
}

static int container_has_path (void *runner, const vprod_call *call, const char *id, const char *path,
                               int *ret_there, vprod_error **err)
{
  ENTER ("container_has_path", path);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  int there = vprod__strv_has ((char **) (uintptr_t) c->behaviour.paths, path) || was_put (c, path);
  r = mock__leave (&visit, 0, err);
  if (r == 0)
    *ret_there = there;
  return r;
}

static int container_copy (void *runner, const vprod_call *call, const char *id, const char *path,
                           vprod_bytes_fn on_bytes, void *data, vprod_error **err)
{
  ENTER ("container_copy", path);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  const struct mock_copy *copy = c->behaviour.copies;
  while (copy && copy->path && strcmp (copy->path, path) != 0)
    copy++;
  if (!copy || !copy->path)
    LEAVE (mock__no_such (err, "path", path));
  on_bytes (data, copy->bytes, copy->length);
  LEAVE (0);
}

static int container_put (void *runner, const vprod_call *call, const char *id, const char *path, const void *tar,
                          size_t length, vprod_error **err)
{
  ENTER ("container_put", path);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  lock (mock);
  ck_assert_int_eq (vprod__buf_add (&c->put, tar, length), 0);
  unlock (mock);
  LEAVE (0);
}

static int container_changes (void *runner, const vprod_call *call, const char *id,
                              int (*on_change) (void *data, const vprod_change *change), void *data,
                              vprod_error **err)
{
  ENTER ("container_changes", id);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  for (const struct mock_change *m = c->behaviour.changes; m && m->path; m++) {
    vprod_change change = { sizeof change, m->path, m->kind };
    if (on_change (data, &change) != 0)
      break;
  }
  LEAVE (0);
}

static int container_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  ENTER ("container_remove", id);
  lock (mock);
  struct mock_container *c = mock__find (mock, id);
  if (c)
    c->gone = 1;
  else
    mock__remove_object (mock, VPROD_OBJECT_CONTAINER, id);
  unlock (mock);
  LEAVE (0);
}

static int list_objects (void *runner, const vprod_call *call, const char *label_key, const char *tag_prefix,
                         int (*on_object) (void *data, const vprod_object *object), void *data, vprod_error **err)
{
  ENTER ("list_objects", label_key);
  struct mock_object *found = NULL;

  lock (mock);
  for (struct mock_container *c = mock->in->containers; c; c = c->next)
    if (!c->gone && vprod__strv_env (c->labels, label_key)) {
      struct mock_object *o = mock__alloc (sizeof *o);
      *o = (struct mock_object) { VPROD_OBJECT_CONTAINER, mock__strdup (c->id), NULL, mock__copy_list (c->labels), found, 0 };
      found = o;
    }
  for (struct mock_object *m = mock->in->objects; m; m = m->next)
    if (m->kind == VPROD_OBJECT_IMAGE_TAG ? strncmp (m->id, tag_prefix, strlen (tag_prefix)) == 0
                                   : vprod__strv_env (m->labels, label_key) != NULL) {
      struct mock_object *o = mock__alloc (sizeof *o);
      *o = (struct mock_object) { m->kind, mock__strdup (m->id), NULL, mock__copy_list (m->labels), found, m->created_at };
      found = o;
    }
  unlock (mock);

  int stop = 0;
  while (found) {
    struct mock_object *o = found;
    vprod_object object = { sizeof object, o->kind, o->id, (const char *const *) o->labels, o->created_at };
    stop = stop || on_object (data, &object) != 0;
    found = o->next;
    free (o->id);
    vprod__strv_free (o->labels);
    free (o);
  }
  LEAVE (0);
}

static int container_events (void *runner, const vprod_call *call, const char *id, int64_t since_ms, int64_t until_ms,
                             int (*on_event) (void *data, const vprod_container_event *event), void *data,
                             vprod_error **err)
{
  ENTER ("container_events", id);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  lock (mock);
  vprod_container_event event = { sizeof event, "kill", c->signalled_at > 0 ? wall_ms (c->signalled_at) : 0 };
  unlock (mock);
  if (mock->keeps_events && event.at_ms >= since_ms && event.at_ms <= until_ms)
    on_event (data, &event);
  LEAVE (0);
}

const vprod_runner_ops mock__ops = {
  .size = sizeof mock__ops,
  .engine_facts = mock__engine_facts,
  .build = mock__build,
  .image_pull = mock__image_pull,
  .image_facts = mock__image_facts,
  .image_history = mock__image_history,
  .image_export = mock__image_export,
  .image_remove = mock__image_remove,
  .network_create = network_create,
  .network_remove = network_remove,
  .container_create = container_create,
  .container_start = container_start,
  .container_facts = container_facts,
  .container_wait = container_wait,
  .container_signal = container_signal,
  .container_logs = mock__container_logs,
  .container_exec = container_exec,
  .container_processes = container_processes,
  .container_has_path = container_has_path,
  .container_copy = container_copy,
  .container_remove = container_remove,
  .volume_remove = volume_remove,
  .list_objects = list_objects,
  .network_connect = network_connect,
  .network_disconnect = network_disconnect,
  .network_keep_address = network_keep_address,
  .container_changes = container_changes,
  .container_events = container_events,
  .container_put = container_put,
  .volume_create = volume_create,
};
