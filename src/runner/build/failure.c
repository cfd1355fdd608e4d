/* SPDX-License-Identifier: MIT */
/*
 * Whose fault a failed build is: the Dockerfile's, or of the engine, a registry, the network, the disk, the
 * builder. Builders give nothing but words. What is below was seen of Docker 20.10 to 28.5 and Podman 4.3 and 5.4,
 * or read in their sources. In doubt it is not the Dockerfile's: an error is looked at by a person, a wrong
 * verdict is believed.
 */
#include "runner/build/build.h"
#include "known/fault.h"
#include "util/text.h"

#include <string.h>
#include <strings.h>

static const char disk_full[] = "the disk that the engine builds on is full; it was at";
static const char nothing_to_add[] = "what an ADD of the Dockerfile names could not be had";

struct failure {
  const struct vprod__builder *builder;
  const struct vprod__progress_failure *said;
  const char *step;  /* "" if it was none */
  const char *error; /* the builder's word on the step, else its last words, without what they came through */
};

static int has_any (const char *text, const char *const *parts)
{
  for (; *parts; parts++)
    if (vprod__text_contains_nocase (text, *parts))
      return 1;
  return 0;
}

static int has_prefix (const char *text, const char *prefix)
{
  return strncasecmp (text, prefix, strlen (prefix)) == 0;
}

/* ---- what is told ------------------------------------------------------------------------------------------- */

static int set_error (const struct failure *failure, vprod_error_code code, vprod_error **err, const char *what)
{
  _cleanup_free_ char *words = vprod__build_shown (failure->error);

  if (!words)
    return vprod__error_no_memory (err);
  return vprod__error_set (err, code, 0, "%s: %s", what, *words ? words : "it did not say why");
}

static int blame_dockerfile (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  const char *telling = failure->said->telling, *code = vprod__build_exit_words (failure->error);
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (vprod__buf_addf (&text, "%s%s", telling, *telling && code ? code : failure->error) < 0)
    return vprod__error_no_memory (err);
  ret_facts->message = vprod__build_shown (text.data);
  ret_facts->failed_step = *failure->step ? vprod__build_shown (failure->step) : NULL;
  if (!ret_facts->message || (*failure->step && !ret_facts->failed_step))
    return vprod__error_no_memory (err);
  return 0;
}

/* ---- the step ----------------------------------------------------------------------------------------------- */

static int is_instruction (const char *step)
{
  static const char *const words[] = {
    "RUN ", "COPY ", "ADD ", "WORKDIR ", "ENV ", "ARG ", "USER ", "LABEL ", "EXPOSE ", "VOLUME ", "CMD ",
    "ENTRYPOINT ", "HEALTHCHECK ", "ONBUILD ", "SHELL ", "STOPSIGNAL ", "MAINTAINER ", NULL
  };

  for (size_t i = 0; words[i]; i++)
    if (has_prefix (step, words[i]))
      return 1;
  return 0;
}

/* ---- judging, from the surest on ---------------------------------------------------------------------------- */

static int tells_network (const char *text)
{
  static const char *const words[] = {
    "dial tcp", "i/o timeout", "connection refused", "connection reset", "no such host", "tls: ", "x509: ",
    "unexpected EOF", "context deadline exceeded", "server misbehaving", "request canceled", "proxyconnect",
    NULL
  };

  return has_any (text, words) || vprod__line_tells_network (text);
}

static int is_engine_gone (const struct failure *failure)
{
  static const char *const words[] = {
    "cannot connect to the docker daemon", "is the docker daemon running", "error during connect",
    "permission denied while trying to connect", "failed to connect to the docker api",
    "unable to connect to podman", "cannot connect to podman", "failed to dial grpc", "code = unavailable",
    "transport is closing", "error reading from server: eof", "failed to receive status",
    "no active session for", NULL
  };

  return has_any (failure->said->words, words) || has_any (failure->said->error, words);
}

/* What ADD asks for: BuildKit's words, and the classic builder's. */
static int is_server_at_fault (const char *error)
{
  static const char *const words[] = {
    "response status 5", "response status 429", " with status 5", " with status 429", NULL
  };

  return has_any (error, words);
}

/* A registry that answered that it has no such thing has done its work. */
static int is_definite_answer (const char *error)
{
  static const char *const yes[] = {
    "not found", "manifest unknown", "name unknown", "no such manifest", "no match for platform",
    "invalid reference format", "does not match the specified platform", "no matching manifest",
    "no image found in image index", "should not be blank", "index out of bounds", NULL
  };
  static const char *const no[] = {
    "credential", "access denied", "unauthorized", "authorization", "denied: ", NULL
  };

  return has_any (error, yes) && !has_any (error, no) && !tells_network (error);
}

static int is_about_registry (const char *error)
{
  static const char *const words[] = {
    "failed to resolve source metadata", "pull access denied", "failed to do request: ",
    "pinging container registry", "initializing source docker://", "error pulling image", "failed to authorize",
    "failed to fetch anonymous token", "failed to fetch oauth token", "toomanyrequests", "too many requests",
    "unauthorized: ", "failed to copy: http", "error getting credentials", "invalid from flag value",
    "short-name ", "/v2/\": ", "manifest for ", "manifest unknown", "no matching manifest", NULL
  };

  return has_any (error, words);
}

/* An image, or what ADD gets, could not be had. */
static int judge_image (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  size_t length = 0;
  const char *image = vprod__build_image_of_step (failure->step, &length);

  if (!image)
    image = vprod__build_image_of_error (failure->error, &length);
  if (!image) {
    image = "an image that the Dockerfile names";
    length = strlen (image);
  }
  if (is_definite_answer (failure->error))
    return blame_dockerfile (failure, ret_facts, err);
  _cleanup_free_ char *name = vprod__text_harmless (image, length), *words = vprod__build_shown (failure->error);
  if (!name || !words)
    return vprod__error_no_memory (err);
  return vprod__error_set (err, VPROD_ERROR_REGISTRY, 0, "%s could not be had from its registry: %s", name, words);
}

/* Does the container runtime say that it failed itself, not the program that it was to run? */
static int tells_runtime_fault (const char *text)
{
  static const char *const runtime[] = {
    "runc run failed", "OCI runtime create failed", "error running container: ", "failed to create shim", NULL
  };

  return has_any (text, runtime) && !vprod__fault_is_images (text) && !strstr (text, ": exec: \"")
         && !vprod__text_contains_nocase (text, "exec format error");
}

/* "WHAT STEP: text" */
static int set_step_error (const struct failure *failure, vprod_error_code code, vprod_error **err,
                           const char *what, const char *text)
{
  _cleanup_free_ char *step = vprod__build_shown (failure->step), *words = vprod__build_shown (text);

  if (!step || !words)
    return vprod__error_no_memory (err);
  return vprod__error_set (err, code, 0, "%s %s: %s", what, *step ? step : "the end of the build", words);
}

/* A step whose program ran, and said by its exit code that it failed. The error repeats the command, so that only
   what the program itself wrote can be looked at. */
static int judge_ran (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  const struct vprod__progress_failure *said = failure->said;

  if (tells_runtime_fault (said->telling))
    return set_step_error (failure, VPROD_ERROR_ENGINE, err, "the engine could not run", said->telling);
  if (*said->no_space)
    return set_step_error (failure, VPROD_ERROR_ENGINE, err, disk_full, said->no_space);
  if (*said->network)
    return set_step_error (failure, VPROD_ERROR_REGISTRY, err, "the network was not there for", said->network);
  return blame_dockerfile (failure, ret_facts, err);
}

/* Podman's and Docker's words. A program that wrote them and failed has an exit code. */
static int tells_lost_layer (const char *error)
{
  static const char *const words[] = {
    "layer not known", "image not known", "layer does not exist", "getting top layer info",
    "unable to find image \"sha256:", NULL
  };

  return has_any (error, words) && !vprod__build_exit_words (error);
}

static int judge_instruction (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  static const char *const engine[] = {
    "input/output error", "snapshot", "lease does not", "failed to mount", "read-only file system",
    "content digest", "cannot allocate memory", NULL
  };

  if (tells_runtime_fault (failure->error))
    return set_step_error (failure, VPROD_ERROR_ENGINE, err, "the engine could not run", failure->error);
  if (is_about_registry (failure->error))
    return judge_image (failure, ret_facts, err);
  if (tells_network (failure->error))
    return set_step_error (failure, VPROD_ERROR_REGISTRY, err, "the network was not there for", failure->error);
  if (has_prefix (failure->step, "ADD ") && is_server_at_fault (failure->error))
    return set_error (failure, VPROD_ERROR_REGISTRY, err, nothing_to_add);
  if (has_any (failure->error, engine))
    return set_step_error (failure, VPROD_ERROR_ENGINE, err, "the engine failed at", failure->error);
  return blame_dockerfile (failure, ret_facts, err);
}

/* What builders say of a Dockerfile before, or instead of, running a step of it. */
static int is_about_dockerfile (const struct failure *failure)
{
  static const char *const words[] = {
    "dockerfile parse error", "failed to create llb definition", "unknown instruction", "cannot be empty",
    "no contents in ", "target stage", "build target", "circular dependency", "invalid reference format",
    "base name", "no build stage", "requires at least", "requires exactly", "invalid from flag",
    "no stage or image found", "no match for platform", "exec format error", "failed to parse",
    "failed to process", "file not found in build context", "copy failed", "building at step",
    "returned a non-zero code", "the target \"", "no stages to build", NULL
  };

  return has_any (failure->said->words, words);
}

static int judge_step (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  size_t length;

  if (is_instruction (failure->step))
    return judge_instruction (failure, ret_facts, err);
  if (vprod__build_image_of_step (failure->step, &length) || is_about_registry (failure->error))
    return judge_image (failure, ret_facts, err);
  if (has_prefix (failure->step, "http://") || has_prefix (failure->step, "https://")
      || has_prefix (failure->step, "git")) {
    if (!tells_network (failure->error) && !is_server_at_fault (failure->error))
      return blame_dockerfile (failure, ret_facts, err);
    return set_error (failure, VPROD_ERROR_REGISTRY, err, nothing_to_add);
  }
  if (has_prefix (failure->step, "[internal] load build context")
      || has_prefix (failure->step, "[internal] load .dockerignore"))
    return set_error (failure, VPROD_ERROR_IO, err, "the build context could not be read");
  if (is_about_dockerfile (failure))
    return blame_dockerfile (failure, ret_facts, err);
  return set_error (failure, VPROD_ERROR_ENGINE, err, "the build failed");
}

static int judge_words (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  static const char *const engine[] = {
    "code = internal", "code = resourceexhausted", "code = deadlineexceeded", "snapshot", "lease does not",
    "input/output error", "context canceled", "permission denied", NULL
  };
  static const char *const context[] = {
    "error checking context", "no permission to read from", "error from sender", NULL
  };

  if (has_any (failure->said->words, context))
    return set_error (failure, VPROD_ERROR_IO, err, "the build context could not be read");
  if (is_about_registry (failure->error))
    return judge_image (failure, ret_facts, err);
  if (is_about_dockerfile (failure))
    return blame_dockerfile (failure, ret_facts, err);
  /* what BuildKit's frontend has against a Dockerfile it says before any step of it */
  if (has_any (failure->said->words, (const char *const[]) { "failed to solve", NULL })
      && !has_any (failure->said->words, engine) && !tells_network (failure->said->words))
    return blame_dockerfile (failure, ret_facts, err);
  return set_error (failure, VPROD_ERROR_ENGINE, err, failure->builder->words);
}

int vprod__build_lost_layer (const struct vprod__progress_failure *failure)
{
  return tells_lost_layer (vprod__build_skip_ways (*failure->error ? failure->error : failure->words));
}

int vprod__build_judge (const struct vprod__builder *builder, const struct vprod__spawn_end *end,
                        const struct vprod__progress_failure *said, vprod_build_facts *ret_facts,
                        vprod_error **err)
{
  _cleanup_free_ char *quiet_step = said->step ? strdup (said->step) : vprod__build_step_of_words (said->words);
  if (!quiet_step)
    return vprod__error_no_memory (err);
  const struct failure failure = {
    .builder = builder,
    .said = said,
    .step = quiet_step,
    .error = vprod__build_skip_ways (*said->error ? said->error : said->words),
  };
  const char *words = said->words;

  if (end->known && end->signal)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s was ended by signal %d (%s) while it built",
                             builder->path, end->signal, strsignal (end->signal));
  if (is_instruction (failure.step) && vprod__build_exit_words (failure.error))
    return judge_ran (&failure, ret_facts, err);
  if (*said->no_space || vprod__line_tells_no_space (words) || vprod__line_tells_no_space (said->error))
    return set_step_error (&failure, VPROD_ERROR_ENGINE, err, disk_full, failure.error);
  if (is_engine_gone (&failure))
    return set_error (&failure, VPROD_ERROR_UNREACHABLE, err, "the engine did not answer while it built");
  if (builder->kind == VPROD__BUILDER_LEGACY && vprod__text_contains_nocase (words, "requires BuildKit"))
    return set_error (&failure, VPROD_ERROR_BUILDER, err,
                      "this Dockerfile needs BuildKit, and no program was found that has it (install docker's "
                      "buildx plugin: the package docker-buildx)");
  if (has_prefix (words, "unknown flag: --") || has_prefix (words, "unknown shorthand flag"))
    return set_error (&failure, VPROD_ERROR_BUILDER, err, builder->words);
  if (tells_lost_layer (failure.error))
    return set_step_error (&failure, VPROD_ERROR_ENGINE, err, "the engine failed at", failure.error);
  if (*failure.step)
    return judge_step (&failure, ret_facts, err);
  return judge_words (&failure, ret_facts, err);
}
