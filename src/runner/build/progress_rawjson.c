/* SPDX-License-Identifier: MIT */
/*
 * docker buildx build --progress=rawjson: objects, one a line or (0.13) over many lines, and in between and after
 * them lines that are no JSON, the last of them the failure. Objects are cut out by counting brackets, so that it
 * does not matter how they are laid out, then read by jansson.
 */
#include "runner/build/progress_reader.h"
#include "util/base64.h"
#include "util/strv.h"

#include <jansson.h>
#include <string.h>

/* What BuildKit puts into one object is bounded by what it puts into one message; an object beyond is left out. */
#define MAX_OBJECT (8u << 20)

static const char *string_of (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));

  return text ? text : "";
}

/* ---- words -------------------------------------------------------------------------------------------------- */

/* In the form that --progress=plain has, so that interleaved steps can be told apart. */
static void say_of (struct vprod__progress *progress, const struct vprod__progress_step *step, const char *what,
                    const char *text, size_t length)
{
  _cleanup_buf_ struct vprod__buf line = { 0 };

  if (vprod__buf_addf (&line, "#%zu %s", step->number, what) < 0 || vprod__buf_add (&line, text, length) < 0)
    progress->status = -1;
  else
    vprod__progress_say (progress, line.data, line.length);
}

static void say_state (struct vprod__progress *progress, const struct vprod__progress_step *step,
                       vprod_step_state before)
{
  if (step->told == before)
    return;
  const char *error = step->error ? step->error : "";
  if (before == 0)
    say_of (progress, step, "", step->name, strlen (step->name));
  if (step->told == VPROD_STEP_CACHED)
    say_of (progress, step, "CACHED", "", 0);
  else if (step->told == VPROD_STEP_CANCELLED)
    say_of (progress, step, "CANCELED", "", 0);
  else if (step->told == VPROD_STEP_FAILED)
    say_of (progress, step, "ERROR: ", error, strlen (error));
}

struct speaker {
  struct vprod__progress *progress;
  struct vprod__progress_step *step;
};

static void read_output_line (void *data, const char *line, size_t length)
{
  struct speaker *speaker = data;

  say_of (speaker->progress, speaker->step, "", line, length);
  vprod__progress_output (speaker->progress, speaker->step, line, length);
}

void vprod__flush_rawjson (struct vprod__progress *progress, struct vprod__progress_step *step)
{
  struct speaker speaker = { progress, step };

  if (step->log)
    vprod__lines_finish (&step->log->lines, read_output_line, &speaker);
}

/* ---- objects ------------------------------------------------------------------------------------------------ */

/* NULL: there are none, or out of memory. */
static char **strings_of (struct vprod__progress *progress, const json_t *array)
{
  _cleanup_strv_ char **list = NULL;
  size_t i;
  json_t *value;

  json_array_foreach (array, i, value)
    if (json_is_string (value) && vprod__strv_add (&list, json_string_value (value)) < 0) {
      progress->status = -1;
      return NULL;
    }
  return vprod__steal (&list);
}

static int is_set (const json_t *object, const char *key)
{
  return string_of (object, key)[0] != '\0';
}

/* The step of a vertex that was reached: BuildKit announces all of them at once, and starts those it needs. */
static struct vprod__progress_step *reached (struct vprod__progress *progress, const json_t *vertex)
{
  if (!is_set (vertex, "digest") || !(is_set (vertex, "started")
                                      || json_is_true (json_object_get (vertex, "cached"))))
    return NULL;
  struct vprod__progress_step *step = vprod__progress_add (progress, string_of (vertex, "digest"), NULL, NULL,
                                                           string_of (vertex, "name"));
  if (step && !step->inputs)
    step->inputs = strings_of (progress, json_object_get (vertex, "inputs"));
  return step;
}

static void read_state (struct vprod__progress *progress, const json_t *vertex)
{
  struct vprod__progress_step *step = reached (progress, vertex);

  if (!step)
    return;
  vprod_step_state before = step->told;
  if (is_set (vertex, "completed"))
    vprod__flush_rawjson (progress, step);
  if (is_set (vertex, "error"))
    vprod__progress_failed (progress, step, string_of (vertex, "error"));
  else if (json_is_true (json_object_get (vertex, "cached")))
    vprod__progress_cached (progress, step);
  else if (is_set (vertex, "completed"))
    vprod__progress_done (progress, step);
  else
    vprod__progress_started (progress, step);
  say_state (progress, step, before);
}

static void read_start (struct vprod__progress *progress, const json_t *vertex)
{
  struct vprod__progress_step *step = reached (progress, vertex);

  if (!step)
    return;
  if (json_is_true (json_object_get (vertex, "cached"))) {
    read_state (progress, vertex);
    return;
  }
  step->ran = 1;
  if (step->told == 0) {
    vprod__progress_started (progress, step);
    say_state (progress, step, (vprod_step_state) 0);
  }
}

static void read_log (struct vprod__progress *progress, const json_t *log)
{
  _cleanup_buf_ struct vprod__buf bytes = { 0 };
  struct vprod__progress_step *step = vprod__progress_find (progress, string_of (log, "vertex"));
  struct speaker speaker = { progress, step };

  if (!step) /* output may still come after a step's end */
    return;
  struct vprod__step_log *kept = vprod__progress_log (progress, step);
  if (!kept)
    return;
  if (vprod__base64_decode (string_of (log, "data"), &bytes) < 0
      || vprod__lines_feed (&kept->lines, vprod__buf_string (&bytes), bytes.length, read_output_line,
                            &speaker) < 0)
    progress->status = -1;
}

static void read_object (struct vprod__progress *progress, const char *bytes, size_t length)
{
  json_auto_t *object = json_loadb (bytes, length, JSON_ALLOW_NUL, NULL);
  size_t i;
  json_t *value;

  /* one message may tell of a step's start, output and end */
  json_array_foreach (json_object_get (object, "vertexes"), i, value)
    read_start (progress, value);
  json_array_foreach (json_object_get (object, "logs"), i, value)
    read_log (progress, value);
  json_array_foreach (json_object_get (object, "vertexes"), i, value)
    read_state (progress, value);
}

/* ---- bytes -------------------------------------------------------------------------------------------------- */

static void read_line (void *data, const char *line, size_t length)
{
  if (length == 0)
    return;
  vprod__progress_say (data, line, length);
  vprod__progress_word (data, line, length);
}

/* Can this byte stand in an object, outside of strings? If not, the object was cut off, and this is a line of
   text. */
static int fits_object (char c)
{
  return c != '\0' && strchr ("{}[]\":, \t\r\n+-.0123456789eEtrufalsn", c) != NULL;
}

static void forget_object (struct vprod__progress *progress)
{
  progress->object.length = 0;
  memset (&progress->json, 0, sizeof progress->json);
}

/* Takes the next byte of an object; 0 if it cannot be one. */
static int take (struct vprod__progress *progress, char c)
{
  if (progress->json.in_string) {
    if (c == '\n')
      return 0;
    if (progress->json.escaped)
      progress->json.escaped = 0;
    else if (c == '\\')
      progress->json.escaped = 1;
    else if (c == '"')
      progress->json.in_string = 0;
  } else if (!fits_object (c))
    return 0;
  else if (c == '"')
    progress->json.in_string = 1;
  else if (c == '{' || c == '[')
    progress->json.depth++;
  else if (c == '}' || c == ']')
    progress->json.depth--;
  if (progress->object.length >= MAX_OBJECT)
    progress->json.skip = 1;
  else if (vprod__buf_add (&progress->object, &c, 1) < 0)
    progress->status = -1;
  return 1;
}

/* Takes text up to the end of its line. */
static size_t take_text (struct vprod__progress *progress, const char *bytes, size_t length)
{
  const char *end = memchr (bytes, '\n', length);
  size_t n = end ? (size_t) (end - bytes) + 1 : length;

  if (vprod__lines_feed (&progress->lines[1], bytes, n, read_line, progress) < 0)
    progress->status = -1;
  return n;
}

void vprod__read_rawjson (struct vprod__progress *progress, const char *bytes, size_t length)
{
  for (size_t i = 0; i < length && progress->status == 0;) {
    if (progress->json.depth == 0 && (progress->lines[1].line.length > 0 || bytes[i] != '{'))
      i += take_text (progress, bytes + i, length - i);
    else if (!take (progress, bytes[i]))
      forget_object (progress); /* and once more, as the beginning of a line */
    else {
      i++;
      if (progress->json.depth > 0)
        continue;
      if (!progress->json.skip)
        read_object (progress, progress->object.data, progress->object.length);
      forget_object (progress);
    }
  }
}
