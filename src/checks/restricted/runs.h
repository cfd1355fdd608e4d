/* SPDX-License-Identifier: MIT */
/* The containers that `restricted` starts: with all restrictions, and, where the app does not become ready so, with some. */
#ifndef VPROD_CHECKS_RESTRICTED_RUNS_H
#define VPROD_CHECKS_RESTRICTED_RUNS_H

#include "checks/restricted/facts.h"

#define VPROD__RUNS_MOST (2 * VPROD__RESTRICTION_COUNT + 1) /* all but one, one alone, none */

struct vprod__restricted_runs {
  vprod_session *session;
  const vprod_spec *spec;
  unsigned all;       /* what the app does not run under anyway */
  const char *user;   /* as which the manifest has it started; NULL: it names none. Lent */
  int64_t limit_ms;   /* of one with all restrictions */
  int64_t search_ms;  /* of the others */
  size_t at_once;
  char **env;         /* run.env */
  char **links;       /* of services, without what run.env sets */
  char **cluster;     /* the same, of the cluster's API */
  char **cap_add;     /* what may be added all the same */

  struct vprod__restricted_run full, again, mounted;
  struct vprod__restricted_run list[VPROD__RUNS_MOST];
  size_t count;
  char **folders; /* below which the app writes; NULL: not known */
};

/* Works out what is to be restricted. The app and the services are there. */
int vprod__restricted_runs_begin (struct vprod__restricted_runs *runs, const struct vprod__app *app, vprod_error **err);
void vprod__restricted_runs_clear (struct vprod__restricted_runs *runs);

/* Starts it with all of them; and, where it did not become ready, with some of them, until it is known which it cannot live
   with. facts: gets what came of it. */
int vprod__restricted_runs_full (struct vprod__restricted_runs *runs, vprod_error **err);
int vprod__restricted_runs_find (struct vprod__restricted_runs *runs, struct vprod__restricted_facts *facts, vprod_error **err);

#endif
