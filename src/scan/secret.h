/* SPDX-License-Identifier: MIT */
/*
 * A credential that was found, wherever: in a file (scan/scan.h), in a variable, a command, or what an image's history says
 * of an instruction. Texts are searched twice: for what the rules of data/secrets know by its form, and for what is given to a
 * name, an option or a program that takes secrets.
 */
#ifndef VPROD_SCAN_SECRET_H
#define VPROD_SCAN_SECRET_H

#include <stddef.h>
#include <stdint.h>
#include "util/error.h"

struct vprod__scan;

struct vprod__secret {
  const char *rule;        /* id; it and the next live as long as the rules */
  const char *description;
  const char *variable;    /* what it is given to; NULL: it is not known */
  const char *value;       /* the secret itself: for comparing, never for showing; "": it is the file as a whole */
  const char *path;        /* of the file, without "/" in front; NULL: it stands in a text */
  uint64_t line;           /* of the file, from 1 */
  int is_own;              /* 1: found by a rule of the user (scan/own.h), whose id may be that of a rule of data/secrets */
  const char *fingerprint; /* names this value in this place of this file, for allow lists: "rule:path:hash"; or NULL */
};

#define VPROD__SECRET_BY_NAME "generic-assignment"
#define VPROD__SECRET_RUN_ENV "run-env-value"

/* Lent for the time of the call; not 0 ends the search. */
typedef int (*vprod__secret_fn) (void *data, const struct vprod__secret *secret);

/* A copy in one piece, to be freed; NULL out of memory. */
struct vprod__secret *vprod__secret_copy (const struct vprod__secret *secret);

/* ---- texts. scan: knows credentials by their form; NULL: this machine cannot, and names alone tell. 0, or -1 out of memory or
   where on_secret was not 0 ------------------------------------------------------------------------------------------ */

/* By its form alone; all rules count but assignments, and those for files of certain names where the text names such a file. */
int vprod__secrets_in_text (struct vprod__scan *scan, const char *text, vprod__secret_fn on_secret, void *data);

/* NAME=value, or a name without value. */
int vprod__secrets_in_pair (struct vprod__scan *scan, const char *pair, vprod__secret_fn on_secret, void *data);

/* A program and its arguments; NULL: there is none. */
int vprod__secrets_in_argv (struct vprod__scan *scan, char *const *argv, vprod__secret_fn on_secret, void *data);

/* An instruction of a Dockerfile, as it is written or as BuildKit, the classic builder or Podman put it into an image's
   history. */
int vprod__secrets_in_instruction (struct vprod__scan *scan, const char *text, vprod__secret_fn on_secret, void *data);

/* Which instruction it is: "RUN", "ENV" …; "" where it is not known. Static. */
const char *vprod__history_instruction (const char *created_by);

/* ---- what names and values say: named.c, made.c, assignment.c ---------------------------------------------------------------------- */

/* Does something of this name hold a secret? "DB_PASSWORD" does, "TOKEN_URL" does not. */
int vprod__secret_name (const char *name, size_t length);

/* How much a name says of what it is given. */
enum vprod__secret_naming {
  VPROD__NAMED_NOTHING,
  VPROD__NAMED_KEY,    /* "SEARCH_ADMIN_KEY": a secret if only a machine makes such a value */
  VPROD__NAMED_PART,   /* "password_orders": a secret if the value could be nothing else; vprod__secret_name is 1 */
  VPROD__NAMED_SECRET, /* "DB_PASSWORD" */
};
enum vprod__secret_naming vprod__secret_naming (const char *name, size_t length);

/* Is it a value that only a machine makes, random letters and digits? */
int vprod__secret_made (const char *value, size_t length);

/* Is it, as the value of such a name, a literal secret, rather than nothing, a switch, a path, a reference, or what people
   write where a secret will be? */
int vprod__secret_value (const char *name, size_t name_length, const char *value, size_t length);

/* Is this what people write where a secret will be ("changeme", "xxxx", "<token>", "{{ token }}", "example")? */
int vprod__secret_placeholder (const char *value, size_t length);

/* … or a word that people use for throwaway values, and that stands in texts for other reasons ("verify", "postgres")? */
int vprod__secret_common (const char *value, size_t length);

/* ---- values that are known: values.c ------------------------------------------------------------------------------ */

struct vprod__scan_value {
  char *text;    /* what is looked for */
  char *plain;   /* the value it tells of */
  char *coded;   /* base64, of which text is a piece, in one of its alphabets; NULL: text is the value itself */
  size_t offset; /* of the piece */
};
struct vprod__scan_values {
  struct vprod__scan_value *list;
  size_t count;
};
int vprod__scan_values_make (const char *const *plain, struct vprod__scan_values *ret); /* 0, or -1 out of memory */
void vprod__scan_values_clear (struct vprod__scan_values *values);

/* One of them that stands in a text as a whole, or in base64; NULL: none does. */
const struct vprod__scan_value *vprod__scan_values_find (const struct vprod__scan_values *values, const char *text);

/* ---- what is no secret though it looks like one: allow.c ---------------------------------------------------------- */

/* checks.no-secrets.allow. */
struct vprod__secret_allow {
  char *const *list; /* or NULL; lent */
  char *used;        /* by number: this entry allowed something */
};
int vprod__secret_allow_init (struct vprod__secret_allow *allow, char *const *list); /* 0, or -1 out of memory */
int vprod__secret_allowed (struct vprod__secret_allow *allow, const struct vprod__secret *secret);
void vprod__secret_allow_clear (struct vprod__secret_allow *allow);

#endif
