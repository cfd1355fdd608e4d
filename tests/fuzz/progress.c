/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what a builder says, read by each reader, in pieces. Alone, the program replays what was recorded
 * of the builders; with -fsanitize=fuzzer -DVPROD_LIBFUZZER it is libFuzzer's:
 *
 *   clang -fsanitize=fuzzer,address,undefined -DVPROD_LIBFUZZER -D_GNU_SOURCE -Iinclude -Isrc tests/fuzz/progress.c \
 *     src/runner/progress*.c src/util/{buf,error,strv,text}.c -ljansson -o fuzz-progress
 *   ./fuzz-progress -max_len=4096 tests/unit/data
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "runner/build/progress.h"

static void must (int holds, const char *what)
{
  if (!holds) {
    fprintf (stderr, "does not hold: %s\n", what);
    abort ();
  }
}

/* What every user of the readers relies on. */
static int on_step (void *data, const vprod_build_step *step)
{
  (void) data;
  must (step->key && step->stage && step->text && step->name, "a step has all its words");
  must (step->state >= VPROD_STEP_STARTED && step->state <= VPROD_STEP_CANCELLED, "a step has a state");
  must (strstr (step->name, step->text) != NULL, "a step's text is part of its name");
  return 0;
}

static int on_log (void *data, const char *bytes, size_t length)
{
  (void) data;
  must (length > 0 && bytes[length - 1] == '\n', "words are told in lines");
  return 0;
}

/* Nearly all of it on one stream, some on the other. */
static void read_all (enum vprod__progress_kind kind, vprod_stream most, const char *bytes, size_t length,
                      size_t piece)
{
  const struct vprod__progress_sink sink = { on_step, on_log, NULL };
  struct vprod__progress *progress = NULL;
  struct vprod__progress_failure failure;

  must (vprod__progress_new (kind, &sink, &progress) == 0, "there is memory");
  for (size_t i = 0; i < length; i += piece)
    must (vprod__progress_feed (progress, i % 41 == 40 ? VPROD_STREAM_STDOUT + VPROD_STREAM_STDERR - most : most, bytes + i,
                                length - i < piece ? length - i : piece) == 0, "nothing ends it");
  must (vprod__progress_finish (progress, length % 2 == 0) == 0, "it ends well");
  must (vprod__progress_get_failure (progress, &failure) == 0, "a failure can be told");
  must (failure.stage && failure.error && failure.words && failure.telling && failure.network && failure.no_space,
        "a failure has all its words");
  must (strlen (failure.telling) < 32768, "few lines are told of a step");
  vprod__progress_free (progress);
}

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t length)
{
  static const struct {
    enum vprod__progress_kind kind;
    vprod_stream stream;
  } readers[] = { { VPROD__PROGRESS_RAWJSON, VPROD_STREAM_STDERR }, { VPROD__PROGRESS_PLAIN, VPROD_STREAM_STDERR },
                  { VPROD__PROGRESS_LEGACY, VPROD_STREAM_STDOUT },  { VPROD__PROGRESS_PODMAN, VPROD_STREAM_STDOUT } };

  for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
    read_all (readers[i].kind, readers[i].stream, (const char *) data, length, length + 1);
    read_all (readers[i].kind, readers[i].stream, (const char *) data, length, 1 + length % 60);
  }
  return 0;
}

#ifndef VPROD_LIBFUZZER
int main (int argc, char **argv)
{
  return fuzz_replay (argc, argv, "tests/unit/data", "build-", 60);
}
#endif
