/* SPDX-License-Identifier: MIT */
/*
 * A project's compose files as one: what several of them say of a service lies in layers, the first of which wins. Variables are
 * expanded as compose does, but to their defaults, else to what .env and the like say; nothing of this machine's environment.
 */
#ifndef VPROD_DRAFT_COMPOSE_H
#define VPROD_DRAFT_COMPOSE_H

#include "draft/draft.h"
#include "spec/yaml.h"

enum { VPROD__COMPOSE_MAX_FILES = 4, VPROD__COMPOSE_MAX_LAYERS = 8, VPROD__COMPOSE_MAX_TEXT = 2000 };

typedef struct vprod__yaml_node vprod__compose_node;

struct vprod__compose_file {
  char *name; /* relative to the spec's folder, for comments */
  struct vprod__yaml *yaml;
  const vprod__compose_node *services;
};

/* A service: its mappings in the files, and in what it extends. */
struct vprod__compose_service {
  const char *name;
  const vprod__compose_node *layers[VPROD__COMPOSE_MAX_LAYERS];
  const struct vprod__compose_file *files[VPROD__COMPOSE_MAX_LAYERS];
  size_t count;
};

struct vprod__compose {
  char *dir;                 /* the folder that paths in it are relative to */
  char *up;                  /* the same, from the spec's folder: "", "../" */
  struct vprod__compose_file files[VPROD__COMPOSE_MAX_FILES]; /* the first wins */
  size_t n_files;
  char **variables;          /* NAME=value of .env and the like */
  char **secrets;            /* likewise, which are not copied */
  struct vprod__compose_service app; /* the service that is built; count 0: none is known */
};

/* ---- reading (compose_files.c) ------------------------------------------------------------------------------ */

/* Adds a file. Errors: IO, SPEC, INVALID, NO_MEMORY. */
int vprod__compose_add (struct vprod__draft *draft, struct vprod__compose *compose, const char *name, const char *shown,
                        vprod_error **err);
void vprod__compose_free (struct vprod__compose *compose);

/* The value of a key of a mapping, merge keys ("<<") included; NULL where it is null. */
const vprod__compose_node *vprod__compose_get (const vprod__compose_node *mapping, const char *key);

/* The service of this name in all files. count is 0 where none has it. */
struct vprod__compose_service vprod__compose_find (const struct vprod__compose *compose, const char *name);

/* The value of a key of a service, of the first layer that has it. */
const vprod__compose_node *vprod__compose_service_get (const struct vprod__compose_service *service, const char *key);

/* Calls for each name of a service once. */
void vprod__compose_each (struct vprod__draft *draft, const struct vprod__compose *compose,
                          void (*take) (struct vprod__draft *draft, const struct vprod__compose_service *service, void *data), void *data);

/* "compose.yaml:12", where a service begins, or a key of it. malloc'ed; NULL out of memory. */
char *vprod__compose_place (struct vprod__draft *draft, const struct vprod__compose_service *service,
                            const vprod__compose_node *node);

/* "a/./b/.." → "a"; "." if nothing is left. malloc'ed. */
char *vprod__compose_join (struct vprod__draft *draft, const char *base, const char *path);

/* A path of a compose file, relative to the spec's folder. malloc'ed. */
char *vprod__compose_beside (struct vprod__draft *draft, const char *path);

/* Reads a file of the project, by a path as it stands in a compose file. 1, or 0. */
int vprod__compose_read (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret);

/* ---- texts (compose_text.c) --------------------------------------------------------------------------------- */

/* A scalar with its variables expanded; NULL: it is none, or holds a variable of which nothing is known. Secrets are made up
   rather than unknown if `make_up`. */
char *vprod__compose_text (struct vprod__draft *draft, const vprod__compose_node *value, int make_up);
char *vprod__compose_expand (struct vprod__draft *draft, const char *text, int make_up);

/* A list as it is, or a text split as a shell does. */
void vprod__compose_words (struct vprod__draft *draft, const vprod__compose_node *words, int make_up, char ***ret);

struct vprod__compose_pair {
  const char *name;
  size_t length;
  char *value;         /* NULL: unknown */
  const char *written; /* before expansion; NULL: no value */
  size_t at;           /* in the file */
  const struct vprod__compose_file *file;
};

/* Calls for each entry of a mapping, or of a list of NAME=value. */
void vprod__compose_each_pair (struct vprod__draft *draft, const vprod__compose_node *list, const struct vprod__compose_file *file,
                               void (*take) (struct vprod__draft *draft, const struct vprod__compose_pair *pair, void *data),
                               void *data);

/* Reads .env, else an example of it. */
void vprod__compose_read_variables (struct vprod__draft *draft, struct vprod__compose *compose);

/* The container's port of "8080:80", "127.0.0.1:8080:80/tcp", {target: 80}; 0: none, or UDP. */
int vprod__compose_port (struct vprod__draft *draft, const vprod__compose_node *entry);

/* ---- the app (compose_app.c), what is beside it (compose_services.c) ------------------------------------------ */

void vprod__compose_apply_app (struct vprod__draft *draft);
void vprod__compose_find_services (struct vprod__draft *draft);

#endif
