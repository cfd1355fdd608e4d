/* SPDX-License-Identifier: MIT */
#ifndef VERIFY_PROD_SPEC_H
#define VERIFY_PROD_SPEC_H

#include <verify-prod/error.h>
#include <verify-prod/library.h>

VPROD_BEGIN_DECLS

/* What to verify: a verify-prod.yaml (see verify-prod.yaml(5)), or the same made by vprod_spec_set. */
typedef struct vprod_spec vprod_spec;

/* Reads and checks a spec file. Paths in it are relative to its folder.
   Errors: SPEC (file:line:column and the nearest known name), IO, NO_MEMORY. */
VPROD_API int vprod_spec_load (const char *path, vprod_spec **ret_spec, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* The same from memory: length bytes of YAML. file_name is for messages; paths are relative to base_dir
   (NULL: the working directory at the time of the call). */
VPROD_API int vprod_spec_parse (const char *yaml, size_t length, const char *file_name, const char *base_dir,
                                vprod_spec **ret_spec, vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (5);

/* The name alone of the subject that a spec is of, as it says or by its folder, ended with vprod_string_free. Nothing else of
   it is looked at, so that it can be had where variables, secrets and contexts that it refers to are not there. Errors: as of
   vprod_spec_load. */
VPROD_API int vprod_spec_read_name (const char *path, char **ret_name, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* A spec with nothing but defaults, relative to base_dir (NULL: the working directory). Its name is the
   folder's. */
VPROD_API int vprod_spec_new (const char *base_dir, vprod_spec **ret_spec, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (2);

/* Sets one entry: key is the path of names with dots between ("checks.health.path", "run.env.JWT_SECRET_KEY",
   "checks.no-secrets"), value is YAML ("/api/v1/health", "[a, b]", "false"). The value is checked as in a file.
   Errors: SPEC, NO_MEMORY; the spec is then unchanged. */
VPROD_API int vprod_spec_set (vprod_spec *spec, const char *key, const char *value, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2, 3);

typedef struct vprod_draft_options {
  size_t size;
  const char *dockerfile; /* its name in the folder; NULL: Dockerfile.prod, Dockerfile or Containerfile */
  void (*on_guess) (void *data, const char *text); /* a line for each guess: "run.port: 8000, by EXPOSE in line 9" */
  void *data;
  const char *compose; /* a compose file's name in the folder: its one service that is built says where the Dockerfile is and how
                          it is run; the spec belongs beside it. NULL: none. With it, dockerfile must be NULL */
} vprod_draft_options;
#define VPROD_DRAFT_OPTIONS_INIT VPROD_INIT (vprod_draft_options)

/* Drafts a spec for a folder (NULL: the working directory) with a Dockerfile: *ret_yaml is the text of a
   verify-prod.yaml that belongs into the folder, ended with vprod_string_free. It is guessed from the Dockerfile, the
   dependency files, the .dockerignore, .env.example and the sources that the image copies; nothing is built, run or
   written. It loads without an error, whatever the Dockerfile is like. options may be NULL.
   Errors: IO (no such folder, no Dockerfile), INVALID (more than 16 MiB), NO_MEMORY. */
VPROD_API int vprod_spec_draft (const char *dir, const vprod_draft_options *options, char **ret_yaml,
                                vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (3);

/* Tells of each Dockerfile in a folder (NULL: the working directory) and in those below it, as a path from there, near ones
   first: what is called Dockerfile or Containerfile, has such a name before or behind a dot ("Dockerfile.worker",
   "api.Dockerfile"), and lies in no hidden, installed or ignored folder (node_modules, vendor, …; what .gitignore names in
   full). At most 100, five folders deep. on_path gets a path that is lent for the call; anything but 0 ends it, with 0. A
   folder that cannot be read has none.
   Errors: INVALID (on_path is NULL), NO_MEMORY. */
VPROD_API int vprod_spec_find_dockerfiles (const char *dir, int (*on_path) (void *data, const char *path),
                                           void *data, vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (2);

/* The subject's name; the absolute folder that paths are relative to; the file it was read from, or NULL. */
VPROD_API const char *vprod_spec_get_name (const vprod_spec *spec);
VPROD_API const char *vprod_spec_get_base_dir (const vprod_spec *spec);
VPROD_API const char *vprod_spec_get_file (const vprod_spec *spec);

/* 1 unless the spec says `false` for this check; 0 then, and for an unknown id. */
VPROD_API int vprod_spec_has_check (const vprod_spec *spec, const char *check_id);

/* ---- the keys -------------------------------------------------------------------------------------------- */

/* A key of a spec, in words; all static. */
typedef struct vprod_spec_key_info {
  size_t size;
  const char *path;          /* names with dots between: "checks.health.path"; "*" is any name: "services.*.postgres.image" */
  const char *type;          /* "section", "services", "secrets", "steps" and "check" (which may also be true or false) have
                                keys below them; the types of values are those of verify-prod.yaml(5) */
  const char *help;          /* one sentence */
  const char *default_value; /* as one would write it, or NULL */
  const char *without;       /* of a value without default: what happens where it is left out, in words; else NULL */
  const char *example;       /* a value, in YAML, or NULL */
  int64_t minimum, maximum;  /* of a number or numbers; of a duration, in milliseconds; of steps, how many */
  const char *const *words;  /* of a word: those that may be written, NULL-ended; else NULL */
  const char *instead_of;    /* the name of the option beside it that it is written in place of, or NULL */
} vprod_spec_key_info;

/* The keys in the manual's order, each after the section that it is in. NULL past the end. */
VPROD_API size_t vprod_spec_count_keys (void);
VPROD_API const vprod_spec_key_info *vprod_spec_get_key_at (size_t index);

/* Ends a spec. Sessions made from it keep what they need. NULL is fine. */
VPROD_API void vprod_spec_free (vprod_spec *spec);

VPROD_END_DECLS

#endif
