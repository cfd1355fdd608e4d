/* SPDX-License-Identifier: MIT */
/* What `restricted` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_RESTRICTED_FACTS_H
#define VPROD_CHECKS_RESTRICTED_FACTS_H

#include "known/kubelet.h"
#include "known/restrictions.h"
#include "result/result.h"
#include "session/session.h"

/* A set of restrictions has a bit for each. */
#define VPROD__BIT(restriction) (1U << (restriction))

/* A container of the app that was started with some of them. */
struct vprod__restricted_run {
  unsigned in_force;
  struct vprod__second second;
};

struct vprod__restricted_facts {
  enum vprod__restricted_as as;
  const char *image_user; /* as written, or NULL */
  const char *run_user;   /* run.user, or NULL */
  const char *user;       /* as which the manifest has it started, so that nobody looks at the image's; NULL: it names none */
  int64_t memory;         /* bytes; 0: no limit */
  char *const *tmpfs;     /* paths of emptyDirs, or NULL */
  int read_only;          /* 1: be it by the check's option or by run.read-only */
  int seccomp;            /* as vprod_engine_facts has it */
  unsigned all;           /* restrictions that the app does not run under anyway */

  const struct vprod__restricted_run *full;  /* with all of them; NULL: not run */
  const struct vprod__restricted_run *again; /* the same once more; NULL: that was not needed */
  const struct vprod__restricted_run *runs;  /* with all but one, with one alone, and with none */
  size_t n_runs;
  char *const *folders; /* below which it writes where nothing keeps it from that; NULL: not known */
  const struct vprod__restricted_run *mounted; /* with all of them, and an emptyDir at each of these; NULL: not tried */
};

/* Which restrictions the app cannot live with, by the runs; 0: not known. *ret_alone: 0: without that one it becomes ready; 1: with
   each of them alone it does not. */
unsigned vprod__restricted_guilty (const struct vprod__restricted_facts *facts, int *ret_alone);

/* Of paths with "A", "C" or "D" before them: below which folders something was written that is no bytecode or the like. except:
   lists of paths that are mounted, NULL-ended. 0, or -1 out of memory. */
int vprod__restricted_folders (char *const *changes, char *const *const *except, char ***ret);

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__restricted_judge (const struct vprod__restricted_facts *facts, vprod_result *result, vprod_error **err);

#endif
