/* SPDX-License-Identifier: MIT */
/* What the readers of a builder's progress share: steps by key, lines, and what is kept of a step's output. */
#ifndef VPROD_RUNNER_BUILD_PROGRESS_READER_H
#define VPROD_RUNNER_BUILD_PROGRESS_READER_H

#include "runner/build/progress.h"
#include "util/buf.h"

/* Of a line no more is kept, in bytes. */
#define VPROD__PROGRESS_LINE_MAX 65536

/* ---- lines -------------------------------------------------------------------------------------------------- */

/* Cuts bytes into lines, of which no more than their beginning is kept. */
struct vprod__lines {
  struct vprod__buf line;
  size_t limit; /* bytes of a line that are kept */
};

typedef void (*vprod__line_fn) (void *data, const char *line, size_t length);

/* Calls on_line for each line that is whole, without "\n" or "\r\n"; a line is ended by NUL. -1 out of memory. */
int vprod__lines_feed (struct vprod__lines *lines, const char *bytes, size_t length, vprod__line_fn on_line,
                       void *data);
/* The last line, if it had no end. */
void vprod__lines_finish (struct vprod__lines *lines, vprod__line_fn on_line, void *data);
void vprod__lines_clear (struct vprod__lines *lines);

/* ---- what is kept of words ---------------------------------------------------------------------------------- */

enum { VPROD__KEPT_LINES = 12, VPROD__KEPT_BYTES = 400 };

struct vprod__kept_line {
  size_t number; /* counted from 1 */
  char text[VPROD__KEPT_BYTES + 1];
};

struct vprod__step_log {
  struct vprod__lines lines; /* for output that comes in pieces */
  size_t count;              /* lines seen */
  struct vprod__kept_line telling[VPROD__KEPT_LINES]; /* the first ones that look like an error */
  size_t telling_count;
  struct vprod__kept_line last[VPROD__KEPT_LINES]; /* a ring, by number */
  char *network;
  char *no_space;
};

/* -1 out of memory. */
int vprod__step_log_add (struct vprod__step_log *log, const char *line, size_t length);
/* The lines worth showing; -1 out of memory. */
int vprod__step_log_compose (const struct vprod__step_log *log, struct vprod__buf *ret);
void vprod__step_log_free (struct vprod__step_log *log);

/* ---- steps -------------------------------------------------------------------------------------------------- */

struct vprod__progress_step {
  size_t number; /* from 1, in the order in which they were first told of */
  char *key;
  char *stage;
  char *text;
  char *name;
  char **inputs;
  char *error;
  struct vprod__step_log *log; /* while it runs, and once it failed */
  vprod_step_state told;       /* 0: nothing yet */
  int cached;                  /* some event says cached */
  int ran;                     /* some event says started, and not cached */
};

struct vprod__progress {
  enum vprod__progress_kind kind;
  struct vprod__progress_sink sink;
  int status; /* what feed returns, for good once it is not 0 */
  struct vprod__progress_step **steps;
  size_t count;
  size_t bytes; /* size of the steps' strings */
  struct vprod__progress_step *found; /* last one looked up */
  struct vprod__lines lines[2];       /* of stdout and stderr */
  struct vprod__buf words;            /* outside all steps; the last of them */
  struct vprod__buf telling;          /* lent by get_failure */
  struct vprod__buf object;           /* rawjson: the object that is being read */
  struct {
    int depth, in_string, escaped, skip;
  } json;
  struct {
    struct vprod__progress_step *current; /* builders that work step by step: the one that runs now */
    int fresh;                            /* it has had no output since its head */
    long number, total, stage, stages;
    char *stage_name;
  } sequence;
};

/* "[linux/amd64 deps 2/4] RUN x" → stage "deps", text "RUN x". -1 out of memory. */
int vprod__progress_split_name (const char *name, char **ret_stage, char **ret_text);

/* Finds a step; NULL if there is none. */
struct vprod__progress_step *vprod__progress_find (struct vprod__progress *progress, const char *key);

/* Finds or adds one; stage and text NULL: they are in the name. NULL when there are more steps than a build has,
   or out of memory: the functions below cope with it. */
struct vprod__progress_step *vprod__progress_add (struct vprod__progress *progress, const char *key,
                                                  const char *stage, const char *text, const char *name);

void vprod__progress_free_steps (struct vprod__progress *progress);

/* Events. */
void vprod__progress_started (struct vprod__progress *progress, struct vprod__progress_step *step);
void vprod__progress_cached (struct vprod__progress *progress, struct vprod__progress_step *step);
void vprod__progress_done (struct vprod__progress *progress, struct vprod__progress_step *step);
void vprod__progress_failed (struct vprod__progress *progress, struct vprod__progress_step *step,
                             const char *error);
void vprod__progress_cancelled (struct vprod__progress *progress, struct vprod__progress_step *step);
void vprod__progress_output (struct vprod__progress *progress, struct vprod__progress_step *step, const char *line,
                             size_t length);

/* A line outside all steps. */
void vprod__progress_word (struct vprod__progress *progress, const char *line, size_t length);

/* Hands text to on_log. */
void vprod__progress_say (struct vprod__progress *progress, const char *line, size_t length);

/* The log of a step, made on first demand; NULL out of memory. */
struct vprod__step_log *vprod__progress_log (struct vprod__progress *progress, struct vprod__progress_step *step);

/* ---- the readers -------------------------------------------------------------------------------------------- */

void vprod__read_plain (void *progress, const char *line, size_t length);
void vprod__read_legacy (void *progress, const char *line, size_t length);
void vprod__read_podman (void *progress, const char *line, size_t length);
void vprod__read_rawjson (struct vprod__progress *progress, const char *bytes, size_t length);
/* The output of rawjson's steps that had no end of line yet. */
void vprod__flush_rawjson (struct vprod__progress *progress, struct vprod__progress_step *step);
/* The builder that works step by step has ended. */
void vprod__finish_sequence (struct vprod__progress *progress, int failed);

#endif
