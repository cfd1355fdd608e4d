/* SPDX-License-Identifier: MIT */
/* The build slot: finds the program, runs it, reads what it says, and tells what came of it. */
#include "runner/build/build.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/file.h"
#include "util/strv.h"

extern char **environ;

#define MAX_AGAIN 2

struct work {
  const vprod_build_request *request;
  char *const *given; /* options */
  struct vprod__progress *progress;
  int may_lose;    /* 1: a lost layer is no failure yet, as the build is tried again */
  int tar_stopped; /* on_tar wants no more */
};

static int on_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct work *work = data;

  if (!work->request->output_tar || stream != VPROD_STREAM_STDOUT)
    return vprod__progress_feed (work->progress, stream, bytes, length) != 0;
  work->tar_stopped = work->request->on_tar && work->request->on_tar (work->request->data, bytes, length) != 0;
  return work->tar_stopped;
}

/* Builders wait for a FIFO of that name. */
static int check_ignore_files (const vprod_build_request *request, vprod_error **err)
{
  const char *const within[] = { request->context_dir, "/" }, *const beside[] = { request->dockerfile, "" };
  const char *const *const places[] = { within, beside };
  static const char *const names[] = { ".dockerignore", ".containerignore" };

  for (size_t i = 0; i < 4; i++) {
    _cleanup_free_ char *path = vprod__asprintf ("%s%s%s", places[i / 2][0], places[i / 2][1], names[i % 2]);
    if (!path)
      return vprod__error_no_memory (err);
    int r = vprod__file_check (path, err);
    if (r < 0) {
      vprod__error_prefix (err, "cannot build");
      return r;
    }
  }
  return 0;
}

static int check_request (const vprod_build_request *request, vprod_error **err)
{
  struct stat st;

  if (stat (request->context_dir, &st) < 0)
    return vprod__error_set (err, errno == ENOENT || errno == ENOTDIR ? VPROD_ERROR_IMAGE : VPROD_ERROR_IO, errno,
                             "cannot build: the context folder %s", request->context_dir);
  if (!S_ISDIR (st.st_mode))
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "cannot build: the context %s is not a folder",
                             request->context_dir);
  if (stat (request->dockerfile, &st) < 0)
    return vprod__error_set (err, errno == ENOENT || errno == ENOTDIR ? VPROD_ERROR_IMAGE : VPROD_ERROR_IO, errno,
                             "cannot build: the Dockerfile %s", request->dockerfile);
  if (S_ISDIR (st.st_mode))
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "cannot build: the Dockerfile %s is a folder",
                             request->dockerfile);
  if (!S_ISREG (st.st_mode))
    return vprod__error_set (err, VPROD_ERROR_IO, 0, "cannot build: the Dockerfile %s is %s, not a regular file",
                             request->dockerfile, vprod__irregular (st.st_mode));
  if (access (request->dockerfile, R_OK) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot build: the Dockerfile %s", request->dockerfile);
  return check_ignore_files (request, err);
}

/* The program that builds here; found once, kept with the runner. Two threads that ask at once both look. */
static int get_builder (struct vprod__docker *docker, const vprod_call *call, char *const *env,
                        const struct vprod__builder **ret, vprod_error **err)
{
  _cleanup_builder_ struct vprod__builder *found = NULL;
  struct vprod__engine_id engine;

  pthread_mutex_lock (&docker->lock);
  *ret = docker->builder;
  pthread_mutex_unlock (&docker->lock);
  if (*ret)
    return 0;
  int r = vprod__docker_identify (docker, call, &engine, err);
  if (r < 0 || (r = vprod__builder_find (engine.podman, env, call, &found, err)) < 0)
    return r;
  pthread_mutex_lock (&docker->lock);
  if (!docker->builder)
    docker->builder = vprod__steal (&found);
  *ret = docker->builder;
  pthread_mutex_unlock (&docker->lock);
  return 0;
}

static enum vprod__progress_kind progress_kind (const struct vprod__builder *builder)
{
  switch (builder->kind) {
  case VPROD__BUILDER_BUILDX:
    return builder->rawjson ? VPROD__PROGRESS_RAWJSON : VPROD__PROGRESS_PLAIN;
  case VPROD__BUILDER_BUILDKIT:
    break;
  case VPROD__BUILDER_LEGACY:
    return VPROD__PROGRESS_LEGACY;
  case VPROD__BUILDER_PODMAN:
    return VPROD__PROGRESS_PODMAN;
  }
  return VPROD__PROGRESS_PLAIN;
}

/* The error for a timeout or a cancel, with the step that was running. */
static int tell_interruption (const struct work *work, const struct vprod__builder *builder, int r,
                              vprod_error **err)
{
  const char *running = vprod__progress_running (work->progress);

  if (r == -VPROD_ERROR_TIMEOUT)
    return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "the build (%s) did not end in time%s%s", builder->words,
                             running ? "; it was at " : "", running ? running : "");
  if (r == -VPROD_ERROR_CANCELLED)
    return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "the build (%s) was cancelled%s%s", builder->words,
                             running ? " at " : "", running ? running : "");
  return r;
}

static int is_success (const struct vprod__spawn_end *end, const vprod_build_request *request,
                       const struct vprod__build_files *files, const struct vprod__progress_failure *failure)
{
  if (end->known)
    return end->exit_code == 0;
  /* the calling program has reaped the child; whether there is an image tells as much */
  return request->output_tar ? !failure->step && !*failure->words : vprod__build_has_image (files);
}

/* What somebody else removed while it was needed. */
enum lost { LOST_NOTHING = 0, LOST_IMAGE, LOST_LAYER };

/* Judges a program that has ended. An enum lost: the image is gone again, or there is none because a layer is gone. */
static int conclude (struct vprod__docker *docker, const vprod_call *call, const struct vprod__builder *builder,
                     const struct vprod__build_files *files, struct work *work, const struct vprod__spawn_end *end,
                     vprod_build_facts *ret_facts, vprod_error **err)
{
  struct vprod__progress_failure failure;

  if (vprod__progress_get_failure (work->progress, &failure) < 0)
    return vprod__error_no_memory (err);
  int succeeded = is_success (end, work->request, files, &failure);
  if (vprod__progress_finish (work->progress, !succeeded) < 0
      || vprod__progress_get_failure (work->progress, &failure) < 0) /* now that the last output is in */
    return vprod__error_no_memory (err);
  if (!succeeded && work->may_lose && vprod__build_lost_layer (&failure))
    return LOST_LAYER;
  if (!succeeded)
    return vprod__builder_judge (builder, end, &failure, ret_facts, err);
  int r = work->request->output_tar
            ? 1 : vprod__build_image_id (docker, call, files, work->request, &ret_facts->image_id, err);
  ret_facts->succeeded = r == 1;
  return r < 0 ? r : r == 0 ? LOST_IMAGE : LOST_NOTHING;
}

static int run (struct vprod__docker *docker, const vprod_call *call, const struct vprod__builder *builder,
                char *const *env, const struct vprod__build_files *files, struct work *work,
                vprod_build_facts *ret_facts, vprod_error **err)
{
  _cleanup_strv_ char **argv = NULL, **envp = NULL;
  struct vprod__spawn_end end = { .known = 0 };

  if (vprod__build_command (builder, &docker->endpoint, work->request, files, work->given, &argv) < 0
      || vprod__build_environment (builder, &docker->endpoint, env, &envp) < 0)
    return vprod__error_no_memory (err);
  const struct vprod__spawn what = {
    .path = builder->path,
    .argv = (const char *const *) argv,
    .envp = (const char *const *) envp,
    /* podman writes the heads of steps to one stream and their errors to the other: only together they have an order */
    .merge = builder->kind == VPROD__BUILDER_PODMAN && !work->request->output_tar,
    .on_output = on_output,
    .data = work,
  };
  int r = vprod__spawn_run (call, &what, &end, err);
  if (r < 0)
    return tell_interruption (work, builder, r, err);
  if (end.stopped) /* by a callback, unless memory was short */
    return vprod__progress_feed (work->progress, VPROD_STREAM_STDERR, "", 0) < 0 ? vprod__error_no_memory (err) : 0;
  return conclude (docker, call, builder, files, work, &end, ret_facts, err);
}

/* 0, negative, or an enum lost. */
static int build_once (struct vprod__docker *docker, const vprod_call *call, const struct vprod__builder *builder,
                       char *const *env, const vprod_build_request *request, char *const *given,
                       const struct vprod__progress_sink *sink, int may_lose, vprod_build_facts *ret_facts,
                       vprod_error **err)
{
  _cleanup_ (vprod__build_files_remove) struct vprod__build_files files = { NULL, NULL, NULL };
  _cleanup_ (vprod__progress_freep) struct vprod__progress *progress = NULL;
  int r = vprod__build_files_make (env, &files, err);

  if (r < 0)
    return r;
  if (vprod__progress_new (progress_kind (builder), sink, &progress) < 0)
    return vprod__error_no_memory (err);
  struct work work = { .request = request, .given = given, .progress = progress, .may_lose = may_lose };
  return run (docker, call, builder, env, &files, &work, ret_facts, err);
}

int vprod__docker_build (void *runner, const vprod_call *call, const vprod_build_request *request,
                         vprod_build_facts *ret_facts, vprod_error **err)
{
  struct vprod__docker *docker = runner;
  const struct vprod__builder *builder;
  const struct vprod__progress_sink told = { request->on_step, request->on_log, request->data }, silent = { NULL };
  _cleanup_ (vprod__build_given_clear) struct vprod__build_given given = { 0 };
  _cleanup_strv_ char **env = NULL;

  if (vprod__build_inherit (&docker->endpoint, environ, &env) < 0)
    return vprod__error_no_memory (err);
  int r = check_request (request, err);
  if (r < 0 || (r = get_builder (docker, call, env, &builder, err)) < 0)
    return r;
  if (request->output_tar && builder->kind == VPROD__BUILDER_LEGACY)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "%s cannot give a build's files as an archive: that needs BuildKit (install docker's "
                             "buildx plugin: the package docker-buildx)", builder->words);
  r = vprod__build_given_make (builder, &docker->endpoint, request, env, &given, err);
  if (r < 0)
    return r;
  if (!(ret_facts->builder = strdup (builder->words)))
    return vprod__error_no_memory (err);
  /* Somebody who removes the last tag of an image removes the image, and with it a tag that a build of the same
     content puts on it at that moment, or a layer that a build is about to take from the cache. It is then done
     again; where only the tag was lost, its steps were told already. What was given of an archive cannot be taken
     back. */
  r = LOST_LAYER;
  for (int again = 0; r > 0 && again <= MAX_AGAIN; again++) {
    const struct vprod__progress_sink *sink = r == LOST_IMAGE ? &silent : &told;
    r = build_once (docker, call, builder, env, request, given.options, sink, again < MAX_AGAIN && !request->output_tar, ret_facts, err);
  }
  if (r > 0)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "%s says that it built the image, but the engine at %s does not have it: does this "
                             "builder keep its results elsewhere?", builder->words, docker->endpoint.url);
  return r;
}
