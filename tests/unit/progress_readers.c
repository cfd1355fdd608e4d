/* SPDX-License-Identifier: MIT */
/* The readers of a builder's progress, on output recorded from the builders themselves. Beside data/build-X.txt is
   data/build-X.steps: each step with its last state, in the order in which they were first told of. */
#include "unit.h"

#include <stdio.h>
#include <sys/resource.h>

#include "runner/build/progress.h"
#include "util/buf.h"

struct told {
  char key[128];
  char line[1024];
  vprod_step_state state;
  size_t inputs;
};

struct seen {
  struct told steps[100];
  size_t count;
  struct vprod__buf log;
  size_t log_bytes;
  int keep_log;
  int stop_after; /* events; 0: never */
};

static int on_step (void *data, const vprod_build_step *step)
{
  struct seen *seen = data;
  size_t i = 0;

  ck_assert_uint_eq (step->size, sizeof *step);
  while (i < seen->count && strcmp (seen->steps[i].key, step->key) != 0)
    i++;
  if (i == 100)
    return 0;
  if (i == seen->count)
    seen->count++;
  struct told *told = &seen->steps[i];
  snprintf (told->key, sizeof told->key, "%s", step->key);
  snprintf (told->line, sizeof told->line, "%s|%s", step->stage, step->text);
  told->state = step->state;
  for (told->inputs = 0; step->inputs && step->inputs[told->inputs];)
    told->inputs++;
  return seen->stop_after && --seen->stop_after == 0;
}

static int on_log (void *data, const char *bytes, size_t length)
{
  struct seen *seen = data;

  seen->log_bytes += length;
  if (seen->keep_log)
    ck_assert_int_eq (vprod__buf_add (&seen->log, bytes, length), 0);
  return 0;
}

static struct vprod__progress *begin (int kind, struct seen *seen)
{
  const struct vprod__progress_sink sink = { on_step, on_log, seen };
  struct vprod__progress *progress = NULL;

  memset (seen, 0, sizeof *seen);
  seen->keep_log = 1;
  ck_assert_int_eq (vprod__progress_new ((enum vprod__progress_kind) kind, &sink, &progress), 0);
  return progress;
}

static char *render (const struct seen *seen)
{
  static const char *const names[] = { "?", "STARTED", "RAN", "CACHED", "FAILED", "CANCELLED" };
  struct vprod__buf text = { 0 };

  for (size_t i = 0; i < seen->count; i++)
    ck_assert_int_eq (vprod__buf_addf (&text, "%s %s\n", names[seen->steps[i].state], seen->steps[i].line), 0);
  return vprod__buf_steal (&text);
}

enum { RAWJSON = VPROD__PROGRESS_RAWJSON, PLAIN = VPROD__PROGRESS_PLAIN, LEGACY = VPROD__PROGRESS_LEGACY,
       PODMAN = VPROD__PROGRESS_PODMAN };

static const struct {
  const char *name;
  int kind;
  int failed;
  const char *step;     /* that failed */
  const char *stage;
  const char *error;    /* part of it */
  const char *words;    /* part of the last words */
  const char *telling;  /* the whole of it; NULL: "" */
} recorded[] = {
  { "plain-20.10-cached", PLAIN, 0, NULL, NULL, NULL, NULL, NULL },
  { "plain-20.10-parallel", PLAIN, 0, NULL, NULL, NULL, NULL, NULL },
  { "plain-20.10-partial-line", PLAIN, 0, NULL, NULL, NULL, NULL, NULL },
  { "plain-20.10-failed", PLAIN, 1, "RUN echo \"compiling", "bad", "executor failed running [",
    "executor failed running [/bin/sh",
    "main.c:3:5: error: unknown type name 'foo'\n…\nmake: leaving directory 28\nmake: leaving directory 29\n"
    "make: leaving directory 30\n" },
  { "plain-0.29-cached", PLAIN, 0, NULL, NULL, NULL, NULL, NULL },
  { "plain-0.29-heredoc", PLAIN, 0, NULL, NULL, NULL, NULL, NULL },
  { "plain-0.29-failed", PLAIN, 1, "RUN echo \"compiling", "bad", "did not complete successfully: exit code: 2",
    "failed to build: failed to solve: process",
    "main.c:3:5: error: unknown type name 'foo'\n…\nmake: leaving directory 28\nmake: leaving directory 29\n"
    "make: leaving directory 30\n" },
  { "plain-0.29-missing-source", PLAIN, 1, "COPY nothere /x", "", "\"/nothere\": not found",
    "failed to compute cache key", NULL },
  { "plain-0.29-unreachable-base", PLAIN, 1,
    "[internal] load metadata for docker.io/library/verify-prod-nosuch:1", "",
    "failed to do request: Head", "failed to resolve source metadata for docker.io/library/verify-prod-nosuch:1",
      NULL },
  { "rawjson-0.13-failed", RAWJSON, 1, "RUN echo \"compiling", "bad", "exit code: 2",
    "failed to solve: executor failed running",
    "main.c:3:5: error: unknown type name 'foo'\n…\nmake: leaving directory 28\nmake: leaving directory 29\n"
    "make: leaving directory 30\n" },
  { "rawjson-0.13-heredoc", RAWJSON, 0, NULL, NULL, NULL, NULL, NULL },
  { "rawjson-0.29-cached", RAWJSON, 0, NULL, NULL, NULL, NULL, NULL },
  { "rawjson-0.29-args", RAWJSON, 0, NULL, NULL, NULL, NULL, NULL },
  { "rawjson-0.29-syntax", RAWJSON, 1, NULL, "", "",
    "failed to build: failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN", NULL },
  { "rawjson-0.29-unreachable-base", RAWJSON, 1, "[internal] load metadata for "
                                                 "docker.io/library/verify-prod-nosuch:1",
    "", "dial tcp: lookup", "failed to resolve source metadata for", NULL },
  { "legacy-20.10-stages", LEGACY, 0, NULL, NULL, NULL, NULL, NULL },
  { "legacy-20.10-mixed", LEGACY, 0, NULL, NULL, NULL, NULL, NULL },
  { "legacy-20.10-cached", LEGACY, 0, NULL, NULL, NULL, NULL, NULL },
  { "legacy-20.10-failed", LEGACY, 1, "RUN echo \"compiling", "bad", "returned a non-zero code: 2",
    "returned a non-zero code: 2",
    "main.c:3:5: error: unknown type name 'foo'\n…\nmake: leaving directory 28\nmake: leaving directory 29\n"
    "make: leaving directory 30\n" },
  { "podman-4.3-cached", PODMAN, 0, NULL, NULL, NULL, NULL, NULL },
  { "podman-5.4-heredoc", PODMAN, 0, NULL, NULL, NULL, NULL, NULL },
  { "podman-5.4-failed", PODMAN, 1, "RUN echo \"compiling", "bad", "exit status 2", "building at STEP \"RUN echo", 
    "main.c:3:5: error: unknown type name 'foo'\n…\nmake: leaving directory 30\nsubprocess exited with status 2\n"
    "subprocess exited with status 2\n" },
};
#define RECORDED (sizeof recorded / sizeof recorded[0])

static char *read_recorded (int i, const char *end, size_t *ret_length)
{
  char path[256];

  snprintf (path, sizeof path, "tests/unit/data/build-%s.%s", recorded[i].name, end);
  return unit_read_source (path, ret_length);
}

static vprod_stream stream_of (int kind)
{
  return kind == LEGACY || kind == PODMAN ? VPROD_STREAM_STDOUT : VPROD_STREAM_STDERR;
}

static void finish_recorded (struct vprod__progress *progress, int i)
{
  /* the legacy builder's failure comes on the other stream */
  if (recorded[i].kind == LEGACY && recorded[i].failed)
    ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, "The command 'x' returned a non-zero code: "
                                                                    "2\n", 44), 0);
  ck_assert_int_eq (vprod__progress_finish (progress, recorded[i].failed), 0);
}

START_TEST (tells_what_became_of_each_step)
{
  size_t length;
  char *text = read_recorded (_i, "txt", &length), *expected = read_recorded (_i, "steps", NULL);
  struct seen seen;
  struct vprod__progress *progress = begin (recorded[_i].kind, &seen);
  struct vprod__progress_failure failure;

  ck_assert_int_eq (vprod__progress_feed (progress, stream_of (recorded[_i].kind), text, length), 0);
  finish_recorded (progress, _i);
  char *got = render (&seen);
  ck_assert_msg (strcmp (got, expected) == 0, "%s\nexpected:\n%s\ngot:\n%s", recorded[_i].name, expected, got);

  ck_assert_int_eq (vprod__progress_get_failure (progress, &failure), 0);
  ck_assert_int_eq (failure.step != NULL, recorded[_i].step != NULL);
  ck_assert_str_eq (failure.telling, recorded[_i].telling ? recorded[_i].telling : "");
  if (recorded[_i].step)
    ck_assert_msg (strncmp (failure.step, recorded[_i].step, strlen (recorded[_i].step)) == 0, "%s", failure.step);
  if (recorded[_i].failed) {
    ck_assert_str_eq (failure.stage, recorded[_i].stage);
    ck_assert_msg (strstr (failure.error, recorded[_i].error) != NULL, "%s", failure.error);
    ck_assert_msg (strstr (failure.words, recorded[_i].words) != NULL, "%s", failure.words);
  }
  vprod__progress_free (progress);
  vprod__buf_clear (&seen.log);
  free (got);
  free (text);
  free (expected);
}
END_TEST

/* Cut at every byte (long texts at every 11th), and last, one after the end, byte by byte. Where each allocation takes
   long, at every seventh of these places. */
static size_t next_cut (size_t cut, size_t length)
{
  size_t step = length < 4000 ? 1 : 11;

#ifdef __SANITIZE_ADDRESS__
  step *= 7;
#endif
  if (cut < 2)
    return cut + 1;
  return cut <= length && cut + step > length + 1 ? length + 1 : cut + step;
}

START_TEST (pieces_of_any_size_make_no_difference)
{
  size_t length;
  char *text = read_recorded (_i, "txt", &length), *expected = read_recorded (_i, "steps", NULL);
  vprod_stream stream = stream_of (recorded[_i].kind);
  struct vprod__buf whole = { 0 };

  for (size_t cut = 0; cut <= length + 1; cut = next_cut (cut, length)) {
    struct seen seen;
    struct vprod__progress *progress = begin (recorded[_i].kind, &seen);
    if (cut == length + 1)
      for (size_t i = 0; i < length; i++)
        ck_assert_int_eq (vprod__progress_feed (progress, stream, text + i, 1), 0);
    else {
      ck_assert_int_eq (vprod__progress_feed (progress, stream, text, cut), 0);
      ck_assert_int_eq (vprod__progress_feed (progress, stream, text + cut, length - cut), 0);
    }
    finish_recorded (progress, _i);
    char *got = render (&seen);
    if (cut == 0)
      ck_assert_int_eq (vprod__buf_add (&whole, seen.log.data, seen.log.length), 0);
    ck_assert_msg (strcmp (got, expected) == 0, "%s cut at %zu: %s", recorded[_i].name, cut, got);
    ck_assert_str_eq (vprod__buf_string (&seen.log), vprod__buf_string (&whole));
    free (got);
    vprod__progress_free (progress);
    vprod__buf_clear (&seen.log);
  }
  vprod__buf_clear (&whole);
  free (text);
  free (expected);
}
END_TEST

START_TEST (truncated_output_is_no_fault)
{
  size_t length;
  char *text = read_recorded (_i, "txt", &length);

  for (size_t end = 0; end < length; end += length / 40 + 1) {
    struct seen seen;
    struct vprod__progress *progress = begin (recorded[_i].kind, &seen);
    struct vprod__progress_failure failure;
    ck_assert_int_eq (vprod__progress_feed (progress, stream_of (recorded[_i].kind), text, end), 0);
    ck_assert_int_eq (vprod__progress_finish (progress, 1), 0);
    ck_assert_int_eq (vprod__progress_get_failure (progress, &failure), 0);
    ck_assert_ptr_nonnull (failure.words);
    for (size_t i = 0; i < seen.count; i++)
      ck_assert_int_ne (seen.steps[i].state, VPROD_STEP_STARTED);
    vprod__progress_free (progress);
    vprod__buf_clear (&seen.log);
  }
  free (text);
}
END_TEST

/* ---- made up: what was not recorded ------------------------------------------------------------------------- */

#define DIGEST "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define VERTEX(rest) "{\"vertexes\":[{\"digest\":\"d\",\"name\":\"[a 1/1] RUN x\"," rest "}]}\n"
#define BEGUN "\"started\":\"2026-01-01T00:00:00Z\""
#define ENDED BEGUN ",\"completed\":\"2026-01-01T00:00:01Z\""

static const struct {
  const char *why;
  int kind;
  int failed;
  const char *text;
  const char *steps;
} made_up[] = {
  { "done, then cached: it ran", PLAIN, 0, "#5 [a 1/1] RUN x\n#5 DONE 0.1s\n\n#5 [a 1/1] RUN x\n#5 CACHED\n",
    "RAN a|RUN x\n" },
  { "cached, then done: it ran", PLAIN, 0, "#5 [a 1/1] RUN x\n#5 CACHED\n\n#5 [a 1/1] RUN x\n#5 DONE 0.1s\n",
    "RAN a|RUN x\n" },
  { "output that looks like events", PLAIN, 0, "#5 [a 1/1] RUN x\n#5 0.100 CACHED\n#5 0.100 #5 CACHED\n#5 0.200 "
                                               "#7 [b 1/1] RUN y\n#5 DONE 0.3s\n",
    "RAN a|RUN x\n" },
  { "output proves that it ran", PLAIN, 0, "#5 [a 1/1] RUN x\n#5 0.100 hello\n#5 CACHED\n", "RAN a|RUN x\n" },
  { "so does output after 10 s", PLAIN, 0, "#5 [a 1/1] RUN x\n#5 12.34 hello\n#5 CACHED\n", "RAN a|RUN x\n" },
  { "so does output after 100 s", PLAIN, 0, "#5 [a 1/1] RUN x\n#5 1234.5 hello\n#5 CACHED\n", "RAN a|RUN x\n" },
  { "a platform before the stage", PLAIN, 0, "#5 [linux/amd64 deps 2/4] RUN x\n#5 CACHED\n",
    "CACHED deps|RUN x\n" },
  { "two platforms", PLAIN, 0, "#5 [linux/amd64->arm64 deps 2/4] RUN x\n#5 CACHED\n", "CACHED deps|RUN x\n" },
  { "a platform and no stage", PLAIN, 0, "#5 [linux/arm/v7 2/4] RUN x\n#5 CACHED\n", "CACHED |RUN x\n" },
  { "brackets of another kind", PLAIN, 0, "#5 [internal] load x\n#5 DONE 0.1s\n#6 [2/3] RUN echo [1/2] y\n#6 "
                                          "CACHED\n#7 [x] 1/2] z\n#7 DONE 0.0s\n",
    "RAN |[internal] load x\nCACHED |RUN echo [1/2] y\nRAN |[x] 1/2] z\n" },
  { "a number that was never named", PLAIN, 0, "#5\n#x y\n# z\n#99999999999 a\n#5 \n", "STARTED |\n" },
  { "never finished in a failed build", PLAIN, 1, "#5 [a 1/1] RUN x\n#5 0.1 a\n#6 [b 1/1] RUN y\n#6 ERROR: exit "
                                                  "code: 1\n",
    "CANCELLED a|RUN x\nFAILED b|RUN y\n" },
  { "the end of a line of two bytes", PLAIN, 0, "#5 [a 1/1] RUN x\r\n#5 CACHED\r\n", "CACHED a|RUN x\n" },
  { "announced is not reached", RAWJSON, 0, "{\"vertexes\":[{\"digest\":\"d\",\"name\":\"[a 1/1] RUN x\"}]}\n",
    "" },
  { "started and cached", RAWJSON, 0, VERTEX (ENDED ",\"cached\":true"), "CACHED a|RUN x\n" },
  { "cached, and started without", RAWJSON, 0, VERTEX (ENDED ",\"cached\":true") VERTEX (ENDED), "RAN a|RUN x\n" },
  { "started without, and cached", RAWJSON, 0, VERTEX (BEGUN) VERTEX (ENDED ",\"cached\":true"), "RAN a|RUN x\n" },
  { "gives up a step", RAWJSON, 1,
    VERTEX (BEGUN) VERTEX (ENDED ",\"error\":\"exit code: 137: context canceled\""), "CANCELLED a|RUN x\n" },
  { "a failure is the last word", RAWJSON, 1, VERTEX (ENDED ",\"error\":\"exit code: 1\"") VERTEX (ENDED),
    "FAILED a|RUN x\n" },
  { "objects without a line's end", RAWJSON, 0,
    "{\"vertexes\":[]}{\"vertexes\":[{\"digest\":\"d\",\"name\":\"n\"," BEGUN ",\"cached\":true}]}",
      "CACHED |n\n" },
  { "text between objects", RAWJSON, 0, "warning: x\n" VERTEX (BEGUN) "a { b\n" VERTEX (ENDED), "RAN a|RUN x\n" },
  { "an object that was cut off", RAWJSON, 1, "{\"vertexes\":[{\"dig\nERROR: x\n" VERTEX (BEGUN),
    "CANCELLED a|RUN x\n" },
  { "an object cut off, then text", RAWJSON, 1, "{\n  \"vertexes\": [\nERROR: x\n" VERTEX (BEGUN),
    "CANCELLED a|RUN x\n" },
  { "types that are wrong", RAWJSON, 0,
    "{\"vertexes\":{\"a\":1},\"logs\":[1,{}],\"statuses\":3}\n{\"vertexes\":[null,{\"digest\":1,\"started\":2}]}\n" VERTEX (ENDED),
    "RAN a|RUN x\n" },
  { "brackets in strings", RAWJSON, 0,
    "{\"x\":\"}\\\"]{\",\"vertexes\":[{\"digest\":\"d\",\"name\":\"}{\\\\\"," ENDED "}]}", "RAN |}{\\\n" },
  { "heads out of order are output", LEGACY, 0, "Step 1/3 : FROM x AS a\n ---> 1\nStep 2/3 : RUN y\n ---> "
                                                "Running in 2\nStep 2/3 : RUN z\nStep 4/3 : RUN z\n ---> Using "
                                                "cache\nStep 3/3 : RUN w\n ---> Using cache\n ---> 3\n",
    "RAN a|FROM x AS a\nRAN a|RUN y\nCACHED a|RUN w\n" },
  { "stages without a name", LEGACY, 0, "Step 1/2 : FROM x\n ---> 1\nStep 2/2 : FROM y\n ---> 2\n",
    "RAN stage-0|FROM x\nRAN stage-1|FROM y\n" },
  { "cached only as the first word", PODMAN, 0, "STEP 1/3: FROM x\nSTEP 2/3: RUN a\nhello\n--> Using cache "
                                                "1234\nSTEP 3/3: RUN b\ntime=\"x\" level=warning\n--> Using "
                                                "cache 1234\nCOMMIT\n",
    "RAN |FROM x\nRAN |RUN a\nCACHED |RUN b\n" },
  { "stages that are left out", PODMAN, 0, "[1/3] STEP 1/1: FROM x AS a\n[3/3] STEP 1/2: FROM y\n[3/3] STEP 2/2: "
                                           "RUN z\n[3/3] COMMIT t\n",
    "RAN a|FROM x AS a\nRAN stage-2|FROM y\nRAN stage-2|RUN z\n" },
  { "ONBUILD of the base is counted from its FROM on", PODMAN, 0,
    "STEP 1/2: FROM x\nSTEP 2/3: COPY . /\n--> 12345678\nSTEP 3/4: RUN y\nSTEP 3/3: RUN y\n--> Using cache 12345678\nCOMMIT t\n",
    "RAN |FROM x\nRAN |COPY . /\nCACHED |RUN y\n" },
};

START_TEST (reads_what_was_made_up)
{
  struct seen seen;
  struct vprod__progress *progress = begin (made_up[_i].kind, &seen);

  ck_assert_int_eq (vprod__progress_feed (progress, stream_of (made_up[_i].kind), made_up[_i].text,
                                          strlen (made_up[_i].text)), 0);
  ck_assert_int_eq (vprod__progress_finish (progress, made_up[_i].failed), 0);
  char *got = render (&seen);
  ck_assert_msg (strcmp (got, made_up[_i].steps) == 0, "%s\nexpected:\n%s\ngot:\n%s", made_up[_i].why,
                 made_up[_i].steps, got);
  vprod__progress_free (progress);
  vprod__buf_clear (&seen.log);
  free (got);
}
END_TEST

START_TEST (inputs_are_told_where_the_builder_tells_them)
{
  struct seen seen;
  size_t length, inputs = 0;
  char *text = unit_read_source ("tests/unit/data/build-rawjson-0.29-cached.txt", &length);
  struct vprod__progress *progress = begin (RAWJSON, &seen);

  ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, text, length), 0);
  for (size_t i = 0; i < seen.count; i++)
    if (strcmp (seen.steps[i].line, "prod|COPY --from=build /out /out") == 0)
      inputs = seen.steps[i].inputs;
  ck_assert_uint_eq (inputs, 2);
  vprod__progress_free (progress);
  vprod__buf_clear (&seen.log);
  free (text);
}
END_TEST

START_TEST (rawjson_log_reads_like_plain)
{
  struct seen seen;
  struct vprod__progress *progress = begin (RAWJSON, &seen);
  static const char text[] =
    VERTEX (BEGUN)
    "{\"logs\":[{\"vertex\":\"d\",\"stream\":1,\"data\":\"b25lCnR3\"},{\"vertex\":\"d\",\"stream\":1,\"data\":\"bwpsYXN0\"}]}\n"
    VERTEX (ENDED ",\"error\":\"exit code: 1\"") "ERROR: failed to solve: x\n";

  ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, text, sizeof text - 1), 0);
  ck_assert_int_eq (vprod__progress_finish (progress, 1), 0);
  ck_assert_str_eq (vprod__buf_string (&seen.log), "#1 [a 1/1] RUN x\n#1 one\n#1 two\n#1 last\n#1 ERROR: exit "
                                                   "code: 1\n"
                                                   "ERROR: failed to solve: x\n");
  vprod__progress_free (progress);
  vprod__buf_clear (&seen.log);
}
END_TEST

static const struct {
  const char *line;
  int telling;
} looks[] = {
  { "main.c:3:5: error: unknown type", 1 },
  { "ERROR: No matching distribution found for x", 1 },
  { "npm ERR! code ERESOLVE", 1 },
  { "ModuleNotFoundError: No module named 'x'", 1 },
  { "make: *** [Makefile:2: all] Error 1", 1 },
  { "E: Unable to locate package x", 1 },
  { "/bin/sh: 1: gcc: not found", 1 },
  { "Setting up libgpg-error0:amd64 (1.46-1) ...", 0 },
  { "cc -Werror=format errors.c", 0 },
  { "compiled error_handler.c", 0 },
  { "0 errors, 3 warnings", 0 },
  { "terror is not an error-free word", 0 },
};

START_TEST (errors_above_the_end_are_found)
{
  struct seen seen;
  struct vprod__progress *progress = begin (PLAIN, &seen);
  struct vprod__progress_failure failure;
  struct vprod__buf text = { 0 };

  ck_assert_int_eq (vprod__buf_addf (&text, "#1 RUN x\n#1 0.100 %s\n", looks[_i].line), 0);
  for (int i = 0; i < 100; i++)
    ck_assert_int_eq (vprod__buf_addf (&text, "#1 0.200 line %d\n", i), 0);
  ck_assert_int_eq (vprod__buf_adds (&text, "#1 ERROR: exit code: 1\n"), 0);
  ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, text.data, text.length), 0);
  ck_assert_int_eq (vprod__progress_get_failure (progress, &failure), 0);
  ck_assert_msg ((strstr (failure.telling, looks[_i].line) != NULL) == looks[_i].telling, "%s", failure.telling);
  ck_assert_ptr_nonnull (strstr (failure.telling, "line 99\n"));
  vprod__buf_clear (&text);
  vprod__progress_free (progress);
  vprod__buf_clear (&seen.log);
}
END_TEST

/* What is printed before a line gets shorter as the step takes longer: pip gives up a network after a minute. */
START_TEST (words_of_a_slow_step_are_read)
{
  static const char *const times[] = { "9.999", "10.00", "10.000", "62.42", "100.0", "100.00",
                                       "1234.5", "1234." };
  struct seen seen;
  struct vprod__progress *progress = begin (PLAIN, &seen);
  struct vprod__progress_failure failure;
  struct vprod__buf text = { 0 };

  ck_assert_int_eq (vprod__buf_addf (&text, "#1 RUN x\n#1 %s curl: (6) Could not resolve host: x\n#1 ERROR: exit code: 6\n",
                                     times[_i]), 0);
  ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, text.data, text.length), 0);
  ck_assert_int_eq (vprod__progress_get_failure (progress, &failure), 0);
  ck_assert_str_eq (failure.telling, "curl: (6) Could not resolve host: x\n");
  ck_assert_str_eq (failure.network, "curl: (6) Could not resolve host: x");
  vprod__buf_clear (&text);
  vprod__progress_free (progress);
  vprod__buf_clear (&seen.log);
}
END_TEST

START_TEST (running_step_is_the_one_started_last)
{
  struct seen seen;
  struct vprod__progress *progress = begin (PLAIN, &seen);
  static const char text[] = "#1 [a 1/2] RUN x\n#2 [b 1/2] RUN y\n#3 [c 1/2] RUN z\n#3 DONE 0.1s\n";

  ck_assert_ptr_null (vprod__progress_running (progress));
  ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, text, sizeof text - 1), 0);
  ck_assert_str_eq (vprod__progress_running (progress), "[b 1/2] RUN y");
  vprod__progress_free (progress);
  vprod__buf_clear (&seen.log);
}
END_TEST

START_TEST (callback_that_wants_no_more_is_obeyed)
{
  struct seen seen;
  struct vprod__progress *progress = begin (PLAIN, &seen);
  static const char text[] = "#1 a\n#2 b\n#3 c\n";

  seen.stop_after = 2;
  ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, text, sizeof text - 1), 1);
  ck_assert_uint_eq (seen.count, 2);
  ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, text, sizeof text - 1), 1);
  ck_assert_uint_eq (seen.count, 2);
  vprod__progress_free (progress);
  vprod__buf_clear (&seen.log);
}
END_TEST

static const struct {
  int kind;
  const char *begin, *repeat;
} floods[] = {
  { PLAIN, "#1 [1/1] RUN x\n#1 0.100 ", "xxxxxxxx" },          /* one endless line */
  { PLAIN, "", "words of the builder\n" },
  { PLAIN, "#1 [1/1] RUN x\n", "#1 0.100 error: x\n" },
  { RAWJSON, "{\"vertexes\":[{\"digest\":\"", "dddddddd" },    /* one endless string */
  { RAWJSON, "", "{\"a\":[" },                                 /* one endless nesting */
  { RAWJSON, "[", "{\"a\":1}" },
  { RAWJSON, VERTEX (BEGUN), "{\"logs\":[{\"vertex\":\"d\",\"data\":\"eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\"}]}" },
  { LEGACY, "Step 1/1 : RUN x\n", "xxxxxxxx" },
  { PODMAN, "STEP 1/1: RUN x\n", "Error: x\n" },
};

/* The sanitizers keep what was freed, so that no growth can be seen under them: there it is enough to pass
   each bound. */
#ifdef __SANITIZE_ADDRESS__
#define FLOOD_SIZE (9u << 20) /* the greatest is that of an object of JSON, 8 MiB */
#else
#define FLOOD_SIZE (32u << 20)
#endif

START_TEST (memory_is_bounded_whatever_comes)
{
  struct seen seen;
  struct vprod__progress *progress = begin (floods[_i].kind, &seen);
  struct vprod__buf chunk = { 0 };
  struct vprod__progress_failure failure;
  struct rusage before, after;

  seen.keep_log = 0;
  while (chunk.length < 65536)
    ck_assert_int_eq (vprod__buf_adds (&chunk, floods[_i].repeat), 0);
  getrusage (RUSAGE_SELF, &before);
  ck_assert_int_eq (vprod__progress_feed (progress, stream_of (floods[_i].kind), floods[_i].begin,
                                          strlen (floods[_i].begin)), 0);
  for (size_t fed = 0; fed < FLOOD_SIZE; fed += chunk.length)
    ck_assert_int_eq (vprod__progress_feed (progress, stream_of (floods[_i].kind), chunk.data, chunk.length), 0);
  ck_assert_int_eq (vprod__progress_finish (progress, 1), 0);
  ck_assert_int_eq (vprod__progress_get_failure (progress, &failure), 0);
  getrusage (RUSAGE_SELF, &after);
#ifndef __SANITIZE_ADDRESS__
  ck_assert_msg (after.ru_maxrss - before.ru_maxrss < 40 * 1024, "%ld KiB more",
                 after.ru_maxrss - before.ru_maxrss);
#endif
  vprod__progress_free (progress);
  vprod__buf_clear (&chunk);
}
END_TEST

START_TEST (steps_without_end_are_bounded)
{
  struct seen seen;
  struct vprod__progress *progress = begin (PLAIN, &seen);
  struct vprod__buf chunk = { 0 };

  seen.keep_log = 0;
  for (int i = 1; i < 20000; i++) {
    ck_assert_int_eq (vprod__buf_addf (&chunk, "#%d [1/1] RUN x\n", i), 0);
    ck_assert_int_eq (vprod__progress_feed (progress, VPROD_STREAM_STDERR, chunk.data, chunk.length), 0);
    vprod__buf_clear (&chunk);
  }
  ck_assert_int_eq (vprod__progress_finish (progress, 1), 0);
  ck_assert_uint_eq (seen.count, 100); /* that many the test keeps */
  vprod__progress_free (progress);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("progress");
  TCase *tc = tcase_create ("progress");

  tcase_set_timeout (tc, 300);
  tcase_add_loop_test (tc, tells_what_became_of_each_step, 0, RECORDED);
  tcase_add_loop_test (tc, pieces_of_any_size_make_no_difference, 0, RECORDED);
  tcase_add_loop_test (tc, truncated_output_is_no_fault, 0, RECORDED);
  tcase_add_loop_test (tc, reads_what_was_made_up, 0, sizeof made_up / sizeof made_up[0]);
  tcase_add_test (tc, inputs_are_told_where_the_builder_tells_them);
  tcase_add_test (tc, rawjson_log_reads_like_plain);
  tcase_add_loop_test (tc, errors_above_the_end_are_found, 0, sizeof looks / sizeof looks[0]);
  tcase_add_loop_test (tc, words_of_a_slow_step_are_read, 0, 8);
  tcase_add_test (tc, running_step_is_the_one_started_last);
  tcase_add_test (tc, callback_that_wants_no_more_is_obeyed);
  tcase_add_loop_test (tc, memory_is_bounded_whatever_comes, 0, sizeof floods / sizeof floods[0]);
  tcase_add_test (tc, steps_without_end_are_bounded);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
