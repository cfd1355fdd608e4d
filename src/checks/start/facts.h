/* SPDX-License-Identifier: MIT */
/* What `start` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_START_FACTS_H
#define VPROD_CHECKS_START_FACTS_H

#include <stddef.h>
#include "probe/sockets.h"
#include "checks/start/settings.h"
#include "result/result.h"
#include "session/before.h"
#include "util/error.h"

struct vprod__start_service {
  const char *name;
  const char *version; /* of a PostgreSQL, "16.4"; NULL: it is something else */
  int64_t ready_ms;
};

struct vprod__start_facts {
  const struct vprod__before_run *before; /* the steps before it that were run */
  size_t n_before;
  const struct vprod__before_run *before_failed; /* the one that failed: the app was not started; NULL: none did */
  char *const *entrypoint; /* the image's, or NULL */
  int started;     /* 0: the engine could not start it */
  const char *why; /* not started: the engine's words */
  int running;     /* at the end of looking */
  int exit_code;   /* not running */
  int oom_killed;
  int restart_count;
  const char *again; /* the command line of what was started again inside the container; NULL: none was */
  const char *left;  /* the command line of the first process, where it is left without the server; NULL: it is not */
  int port;          /* of `left`: the port on which nothing listens any more; 0: not known */
  int dead_port;     /* run.port, on which nothing can be reached, though the health, asked elsewhere, is good; 0: it can be */
  enum vprod__where dead_where; /* of that port */
  const char *listens;          /* where the app listens instead, in words; NULL: not known */
  const struct vprod__ends *ends; /* processes of it that ended with an error; NULL: none */
  const char *missing;    /* the text of the spec's `processes` that is in no live process's command line; NULL: none */
  int lists_processes;    /* the spec's `processes` is not empty */
  int processes_untold;   /* 1: the processes are not known */
  const char *installs;      /* packages that were put there since the start, in words; NULL or "": none were seen */
  const char *installs_said; /* an installer's words in the log; or NULL */
  const char *installs_untold; /* why it is not known whether there are such packages; or NULL */
  int64_t up_ms;    /* how long it was seen up; of one that ended, until its end was seen */
  const char *user; /* the image's USER as written, or NULL */
  const char *run_user; /* the spec's run.user, which it ran as; NULL: as the image's */
  struct vprod__start_settings settings;
  const char *log;  /* the last bytes of its output, ended by NUL; "" if none */
  size_t log_length;
  const struct vprod__start_service *services;
  size_t n_services;
  size_t n_databases;  /* how many of them are a PostgreSQL */
  int uses_database;   /* the spec wants it to be connected */
  int64_t connections; /* -1: not known */
  int wants_tls;       /* a database takes connections over TLS alone */
  int64_t turned_away; /* connections that the database refused, where none was accepted */
  const char *turned_away_why; /* the database's message to the last of these; or NULL */
};

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__start_judge (const struct vprod__start_facts *facts, vprod_result *result, vprod_error **err);

/* Evidence: the Dockerfile of a step's own image, where that is what the result is about. */
#define VPROD__START_DOCKERFILE "before_dockerfile"

/* Its parts for `run.before` (before.c): evidence on all steps; the verdict on the one that failed. */
void vprod__start_tell_before (const struct vprod__start_facts *facts, vprod_result *result);
int vprod__start_judge_before (const struct vprod__start_facts *facts, vprod_result *result, vprod_error **err);

#endif
