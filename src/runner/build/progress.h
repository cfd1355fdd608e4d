/* SPDX-License-Identifier: MIT */
/*
 * What a builder says while it builds, read as it comes, in any pieces, in bounded memory whatever it says: the
 * steps and their states are told, its words handed on, and what is needed to tell why a build failed is kept.
 *
 * A step is CACHED when some event says cached and none says that it was started and not cached; a step that no
 * event says was started was not reached, and is never told of.
 */
#ifndef VPROD_RUNNER_BUILD_PROGRESS_H
#define VPROD_RUNNER_BUILD_PROGRESS_H

#include <verify-prod/runner.h>
#include "util/cleanup.h"

enum vprod__progress_kind {
  VPROD__PROGRESS_RAWJSON = 1, /* docker buildx build --progress=rawjson */
  VPROD__PROGRESS_PLAIN,       /* BuildKit's --progress=plain */
  VPROD__PROGRESS_LEGACY,      /* docker build without BuildKit */
  VPROD__PROGRESS_PODMAN       /* podman build, its two streams merged */
};

/* Either callback may be NULL; one that does not return 0 wants to hear no more. */
struct vprod__progress_sink {
  int (*on_step) (void *data, const vprod_build_step *step);
  int (*on_log) (void *data, const char *bytes, size_t length);
  void *data;
};

/* What the builder said of a failure. Strings are lent by the progress, "" where there is nothing. */
struct vprod__progress_failure {
  const char *step;    /* the instruction of the step that failed, NULL if it was none */
  const char *stage;
  const char *error;   /* the builder's word on that step */
  const char *words;   /* its last words: what it says outside all steps after the last of them */
  const char *telling; /* lines that tell what went wrong, of the step's own output */
  const char *network; /* the step's first line that says that the network was not there */
  const char *no_space;/* … that the disk is full */
};

struct vprod__progress;

/* 0, or -1 out of memory. */
int vprod__progress_new (enum vprod__progress_kind kind, const struct vprod__progress_sink *sink,
                         struct vprod__progress **ret);

/* 0; 1: a callback wants no more; -1: out of memory. Both stay. */
int vprod__progress_feed (struct vprod__progress *progress, vprod_stream stream, const char *bytes, size_t length);

/* The builder has ended. Steps that still run are told as CANCELLED if it failed. */
int vprod__progress_finish (struct vprod__progress *progress, int failed);

/* 0, or -1 out of memory. */
int vprod__progress_get_failure (struct vprod__progress *progress, struct vprod__progress_failure *ret);

/* The name of the step that was started last and runs, else of the last that was given up, or NULL. */
const char *vprod__progress_running (const struct vprod__progress *progress);

/* Does a line say that a host or a network could not be reached? */
int vprod__line_tells_network (const char *line);
int vprod__line_tells_no_space (const char *line);

void vprod__progress_free (struct vprod__progress *progress);
VPROD_DEFINE_CLEANUP (struct vprod__progress *, vprod__progress_free);

#endif
