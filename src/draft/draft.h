/* SPDX-License-Identifier: MIT */
/*
 * A first spec for a folder with a Dockerfile. The facts are gathered into a struct vprod__draft: of the Dockerfile
 * (image.c, user.c, steps.c, words.c), of the project around it (project.c, outside.c), of the sources that the image
 * takes in (sources.c, source_calls.c, source_settings.c, serving.c); then write.c makes YAML of them. Each fact says
 * where it comes from, so that the spec's comments can.
 *
 * Out of memory is remembered in the draft, and asked for once at the end.
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

/* An environment variable that somebody speaks of. */
struct vprod__draft_variable {
  char *name;
  char *value;  /* of an example file, or what stands for a service; NULL: none is known */
  char *from;   /* "src/settings.c:37" */
  char *fallback; /* a value of the type that the sources want; NULL: any text may be */
  int required; /* the app surely ends without it */
  int wanted;   /* read in a way that takes it for set, though perhaps not when the app starts */
  int example;  /* an example file has it */
  int database; /* the value is the database's */
};

/* A path that COPY or ADD takes from the context. */
struct vprod__draft_copy {
  char *path;         /* clean: "src", "" is the whole context */
  size_t line;
  int after_install;  /* a dependency step of its stage stands above */
  int before_install; /* one stands below, which runs again when what is copied changes */
  int stage;
};

struct vprod__draft {
  char *dir;                 /* the context */
  char *context;             /* it, as the spec's folder names it: ".", "../.." */
  char *below;               /* the spec's folder, as the context names it: "", "services/api/" */
  char *context_from;        /* why it is this folder; NULL: it has all that is copied */
  char *missing;             /* "COPY in line 3 takes src", which is not there; NULL: all is */
  int no_memory;

  /* ---- of a compose file, where one is named: compose.c ---- */
  char *compose;             /* its name, in the spec's folder; NULL: there is none, and all below here is empty */
  struct vprod__yaml *compose_yaml;
  const struct vprod__yaml_node *compose_service; /* the one that is built; compose_name: how it is called */
  char *compose_name;
  char *compose_db;          /* the service that is a PostgreSQL, or NULL */
  char *dockerfile_named;    /* the Dockerfile, as the spec's folder names it */
  char *context_dir;         /* the context is this folder */
  char **args;               /* NAME=value */
  char **run_command;

  /* ---- of the Dockerfile: image.c, user.c, steps.c ---- */
  char *dockerfile;          /* its name in dir */
  struct vprod__dockerfile file;
  char *needed;              /* a byte each stage: building the final one needs it */
  char *chain;               /* likewise: it is the final one, or that is built on it by FROM */
  int final;                 /* the stage that is shipped, or VPROD__DOCKERFILE_NO_STAGE */
  char *target;              /* its name, if it is not the last; NULL: it is */
  char *base;                /* what it is built on in the end, expanded; NULL: not known */
  char **environment;        /* NAME=value of ENV and ARG in the stages up to it, expanded */
  char **env_names;          /* the names that ENV gives a value */
  char **base_args;          /* NAME=value, value empty where there is none: ARG that FROM uses */
  char *workdir;
  int port;                  /* 0: not known */
  char *port_from;
  char *health_path;
  char *health_from;
  char *user;                /* expanded, without group; NULL: no USER */
  size_t user_line;
  int64_t uid;               /* -1: not known */
  char *uid_from;
  char **command;            /* words of ENTRYPOINT and CMD */
  struct vprod__buf steps;   /* all that RUN runs in the stages that are needed */
  char *installs_from;       /* "line 12 (uv sync)"; NULL: no dependency step is known */
  struct vprod__draft_copy *copies;
  size_t n_copies;
  char **mounts;             /* paths of the context that RUN mounts; clean */

  /* ---- of the project: project.c, outside.c ---- */
  char **ignored;            /* lines of the .dockerignore, in order */
  char *ignore_name;         /* its name; NULL: there is none */
  char **files;              /* that the image takes in, as far as they are read */
  char *manifests;           /* text of the dependency files, in lower case */
  char **manifest_names;
  enum vprod__language language;
  char *language_from;
  char **exclude;
  char **dev_packages;
  char **dev_paths;
  char **startup_logs;
  char *startup_from;
  char *touch;
  char *database_from;       /* what hints at a database; NULL: nothing */
  char *database_image;      /* of PostgreSQL, where the project names one */

  /* ---- of the sources: sources.c, serving.c ---- */
  struct vprod__draft_variable *variables;
  size_t n_variables;
  int wants_health, wants_port; /* the Dockerfile says nothing of them */
  int health_rank;           /* how well health_path suits; 0: none */
  int wants_asyncpg;         /* SQLAlchemy's name of the driver stands in URLs */
};

/* The compose file of this name in dir: the place of the Dockerfile, which is then in dir; and after it was read, the rest.
   Errors: IO, SPEC, INVALID, NO_MEMORY. */
int vprod__draft_open_compose (struct vprod__draft *draft, const char *name, vprod_error **err);
void vprod__draft_apply_compose (struct vprod__draft *draft);

/* Each gathers its part. */
void vprod__draft_read_image (struct vprod__draft *draft, const char *text, size_t length);
void vprod__draft_read_project (struct vprod__draft *draft);
void vprod__draft_read_sources (struct vprod__draft *draft);

/* After the others: which variables are the database's, and what they say. */
void vprod__draft_settle_variables (struct vprod__draft *draft);

/* The spec. NULL out of memory. */
char *vprod__draft_write (struct vprod__draft *draft, const char *name);

/* ---- of the Dockerfile: image.c asks for them once it knows the stages --------------------------- */

/* The UID of the user (user.c). */
void vprod__draft_find_uid (struct vprod__draft *draft);

/* The steps, and what is copied (steps.c). */
void vprod__draft_read_steps (struct vprod__draft *draft);

/* ---- of the project: project.c asks for them --------------------------------------------------- */

/* What should stay out of the context and of the image (outside.c). */
void vprod__draft_find_exclude (struct vprod__draft *draft);
void vprod__draft_find_dev (struct vprod__draft *draft);

/* ---- of the sources: sources.c asks for them --------------------------------------------------- */

/* What example files say of variables (examples.c). */
void vprod__draft_read_examples (struct vprod__draft *draft);

/* A line of a file: the path of the health URL, the port (serving.c). */
void vprod__draft_read_serving (struct vprod__draft *draft, const char *file, size_t number, const char *line);

/* A file that is a route by its name (serving.c). */
void vprod__draft_read_route (struct vprod__draft *draft, const char *file);

/* ---- helpers (files.c, words.c, env.c) -------------------------------------------------------------------- */

/* Sets *field to printf's result, ending what was there. */
void vprod__draft_set (struct vprod__draft *draft, char **field, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

/* Appends to a list what it does not have yet. */
void vprod__draft_add (struct vprod__draft *draft, char ***list, const char *text);

/* After the Dockerfile: which folder is its context (context.c). */
void vprod__draft_find_context (struct vprod__draft *draft);

/* Reads a regular file of the folder, at most `limit` bytes of it. 1, or 0. */
int vprod__draft_read_file (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret);

/* Is it there? A regular file, a folder: 'f', 'd'; 0: no, or something else. */
int vprod__draft_kind (const struct vprod__draft *draft, const char *path);

/* Does the .dockerignore keep it from the builder? */
int vprod__draft_is_ignored (const struct vprod__draft *draft, const char *path);

/* Appends the files under a path ("": the whole folder) that are worth reading to *list. */
void vprod__draft_walk (struct vprod__draft *draft, const char *path, char ***list);

/* A text with the variables that the Dockerfile gives a value. malloc'ed; NULL out of memory, which is remembered. */
char *vprod__draft_expand (struct vprod__draft *draft, const char *text);

/* The port that a command line names ("--port 8000", "-b :8000"), or 0. */
int vprod__draft_port_of_command (char *const *words);

/* The port on which a program serves that is told none: "fastapi run", "flask run". 0: not known. *ret_who is static. */
int vprod__draft_port_of_program (char *const *words, const char **ret_who);

/* The port (0: none) and path ("" : none) of the first URL of this machine in a text. 1, or 0: none. *ret_path is
   malloc'ed. */
int vprod__draft_local_url (struct vprod__draft *draft, const char *text, int *ret_port, char **ret_path);

/* A port, or 0. */
int vprod__draft_port (const char *text);

enum vprod__draft_need { VPROD__DRAFT_READ = 0, VPROD__DRAFT_REQUIRED, VPROD__DRAFT_WANTED };

/* Adds a variable, or what is new about one that is known. The variable; NULL: it is none that a spec names. */
struct vprod__draft_variable *vprod__draft_variable (struct vprod__draft *draft, const char *name, size_t name_length,
                                                     const char *value, enum vprod__draft_need need, const char *file,
                                                     size_t line);

/* Is this how variables are named? */
int vprod__draft_is_name (const char *text, size_t length);

/* A value that serves an app which wants one and that nothing is known of. malloc'ed; NULL out of memory. */
char *vprod__draft_placeholder (const char *name);

#endif
