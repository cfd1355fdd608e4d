/* SPDX-License-Identifier: MIT */
/*
 * A spec as the rest of the library sees it: every entry present, checked and with its default. What each means, its
 * default and its range stand in data/options; an option that was left out and has no default is NULL, or what is said here.
 * Strings that may hold ${…} (run.env, image.args, run.command) are checked when read and expanded by the session with
 * vprod__spec_expand, once it knows the database's address.
 */
#ifndef VPROD_SPEC_SPEC_H
#define VPROD_SPEC_SPEC_H

#include <verify-prod/spec.h>
#include "util/error.h"

/* checks.non-root.setuid; in the order of its words */
enum vprod__setuid { VPROD__SETUID_REPORT = 0, VPROD__SETUID_FORBID, VPROD__SETUID_IGNORE };

/* services.NAME.postgres */
struct vprod__spec_service {
  char *name; /* "db": also its host name on the session's network */
  char *image;
  char *database;
  char *user;
  char *password;
  int64_t timeout_ms;
};

struct vprod_spec {
  int version;
  char *name;
  char *base_dir; /* absolute */
  char *file;     /* as given, or NULL */

  struct {
    char *ref;        /* NULL: the image is built */
    char *dockerfile; /* absolute; NULL: none of the default names exists */
    char *dockerfile_named; /* as written, or NULL */
    char *context;    /* absolute */
    char *context_named; /* as written, or NULL */
    char *target;
    char *platform;
    char **args;      /* NAME=value, unexpanded */
  } image;

  struct vprod__spec_service *services;
  size_t n_services;

  struct {
    int port;       /* 0: not named */
    char **env;     /* NAME=value, unexpanded, in the file's order */
    char **command;
  } run;

  struct {
    struct {
      int off; /* `false` in the file */
      int64_t timeout_ms;
    } build;
    struct {
      int off;
      char **exclude;
      int64_t timeout_ms;
    } build_context;
    struct {
      int off;
      int uses_database;
      int64_t stay_up_ms;
      char **processes;
    } start;
    struct {
      int off;
      char *path;
      int status;
      char *body;
      int consecutive;
      int64_t timeout_ms;
    } health;
    struct {
      int off;
      int64_t grace_ms;
      int exit_code;
      char *signal; /* "SIGTERM" */
    } graceful_stop;
    struct {
      int off;
      char **vars;
      int empty;
      int64_t timeout_ms;
    } required_env;
    struct {
      int off;
      int64_t uid; /* -1: any but 0 */
      int setuid;  /* enum vprod__setuid */
      char **setuid_allow;
    } non_root;
    struct {
      int off;
      char **packages;
      char **paths;
      char ***commands; /* NULL-ended list of lists */
      int64_t timeout_ms;
    } dev_deps_absent;
    struct {
      int off;
      char **any;
      int stream; /* 0 any, or VPROD_STREAM_STDOUT, VPROD_STREAM_STDERR */
      int64_t timeout_ms;
    } startup_logs;
    struct {
      int off;
      char **allow;
    } no_secrets;
    struct {
      int off;
      char *touch;
      char **cached;
      int64_t timeout_ms;
    } layer_cache;
  } checks;
};

/* A deep copy, so that a session does not depend on its caller's spec. */
int vprod__spec_copy (const vprod_spec *spec, vprod_spec **ret, vprod_error **err);

/* The text with every ${NAME} replaced by what lookup gives (lent; NULL: an error, SPEC) and $${ by ${. */
int vprod__spec_expand (const char *text, const char *(*lookup) (void *data, const char *name), void *data,
                        char **ret, vprod_error **err);

VPROD_DEFINE_CLEANUP (vprod_spec *, vprod_spec_free);
#define _cleanup_spec_ _cleanup_ (vprod_spec_freep)

#endif
