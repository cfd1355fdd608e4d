/* SPDX-License-Identifier: MIT */
/* Which processes of the app ended with an error while its first one runs on. Pure functions of what was seen. */
#ifndef VPROD_CHECKS_START_ENDS_H
#define VPROD_CHECKS_START_ENDS_H

#include "probe/processes.h"

struct vprod__end {
  char *what;  /* its command line, or as much of it as is known; "" */
  int code;    /* its exit code, 128 + N for signal N; -1: not known */
  char *words; /* the line of the log that tells of it; "" */
};

struct vprod__ends {
  struct vprod__end *list;
  size_t count;
};

/* now: the last look at the processes; looks 0: they are not known. before: an earlier one. The log ends with NUL. 0, or
   -1 out of memory. */
int vprod__ends_judge (const struct vprod__dead *dead, size_t n_dead, const struct vprod__processes *before,
                       const struct vprod__processes *now, const char *log, struct vprod__ends *ret);
void vprod__ends_clear (struct vprod__ends *ends);

/* Does a process of the last look that lives have the text in its command line? A shell that was given its script with -c
   does not count: it names what it starts. */
int vprod__process_lives (const struct vprod__processes *now, const char *text);

/* The end of a process whose command line or log line has the text; NULL: none. */
const struct vprod__end *vprod__end_of (const struct vprod__ends *ends, const char *text);

/* ---- what a log says of ends: ends_log.c --------------------------------------------------------------- */

/* Did it end with an error of its own? Signals by which others end a process do not count. */
int vprod__end_is_bad (int exit_code);

enum vprod__log_end_kind {
  VPROD__LOG_SUPERVISED = 1, /* a supervisor's line on a process that it names */
  VPROD__LOG_CRASH,          /* a runtime's last line */
  VPROD__LOG_SCRIPT          /* a runtime's last line, with the script's path: that may have been restarted */
};

struct vprod__log_end {
  enum vprod__log_end_kind kind;
  char name[128];   /* a supervisor's name, or the path of the script; "" */
  int code;         /* -1: not known */
  const char *line; /* in the log, which lends it */
  size_t length;
  int over;         /* a later line says that it runs */
};

/* For each process that a supervisor names, its last line. At most `size`; returns how many. */
size_t vprod__log_ends (const char *log, struct vprod__log_end *ends, size_t size);

#endif
