/* SPDX-License-Identifier: MIT */
/* The mock's slots. */
#include "mock_inside.h"

#include <stdio.h>

#include "util/cancel.h"
#include "util/clock.h"

#define ENTER(slot, argument)                                                                                \
  struct mock *mock = runner;                                                                                \
  struct mock_visit visit;                                                                                   \
  int r = mock__enter (mock, slot, argument, call, &visit, err);                                             \
  if (r < 0)                                                                                                 \
    return r

#define LEAVE(result) return mock__leave (&visit, (result), err)

static void lock (struct mock *mock)
{
  pthread_mutex_lock (&mock->in->mutex);
}

static void unlock (struct mock *mock)
{
  pthread_mutex_unlock (&mock->in->mutex);
}

static int no_such (vprod_error **err, const char *kind, const char *id)
{
  return vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "no such %s: %s", kind, id);
}

static char **copy_list (char *const *list)
{
  char **copy = NULL;

  ck_assert_int_eq (vprod__strv_copy (list, &copy), 0);
  return copy;
}

/* ---- engine, builds ----------------------------------------------------------------------------------------- */

static int engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *ret, vprod_error **err)
{
  ENTER ("engine_facts", "");
  ret->name = mock__strdup (mock->engine.name);
  ret->version = mock__strdup (mock->engine.version);
  ret->api_version = mock__strdup (mock->engine.api_version);
  ret->endpoint = mock__strdup (mock->engine.endpoint);
  ret->published_host = mock__strdup (mock->engine.published_host);
  ret->os = mock__strdup (mock->engine.os);
  ret->architecture = mock__strdup (mock->engine.architecture);
  ret->remote = mock->engine.remote;
  ret->userns_remap = mock->engine.userns_remap;
  ret->rootless = mock->engine.rootless;
  LEAVE (0);
}

static const struct mock_step first_steps[] = {
  { "1", "", "load build definition", "[internal] load build definition", VPROD_STEP_RAN, NULL },
  { "2", "stage-0", "FROM python", "[1/3] FROM python", VPROD_STEP_CACHED, NULL },
  { "3", "stage-0", "RUN pip install -r requirements.txt", "[2/3] RUN pip install -r requirements.txt",
    VPROD_STEP_RAN, NULL },
  { "4", "stage-0", "COPY app app", "[3/3] COPY app app", VPROD_STEP_RAN, NULL },
  { 0 },
};

static const struct mock_step later_steps[] = {
  { "1", "", "load build definition", "[internal] load build definition", VPROD_STEP_RAN, NULL },
  { "2", "stage-0", "FROM python", "[1/3] FROM python", VPROD_STEP_CACHED, NULL },
  { "3", "stage-0", "RUN pip install -r requirements.txt", "[2/3] RUN pip install -r requirements.txt",
    VPROD_STEP_CACHED, NULL },
  { "5", "stage-0", "COPY app app", "[3/3] COPY app app", VPROD_STEP_RAN, NULL },
  { 0 },
};

static const char *const usual_files[] = { "Dockerfile.prod", "requirements.txt", "app/", "app/main.py", NULL };

static int tell_steps (const struct mock_build *build, const vprod_build_request *request)
{
  for (const struct mock_step *s = build->steps; request->on_step && s && s->key; s++) {
    vprod_build_step step = { sizeof step, s->key, s->stage, s->text, s->name, VPROD_STEP_STARTED, s->inputs };
    if (s->state != VPROD_STEP_CACHED && request->on_step (request->data, &step) != 0)
      return 1;
    step.state = s->state;
    if (request->on_step (request->data, &step) != 0)
      return 1;
  }
  return build->log && request->on_log && request->on_log (request->data, build->log, strlen (build->log)) != 0;
}

static void give_tar (const struct mock_build *build, const vprod_build_request *request)
{
  size_t length;
  void *tar = mock_tar (build->files, &length);

  /* in two pieces, as it comes from a pipe */
  if (request->on_tar (request->data, tar, length / 3) == 0)
    request->on_tar (request->data, (char *) tar + length / 3, length - length / 3);
  free (tar);
}

static int do_build (struct mock *mock, const vprod_call *call, const vprod_build_request *request,
                     vprod_build_facts *ret, vprod_error **err)
{
  struct mock_build build = { 0 };

  lock (mock);
  build.nth = ++mock->in->n_builds;
  unlock (mock);
  build.steps = build.nth == 1 ? first_steps : later_steps;
  build.files = usual_files;
  if (mock->on_build) {
    pthread_mutex_lock (&mock->in->callback);
    mock->on_build (mock->data, request, &build);
    pthread_mutex_unlock (&mock->in->callback);
  }
  if (build.takes_ms > 0) {
    int r = vprod__call_sleep (call, build.takes_ms, "building", err);
    if (r < 0)
      return r;
  }
  if (build.error)
    return vprod__error_set (err, (vprod_error_code) build.error, 0, "%s",
                             build.message ? build.message : "the builder does not work");
  if (tell_steps (&build, request) != 0)
    return 0;
  ret->succeeded = !build.failed;
  ret->builder = mock__strdup ("mock builder 1.0 (BuildKit)");
  if (build.failed) {
    ret->failed_step = mock__strdup (build.failed_step);
    ret->message = mock__strdup (build.message ? build.message : "exit code: 1");
    return 0;
  }
  if (request->output_tar) {
    give_tar (&build, request);
    return 0;
  }
  ret->image_id = mock__strdup (mock->image.facts.id);
  for (size_t i = 0; request->tags && request->tags[i]; i++)
    mock_add_object (mock, VPROD_IMAGE_TAG, request->tags[i], NULL);
  return 0;
}

static int build (void *runner, const vprod_call *call, const vprod_build_request *request, vprod_build_facts *ret,
                  vprod_error **err)
{
  ENTER ("build", request->tags && request->tags[0] ? request->tags[0] : request->context_dir);
  r = do_build (mock, call, request, ret, err);
  LEAVE (r);
}

/* ---- images --------------------------------------------------------------------------------------------------- */

static int has_image (struct mock *mock, const char *image)
{
  lock (mock);
  int there = mock->has_all_images || strcmp (image, mock->image.facts.id) == 0
              || mock__find_object (mock, VPROD_IMAGE_TAG, image);
  unlock (mock);
  return there;
}

static int image_pull (void *runner, const vprod_call *call, const char *image, const char *platform,
                       vprod_error **err)
{
  ENTER ("image_pull", image);
  (void) platform;
  if (!has_image (mock, image))
    mock_add_object (mock, VPROD_IMAGE_TAG, image, NULL);
  LEAVE (0);
}

static int image_facts (void *runner, const vprod_call *call, const char *image, vprod_image_facts *ret,
                        vprod_error **err)
{
  ENTER ("image_facts", image);
  const vprod_image_facts *facts = &mock->image.facts;
  if (!has_image (mock, image))
    LEAVE (no_such (err, "image", image));
  ret->id = mock__strdup (facts->id);
  ret->os = mock__strdup (facts->os);
  ret->architecture = mock__strdup (facts->architecture);
  ret->variant = mock__strdup (facts->variant);
  ret->user = mock__strdup (facts->user);
  ret->working_dir = mock__strdup (facts->working_dir);
  ret->stop_signal = mock__strdup (facts->stop_signal);
  ret->env = copy_list (facts->env);
  ret->entrypoint = copy_list (facts->entrypoint);
  ret->cmd = copy_list (facts->cmd);
  ret->labels = copy_list (facts->labels);
  ret->exposed_ports = copy_list (facts->exposed_ports);
  ret->volumes = copy_list (facts->volumes);
  ret->healthcheck = copy_list (facts->healthcheck);
  ret->bytes = facts->bytes;
  LEAVE (0);
}

static int image_history (void *runner, const vprod_call *call, const char *image,
                          int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                          vprod_error **err)
{
  ENTER ("image_history", image);
  if (!has_image (mock, image))
    LEAVE (no_such (err, "image", image));
  for (const struct mock_history *h = mock->image.history; h && h->created_by; h++) {
    vprod_history_entry entry = { sizeof entry, h->created_by, h->comment, h->bytes };
    if (on_entry (data, &entry) != 0)
      break;
  }
  LEAVE (0);
}

static int image_export (void *runner, const vprod_call *call, const char *image, vprod_bytes_fn on_bytes,
                         void *data, vprod_error **err)
{
  ENTER ("image_export", image);
  if (!has_image (mock, image))
    LEAVE (no_such (err, "image", image));
  if (mock->image.archive)
    on_bytes (data, mock->image.archive, mock->image.archive_length);
  LEAVE (0);
}

static int image_remove (void *runner, const vprod_call *call, const char *tag, vprod_error **err)
{
  ENTER ("image_remove", tag);
  lock (mock);
  mock__remove_object (mock, VPROD_IMAGE_TAG, tag);
  unlock (mock);
  LEAVE (0);
}

/* ---- networks, volumes ------------------------------------------------------------------------------------------ */

static int network_create (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                           char **ret_id, vprod_error **err)
{
  ENTER ("network_create", name);
  char *id = NULL;
  ck_assert_int_gt (asprintf (&id, "network-%s", name), 0);
  mock_add_object (mock, VPROD_NETWORK, id, labels);
  lock (mock);
  mock__find_object (mock, VPROD_NETWORK, id)->name = mock__strdup (name);
  unlock (mock);
  r = mock__leave (&visit, 0, err);
  if (r == 0)
    *ret_id = vprod__steal (&id);
  free (id);
  return r;
}

static int network_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  ENTER ("network_remove", id);
  lock (mock);
  struct mock_object *network = mock__find_object (mock, VPROD_NETWORK, id);
  for (struct mock_container *c = mock->in->containers; network && c; c = c->next)
    if (c->network && (strcmp (c->network, network->id) == 0 || (network->name && !strcmp (c->network, network->name)))
        && mock__is_up (c, vprod__now_ms ()))
      r = vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "network %s has active endpoints", id);
  if (r == 0)
    mock__remove_object (mock, VPROD_NETWORK, id);
  unlock (mock);
  LEAVE (r);
}

static int volume_remove (void *runner, const vprod_call *call, const char *name, vprod_error **err)
{
  ENTER ("volume_remove", name);
  lock (mock);
  mock__remove_object (mock, VPROD_VOLUME, name);
  unlock (mock);
  LEAVE (0);
}

/* ---- containers --------------------------------------------------------------------------------------------------- */

static int container_create (void *runner, const vprod_call *call, const vprod_container_request *request,
                             char **ret_id, vprod_error **err)
{
  _cleanup_free_ char *id = NULL;

  ENTER ("container_create", request->image);
  r = has_image (mock, request->image) ? mock__add_container (mock, request, &id, err)
                                       : no_such (err, "image", request->image);
  r = mock__leave (&visit, r, err);
  if (r == 0)
    *ret_id = vprod__steal (&id);
  return r;
}

static int do_start (struct mock *mock, const vprod_call *call, struct mock_container *container, vprod_error **err)
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
  struct mock_server *server = container->server ? container->server
                               : container->port && b->role != MOCK_DATABASE ? mock__server_new (mock, container) : NULL;
  lock (mock);
  if (container->address == 0)
    container->address = 2 + mock->in->n_addresses++;
  container->server = server;
  container->host_port = server ? mock__server_port (server) : container->port ? 40000 + container->address : 0;
  container->started_at = vprod__now_ms ();
  container->exit_code = b->exit_code;
  container->oom_killed = b->oom_killed;
  container->ends_at = b->ends_after_ms >= 0 && !container->started ? container->started_at + b->ends_after_ms : INT64_MAX;
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
    no_such (err, "container", id);
  return container;
}

static int container_start (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  ENTER ("container_start", id);
  struct mock_container *container = find (mock, id, err);
  LEAVE (container ? do_start (mock, call, container, err) : -VPROD_ERROR_NOT_FOUND);
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
  ret->host_port = ret->running ? c->host_port : 0;
  ret->exit_code = c->started && !ret->running ? c->exit_code : 0;
  ret->oom_killed = c->started && !ret->running && c->oom_killed;
  ret->pid = ret->running ? 4242 : 0;
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
  lock (mock);
  int64_t now = vprod__now_ms ();
  if (!mock__is_up (c, now))
    r = vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "container %s is not running", id);
  else if (kill || (b->ends_after_signal_ms >= 0 && (!b->signal || strcmp (b->signal, signal) == 0))) {
    c->ends_at = now + (kill ? 0 : b->ends_after_signal_ms);
    c->exit_code = kill ? 137 : b->signal_exit_code;
  }
  unlock (mock);
  LEAVE (r);
}

static int container_exec (void *runner, const vprod_call *call, const char *id, const char *const *argv,
                           vprod_output_fn on_output, void *data, int *ret_exit_code, vprod_error **err)
{
  char argument[200];
  struct mock_exec exec = { .stream = VPROD_STDOUT };

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
  for (const struct mock_process *p = c->behaviour.processes; p && p->command; p++) {
    vprod_process process = { sizeof process, p->pid, p->ppid, p->euid, p->user, p->command };
    if (on_process (data, &process) != 0)
      break;
  }
  LEAVE (0);
}

static int container_has_path (void *runner, const vprod_call *call, const char *id, const char *path,
                               int *ret_there, vprod_error **err)
{
  ENTER ("container_has_path", path);
  struct mock_container *c = find (mock, id, err);
  if (!c)
    LEAVE (-VPROD_ERROR_NOT_FOUND);
  int there = vprod__strv_has ((char **) (uintptr_t) c->behaviour.paths, path);
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
    LEAVE (no_such (err, "path", path));
  on_bytes (data, copy->bytes, copy->length);
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
    mock__remove_object (mock, VPROD_CONTAINER, id);
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
      *o = (struct mock_object) { VPROD_CONTAINER, mock__strdup (c->id), NULL, copy_list (c->labels), found };
      found = o;
    }
  for (struct mock_object *m = mock->in->objects; m; m = m->next)
    if (m->kind == VPROD_IMAGE_TAG ? strncmp (m->id, tag_prefix, strlen (tag_prefix)) == 0
                                   : vprod__strv_env (m->labels, label_key) != NULL) {
      struct mock_object *o = mock__alloc (sizeof *o);
      *o = (struct mock_object) { m->kind, mock__strdup (m->id), NULL, copy_list (m->labels), found };
      found = o;
    }
  unlock (mock);

  int stop = 0;
  while (found) {
    struct mock_object *o = found;
    vprod_object object = { sizeof object, o->kind, o->id, (const char *const *) o->labels };
    stop = stop || on_object (data, &object) != 0;
    found = o->next;
    free (o->id);
    vprod__strv_free (o->labels);
    free (o);
  }
  LEAVE (0);
}

const vprod_runner_ops mock__ops = {
  .size = sizeof mock__ops,
  .engine_facts = engine_facts,
  .build = build,
  .image_pull = image_pull,
  .image_facts = image_facts,
  .image_history = image_history,
  .image_export = image_export,
  .image_remove = image_remove,
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
};
