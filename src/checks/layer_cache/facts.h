/* SPDX-License-Identifier: MIT */
#ifndef VPROD_CHECKS_LAYER_CACHE_FACTS_H
#define VPROD_CHECKS_LAYER_CACHE_FACTS_H

#include "dockerfile/dockerfile.h"
#include "result/result.h"
#include "runner/build/steps.h"

struct vprod__layer_cache_facts {
  const char *touch;         /* the changed file, from the top of the context */
  char *const *patterns;     /* NULL or empty: steps that run a known package manager's install */
  const char *dockerfile;    /* its text, or "" */
  const struct vprod__dockerfile *instructions; /* what is read from it */
  const char *target;        /* the stage that is built; NULL: the last */
  const struct vprod__steps *first;  /* of the build that made the image; NULL: not known */
  const struct vprod__steps *second; /* of the build after the change */
  int succeeded;             /* did it end well? */
  const char *message;       /* if not: the builder's words, or NULL */

  /* asked only where vprod__cache_wants_… says so; -1 otherwise */
  int sent;                  /* is the changed file in what is sent to the engine? */
  const char *ignore_file;   /* what leaves it out where it is not; NULL: .dockerignore */
  const struct vprod__steps *control; /* of one more build, nothing changed; NULL: not made */
  int builder_caches;        /* does the builder reuse anything at all? */
};

/* No step that takes the changed file ran: the verdict needs to know whether the file was sent. */
int vprod__cache_wants_sent (const struct vprod__layer_cache_facts *facts);
/* A dependency step ran, and the change does not explain it: needs a build in which nothing changed. Negative out of
   memory. */
int vprod__cache_wants_control (const struct vprod__layer_cache_facts *facts);
/* In that build the step that had lost the cache was cached, though it takes another file: then the copy of that file differs
   from the original in what no copy keeps (hard links, an attribute that only root may set). The builder has cached the
   copy by now: needs one more build after a change. Negative out of memory. */
int vprod__cache_wants_again (const struct vprod__layer_cache_facts *facts);
/* In that build nothing was cached either: needs to know whether this builder caches at all. */
int vprod__cache_wants_probe (const struct vprod__layer_cache_facts *facts);

/* While the build after the change goes on: is the verdict known, so that the build can be stopped? It is once a step that
   names the changed file ran and every dependency step of the first build was seen CACHED, or depends on nothing that a
   change could reach. 1, 0, or -1 out of memory. */
int vprod__cache_is_told (const struct vprod__layer_cache_facts *facts);

int vprod__layer_cache_judge (const struct vprod__layer_cache_facts *facts, vprod_result *result, vprod_error **err);

/* ---- dependency steps: match.c ------------------------------------------------------------------------- */

/* Does the spec name no dependency steps, so that they are recognized by their commands? */
int vprod__cache_by_default (const struct vprod__layer_cache_facts *facts);

struct vprod__install;
/* Is it a dependency step? 1, and *ret says of which package manager where that is known; 0; -1 out of memory. */
int vprod__cache_examine (const struct vprod__layer_cache_facts *facts, const struct vprod__step *step,
                          struct vprod__install *ret);

/* Does one of the patterns stand in the Dockerfile? 1, 0, or -1 out of memory. */
int vprod__cache_is_written (const struct vprod__layer_cache_facts *facts);

/* The first dependency step of the Dockerfile, in a stage that the target needs, that is not among the steps; NULL: none. 0, or
   -1 out of memory. untold.c */
int vprod__cache_find_untold (const struct vprod__layer_cache_facts *facts, const struct vprod__steps *steps,
                              const struct vprod__instruction **ret);

/* ---- what to change: remedy.c -------------------------------------------------------------------------- */

/* For an installation that comes after `cause`, which copies the sources; NULL: it is not known which step does. */
void vprod__cache_remedy_order (const char *touch, const char *cause, const struct vprod__install *install,
                                vprod_result *result);

/* ---- steps: steps.c ------------------------------------------------------------------------------------ */

/* Did it run, rather than come from the cache? */
int vprod__step_ran (const struct vprod__step *step);

/* Does the step take something from the build context (COPY, ADD, RUN --mount=type=bind), and with `path` (may be
   NULL) that file? 1, 0, or -1 out of memory. */
int vprod__step_takes (const struct vprod__step *step, const char *path);

/* The number of a step in its stage, by the builder's name for it: "[deps 2/4] …", "[1/2] STEP 3/4: …", "Step 3/4 : …".
   0: none. */
long vprod__step_number (const struct vprod__step *step);

/* Of a step that ran: the first of its inputs that ran, or itself. dockerfile: its text, for builders that do not report the
   inputs of a step. Lent. */
const struct vprod__step *vprod__step_breaker (const struct vprod__steps *steps, const struct vprod__step *step,
                                               const char *dockerfile);

/* A step's text; with its here-document from the Dockerfile if the builder shows only the beginning ("RUN <<EOF (apt-get
   update...)"). malloc'ed; NULL out of memory. */
char *vprod__step_full_text (const struct vprod__step *step, const char *dockerfile);

/* The same instruction in another build, or NULL. Lent. */
const struct vprod__step *vprod__steps_same (const struct vprod__steps *steps, const struct vprod__step *step);

#endif
