/* SPDX-License-Identifier: MIT */
/*
 * A spec as the rest of the library sees it: every entry present, checked and with its default. What each means, its
 * default and its range stand in data/options; an option that was left out and has no default is NULL, or what is said here.
 * Strings that may hold ${…} (run.env, image.args, run.command and what else data/options flags so) are checked when read
 * and expanded by the session with vprod__spec_expand, once it knows the services' addresses.
 */
#ifndef VPROD_SPEC_SPEC_H
#define VPROD_SPEC_SPEC_H

#include <verify-prod/spec.h>
#include "spec/own.h"
#include "spec/rules.h"
#include "util/error.h"

/* checks.non-root.setuid; in the order of its words */
enum vprod__setuid { VPROD__SETUID_REPORT = 0, VPROD__SETUID_FORBID, VPROD__SETUID_IGNORE };

/* checks.required-env.empty */
enum vprod__empty { VPROD__EMPTY_NO = 0, VPROD__EMPTY_REPORT, VPROD__EMPTY_FAIL };

/* checks.non-root.named */
enum vprod__named { VPROD__NAMED_REPORT = 0, VPROD__NAMED_FORBID };

/* checks.outage.health */
enum vprod__outage_health { VPROD__OUTAGE_BAD = 0, VPROD__OUTAGE_ANY };

/* checks.restricted.as */
enum vprod__restricted_as { VPROD__RESTRICTED_KUBERNETES = 0, VPROD__RESTRICTED_OPENSHIFT };

/* checks.own.*.in */
enum vprod__own_in { VPROD__OWN_IN_IMAGE = 0, VPROD__OWN_IN_APP };

/* checks.health.scheme */
enum vprod__scheme { VPROD__SCHEME_HTTP = 0, VPROD__SCHEME_HTTPS };

/* image.secrets.ID: exactly one of env and file */
struct vprod__spec_secret {
  char *name; /* its id */
  char *env;
  char *file; /* absolute */
};

/* What to build, or which image to take: image, and run.before's image. */
struct vprod__spec_image {
  char *ref;        /* NULL: the image is built */
  char *dockerfile; /* absolute; NULL: none of the default names exists */
  char *dockerfile_named; /* as written, or NULL */
  char *context;    /* absolute */
  char *context_named; /* as written, or NULL */
  char *target;
  char *platform;
  char **args;      /* NAME=value, unexpanded */
  struct vprod__spec_secret *secrets;
  size_t n_secrets;
  char **ssh;       /* "default", "ID=PATH" */
  char **contexts;  /* NAME=folder, absolute, or what else the builder takes: it has "://" in it */
};

/* A service is either a PostgreSQL or a container of any image. */
struct vprod__spec_service {
  char *name; /* "db": also its host name on the session's network */
  int is_postgres;
  struct {
    char *image;
    char *database;
    char *user;
    char *password;
    int64_t timeout_ms;
    char **init; /* absolute */
    int tls;
  } postgres;
  int is_container;
  struct {
    char *image;
    int port;       /* 0: none is known */
    char **env;     /* NAME=value, unexpanded, as are the next two */
    char **command;
    char **files;   /* /path=text */
    struct {        /* at most one is set */
      int tcp;
      char *log;
      char *http;
      char **command;
    } ready;
    int64_t timeout_ms;
  } container;
};

/* One step of run.before. */
struct vprod__spec_before {
  char *name;      /* NULL */
  char **command;  /* unexpanded; NULL: the image's */
  int has_image;   /* 0: it runs in the image under test */
  struct vprod__spec_image image;
};

/* One check of the user's own. */
struct vprod__spec_own {
  char *name;  /* NULL */
  char *id;
  char *title; /* NULL */
  char **command;
  int in;      /* enum vprod__own_in */
  char **env;  /* NAME=value, unexpanded */
  int exit_code;
  char **output, **excluded_output;
  int64_t timeout_ms;
  char *why, *remedy; /* NULL */
};

struct vprod_spec {
  int version;
  char *name;
  char *base_dir; /* absolute */
  char *file;     /* as given, or NULL */
  struct vprod__own_checks *own; /* what checks.own is made into; NULL: nothing */
  struct vprod__rules *rules; /* what checks.no-secrets.rules names; NULL: nothing */

  struct vprod__spec_image image;

  struct vprod__spec_service *services;
  size_t n_services;

  struct {
    int port;       /* 0: not named */
    char **env;     /* NAME=value, unexpanded, in the file's order */
    char **command;
    struct vprod__spec_before *before;
    size_t n_before;
    char **files;   /* /path=text, unexpanded */
    char *user;
    int read_only;
    char **tmpfs;   /* paths */
    char **volumes; /* paths */
    char **cap_drop;
    char **cap_add;
    int no_new_privileges;
    int64_t memory; /* bytes; 0: no limit */
    int pids;       /* 0: no limit */
    char **extra_hosts; /* name=address, unexpanded */
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
      char *path;   /* of path, grpc, tcp and command at most one is set */
      int scheme;   /* enum vprod__scheme */
      int port;     /* 0: run.port */
      char **headers; /* Name=value, unexpanded */
      int *statuses; /* ended by 0 */
      char *body;
      char *grpc;   /* "": the whole server */
      int tcp;
      char **command;
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
      int empty; /* enum vprod__empty */
      int64_t timeout_ms;
    } required_env;
    struct {
      int off;
      int64_t uid; /* -1: any but 0 */
      int setuid;  /* enum vprod__setuid */
      char **setuid_allow;
      int named;   /* enum vprod__named */
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
      char *request; /* path */
      int64_t timeout_ms;
    } startup_logs;
    struct {
      int off;
      char **allow;
      char **rules; /* absolute */
    } no_secrets;
    struct {
      int off;
      char *touch;
      char **cached;
      int64_t timeout_ms;
    } layer_cache;
    struct {
      int off;
      int required;
      int64_t timeout_ms;
    } image_healthcheck;
    struct {
      int off;    /* -1: not named, as of those below */
      char *path; /* NULL: health's, else "/" */
      int rate;   /* requests a second */
      int64_t timeout_ms;
    } drain;
    struct {
      int off;
      char *service; /* NULL: the only one */
      int health;    /* enum vprod__outage_health */
      int64_t within_ms;
      int64_t recover_ms;
    } outage;
    struct {
      int off;
      int as;     /* enum vprod__restricted_as */
      char *user; /* "arbitrary", or as run.user; NULL: run.user, else the image's */
      int read_only;
      char **tmpfs;
      int64_t memory; /* bytes; 0: as run.memory */
    } restricted;
    struct {
      int off;
      char **ignore;
      int64_t timeout_ms; /* of one build */
    } reproducible;
    struct {
      int off;
      int64_t max;    /* bytes; 0: none is named */
      int64_t wasted; /* bytes; -1: none is named */
    } image_size;
    struct vprod__spec_own *own;
    size_t n_own;
  } checks;
};

/* Is it a check that runs only where it is named, and is not? */
int vprod__spec_lacks_check (const vprod_spec *spec, const char *check_id);

/* A deep copy, so that a session does not depend on its caller's spec. */
int vprod__spec_copy (const vprod_spec *spec, vprod_spec **ret, vprod_error **err);

/* The text with every ${NAME} replaced by what lookup gives (lent; NULL: an error, SPEC) and $${ by ${. */
int vprod__spec_expand (const char *text, const char *(*lookup) (void *data, const char *name), void *data,
                        char **ret, vprod_error **err);

VPROD_DEFINE_CLEANUP (vprod_spec *, vprod_spec_free);
#define _cleanup_spec_ _cleanup_ (vprod_spec_freep)

#endif
