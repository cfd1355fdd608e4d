/* SPDX-License-Identifier: MIT */
/* Progress of a session: an area of the terminal that is redrawn, or plain lines. */
#ifndef VPROD_CLI_PROGRESS_H
#define VPROD_CLI_PROGRESS_H

#include "cli.h"

/* ---- terminal.c ---------------------------------------------------------------------------------------- */

/* 1 if fd is a terminal, not dumb, and this is not CI. */
int cli_is_terminal (int fd);

/* 1 if colours may be written to fd. */
int cli_wants_color (int fd, int no_color);

/* Columns of the terminal; 0: none, or not known. */
int cli_width (int fd);

/* Copies as many characters of text as fit into width columns and size bytes. Control characters become spaces,
   unprintable ones question marks. Returns the columns used. */
int cli_fit (char *to, size_t size, const char *text, int width);

/* Writes to standard output and waits for its reader, unless the program was interrupted. From any thread. */
void cli_out (const char *text, size_t length);

/* The errno of a failed cli_out, or 0. */
int cli_out_error (void);

/* Starts a thread that cancels the session when the reader of standard output, a pipe, is gone. */
void cli_watch_reader (void);
void cli_unwatch_reader (void);

/* ---- live.c -------------------------------------------------------------------------------------------- */

struct live;

/* ids: the checks that will run, NULL-ended, lent. NULL out of memory. */
struct live *live_start (const char *const *ids, int color);
void live_event (struct live *live, const vprod_event *event);

/* Shows text in the last line, instead of the session's notes. text: lent. */
void live_phase (struct live *live, const char *text);

/* Erases the area. NULL is fine. */
void live_end (struct live *live);

enum progress_mode {
  PROGRESS_NONE,
  PROGRESS_LIVE,  /* redrawn on standard error */
  PROGRESS_LINES, /* steps, notes and a line per check on standard error */
  PROGRESS_TEXT,  /* the text report on standard output, each check as it ends; the rest on standard error */
  PROGRESS_BUILD, /* steps and the builder's log on standard error */
};

/* ---- lines.c -------------------------------------------------------------------------------------------- */

struct lines;

/* Steps and notes on standard error, and what runs for long. NULL out of memory: nothing is shown. */
struct lines *lines_start (enum progress_mode mode);

/* NULL is fine for both. */
void lines_event (struct lines *lines, const vprod_event *event);
void lines_end (struct lines *lines);

/* ---- progress.c ---------------------------------------------------------------------------------------- */

struct progress {
  enum progress_mode mode;
  int quiet;           /* no steps and notes */
  int color;           /* the text report, in colours */
  struct live *live;   /* PROGRESS_LIVE */
  struct lines *lines; /* the other modes; NULL: quiet */
};

/* Starts the lines, where the mode has any and it is not quiet. */
void progress_start_lines (struct progress *progress);

/* Erases the live area; no more lines are written. */
void progress_end (struct progress *progress);

/* A session's on_event; data is a struct progress. */
void progress_event (void *data, const vprod_event *event);

#endif
