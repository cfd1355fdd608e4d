/* SPDX-License-Identifier: MIT */
/* What the mock's engine holds: containers, networks, volumes and tags. */
#include "mock_inside.h"

#include <stdio.h>

#include "util/clock.h"

static const struct mock_process usual_processes[] = {
  { 4242, 4200, 1001, "1001", "/app/server" },
  { 0 },
};

static const struct mock_output usual_output[] = {
  { 0, VPROD_STREAM_STDERR, "Started server\nApplication startup complete\n", 0 },
  { 0 },
};

static const char *const usual_env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", NULL };
static const char *const usual_entrypoint[] = { "/app/server", NULL };
static const char *const usual_ports[] = { "8000/tcp", NULL };

static const struct mock_history usual_history[] = {
  { "CMD [\"/app/server\"]", "buildkit.dockerfile.v0", 0 },
  { "COPY app app # buildkit", "buildkit.dockerfile.v0", 1000 },
  { "/bin/sh -c #(nop) ADD file:0123 in / ", "", 80000000 },
  { 0 },
};

static void usual_image (struct mock_image *image)
{
  vprod_image_facts *facts = &image->facts;

#define LEND(list) ((char **) (uintptr_t) (list))
#define LEND1(text) ((char *) (uintptr_t) (text))
  facts->id = LEND1 ("sha256:1111111111111111111111111111111111111111111111111111111111111111");
  facts->os = LEND1 ("linux");
  facts->architecture = LEND1 ("amd64");
  facts->user = LEND1 ("1001");
  facts->working_dir = LEND1 ("/app");
  facts->env = LEND (usual_env);
  facts->entrypoint = LEND (usual_entrypoint);
  facts->exposed_ports = LEND (usual_ports);
  facts->bytes = 90000000;
  image->history = usual_history;
}

static void usual_engine (vprod_engine_facts *engine)
{
  engine->name = LEND1 ("docker");
  engine->version = LEND1 ("20.10.24");
  engine->api_version = LEND1 ("1.41");
  engine->endpoint = LEND1 ("unix:///mock.sock");
  engine->published_host = LEND1 ("127.0.0.1");
  engine->os = LEND1 ("linux");
  engine->architecture = LEND1 ("amd64");
}

static void usual_behaviour (struct mock_behaviour *behaviour)
{
  int once = behaviour->role == MOCK_ONCE;

  behaviour->ends_after_ms = once ? 0 : MOCK_NEVER;
  behaviour->output = behaviour->role == MOCK_APP ? usual_output : NULL;
  behaviour->processes = usual_processes;
  behaviour->reply = (struct mock_reply) { .status = 200, .body = "{\"status\": \"ok\"}" };
  behaviour->database_connections = behaviour->role == MOCK_APP;
}

struct mock *mock_new (void)
{
  struct mock *mock = mock__alloc (sizeof *mock);

  mock->in = mock__alloc (sizeof *mock->in);
  pthread_mutex_init (&mock->in->mutex, NULL);
  pthread_mutex_init (&mock->in->callback, NULL);
  usual_image (&mock->image);
  usual_engine (&mock->engine);
  mock->logs_database_connections = 1;
  mock__probe_init (mock);
  vprod_error *err = NULL;
  assert_ok (vprod_runner_new (&mock__ops, mock, NULL, &mock->in->runner, &err), err);
  return mock;
}

vprod_runner *mock_runner (struct mock *mock)
{
  return mock->in->runner;
}

static void free_container (struct mock_container *container)
{
  vprod__buf_clear (&container->put);
  mock__server_free (container->server);
  free (container->id);
  free (container->name);
  free (container->image);
  free (container->network);
  vprod__strv_free (container->env);
  vprod__strv_free (container->labels);
  vprod__strv_free (container->settings);
  free (container);
}

static void free_object (struct mock_object *object)
{
  free (object->id);
  free (object->name);
  vprod__strv_free (object->labels);
  free (object);
}

void mock_free (struct mock *mock)
{
  struct mock_inside *in = mock->in;

  vprod_runner_free (in->runner);
  for (struct mock_container *c = in->containers, *next; c; c = next) {
    next = c->next;
    free_container (c);
  }
  for (struct mock_object *o = in->objects, *next; o; o = next) {
    next = o->next;
    free_object (o);
  }
  for (struct mock_fault *f = in->faults, *next; f; f = next) {
    next = f->next;
    free (f);
  }
  for (size_t i = 0; i < in->n_records; i++) {
    free (in->records[i]->argument);
    free (in->records[i]);
  }
  free (in->records);
  if (in->folder)
    unit_remove_tree (in->folder);
  free (in->folder);
  pthread_mutex_destroy (&in->mutex);
  pthread_mutex_destroy (&in->callback);
  free (in);
  free (mock);
}

/* ---- containers ---------------------------------------------------------------------------------------- */

struct mock_container *mock__find (struct mock *mock, const char *id_or_name)
{
  for (struct mock_container *c = mock->in->containers; c; c = c->next)
    if (!c->gone && (strcmp (c->id, id_or_name) == 0 || (c->name && strcmp (c->name, id_or_name) == 0)))
      return c;
  return NULL;
}

int mock__is_up (const struct mock_container *container, int64_t now)
{
  return !container->gone && container->started && now < container->ends_at;
}

static enum mock_role role_of (const vprod_container_request *request)
{
  const char *role = vprod__strv_env (LEND (request->labels), "verify-prod.role");

  if (role && strcmp (role, "app") == 0)
    return MOCK_APP;
  if (role && strcmp (role, "database") == 0)
    return MOCK_DATABASE;
  if (role && strcmp (role, "service") == 0)
    return MOCK_SERVICE;
  return MOCK_ONCE;
}

static void add_settings (char ***settings, const char *name, const char *const *list)
{
  for (size_t i = 0; list && list[i]; i++)
    ck_assert_int_eq (vprod__strv_addf (settings, "%s=%s", name, list[i]), 0);
}

static char **settings_of (const vprod_container_request *request)
{
  const char *const user[] = { request->user, NULL };
  char **settings = NULL;

  add_settings (&settings, "user", user);
  add_settings (&settings, "tmpfs", request->tmpfs);
  add_settings (&settings, "volume", request->volumes);
  add_settings (&settings, "cap-drop", request->cap_drop);
  add_settings (&settings, "cap-add", request->cap_add);
  add_settings (&settings, "host", request->extra_hosts);
  add_settings (&settings, "mount", request->mounts);
  add_settings (&settings, "sysctl", request->sysctls);
  if (request->read_only)
    ck_assert_int_eq (vprod__strv_addf (&settings, "read-only"), 0);
  if (request->no_new_privileges)
    ck_assert_int_eq (vprod__strv_addf (&settings, "no-new-privileges"), 0);
  if (request->memory)
    ck_assert_int_eq (vprod__strv_addf (&settings, "memory=%lld", (long long) request->memory), 0);
  if (request->pids)
    ck_assert_int_eq (vprod__strv_addf (&settings, "pids=%lld", (long long) request->pids), 0);
  return settings;
}

int mock__add_container (struct mock *mock, const vprod_container_request *request, char **ret_id,
                         vprod_error **err)
{
  static const char *const names[] = { "", "app", "database", "once", "service" };
  struct mock_inside *in = mock->in;
  struct mock_container *container;
  struct mock_behaviour behaviour = { .role = role_of (request) };

  pthread_mutex_lock (&in->mutex);
  if (request->name && mock__find (mock, request->name)) {
    pthread_mutex_unlock (&in->mutex);
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the name %s is in use", request->name);
  }
  if (request->network && strcmp (request->network, "none") != 0
      && !mock__find_object (mock, VPROD_OBJECT_NETWORK, request->network)) {
    pthread_mutex_unlock (&in->mutex);
    return vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "no such network: %s", request->network);
  }
  behaviour.nth = ++in->n_roles[behaviour.role];
  pthread_mutex_unlock (&in->mutex);

  usual_behaviour (&behaviour);
  if (mock->on_container) {
    pthread_mutex_lock (&in->callback);
    mock->on_container (mock->data, request, &behaviour);
    pthread_mutex_unlock (&in->callback);
  }

  container = mock__alloc (sizeof *container);
  ck_assert_int_gt (asprintf (&container->id, "%s%d", names[behaviour.role], behaviour.nth), 0);
  container->name = mock__strdup (request->name);
  container->image = mock__strdup (request->image);
  container->network = mock__strdup (request->network);
  ck_assert_int_eq (vprod__strv_copy (LEND (request->env), &container->env), 0);
  ck_assert_int_eq (vprod__strv_copy (LEND (request->labels), &container->labels), 0);
  container->settings = settings_of (request);
  container->port = request->port;
  if (request->port)
    mock->published_on = request->publish_on;
  container->behaviour = behaviour;
  container->ends_at = INT64_MAX;
  *ret_id = mock__strdup (container->id);

  pthread_mutex_lock (&in->mutex);
  container->next = in->containers;
  in->containers = container;
  pthread_mutex_unlock (&in->mutex);
  return 0;
}

/* As mock__find, but also what was removed, so that tests can look back. */
static struct mock_container *find_any (struct mock *mock, const char *id)
{
  struct mock_container *c = mock->in->containers;

  while (c && strcmp (c->id, id) != 0)
    c = c->next;
  return c;
}

char **mock_container_env (struct mock *mock, const char *id)
{
  pthread_mutex_lock (&mock->in->mutex);
  struct mock_container *c = find_any (mock, id);
  pthread_mutex_unlock (&mock->in->mutex);
  return c ? c->env : NULL;
}

char **mock_container_labels (struct mock *mock, const char *id)
{
  pthread_mutex_lock (&mock->in->mutex);
  struct mock_container *c = find_any (mock, id);
  pthread_mutex_unlock (&mock->in->mutex);
  return c ? c->labels : NULL;
}

char **mock_container_settings (struct mock *mock, const char *id)
{
  pthread_mutex_lock (&mock->in->mutex);
  struct mock_container *c = find_any (mock, id);
  pthread_mutex_unlock (&mock->in->mutex);
  return c ? c->settings : NULL;
}

const char *mock_container_put (struct mock *mock, const char *id, size_t *ret_length)
{
  pthread_mutex_lock (&mock->in->mutex);
  struct mock_container *c = find_any (mock, id);
  pthread_mutex_unlock (&mock->in->mutex);
  *ret_length = c ? c->put.length : 0;
  return c ? vprod__buf_string (&c->put) : "";
}

void mock_end_container (struct mock *mock, const char *id, int exit_code)
{
  pthread_mutex_lock (&mock->in->mutex);
  struct mock_container *c = mock__find (mock, id);
  if (c) {
    c->ends_at = vprod__now_ms ();
    c->exit_code = exit_code;
  }
  pthread_mutex_unlock (&mock->in->mutex);
  ck_assert_msg (c != NULL, "there is no container %s", id);
}

/* ---- the other objects --------------------------------------------------------------------------------- */

struct mock_object *mock__find_object (struct mock *mock, vprod_object_kind kind, const char *id_or_name)
{
  for (struct mock_object *o = mock->in->objects; o; o = o->next)
    if (o->kind == kind && (strcmp (o->id, id_or_name) == 0 || (o->name && strcmp (o->name, id_or_name) == 0)))
      return o;
  return NULL;
}

void mock__remove_object (struct mock *mock, vprod_object_kind kind, const char *id_or_name)
{
  struct mock_object *object = mock__find_object (mock, kind, id_or_name);

  for (struct mock_object **link = &mock->in->objects; object && *link; link = &(*link)->next)
    if (*link == object) {
      *link = object->next;
      free_object (object);
      return;
    }
}

void mock_add_object (struct mock *mock, vprod_object_kind kind, const char *id, const char *const *labels)
{
  struct mock_object *object = mock__alloc (sizeof *object);

  object->kind = kind;
  object->id = mock__strdup (id);
  ck_assert_int_eq (vprod__strv_copy (LEND (labels), &object->labels), 0);
  pthread_mutex_lock (&mock->in->mutex);
  object->next = mock->in->objects;
  mock->in->objects = object;
  pthread_mutex_unlock (&mock->in->mutex);
}

void mock_set_created (struct mock *mock, vprod_object_kind kind, const char *id, int64_t created_at)
{
  pthread_mutex_lock (&mock->in->mutex);
  struct mock_object *object = mock__find_object (mock, kind, id);
  ck_assert_ptr_nonnull (object);
  object->created_at = created_at;
  pthread_mutex_unlock (&mock->in->mutex);
}

int mock_has_object (struct mock *mock, vprod_object_kind kind, const char *id)
{
  pthread_mutex_lock (&mock->in->mutex);
  int there = mock__find_object (mock, kind, id) != NULL || (kind == VPROD_OBJECT_CONTAINER && mock__find (mock, id));
  pthread_mutex_unlock (&mock->in->mutex);
  return there;
}

#define TAG_PREFIX "verify-prod-session/"

/* Counts, and names in the buffer (may be NULL). */
static int count_leftovers (struct mock *mock, struct vprod__buf *named)
{
  int n = 0;

  pthread_mutex_lock (&mock->in->mutex);
  for (struct mock_container *c = mock->in->containers; c; c = c->next)
    if (!c->gone) {
      n++;
      if (named)
        vprod__buf_addf (named, " container %s;", c->id);
    }
  for (struct mock_object *o = mock->in->objects; o; o = o->next)
    if (o->kind != VPROD_OBJECT_IMAGE_TAG || strncmp (o->id, TAG_PREFIX, strlen (TAG_PREFIX)) == 0) {
      n++;
      if (named)
        vprod__buf_addf (named, " %s %s;", o->kind == VPROD_OBJECT_IMAGE_TAG ? "tag" : "network or volume", o->id);
    }
  pthread_mutex_unlock (&mock->in->mutex);
  return n;
}

int mock_leftovers (struct mock *mock)
{
  return count_leftovers (mock, NULL);
}

void mock_assert_clean (struct mock *mock)
{
  _cleanup_buf_ struct vprod__buf named = { 0 };
  int n = count_leftovers (mock, &named);

  ck_assert_msg (n == 0, "left:%s", vprod__buf_string (&named));
}
