/* SPDX-License-Identifier: MIT */
/* What a person sees while a session works: an area of the terminal redrawn in place, or plain lines. */
#ifndef VPROD_CLI_PROGRESS_H
#define VPROD_CLI_PROGRESS_H

#include "cli.h"

/* ---- terminal.c ----------------------------------------------------------------------------------------------
   */

/* 1 if a terminal is there for people: not in CI, not dumb. */
int cli_is_terminal (int fd);

/* 1 if what is written to fd may have colours. */
int cli_wants_color (int fd, int no_color);

/* Columns of the terminal; 0: it is none, or does not say. */
int cli_width (int fd);

/* Copies as many characters of text as fit into width columns and size bytes; what a terminal would act on
   becomes a space, what it cannot show a question mark. The columns used. */
int cli_fit (char *to, size_t size, const char *text, int width);

/* Writes all to standard output, waiting for its reader, but not once the program was interrupted. Any thread. */
void cli_out (const char *text, size_t length);

/* The errno of a failed cli_out, or 0. */
int cli_out_error (void);

/* Waits, in a thread, until nobody reads the pipe that standard output is any more; cancels the session then. */
void cli_watch_reader (void);
void cli_unwatch_reader (void);

/* ---- live.c --------------------------------------------------------------------------------------------------
   */

struct live;

/* ids: checks that will be run, NULL-ended, lent. NULL where the terminal or memory does not do. */
struct live *live_start (const char *const *ids, int color);
void live_event (struct live *live, const vprod_event *event);

/* What happens, in the last line, instead of the session's notes. text: lent. */
void live_phase (struct live *live, const char *text);

/* Takes the area away. NULL is fine. */
void live_end (struct live *live);

/* ---- progress.c ----------------------------------------------------------------------------------------------
   */

enum progress_mode {
  PROGRESS_NONE,
  PROGRESS_LIVE,  /* redrawn on standard error */
  PROGRESS_LINES, /* steps, notes and a line a check on standard error */
  PROGRESS_TEXT,  /* the text report on standard output, each check as it ends; the rest on standard error */
  PROGRESS_BUILD, /* steps and the builder's words on standard error */
};

struct progress {
  enum progress_mode mode;
  int quiet;          /* no steps and notes */
  int color;          /* the text report, in colours */
  struct live *live;  /* PROGRESS_LIVE */
};

/* A session's on_event; data is a struct progress. */
void progress_event (void *data, const vprod_event *event);

#endif
