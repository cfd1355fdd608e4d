/* SPDX-License-Identifier: MIT */
#ifndef VPROD_CLI_RUN_OPTIONS_H
#define VPROD_CLI_RUN_OPTIONS_H

#include "output.h"

struct run_options {
  const char *spec; /* or NULL */
  char **sets;      /* KEY=VALUE, NULL-ended; NULL: none */
  char **only;      /* ids, NULL-ended; NULL: all */
  char **skip;
  const char *format;
  struct output *outputs;
  size_t n_outputs;
  int keep;
  int jobs;
  int64_t timeout_ms;
  const char *host;
  int quiet;
  int no_color;
  int help;
};

extern const char run_options_help[];

/* Reads the arguments; those of lists are copies, the rest is lent from them. 0, or an exit code after a message. */
int run_options_parse (int argc, char **argv, struct run_options *ret);
void run_options_clear (struct run_options *options);

/* Does each id name a check, or one of the spec's own (NULL: it has none)? 0, or an exit code after a message. */
int run_options_know_ids (const struct run_options *options, const vprod_spec *spec);

/* The ids of the checks to run, in the order of the report; NULL-ended, malloc'ed, its strings lent. NULL after a
   message: none. */
const char **run_options_plan (const struct run_options *options, const vprod_spec *spec);

#endif
