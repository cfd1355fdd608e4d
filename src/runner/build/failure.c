/* SPDX-License-Identifier: MIT */
/*
 * Whose fault a failed build is: the Dockerfile's, or of the engine, a registry, the network, the disk, the
 * builder. Builders give nothing but words. What is below was seen of Docker 20.10 to 28.5 and Podman 4.3 and 5.4,
 * or read in their sources. In doubt it is not the Dockerfile's: an error is looked at by a person, a wrong
 * verdict is believed.
 */
#include "runner/build/build.h"
#include "known/fault.h"
#include "known/phrases.h"
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
  return vprod__says (VPROD__SAYS_BUILDER_NETWORK, text) || vprod__line_tells_network (text);
}

static int is_engine_gone (const struct failure *failure)
{
  return vprod__says (VPROD__SAYS_ENGINE_GONE, failure->said->words)
         || vprod__says (VPROD__SAYS_ENGINE_GONE, failure->said->error);
}

/* A registry that answered that it has no such thing has done its work. */
static int is_definite_answer (const char *error)
{
  return vprod__says (VPROD__SAYS_REGISTRY_ANSWER, error) && !vprod__says (VPROD__SAYS_REGISTRY_DENIAL, error)
         && !tells_network (error);
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
  return vprod__says (VPROD__SAYS_RUNTIME_FAULT, text) && !vprod__fault_is_images (text) && !strstr (text, ": exec: \"")
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
  return vprod__says (VPROD__SAYS_LOST_LAYER, error) && !vprod__build_exit_words (error);
}

static int judge_instruction (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  if (tells_runtime_fault (failure->error))
    return set_step_error (failure, VPROD_ERROR_ENGINE, err, "the engine could not run", failure->error);
  if (vprod__says (VPROD__SAYS_REGISTRY, failure->error))
    return judge_image (failure, ret_facts, err);
  if (tells_network (failure->error))
    return set_step_error (failure, VPROD_ERROR_REGISTRY, err, "the network was not there for", failure->error);
  if (has_prefix (failure->step, "ADD ") && vprod__says (VPROD__SAYS_SERVER_FAULT, failure->error))
    return set_error (failure, VPROD_ERROR_REGISTRY, err, nothing_to_add);
  if (vprod__says (VPROD__SAYS_ENGINE_FAULT, failure->error))
    return set_step_error (failure, VPROD_ERROR_ENGINE, err, "the engine failed at", failure->error);
  return blame_dockerfile (failure, ret_facts, err);
}

static int judge_step (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  size_t length;

  if (is_instruction (failure->step))
    return judge_instruction (failure, ret_facts, err);
  /* the spec names it, not the Dockerfile */
  if (has_prefix (failure->step, "[context ") && strstr (failure->step, "] load metadata for "))
    return set_error (failure, VPROD_ERROR_REGISTRY, err, "a named context (image.contexts) could not be had");
  if (vprod__build_image_of_step (failure->step, &length) || vprod__says (VPROD__SAYS_REGISTRY, failure->error))
    return judge_image (failure, ret_facts, err);
  if (has_prefix (failure->step, "[context "))
    return set_error (failure, VPROD_ERROR_IO, err, "a named context (image.contexts) could not be read");
  if (has_prefix (failure->step, "http://") || has_prefix (failure->step, "https://")
      || has_prefix (failure->step, "git")) {
    if (!tells_network (failure->error) && !vprod__says (VPROD__SAYS_SERVER_FAULT, failure->error))
      return blame_dockerfile (failure, ret_facts, err);
    return set_error (failure, VPROD_ERROR_REGISTRY, err, nothing_to_add);
  }
  if (has_prefix (failure->step, "[internal] load build context")
      || has_prefix (failure->step, "[internal] load .dockerignore"))
    return set_error (failure, VPROD_ERROR_IO, err, "the build context could not be read");
  if (vprod__says (VPROD__SAYS_DOCKERFILE_FAULT, failure->said->words))
    return blame_dockerfile (failure, ret_facts, err);
  return set_error (failure, VPROD_ERROR_ENGINE, err, "the build failed");
}

static int judge_words (const struct failure *failure, vprod_build_facts *ret_facts, vprod_error **err)
{
  if (vprod__says (VPROD__SAYS_CONTEXT_FAULT, failure->said->words))
    return set_error (failure, VPROD_ERROR_IO, err, "the build context could not be read");
  if (vprod__says (VPROD__SAYS_REGISTRY, failure->error))
    return judge_image (failure, ret_facts, err);
  if (vprod__says (VPROD__SAYS_DOCKERFILE_FAULT, failure->said->words))
    return blame_dockerfile (failure, ret_facts, err);
  /* what BuildKit's frontend has against a Dockerfile it says before any step of it */
  if (vprod__text_contains_nocase (failure->said->words, "failed to solve")
      && !vprod__says (VPROD__SAYS_ENGINE_FAULT_NO_STEP, failure->said->words) && !tells_network (failure->said->words))
    return blame_dockerfile (failure, ret_facts, err);
  return set_error (failure, VPROD_ERROR_ENGINE, err, failure->builder->words);
}

int vprod__build_lost_layer (const struct vprod__progress_failure *failure)
{
  return tells_lost_layer (vprod__build_skip_ways (*failure->error ? failure->error : failure->words));
}

int vprod__builder_judge (const struct vprod__builder *builder, const struct vprod__spawn_end *end,
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
  if (vprod__text_contains_nocase (words, "unsupported frontend capability"))
    return set_error (&failure, VPROD_ERROR_UNSUPPORTED, err,
                      "the engine's BuildKit is too old: image.contexts needs Docker 23 or later (or a builder of "
                      "buildx of its own), or Podman 4.2 or later");
  if (has_prefix (words, "unknown flag: --") || has_prefix (words, "unknown shorthand flag"))
    return set_error (&failure, VPROD_ERROR_BUILDER, err, builder->words);
  if (tells_lost_layer (failure.error))
    return set_step_error (&failure, VPROD_ERROR_ENGINE, err, "the engine failed at", failure.error);
  if (*failure.step)
    return judge_step (&failure, ret_facts, err);
  return judge_words (&failure, ret_facts, err);
}
