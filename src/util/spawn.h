/* SPDX-License-Identifier: MIT */
/*
 * Child processes, started without a shell. A child leads a session (so a process group) of its own, has no
 * terminal, no signal blocked or ignored, and of the parent's files only the three that it is given. All of it is
 * safe in a program with threads, whatever that program does with SIGCHLD.
 */
#ifndef VPROD_UTIL_SPAWN_H
#define VPROD_UTIL_SPAWN_H

#include <sys/types.h>
#include <verify-prod/runner.h>
#include "util/error.h"

/* How a child ended. */
struct vprod__spawn_end {
  int known;     /* 0: the program ignores SIGCHLD, or took the status for itself; the rest says nothing */
  int exit_code; /* -1: ended by a signal */
  int signal;    /* 0: none */
  int stopped;   /* 1: ended because on_output said so */
};

struct vprod__spawn {
  const char *path;        /* of the program; PATH is not searched */
  const char *const *argv; /* NULL-ended, with argv[0] */
  const char *const *envp; /* its whole environment, NULL-ended; a mark that says whose child it is (util/orphans.h) is
                              added */
  int merge;               /* 1: its stderr goes where its stdout goes, in the order of writing */
  vprod_output_fn on_output; /* NULL: its output is thrown away */
  void *data;
  int64_t grace_ms;        /* from SIGTERM to SIGKILL; 0: 5 seconds */
};

/* Runs a program to its end, with standard input from /dev/null. 0 once it has ended by itself or because
   on_output said so; minus TIMEOUT or CANCELLED when the call ended it (SIGTERM to its group, after the grace
   SIGKILL); minus IO if it could not be started. In every case it is reaped, and what it left running in its group
   is ended once that keeps the output open. */
int vprod__spawn_run (const vprod_call *call, const struct vprod__spawn *what, struct vprod__spawn_end *ret_end,
                      vprod_error **err);

/* Lower level: a child whose pipes the caller reads and writes. */
struct vprod__child {
  pid_t pid; /* 0: none, or reaped; also its process group */
  int pidfd; /* readable once it has ended; -1: the kernel has no such thing */
};
#define VPROD__NO_CHILD { .pid = 0, .pidfd = -1 }

/* fds: its stdin, stdout, stderr; -1: /dev/null. They stay open here. */
int vprod__child_start (const char *path, const char *const *argv, const char *const *envp, const int fds[3],
                        struct vprod__child *ret_child, vprod_error **err);

/* Has it ended? It is not reaped yet, so that its process group is still its own. */
int vprod__child_has_ended (const struct vprod__child *child);

/* Ends it (SIGTERM to its group, SIGKILL after the grace) if it runs, kills what is left of its group, and reaps
   it. ret_end may be NULL. A child that is none is fine. */
void vprod__child_end (struct vprod__child *child, int64_t grace_ms, struct vprod__spawn_end *ret_end);

#endif
