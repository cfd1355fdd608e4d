/* SPDX-License-Identifier: MIT */
/* One step of `run.before`: its run, and how that ended. */
#ifndef VPROD_SESSION_BEFORE_STEP_H
#define VPROD_SESSION_BEFORE_STEP_H

#include <stddef.h>
#include <verify-prod/session.h>
#include "session/build.h"
#include "session/once_end.h"
#include "spec/spec.h"

struct vprod__before_run {
  const struct vprod__spec_before *step;
  size_t nth;  /* 1 is the first */
  char *what;  /* its command in a line */
  char *image; /* its own image, built or given; NULL: the image under test */
  struct vprod__build build; /* of its own image; zero: none was built */
  struct vprod__once once;
  int64_t limit_ms;
};

/* Names it: run->what. 0, or -1 out of memory. */
int vprod__before_name (struct vprod__before_run *run);

/* Runs it to its end: run->once. What it needs is there. */
int vprod__before_run_step (vprod_session *session, struct vprod__before_run *run, vprod_error **err);

void vprod__before_run_clear (struct vprod__before_run *run);

/* The error of a step that failed in an image of its own, or that cannot be judged; 0: it is the fault of the image under
   test. Pure. */
int vprod__before_not_told (const struct vprod__before_run *failed, vprod_error **err);

/* Did it end as it should? */
int vprod__before_is_good (const struct vprod__before_run *run);

/* "exit code 1 (…)", "…did not end within 15 min": how it ended, for one that was started. */
#define VPROD__BEFORE_WORDS_SIZE 256
const char *vprod__before_words (const struct vprod__before_run *run, char text[static VPROD__BEFORE_WORDS_SIZE]);

#endif
