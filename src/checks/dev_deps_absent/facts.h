/* SPDX-License-Identifier: MIT */
#ifndef VPROD_CHECKS_DEV_DEPS_ABSENT_FACTS_H
#define VPROD_CHECKS_DEV_DEPS_ABSENT_FACTS_H

#include "session/session.h"

enum vprod__presence {
  VPROD__ABSENT = 0,
  VPROD__PRESENT,
  VPROD__UNTOLD /* could not be told */
};

/* One package, path or command of the spec, and what was found. */
struct vprod__dev_dep {
  const char *option;  /* "packages", "paths" or "commands" */
  char *name;
  enum vprod__presence presence;
  char *where;         /* in words: present: where it is; untold: why; absent: what says so, or NULL */
  int at_run;          /* present: in the running app's file system only, not in the image */
  char *lower;         /* a place in a lower layer that a later layer removes, or NULL */
};

struct vprod__dev_deps_absent_facts {
  const struct vprod__dev_dep *deps; /* all that was looked for */
  size_t count;
};

/* 0, or negative: nothing is present and something could not be told. */
int vprod__dev_deps_absent_judge (const struct vprod__dev_deps_absent_facts *facts, vprod_result *result,
                                  vprod_error **err);

/* What the outcome of a command tells of what it asks for. packages: the names that the spec looks for, or NULL. *ret_why is
   malloc'ed. The presence, or -1 out of memory. */
int vprod__judge_command (char *const *argv, const struct vprod__once *once, char *const *packages,
                          char **ret_why);

/* Does this exit code of a command that printed nothing mean that what it asks for is absent? 1, 0, or -1 out of memory. */
int vprod__says_no_in_silence (char *const *argv, int exit_code);

/* ---- what a command asks for (asked.c) ----------------------------------------------------------------- */

/* Does this program run scripts of its language? */
int vprod__is_interpreter (const char *word);

/* The names of what a command asks for, NULL-ended. 0, or -1 out of memory. */
int vprod__find_asked (char *const *argv, char ***ret);

/* Does a command ask for nothing but its own program: has it only options, or "version"? */
int vprod__asks_for_itself (char *const *argv);

/* Does a line that says that something is absent name this? */
int vprod__names_asked (const char *line, size_t length, const char *asked);

/* ---- rpm (rpm.c) --------------------------------------------------------------------------------------- */

/* Asks the image's rpm for those of the packages that were not found so far. database: its path, to be told. */
int vprod__ask_rpm (vprod_session *session, struct vprod__dev_dep *deps, size_t count, const char *database,
                    vprod_error **err);

/* What `rpm -q --queryformat %{NAME}\n NAME…` says of one name. */
enum vprod__presence vprod__rpm_says (const struct vprod__once *once, const char *name);

#endif
