/* SPDX-License-Identifier: MIT */
/* [ContainerLogs, ContainerExec, ExecStart, ExecInspect] */
#include "runner/docker/container_state.h"
#include "known/fault.h"
#include "runner/docker/frames.h"
#include "runner/docker/json.h"
#include "util/cancel.h"
#include "util/text.h"

#include <string.h>

#define EXEC_POLL_MS 10
#define START_POLL_MS 20

static int frames_error (const struct vprod__api *api, const struct vprod__frames *frames, vprod_error **err)
{
  const char *url = api->docker->endpoint.url;

  switch (frames->end) {
  case VPROD__FRAMES_STOPPED:
    return 0;
  case VPROD__FRAMES_SAID: {
    _cleanup_free_ char *said = vprod__text_harmless (frames->fault, frames->fault_length);
    return said ? vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: the engine at %s says: %s", api->what, url,
                                    said)
                : vprod__error_no_memory (err);
  }
  case VPROD__FRAMES_BROKEN:
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: the engine at %s sent output that is not in frames",
                             api->what, url);
  case VPROD__FRAMES_GOING:
    break;
  }
  if (!vprod__frames_whole (frames))
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: the engine at %s broke the output off", api->what,
                             url);
  return 0;
}

/* Output is being followed: nothing will be missed from here on. */
static void on_open (void *data)
{
  struct vprod__frames *frames = data;

  frames->on_output (frames->data, VPROD_STREAM_STDOUT, "", 0);
}

/* Waits until the container was started. */
static int wait_started (struct vprod__api *api, const char *id, vprod_error **err)
{
  for (;;) {
    _cleanup_json_ json_t *json = NULL;
    int r = vprod__container_inspect (api, id, &json, err);
    if (r == 0 && !vprod__container_is_created (json))
      return 0;
    if (r == 0)
      r = vprod__call_sleep (api->call, START_POLL_MS, api->what, err);
    if (r < 0)
      return r;
  }
}

/*
 * Logs hold a line back until it ends; who is attached gets every byte at once. One can attach without missing any only
 * before the start, and to Docker alone: Podman's logs are waited for.
 */
static int choose_stream (struct vprod__api *api, const char *id, const json_t *json, int follow,
                          struct vprod__frames *frames, struct vprod__request *ret, vprod_error **err)
{
  if (!follow || !vprod__container_is_created (json))
    return 0;
  if (!api->engine.podman) {
    ret->method = "POST";
    ret->on_open = on_open;
    return 0;
  }
  on_open (frames);
  return wait_started (api, id, err);
}

int vprod__docker_container_logs (void *runner, const vprod_call *call, const char *id, int follow,
                                  vprod_output_fn on_output, void *data, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_json_ json_t *json = NULL;
  int r = vprod__api_begin (&api, runner, call, err, "reading the output of the container %.*s",
                            VPROD__SHORT (id));

  if (r == 0)
    r = vprod__container_inspect (&api, id, &json, err);
  if (r < 0)
    return r;
  struct vprod__frames frames = { .on_output = on_output, .data = data,
                                  .raw = json_is_true (vprod__json_at (json, "Config.Tty")) };
  struct vprod__request request = { .method = "GET", .on_body = vprod__frames_feed, .data = &frames };
  r = choose_stream (&api, id, json, follow, &frames, &request, err);
  if (r < 0)
    return r;
  _cleanup_free_ char *path
      = request.on_open
            ? vprod__api_path (&api, "/containers/{}/attach?stream=1&stdout=1&stderr=1", id)
            : vprod__api_path (&api, "/containers/{}/logs?stdout=1&stderr=1&follow={}", id, follow ? "1" : "0");
  request.path = path;
  r = vprod__api_send (&api, &request, err);
  return r < 0 ? r : frames_error (&api, &frames, err);
}

/* ---- exec --------------------------------------------------------------------------------------------------- */

/*
 * Where the program cannot be run, engines write why into the program's own output, and give 126 or 127 as its
 * exit code; for one that the kernel refuses, runc writes "exec /x: …" and gives 1 or 255. Output that begins so
 * is held back until the exit code says whose it is.
 */
static const char *const engine_words[] = {
  "exec /",                     /* runc */
  "OCI runtime exec failed: ",  /* Docker */
  "Error: runc: exec failed: ", /* Podman */
  "Error: crun: "
};

struct exec_output {
  vprod_output_fn on_output;
  void *data;
  vprod_stream held_stream;
  char held[2048];
  size_t held_length;
  int passing; /* 1: it is the program's own */
};

static int pass_on (struct exec_output *output)
{
  output->passing = 1;
  return output->held_length
             ? output->on_output (output->data, output->held_stream, output->held, output->held_length)
             : 0;
}

static int may_be_engines (const struct exec_output *output)
{
  for (size_t i = 0; i < sizeof engine_words / sizeof engine_words[0]; i++) {
    size_t n = strlen (engine_words[i]);
    if (memcmp (output->held, engine_words[i], output->held_length < n ? output->held_length : n) == 0)
      return 1;
  }
  return 0;
}

static int on_exec_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct exec_output *output = data;

  if (!output->passing && length <= sizeof output->held - 1 - output->held_length
      && (output->held_length == 0 || stream == output->held_stream)) {
    memcpy (output->held + output->held_length, bytes, length);
    output->held_length += length;
    output->held_stream = stream;
    return may_be_engines (output) ? 0 : pass_on (output);
  }
  if (!output->passing && pass_on (output) != 0)
    return 1;
  return output->on_output (output->data, stream, bytes, length);
}

/* The output is not the program's but the engine's, which could not run it. */
static int could_not_run (struct exec_output *output, int exit_code)
{
  static const char *const refusals[] = { ": no such file or directory", ": exec format error",
                                          ": permission denied", ": argument list too long" };
  char *text = output->held;

  if (output->passing || output->held_length == 0)
    return 0;
  text[output->held_length] = '\0';
  for (size_t i = 1; i < sizeof engine_words / sizeof engine_words[0]; i++)
    if (strncmp (text, engine_words[i], strlen (engine_words[i])) == 0)
      return exit_code == 126 || exit_code == 127;
  size_t line = strcspn (text, "\r\n");
  if (strncmp (text, engine_words[0], strlen (engine_words[0])) != 0 || line + 2 < output->held_length
      || (exit_code != 1 && exit_code != 255))
    return 0;
  for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
    size_t n = strlen (refusals[i]);
    if (line > n && strncmp (text + line - n, refusals[i], n) == 0)
      return 1;
  }
  return 0;
}

static int exec_create (struct vprod__api *api, const char *id, const char *const *argv, char **ret_exec_id,
                        vprod_error **err)
{
  _cleanup_json_ json_t *json = NULL;
  json_t *body = json_pack ("{s:b, s:b, s:b, s:o}", "AttachStdout", 1, "AttachStderr", 1, "Tty", 0, "Cmd",
                            vprod__json_from_list (argv));
  int r = vprod__api_post (api, vprod__api_path (api, "/containers/{}/exec", id), body, 1, err);

  if (r == 0)
    r = api->message ? vprod__container_fail (api, err) : vprod__api_json (api, &json, err);
  if (r < 0)
    return r;
  return vprod__json_copy (json, "Id", 0, ret_exec_id) < 0 ? vprod__error_no_memory (err) : 0;
}

static int image_fault (const struct vprod__api *api, const char *message, vprod_error **err)
{
  _cleanup_free_ char *words = vprod__fault_words (message);

  return words ? vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "%s: %s", api->what, words)
               : vprod__error_no_memory (err);
}

/* The output ends a little before the engine knows the exit code. */
static int exec_result (struct vprod__api *api, const char *exec_id, int *ret_exit_code, vprod_error **err)
{
  for (;;) {
    _cleanup_json_ json_t *json = NULL;
    int r = vprod__api_get (api, vprod__api_path (api, "/exec/{}/json", exec_id), &json, err);
    if (r < 0)
      return r;
    if (json_is_integer (json_object_get (json, "ExitCode"))
        && !json_is_true (json_object_get (json, "Running"))) {
      *ret_exit_code = (int) vprod__json_number (json, "ExitCode");
      return 0;
    }
    r = vprod__call_sleep (api->call, EXEC_POLL_MS, api->what, err);
    if (r < 0)
      return r;
  }
}

int vprod__docker_container_exec (void *runner, const vprod_call *call, const char *id, const char *const *argv,
                                  vprod_output_fn on_output, void *data, int *ret_exit_code, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_free_ char *exec_id = NULL, *path = NULL;
  struct exec_output output = { .on_output = on_output, .data = data };
  struct vprod__frames frames = { .on_output = on_exec_output, .data = &output };
  int exit_code = 0;
  int r = vprod__api_begin (&api, runner, call, err, "running %s in the container %.*s", argv[0],
                            VPROD__SHORT (id));

  if (r == 0)
    r = exec_create (&api, id, argv, &exec_id, err);
  if (r < 0)
    return r;
  path = vprod__api_path (&api, "/exec/{}/start", exec_id);
  struct vprod__request request = { .method = "POST", .path = path, .body = "{\"Detach\":false,\"Tty\":false}",
                                    .on_body = vprod__frames_feed, .data = &frames };
  r = vprod__api_try (&api, &request, err);
  if (r < 0)
    return r;
  if (api.message)
    return !api.foreign && vprod__fault_is_images (api.message) ? image_fault (&api, api.message, err)
                                                                   : vprod__container_fail (&api, err);
  r = frames_error (&api, &frames, err);
  if (r == 0 && frames.end == VPROD__FRAMES_STOPPED)
    *ret_exit_code = -1; /* it may run on */
  if (r < 0 || frames.end == VPROD__FRAMES_STOPPED)
    return r;
  r = exec_result (&api, exec_id, &exit_code, err);
  if (r < 0)
    return r;
  if (could_not_run (&output, exit_code)) {
    _cleanup_free_ char *words = vprod__text_tail (output.held, output.held_length, 20, sizeof output.held);
    return words ? image_fault (&api, words, err) : vprod__error_no_memory (err);
  }
  *ret_exit_code = exit_code;
  if (!output.passing)
    pass_on (&output);
  return 0;
}
