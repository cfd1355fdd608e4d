/* SPDX-License-Identifier: MIT */
/*
 * A first spec for a folder with a Dockerfile. The facts are gathered into a struct vprod__draft: of the Dockerfile
 * (image.c, user.c, steps.c, words.c), of the project around it (project.c, outside.c), of the sources that the image
 * takes in (sources.c, source_calls.c, source_settings.c, serving.c); then write.c makes YAML of them. Each fact says
 * where it comes from, so that the spec's comments can.
 *
 * Running out of memory sets a flag in the draft, which is checked once at the end.
 */
#ifndef VPROD_DRAFT_DRAFT_H
#define VPROD_DRAFT_DRAFT_H

#include "dockerfile/dockerfile.h"
#include "util/buf.h"
#include "util/error.h"
#include "util/strv.h"

enum vprod__language {
  VPROD__LANGUAGE_UNKNOWN = 0,
  VPROD__LANGUAGE_PYTHON,
  VPROD__LANGUAGE_NODE,
  VPROD__LANGUAGE_GO,
  VPROD__LANGUAGE_RUST,
  VPROD__LANGUAGE_JAVA,
  VPROD__LANGUAGE_PHP,
  VPROD__LANGUAGE_RUBY,
  VPROD__LANGUAGE_DOTNET,
  VPROD__LANGUAGE_C,
  VPROD__LANGUAGE_ELIXIR
};

/* An environment variable. */
struct vprod__draft_variable {
  char *name;
  char *value;  /* from an example file, or a reference to a service; NULL: unknown */
  char *from;   /* "src/settings.c:37" */
  char *written; /* in a compose file, or one that it names, perhaps before expansion; NULL: in none */
  char *values; /* where its value comes from, if that is another place; NULL: it is not */
  char *aside;  /* why its value is not taken: "for development"; NULL: it is */
  char *fallback; /* a value of the required type; NULL: any string */
  int required; /* the app certainly ends without it */
  int wanted;   /* read without a default, though perhaps not at the app's start */
  int example;  /* in an example file */
  int is_read;  /* by a source */
  int of_compose; /* compose files alone read it */
  int of_app;   /* in the environment of the app's service of a compose file */
  int database; /* the value refers to the database */
};

/* A path that COPY or ADD takes from the context. */
struct vprod__draft_copy {
  char *path;         /* clean: "src", "" is the whole context */
  size_t line;
  int after_install;  /* a dependency step of its stage comes before */
  int before_install; /* one comes after, and reruns when what is copied changes */
  int stage;
};

/* What runs beside the app. */
struct vprod__draft_service {
  char *name;        /* in the spec */
  char *host;        /* in the compose file */
  char *from;
  int postgres;
  char *image;       /* NULL: the default */
  char **init;       /* of PostgreSQL */
  char *user, *password, *database; /* NULL: the default */
  int port;          /* 0: not known */
  char **env, **command;
  char **files;      /* /path=text, ${ escaped */
  char *ready_http;
  char **ready_command;
  char **notes;
};

/* A step of run.before that a compose file names. */
struct vprod__draft_before {
  char *from;
  char **command;
  char *dockerfile, *context, *target; /* of an image of its own */
  char *ref;
};

struct vprod__compose;

#define VPROD__DRAFT_DATABASE_PASSWORD "${db.password}" /* in run_files, until the database's name is known */

struct vprod__draft {
  char *dir;                 /* the context */
  char *context;             /* relative to the spec's folder: ".", "../.." */
  char *below;               /* the spec's folder relative to the context: "", "services/api/" */
  char *context_from;        /* why this folder; NULL: because it has all that is copied */
  char *missing;             /* "COPY in line 3 takes src", which is missing; NULL: nothing is */
  int no_memory;

  /* ---- from the compose file, if one is named: compose.c ---- */
  struct vprod__compose *compose_files; /* NULL: there are none */
  char *compose;             /* the name of the one that builds the app, else of the first; NULL: there is none */
  char *compose_name;        /* the service that is built; NULL: not known */
  char *dockerfile_named;    /* the Dockerfile, relative to the spec's folder */
  char *context_dir;         /* the context that it names */
  char **args;               /* NAME=value */
  char **run_command;
  char *run_command_from;
  char **run_files;          /* /path=text, ${ escaped */
  char **file_notes;
  char **run_notes;          /* what was seen, and is not drafted */
  char *run_user;
  int read_only, no_new_privileges;
  char **tmpfs, **volumes, **cap_drop, **cap_add;
  char **health_command;

  /* ---- what runs beside the app, and before it: services.c, migrations.c ---- */
  struct vprod__draft_service *services;
  size_t n_services;
  char **service_notes;
  struct vprod__draft_before *before;
  size_t n_before;
  char *migrate;             /* a command as YAML, commented out; NULL: nothing was found */
  char *migrate_from;
  char **migrate_notes;

  /* ---- what the build needs: build_needs.c ---- */
  char **secrets;            /* "id=env:NAME", "id=file:path" */
  char **secret_notes;
  char *secret_ids;          /* all flags that mount secrets */
  char **ssh;
  char **contexts;           /* NAME=path */

  /* ---- from the Dockerfile: image.c, user.c, steps.c ---- */
  char *dockerfile;          /* its name in dir */
  struct vprod__dockerfile file;
  char *needed;              /* a byte per stage: needed to build the final one */
  char *chain;               /* likewise: the final one, or one that it is based on by FROM */
  int final;                 /* the shipped stage, or VPROD__DOCKERFILE_NO_STAGE */
  char *target;              /* its name, unless it is the last; else NULL */
  char *base;                /* its base image, expanded; NULL: not known */
  char **environment;        /* NAME=value of ENV and ARG in its chain of stages, expanded */
  char **env_names;          /* the names that ENV sets */
  char **base_args;          /* NAME=value of each ARG that FROM uses; the value may be empty */
  char *workdir;
  int port;                  /* 0: not known */
  char *port_from;
  char *health_path;
  char *health_from;
  int health_port;           /* 0: the app's */
  int health_https, health_grpc;
  char *user;                /* expanded, without group; NULL: no USER */
  size_t user_line;
  int64_t uid;               /* -1: not known */
  char *uid_from;
  char **scripts;            /* of the context, that the image starts with */
  size_t command_line;
  char **command;            /* the words of ENTRYPOINT and CMD */
  struct vprod__buf steps;   /* the RUN commands of all needed stages */
  char *installs_from;       /* "line 12 (uv sync)"; NULL: no dependency step known */
  struct vprod__draft_copy *copies;
  size_t n_copies;
  char **mounts;             /* paths of the context that RUN mounts; clean */

  /* ---- from the project: project.c, outside.c ---- */
  char **ignored;            /* lines of the .dockerignore, in order */
  char *ignore_name;         /* its name; NULL: there is none */
  char **files;              /* that the image copies, as far as they are read */
  char *manifests;           /* the text of the dependency files, in lower case */
  char **manifest_names;
  enum vprod__language language;
  char *language_from;
  char **exclude;
  char **dev_packages;
  char **dev_paths;
  char **startup_logs;
  char *startup_from;
  char *touch;
  char *database_from;       /* what hints at a database, or NULL */
  int database_usual;        /* nothing was found that tells the app of it: a usual name was taken */
  char *database_url;        /* that stands in the sources, and where; NULL: none does */
  char *database_url_from;

  /* ---- from the sources: sources.c, serving.c ---- */
  struct vprod__draft_variable *variables;
  size_t n_variables;
  int wants_health, wants_port; /* the Dockerfile does not say them */
  int health_rank;           /* how sure health_path is; 0: none */
  int health_sure;           /* its routers' prefixes are in it */
  int wants_asyncpg;         /* SQLAlchemy's URLs name the driver */
};

/* Reads the compose file of this name in dir, which says where the Dockerfile is, and sets dir. Errors: IO, SPEC, INVALID,
   NO_MEMORY. */
int vprod__draft_open_compose (struct vprod__draft *draft, const char *name, vprod_error **err);

/* Finds the compose files beside the Dockerfile, or above it. */
void vprod__draft_find_compose (struct vprod__draft *draft);

/* Each gathers its part of the facts. */
void vprod__draft_read_image (struct vprod__draft *draft, const char *text, size_t length);
void vprod__draft_read_project (struct vprod__draft *draft);
void vprod__draft_read_sources (struct vprod__draft *draft);

/* After the others: which variables refer to the database, and their values. */
void vprod__draft_settle_variables (struct vprod__draft *draft);

/* The spec. NULL out of memory. */
char *vprod__draft_write (struct vprod__draft *draft, const char *name);

/* ---- from the Dockerfile: called by image.c when the stages are known ---------------------------- */

/* The user's UID (user.c). */
void vprod__draft_find_uid (struct vprod__draft *draft);

/* Secrets, an SSH agent and named contexts of the build (build_needs.c). */
void vprod__draft_find_needs (struct vprod__draft *draft);

/* The steps, and what is copied (steps.c). */
void vprod__draft_read_steps (struct vprod__draft *draft);

/* ---- from the project: called by project.c ----------------------------------------------------- */

/* What should not be in the context and in the image (outside.c). */
void vprod__draft_find_exclude (struct vprod__draft *draft);
void vprod__draft_find_dev (struct vprod__draft *draft);

/* ---- from the sources: called by sources.c ----------------------------------------------------- */

/* The variables of example files (examples.c). */
void vprod__draft_read_examples (struct vprod__draft *draft);

/* The settings of servers, and scripts that start them: the port (server_settings.c). */
void vprod__draft_read_servers (struct vprod__draft *draft);

/* The health URL's path, as routers put it together (routes.c). */
void vprod__draft_read_routes (struct vprod__draft *draft);

/* Looks for the health URL's path and the port in a line (serving.c). */
void vprod__draft_read_serving (struct vprod__draft *draft, const char *file, size_t number, const char *line);

/* A file-system route (serving.c). */
void vprod__draft_read_route (struct vprod__draft *draft, const char *file);

/* ---- after the others ------------------------------------------------------------------------------------------- */

/* A service of this name, made fit; NULL out of memory, or there are too many (services.c). */
struct vprod__draft_service *vprod__draft_new_service (struct vprod__draft *draft, const char *name);
struct vprod__draft_before *vprod__draft_new_before (struct vprod__draft *draft);
void vprod__draft_clear_services (struct vprod__draft *draft);

/* Services that variables ask for, and values that refer to services (services.c). */
void vprod__draft_settle_services (struct vprod__draft *draft);

/* Values that are for development are set aside (development.c). */
void vprod__draft_settle_development (struct vprod__draft *draft);

/* Is it a variable of tests alone? */
int vprod__draft_is_test_variable (const char *name);

/* Is this value of a variable for development? */
int vprod__draft_is_development (const char *name, const char *value);

/* What changes the database's schema (migrations.c). */
void vprod__draft_find_migrations (struct vprod__draft *draft);

/* ---- helpers (files.c, words.c, env.c) -------------------------------------------------------------------- */

/* Sets *field to printf's result and frees the old value. */
void vprod__draft_set (struct vprod__draft *draft, char **field, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

/* Appends to a list unless it is there. */
void vprod__draft_add (struct vprod__draft *draft, char ***list, const char *text);

/* After the Dockerfile was read: finds the context (context.c). */
void vprod__draft_find_context (struct vprod__draft *draft);

/* Reads a regular file of the folder, at most `limit` bytes of it. 1, or 0. */
int vprod__draft_read_file (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret);

/* 'f': a regular file, 'd': a folder, 0: missing, or something else. */
int vprod__draft_kind (const struct vprod__draft *draft, const char *path);

/* Does a folder have files of SQL? */
int vprod__draft_has_sql (const char *path);

/* Reads a file of the compose files' project that is text. 1, or 0. */
int vprod__draft_text_file (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret);

/* Appends printf's result to a list of notes. */
void vprod__draft_note (struct vprod__draft *draft, char ***notes, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

/* Does the .dockerignore exclude it? */
int vprod__draft_is_ignored (const struct vprod__draft *draft, const char *path);

/* Appends the files under a path ("": the whole folder) that are worth reading to *list. */
void vprod__draft_walk (struct vprod__draft *draft, const char *path, char ***list);

/* Expands variables that the Dockerfile sets. malloc'ed; NULL out of memory, which sets the flag. */
char *vprod__draft_expand (struct vprod__draft *draft, const char *text);

/* Shell's ${NAME:-default} and ${NAME-default} as their defaults; the rest stays. malloc'ed. */
char *vprod__draft_expand_defaults (struct vprod__draft *draft, const char *text);

/* The port that a command line names ("--port 8000", "-b :8000"), or 0. */
int vprod__draft_port_of_command (char *const *words);

/* The default port of a program: "fastapi run", "flask run". 0: not known. *ret_who is static. */
int vprod__draft_port_of_program (char *const *words, const char **ret_who);

/* The port (0: none) and path ("" : none) of the first URL of this machine in a text. 1, or 0: none. *ret_path is
   malloc'ed. */
int vprod__draft_local_url (struct vprod__draft *draft, const char *text, int *ret_port, char **ret_path);

/* What a health check asks for, if it is a URL of this machine or a gRPC probe: 1. */
int vprod__draft_take_health_check (struct vprod__draft *draft, const char *text, const char *from);

/* Words as a shell splits them; the text behind -c stays one. */
void vprod__draft_split_words (struct vprod__draft *draft, const char *text, char ***ret);

/* Writes "$${" for "${". */
void vprod__draft_escape_refs (struct vprod__draft *draft, char **text);

/* The text as a port, or 0. */
int vprod__draft_port (const char *text);

enum vprod__draft_need { VPROD__DRAFT_READ = 0, VPROD__DRAFT_REQUIRED, VPROD__DRAFT_WANTED };

/* Adds a variable, or merges into a known one. Returns the variable; NULL: not one for a spec. */
struct vprod__draft_variable *vprod__draft_variable (struct vprod__draft *draft, const char *name, size_t name_length,
                                                     const char *value, enum vprod__draft_need need, const char *file,
                                                     size_t line);

/* Where a source has the text in quotes, "file:line"; NULL: nowhere. malloc'ed (sources.c). */
char *vprod__draft_find_quoted (struct vprod__draft *draft, const char *text);

/* Calls for each NAME=value of a file of variables; the text is changed (examples.c). */
void vprod__draft_each_line (struct vprod__draft *draft, char *text,
                             void (*take) (struct vprod__draft *draft, const char *name, size_t length, const char *value,
                                           size_t line, void *data),
                             void *data);

/* The name of the database, or of its user, in a PostgreSQL's own variables: into the service that `data` is. */
struct vprod__compose_pair;
void vprod__draft_take_owner (struct vprod__draft *draft, const struct vprod__compose_pair *pair, void *data);

/* Does a variable of this name hold a secret? */
int vprod__draft_is_secret (const char *name);

/* Is this a valid name of a variable? */
int vprod__draft_is_name (const char *text, size_t length);

/* A made-up value for a variable of which nothing is known. malloc'ed; NULL out of memory. */
char *vprod__draft_placeholder (const char *name);

#endif
