/* SPDX-License-Identifier: MIT */
/* The processes of a container, from a few looks at it. */
#ifndef VPROD_PROBE_PROCESSES_H
#define VPROD_PROBE_PROCESSES_H

#include <stddef.h>
#include <verify-prod/runner.h>
#include "probe/proc.h"

struct vprod__seen {
  int64_t pid;
  int64_t ppid;
  int64_t euid; /* -1: only a name is known */
  char *user;
  char *command;
  char *alive;  /* its command before it became a zombie; NULL: it is none, or always was */
  int first;    /* the first look that saw it, from 1 on */
  int look;     /* the last look that saw it */
  int beside;   /* 1: not a descendant of the container's first process: a health check or exec of the engine's */
  int unmapped; /* 1: its UID is not in the container's map */
  int late;     /* 1: root, and absent from the look that saw that the first process is not root, or is no longer */
};

/* To begin, zero it and set the lent members. */
struct vprod__processes {
  const struct vprod__uid_range
    *map; /* lent; from UIDs of the engine's host to the container's; NULL: they are the same */
  size_t n_map;
  int64_t first_pid; /* of the container's first process; 0: not known */
  struct vprod__seen *list;
  size_t count;
  int looks;
  int dropped; /* 1: a look saw that the first process is not root */
};

/* Begins a new look: what it sees of a process replaces what was seen before. */
void vprod__processes_look (struct vprod__processes *processes);
/* 0, or -1 out of memory. */
int vprod__processes_tell (struct vprod__processes *processes, const vprod_process *process);

/* After a look: finds out which are not the app's own, and whether the first process is root. */
void vprod__processes_find_beside (struct vprod__processes *processes);

/* Does the last look see a process of the app with UID 0? */
int vprod__processes_have_root (const struct vprod__processes *processes);

/* Is it what `ps` shows of a zombie? */
int vprod__is_defunct (const char *command);

int vprod__seen_is_root (const struct vprod__seen *seen);

void vprod__processes_clear (struct vprod__processes *processes);

#endif
