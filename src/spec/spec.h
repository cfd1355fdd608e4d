/* SPDX-License-Identifier: MIT */
/*
 * A spec as the rest of the library sees it: every entry present, checked and with its default. Strings that
 * may hold ${…} (run.env, image.args, run.command) were checked when read and are expanded by the session with
 * vprod__spec_expand, once it knows the database's address.
 */
#ifndef VPROD_SPEC_SPEC_H
#define VPROD_SPEC_SPEC_H

#include <verify-prod/spec.h>
#include "util/error.h"

/* checks.non-root.setuid: what becomes of programs in the image that run with rights of their own */
enum vprod__setuid { VPROD__SETUID_REPORT = 0, VPROD__SETUID_FORBID, VPROD__SETUID_IGNORE };

/* services.NAME.postgres */
struct vprod__spec_service {
  char *name;     /* "db": also its host name on the session's network */
  char *image;    /* default "postgres:16-alpine" */
  char *database; /* default "verify" */
  char *user;     /* default "verify" */
  char *password; /* default "verify" */
  int64_t timeout_ms; /* until it must answer; default 60 s */
};

struct vprod_spec {
  int version;
  char *name;
  char *base_dir; /* absolute */
  char *file;     /* as given, or NULL */

  struct {
    char *ref;        /* what exists; NULL: build */
    char *dockerfile; /* absolute; NULL: the defaults were looked for and none is there */
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
    char **command; /* NULL: the image's */
  } run;

  struct {
    struct {
      int off; /* `false` in the file */
      int64_t timeout_ms; /* 15 min */
    } build;
    struct {
      int off;
      char **exclude;
      int64_t timeout_ms; /* 2 min */
    } build_context;
    struct {
      int off;
      int uses_database;
      int64_t stay_up_ms; /* how long it must at least be seen up: 1 s */
      char **processes; /* texts in the command lines of those that must run then */
    } start;
    struct {
      int off;
      char *path;     /* NULL: not named */
      int status;     /* 200 */
      char *body;     /* contained in it; NULL: any */
      int consecutive;/* 3 */
      int64_t timeout_ms; /* 30 s */
    } health;
    struct {
      int off;
      int64_t grace_ms; /* 10 s */
      int exit_code;    /* 0 */
      char *signal;     /* NULL: the image's STOPSIGNAL, else SIGTERM */
    } graceful_stop;
    struct {
      int off;
      char **vars;      /* NULL: every key of run.env */
      int empty;        /* 1: the app is also run with each of them empty */
      int64_t timeout_ms; /* 30 s */
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
      int64_t timeout_ms; /* of one command; 30 s */
    } dev_deps_absent;
    struct {
      int off;
      char **any;
      int stream;       /* 0 any, or VPROD_STREAM_STDOUT, VPROD_STREAM_STDERR */
      int64_t timeout_ms; /* after the app is ready; 10 s */
    } startup_logs;
    struct {
      int off;
      char **allow;
    } no_secrets;
    struct {
      int off;
      char *touch;
      char **cached; /* NULL: steps that run a known package manager's install */
      int64_t timeout_ms; /* 15 min */
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
