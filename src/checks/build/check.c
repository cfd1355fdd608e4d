/* SPDX-License-Identifier: MIT */
/*
 * build: does the Dockerfile build? The image is the session's first fixture; this check owns it and judges how it
 * came to be. A Dockerfile that cannot be built is a `fail`; an engine, builder, disk or registry that cannot
 * build is an error of the fixture, and an `error` here.
 */
#include "checks/build/facts.h"
#include "checks/check.h"
#include "known/phrases.h"
#include "util/file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

/* ---- judging ------------------------------------------------------------------------------------------- */

static int judge_good (const struct vprod__image *image, vprod_result *result)
{
  size_t ran = 0, cached = 0;
  char time[32];

  for (size_t i = 0; i < image->steps.count; i++) {
    const struct vprod__step *step = &image->steps.list[i];
    if (!vprod__step_is_instruction (step))
      continue;
    if (step->state == VPROD_STEP_CACHED)
      cached++;
    else
      ran++;
  }
  vprod__format_ms (image->build_ms, time, sizeof time);
  vprod__result_evidence (result, "image", "%s", image->ref);
  if (image->facts.id)
    vprod__result_evidence (result, "image_id", "%s", image->facts.id);
  if (image->build.builder)
    vprod__result_evidence (result, "builder", "%s", image->build.builder);
  vprod__result_evidence (result, "steps_ran", "%zu", ran);
  vprod__result_evidence (result, "steps_cached", "%zu", cached);
  if (ran + cached == 0)
    return vprod__result_pass (result, "built in %s", time);
  return vprod__result_pass (result, "built in %s: %zu step%s ran, %zu came from the cache", time, ran,
                             ran == 1 ? "" : "s", cached);
}

/* The last line that says something. */
static char *last_line (const char *text)
{
  size_t end = strlen (text);

  while (end > 0 && strchr (" \t\r\n", text[end - 1]))
    end--;
  size_t start = end;
  while (start > 0 && text[start - 1] != '\n')
    start--;
  return strndup (text + start, end - start);
}

/* "#5 [2/3] RUN x || echo 'not found'": what a builder says of a step before it runs. */
static int is_step (const char *line, size_t length)
{
  size_t digits = length > 0 && line[0] == '#' ? strspn (line + 1, "0123456789") : 0;

  return digits > 0 && digits + 2 < length && line[digits + 1] == ' ' && line[digits + 2] == '[';
}

/* The first line of the log in which something says that it failed: where the reason stands far above the end. */
static char *first_complaint (const char *log, size_t length)
{
  static const char by_another[] = "subprocess-exited-with-error"; /* pip, before it shows what that one said */

  for (const char *line = log, *end = log + length; line < end;) {
    const char *stop = memchr (line, '\n', (size_t) (end - line));
    size_t n = (size_t) ((stop ? stop : end) - line);
    if (!is_step (line, n) && vprod__phrase_in (VPROD__SAYS_COMPLAINT, line, n)
        && !memmem (line, n, by_another, strlen (by_another)))
      return vprod__text_harmless (line, n);
    line += n + 1;
  }
  return strdup ("");
}

/* Of what the builder says of a step, the line that a person would read first: "" where that is the last one alone. Where
   none has a word that is looked for, it is the first one if lines were left out after it, as those that stand far above the
   end were chosen for what they say; else the program's last one. What Python says of an exception it says at its end. */
static char *find_reason (const char *message)
{
  size_t end = strlen (message);

  while (end > 0 && strchr (" \t\r\n", message[end - 1]))
    end--;
  while (end > 0 && message[end - 1] != '\n')
    end--;
  _cleanup_free_ char *said = strndup (message, end), *line = first_complaint (message, end);
  if (!said || !line)
    return NULL;
  if (!*line && strstr (said, "\n…\n"))
    return strndup (said, strcspn (said, "\n"));
  return !*line || strstr (line, "Traceback (") ? last_line (said) : vprod__steal (&line);
}

static int judge_bad (const struct vprod__build_ground *ground, vprod_result *result)
{
  const struct vprod__image *image = ground->image;
  const char *message = image->build.message ? image->build.message : image->why ? image->why : "";
  const char *step = image->build.failed_step ? image->build.failed_step : "";
  _cleanup_free_ char *line = last_line (message), *reason = find_reason (message);
  _cleanup_free_ char *stages = vprod__strv_join (ground->stages, ", ");
  _cleanup_free_ char *complaint = NULL;

  if (!line || !reason || !stages)
    return -1;
  if (image->build.builder)
    vprod__result_evidence (result, "builder", "%s", image->build.builder);
  if (*step) {
    vprod__result_evidence (result, "failed_step", "%s", step);
    vprod__result_fail (result, "the image does not build: it failed at `%s`: %s%s%.200s", step, line,
                        *reason ? ": " : "", reason);
  }
  else
    vprod__result_fail (result, "the image does not build: %s", line);
  if (strchr (message, '\n'))
    vprod__result_evidence (result, "builder_says", "%s", message);
  vprod__result_remedy (result, "%s", vprod__build_remedy (message, step));
  if (ground->target && (vprod__text_contains_nocase (message, "target stage")
                         || vprod__text_contains_nocase (message, "build target")))
    vprod__result_remedy (result, "image.target is \"%s\"; the stages of %s are: %s", ground->target,
                          ground->dockerfile, *stages ? stages : "none has a name");
  if (image->log) {
    complaint = first_complaint (image->log, image->log_length);
    if (!complaint)
      return -1;
    if (*complaint)
      vprod__result_evidence (result, "first_complaint", "%s", complaint);
    vprod__result_log_tail (result, image->log, image->log_length);
  }
  return 0;
}

int vprod__judge_build (const struct vprod__build_ground *ground, vprod_result *result)
{
  if (ground->image->usable)
    return judge_good (ground->image, result);
  if (ground->context_missing) {
    vprod__result_fail (result, "the image does not build: there is no build context %s", ground->context);
    vprod__result_remedy (result,
                          "Make the folder, or name the right one in image.context, relative to the spec.");
    return 0;
  }
  if (ground->dockerfile_missing) {
    vprod__result_fail (result, "the image does not build: there is no Dockerfile %s", ground->dockerfile);
    vprod__result_remedy (result, "Write %s, or name the right file in image.dockerfile, relative to the spec.",
                          ground->dockerfile);
    return 0;
  }
  return judge_bad (ground, result);
}

/* A failed build for another processor whose programs the engine did not run says nothing of the Dockerfile. */
static int is_foreign (const struct vprod__image *image, const char *platform, const char *architecture)
{
  const char *asked = platform ? strchr (platform, '/') : NULL;
  size_t length = asked ? strcspn (++asked, "/") : 0;

  return length > 0 && architecture && *architecture && image->build.message
         && vprod__text_contains_nocase (image->build.message, "exec format error")
         && (strlen (architecture) != length || strncmp (asked, architecture, length) != 0);
}

/* ---- gathering ----------------------------------------------------------------------------------------- */

static int look_at_platform (vprod_session *session, const struct vprod__image *image, vprod_error **err)
{
  const char *platform = vprod__session_spec (session)->image.platform;
  const vprod_engine_facts *engine;
  int r = vprod__get_engine (session, &engine, err);

  if (r < 0 || !is_foreign (image, platform, engine->architecture))
    return r;
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                           "cannot tell whether the image builds for %s: this engine's processor is %s, and it does not run "
                           "the other's programs (`%s`: exec format error). Install emulation on the engine's host "
                           "(binfmt, qemu-user-static), or verify on a machine of that platform",
                           platform, engine->architecture,
                           image->build.failed_step ? image->build.failed_step : "a step");
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  const struct vprod__image *image;
  _cleanup_strv_ char **stages = NULL;
  int r;

  r = vprod__get_image (session, &image, err);
  if (r < 0)
    return r;
  if (image->given && !image->usable)
    return vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "the image that image.ref names cannot be had: %s: %s",
                             spec->image.ref, image->why ? image->why : "the engine does not have it");
  if (image->given)
    return vprod__result_skip (result, "nothing is built: the spec names an image that exists, %s",
                               spec->image.ref);

  struct vprod__build_ground ground = {
    .image = image,
    .dockerfile = spec->image.dockerfile,
    .context = spec->image.context,
    .target = spec->image.target,
  };
  if (!image->usable) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    r = look_at_platform (session, image, err);
    if (r < 0)
      return r;
    ground.dockerfile_missing = ground.dockerfile && access (ground.dockerfile, F_OK) != 0;
    ground.context_missing = access (ground.context, F_OK) != 0;
    /* for the remedy alone: a file that cannot be read has no stages to tell of */
    if (ground.dockerfile && vprod__file_read (ground.dockerfile, 1 << 20, &text, NULL) == 0
        && vprod__dockerfile_stages (vprod__buf_string (&text), &stages) < 0)
      return vprod__error_no_memory (err);
    ground.stages = stages;
  }
  if (vprod__judge_build (&ground, result) < 0)
    return vprod__error_no_memory (err);
  return vprod__result_status (result, err);
}

const struct vprod__check vprod__check_build = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "build",
    .title = "The Dockerfile builds",
    .what = "Builds the spec's Dockerfile from its context, with its target, platform and arguments, through the "
            "engine's own command line program, so that your credentials, builders and .dockerignore apply. "
            "Passes when the build succeeds. The image is tagged for this run only and removed at its end.",
    .why = "Everything else is judged on this image. A Dockerfile that builds on its author's machine only, from "
           "files that are not in the context, cannot be delivered.",
    .remedy = "The failing step and the builder's last words are in the report. Run the same with `verify-prod "
              "build` to see all of it.",
    .run = vprod_check_build,
  },
  .app_use = VPROD__APP_NONE,
  .run = run,
};

int vprod_check_build (vprod_session *session, vprod_result **ret_result, vprod_error **err)
{
  return vprod__check_run (&vprod__check_build, session, ret_result, err);
}
