/* SPDX-License-Identifier: MIT */
/* The mock's engine, its builds and its images. */
#include "mock_inside.h"

#include "util/cancel.h"

static void lock (struct mock *mock)
{
  pthread_mutex_lock (&mock->in->mutex);
}

static void unlock (struct mock *mock)
{
  pthread_mutex_unlock (&mock->in->mutex);
}

/* ---- engine, builds ------------------------------------------------------------------------------------ */

int mock__engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *ret, vprod_error **err)
{
  ENTER ("engine_facts", "");
  ret->name = mock__strdup (mock->engine.name);
  ret->version = mock__strdup (mock->engine.version);
  ret->api_version = mock__strdup (mock->engine.api_version);
  ret->endpoint = mock__strdup (mock->engine.endpoint);
  ret->published_host = mock__strdup (mock->engine.published_host);
  ret->container = mock__strdup (mock->engine.container);
  ret->container_joins = mock->engine.container_joins;
  ret->container_gateway = mock__strdup (mock->engine.container_gateway);
  ret->os = mock__strdup (mock->engine.os);
  ret->architecture = mock__strdup (mock->engine.architecture);
  ret->remote = mock->engine.remote;
  ret->processors = mock->engine.processors;
  ret->userns_remap = mock->engine.userns_remap;
  ret->rootless = mock->engine.rootless;
  ret->system_time = mock->engine.system_time;
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

/* What is called back is not the mock's. */
static int tell_step (const vprod_build_request *request, const vprod_build_step *step)
{
  mock__own_code--;
  int stop = request->on_step (request->data, step);
  mock__own_code++;
  return stop;
}

static int tell_steps (const struct mock_build *build, const vprod_build_request *request)
{
  for (const struct mock_step *s = build->steps; request->on_step && s && s->key; s++) {
    vprod_build_step step = { sizeof step, s->key, s->stage, s->text, s->name, VPROD_STEP_STARTED, s->inputs };
    if (s->state != VPROD_STEP_CACHED && tell_step (request, &step) != 0)
      return 1;
    step.state = s->state;
    if (tell_step (request, &step) != 0)
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
  for (size_t i = 0; request->tags && request->tags[i]; i++) { /* one that was there is set anew */
    mock__remove_object (mock, VPROD_OBJECT_IMAGE_TAG, request->tags[i]);
    mock_add_object (mock, VPROD_OBJECT_IMAGE_TAG, request->tags[i], NULL);
  }
  return 0;
}

int mock__build (void *runner, const vprod_call *call, const vprod_build_request *request, vprod_build_facts *ret,
                  vprod_error **err)
{
  ENTER ("build", request->tags && request->tags[0] ? request->tags[0] : request->context_dir);
  r = do_build (mock, call, request, ret, err);
  LEAVE (r);
}

/* ---- images -------------------------------------------------------------------------------------------- */

int mock__has_image (struct mock *mock, const char *image)
{
  lock (mock);
  int there = mock->has_all_images || strcmp (image, mock->image.facts.id) == 0
              || mock__find_object (mock, VPROD_OBJECT_IMAGE_TAG, image);
  unlock (mock);
  return there;
}

int mock__image_pull (void *runner, const vprod_call *call, const char *image, const char *platform,
                       vprod_error **err)
{
  ENTER ("image_pull", image);
  (void) platform;
  if (!mock__has_image (mock, image))
    mock_add_object (mock, VPROD_OBJECT_IMAGE_TAG, image, NULL);
  LEAVE (0);
}

int mock__image_facts (void *runner, const vprod_call *call, const char *image, vprod_image_facts *ret,
                        vprod_error **err)
{
  ENTER ("image_facts", image);
  const vprod_image_facts *facts = &mock->image.facts;
  if (!mock__has_image (mock, image))
    LEAVE (mock__no_such (err, "image", image));
  ret->id = mock__strdup (facts->id);
  ret->os = mock__strdup (facts->os);
  ret->architecture = mock__strdup (facts->architecture);
  ret->variant = mock__strdup (facts->variant);
  ret->user = mock__strdup (facts->user);
  ret->working_dir = mock__strdup (facts->working_dir);
  ret->stop_signal = mock__strdup (facts->stop_signal);
  ret->env = mock__copy_list (facts->env);
  ret->entrypoint = mock__copy_list (facts->entrypoint);
  ret->cmd = mock__copy_list (facts->cmd);
  ret->labels = mock__copy_list (facts->labels);
  ret->exposed_ports = mock__copy_list (facts->exposed_ports);
  ret->volumes = mock__copy_list (facts->volumes);
  ret->healthcheck = mock__copy_list (facts->healthcheck);
  ret->bytes = facts->bytes;
  ret->onbuild = mock__copy_list (facts->onbuild);
  ret->shell = mock__copy_list (facts->shell);
  ret->healthcheck_timeout_ms = facts->healthcheck_timeout_ms;
  ret->healthcheck_start_period_ms = facts->healthcheck_start_period_ms;
  LEAVE (0);
}

int mock__image_history (void *runner, const vprod_call *call, const char *image,
                          int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                          vprod_error **err)
{
  ENTER ("image_history", image);
  if (!mock__has_image (mock, image))
    LEAVE (mock__no_such (err, "image", image));
  for (const struct mock_history *h = mock->image.history; h && h->created_by; h++) {
    vprod_history_entry entry = { sizeof entry, h->created_by, h->comment, h->bytes };
    if (on_entry (data, &entry) != 0)
      break;
  }
  LEAVE (0);
}

int mock__image_export (void *runner, const vprod_call *call, const char *image, vprod_bytes_fn on_bytes,
                         void *data, vprod_error **err)
{
  ENTER ("image_export", image);
  if (!mock__has_image (mock, image))
    LEAVE (mock__no_such (err, "image", image));
  if (mock->image.archive)
    on_bytes (data, mock->image.archive, mock->image.archive_length);
  else {
    struct vprod__buf small = mock__small_image ();
    on_bytes (data, small.data, small.length);
    vprod__buf_clear (&small);
  }
  LEAVE (0);
}

int mock__image_remove (void *runner, const vprod_call *call, const char *tag, vprod_error **err)
{
  ENTER ("image_remove", tag);
  lock (mock);
  mock__remove_object (mock, VPROD_OBJECT_IMAGE_TAG, tag);
  unlock (mock);
  LEAVE (0);
}

