/* SPDX-License-Identifier: MIT */
/*
 * Building, by the engine's own command line program: it brings the user's credentials, builders, secrets,
 * .dockerignore rules and contexts. build.c runs it; what is here are the parts that it is put together from.
 */
#ifndef VPROD_RUNNER_BUILD_BUILD_H
#define VPROD_RUNNER_BUILD_BUILD_H

#include "runner/docker/docker.h"
#include "runner/build/progress.h"
#include "util/buf.h"
#include "util/spawn.h"

/* ---- which program (build_cli.c) ---------------------------------------------------------------------------- */

enum vprod__builder_kind {
  VPROD__BUILDER_BUILDX = 1, /* docker buildx build */
  VPROD__BUILDER_BUILDKIT,   /* DOCKER_BUILDKIT=1 docker build, of a client older than 23 */
  VPROD__BUILDER_LEGACY,     /* DOCKER_BUILDKIT=0 docker build */
  VPROD__BUILDER_PODMAN      /* podman build */
};

struct vprod__builder {
  enum vprod__builder_kind kind;
  int rawjson; /* BUILDX: it has --progress=rawjson */
  int secret_env; /* it reads secrets from variables */
  int contexts;   /* it knows named contexts */
  char *path;
  char *words; /* "/usr/bin/docker 20.10.24 (BuildKit)" */
};
VPROD_DEFINE_CLEANUP (struct vprod__builder *, vprod__builder_free);
#define _cleanup_builder_ _cleanup_ (vprod__builder_freep)

/* Looks at every docker (podman: podman) on env's PATH: the first that can do BuildKit, else the first at all.
   Errors: BUILDER, NO_MEMORY, TIMEOUT, CANCELLED. */
int vprod__builder_find (int podman, char *const *env, const vprod_call *call, struct vprod__builder **ret,
                         vprod_error **err);

/* ---- how it is started (build_command.c) -------------------------------------------------------------------- */

/* The files in which the builder leaves its results. */
struct vprod__build_files {
  char *dir;      /* the folder of the other two */
  char *iid;      /* --iidfile */
  char *metadata; /* --metadata-file */
};
int vprod__build_files_make (char *const *env, struct vprod__build_files *ret, vprod_error **err);
void vprod__build_files_remove (struct vprod__build_files *files);

/* Does the program only talk to the builder, which is another user's or on another machine? */
int vprod__build_is_remote (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint);

/* Secrets, SSH agents and named contexts (given.c). */
struct vprod__build_given {
  char **options; /* --secret=… */
  int *fds;       /* files in memory that the options name */
  size_t n_fds;
};
/* *ret is cleared by the caller, also on failure. Errors: UNSUPPORTED (this builder cannot, there is no agent), IO, INVALID. */
int vprod__build_given_make (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint,
                             const vprod_build_request *request, char *const *env, struct vprod__build_given *ret,
                             vprod_error **err);
void vprod__build_given_clear (struct vprod__build_given *given);

/* Each gives a NULL-ended, malloc'ed list; -1 out of memory. inherit: a copy of an environment, in which programs reach
   an engine behind ssh through the existing connection instead of making their own. */
int vprod__build_inherit (const struct vprod__endpoint *endpoint, char *const *env, char ***ret);
int vprod__build_command (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint,
                          const vprod_build_request *request, const struct vprod__build_files *files,
                          char *const *given, char ***ret);
int vprod__build_environment (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint,
                              char *const *env, char ***ret);

/* ---- what its words tell (build_words.c) -------------------------------------------------------------------- */

/* An error without the prefixes of the layers that passed it on ("failed to solve: "). Lent, as are the next three. */
const char *vprod__build_skip_ways (const char *words);
/* "exit code: 2" of an error that repeats the whole command before it; NULL: the step did not run to its end. */
const char *vprod__build_exit_words (const char *error);
/* The image that a step pulls, or that an error names; NULL if there is none. */
const char *vprod__build_image_of_step (const char *step, size_t *ret_length);
const char *vprod__build_image_of_error (const char *error, size_t *ret_length);
/* The step that podman's error names, malloc'ed; "" if none, NULL out of memory. */
char *vprod__build_step_of_words (const char *words);
/* Text made harmless, of bounded length, without white space at its end. NULL out of memory. */
char *vprod__build_shown (const char *text);

/* ---- what its failure means (build_failure.c) --------------------------------------------------------------- */

/* 0: the Dockerfile's fault, which is now in *ret_facts; else an error of the slot. */
int vprod__builder_judge (const struct vprod__builder *builder, const struct vprod__spawn_end *end,
                        const struct vprod__progress_failure *failure, vprod_build_facts *ret_facts,
                        vprod_error **err);

/* Did it fail because somebody removed, in that moment, what it was about to take from its cache? Then it can be tried
   again. */
int vprod__build_lost_layer (const struct vprod__progress_failure *failure);

/* ---- which image it made (build_image.c) -------------------------------------------------------------------- */

/* 1; 0: the engine does not have what the builder says that it made, or not under its tag. */
int vprod__build_image_id (struct vprod__docker *docker, const vprod_call *call,
                           const struct vprod__build_files *files, const vprod_build_request *request,
                           char **ret_id, vprod_error **err);
/* Did the builder leave an image id? It does so last. */
int vprod__build_has_image (const struct vprod__build_files *files);

#endif
