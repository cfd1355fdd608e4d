/* SPDX-License-Identifier: MIT */
/* What `image-healthcheck` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_IMAGE_HEALTHCHECK_FACTS_H
#define VPROD_CHECKS_IMAGE_HEALTHCHECK_FACTS_H

#include "result/result.h"

/* ---- the command (command.c) ---------------------------------------------------------------------------- */

enum vprod__healthcheck_form {
  VPROD__HEALTHCHECK_NONE = 0,
  VPROD__HEALTHCHECK_OFF,   /* HEALTHCHECK NONE */
  VPROD__HEALTHCHECK_EXEC,  /* CMD ["a", "b"] */
  VPROD__HEALTHCHECK_SHELL, /* CMD a b */
  VPROD__HEALTHCHECK_ODD    /* no engine runs it */
};

/* test: Config.Healthcheck.Test. */
enum vprod__healthcheck_form vprod__healthcheck_form (char *const *test);

/* What the engine runs for it, of the two forms that it runs; shell: Config.Shell, NULL: the engine's own. 0, or -1 out of
   memory. */
int vprod__healthcheck_argv (char *const *test, char *const *shell, char ***ret);

/* As it would be typed into a shell; NULL out of memory. */
char *vprod__healthcheck_text (char *const *test);

/* What is seen of the text. Each NULL where there is nothing; malloc'ed. */
struct vprod__healthcheck_looks {
  char *blind;   /* a program that ends with 0 whatever status it is answered with */
  char *shrug;   /* its last command, which ends with 0 whatever came before: "true", "exit 0" */
  char *literal; /* of the exec form, "$PORT", which no shell replaces by its value */
  char *phrase;  /* of the exec form, a program's name that is a whole command line */
  char *program; /* the first that it runs; "" where that is not seen */
  int port;      /* at which it asks this container; 0: that is not seen */
};
/* 0, or -1 out of memory. */
int vprod__healthcheck_look (char *const *test, const char *text, struct vprod__healthcheck_looks *ret);
void vprod__healthcheck_looks_clear (struct vprod__healthcheck_looks *looks);

/* ---- what it did ------------------------------------------------------------------------------------------ */

enum vprod__healthcheck_end {
  VPROD__HEALTHCHECK_ENDED = 0,
  VPROD__HEALTHCHECK_NO_PROGRAM, /* it could not be run */
  VPROD__HEALTHCHECK_RUNS_ON,    /* it did not end in its time */
  VPROD__HEALTHCHECK_BUSY,       /* the same, on a machine that was too busy for that to mean anything */
  VPROD__HEALTHCHECK_APP_ENDED   /* the app's container did */
};

struct vprod__healthcheck_run {
  enum vprod__healthcheck_end end;
  int exit_code;      /* if it ended */
  const char *why;    /* it could not be run: the engine's words */
  const char *output; /* NULL: none */
  size_t output_length;
  int64_t took_ms;
};

struct vprod__image_healthcheck_facts {
  char *const *test;      /* Config.Healthcheck.Test, or NULL */
  const char *text;       /* of it, for people */
  const char *shell;      /* that the shell form needs */
  const struct vprod__healthcheck_looks *looks;
  int required;
  int podman;             /* 1: the engine is Podman, which builds images that have none */
  int place_line;         /* where one would go: the last line of the stage that is built; 0: there is no Dockerfile */
  int dockerfile_line;    /* where the Dockerfile of an image without one has one; 0: nowhere, or there is no Dockerfile */
  int app_is_unhealthy;   /* 1: so it must say unhealthy, too; it was not run */

  const struct vprod__healthcheck_run *in_app; /* the last of its runs there; NULL: it was not run */
  int tries;
  int64_t waited_ms;      /* from the first try to the last */
  int64_t stalled_ms;     /* for how much of that the machine kept the container waiting */
  int stall_is_known;
  int busy;               /* 1: the machine was too busy for a verdict */
  int64_t limit_ms;       /* of one run */
  int64_t may_take_ms;    /* what the engine would allow it: what the image says, else the engine's own */
  int64_t start_left_ms;  /* of the image's start period, after the last try; 0: it is over */
  char *const *listens;   /* where the app listens; NULL: not known */
  int port;               /* the app's; 0: not known */
  const char *path;       /* that checks.health asks; NULL: none */

  const struct vprod__healthcheck_run *elsewhere; /* where no app serves, beside the services; NULL: not run */
  const struct vprod__healthcheck_run *alone;     /* the same without any network; NULL: not run */
};

int vprod__image_healthcheck_judge (const struct vprod__image_healthcheck_facts *facts, vprod_result *result, vprod_error **err);

#endif
