/* SPDX-License-Identifier: MIT */
/* Settings of the spec's `run` that an app may stumble over. */
#ifndef VPROD_CHECKS_START_SETTINGS_H
#define VPROD_CHECKS_START_SETTINGS_H

#include "spec/spec.h"

/* Which are in force; zero: none. */
struct vprod__start_settings {
  int read_only;
  int cap_drop;
  int no_new_privileges;
  int memory;
  int pids;
  int user;
  char *const *tmpfs; /* paths; NULL: none */
  char *const *volumes;
};

void vprod__start_settings_take (const vprod_spec *spec, struct vprod__start_settings *ret);

/* What to do, where the words (a log, the engine's) say that it stumbled over one of them; that line is *ret_line. NULL: they do
   not. */
const char *vprod__start_settings_remedy (const struct vprod__start_settings *settings, const char *words,
                                          const char **ret_line, size_t *ret_length);

/* Was it killed because it used more memory than run.memory? */
int vprod__start_ran_out_of_memory (const struct vprod__start_settings *settings, int exit_code, int oom_killed);

#endif
