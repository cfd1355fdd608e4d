/* SPDX-License-Identifier: MIT */
#ifndef VPROD_CHECKS_NO_SECRETS_FACTS_H
#define VPROD_CHECKS_NO_SECRETS_FACTS_H

#include "runner/runner.h"
#include "scan/redact.h"
#include "scan/scan.h"
#include "result/result.h"

struct vprod__history_line {
  char *created_by;
  char *comment;
};

/* ---- what is no secret though it looks like one: no_secrets_allow.c ------------------------------------ */

/* checks.no-secrets.allow. */
struct vprod__secret_allow {
  char *const *list; /* or NULL; lent */
  char *used;        /* by number: this entry allowed something */
};
struct vprod__secret_place {
  const char *rule;
  const char *variable;    /* or NULL */
  const char *value;
  const char *path;        /* in a layer, without "/" in front; or NULL */
  const char *fingerprint; /* or NULL */
};
int vprod__secret_allow_init (struct vprod__secret_allow *allow, char *const *list); /* 0, or -1 out of memory */
int vprod__secret_allowed (struct vprod__secret_allow *allow, const struct vprod__secret_place *place);
void vprod__secret_allow_clear (struct vprod__secret_allow *allow);

/* ---- the verdict --------------------------------------------------------------------------------------- */

struct vprod__layer_secrets;
struct vprod__no_secrets_facts {
  const vprod_image_facts *image;
  const struct vprod__history_line *history; /* newest first */
  size_t n_history;
  char *const *run_env; /* NAME=value, as the spec has them; or NULL */
  char *const *allow;   /* or NULL */
  const struct vprod__layer_secrets *layers; /* NULL: they could not be read */
  struct vprod__scan *scan; /* knows credentials by their form; NULL: this machine cannot look for them */
  struct vprod__redact *redact; /* where all that is found goes, so that nothing shows it; NULL: nowhere */
};

/* 0, or -1 out of memory. No value of a secret is in the result, whole or in a form that gives it away. */
int vprod__no_secrets_judge (const struct vprod__no_secrets_facts *facts, vprod_result *result, vprod_error **err);

/* ---- what is found ------------------------------------------------------------------------------------- */

struct vprod__secret_hit {
  const char *rule;        /* id; static */
  const char *description; /* static */
  const char *variable;    /* NULL: none is known */
  size_t variable_length;
  const char *value;
  size_t length;
};
/* Lent for the time of the call. Not 0: out of memory, give up. */
typedef int (*vprod__secret_fn) (void *data, const struct vprod__secret_hit *hit);

/* ---- values that are known by their form: no_secrets_form.c -------------------------------------------- */

/* Tells of every credential in a text that a rule of src/scan/rules.c knows by its form. scan: NULL: none is looked for.
   0, or not 0 out of memory. */
int vprod__secrets_by_form (struct vprod__scan *scan, const char *text, vprod__secret_fn on_hit, void *data);

#define VPROD__SECRET_BY_NAME "generic-assignment"
#define VPROD__SECRET_RUN_ENV "run-env-value"

/* ---- values of run.env: no_secrets_run_env.c ----------------------------------------------------------- */

/* Of NAME=value, the value, where it is a secret that must not be in an image; else NULL. */
const char *vprod__secret_run_env (const char *pair, size_t *ret_name_length);

/* Does it stand in text as a whole, or in base64? 1, 0, or -1 out of memory. */
int vprod__secret_stands_in (const char *text, const char *value, int *ret_encoded);

/* ---- texts: no_secrets_text.c -------------------------------------------------------------------------- */

/* Tells of every literal secret that the text of a shell command gives to a name, an option or a header. */
int vprod__secrets_in_command (const char *text, vprod__secret_fn on_hit, void *data);

/* The same of a program and its arguments. */
int vprod__secrets_in_argv (char *const *argv, vprod__secret_fn on_hit, void *data);

/* NAME=value: a hit if it is one. */
int vprod__secret_in_pair (const char *name, size_t name_length, const char *value, size_t length,
                           vprod__secret_fn on_hit, void *data);

/* ---- history: no_secrets_history.c --------------------------------------------------------------------- */

/* The same of what an image's history says of an instruction, in the words of BuildKit, the classic builder or
   Podman. */
int vprod__secrets_in_history (const char *created_by, vprod__secret_fn on_hit, void *data);

/* What instruction of a Dockerfile the entry comes from: "RUN", "ENV" …; "" where it is not known. Static. */
const char *vprod__history_instruction (const char *created_by);

#endif
