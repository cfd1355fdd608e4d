/* SPDX-License-Identifier: MIT */
/* What is known of the app's health. */
#ifndef VPROD_SESSION_HEALTH_FACTS_H
#define VPROD_SESSION_HEALTH_FACTS_H

#include <stddef.h>
#include <stdint.h>
#include "spec/health.h"

enum vprod__health_state {
  VPROD__HEALTH_UNKNOWN = 0, /* the spec names nothing to ask, or no port is known: nothing was asked */
  VPROD__HEALTH_GOOD,        /* answered as it should, so often in a row as it should */
  VPROD__HEALTH_BAD,         /* did not, until the time was over or no other answer was to be expected; with `busy`: the
                                machine was too busy for a verdict */
  VPROD__HEALTH_APP_ENDED    /* the app ended before */
};

/* Other ways in which it was asked after no right answer came: each once. */
enum vprod__also_kind {
  VPROD__ALSO_PATH = 0,  /* value: the path */
  VPROD__ALSO_HOST,      /* value: the name in the Host header */
  VPROD__ALSO_FORWARDED, /* with X-Forwarded-Proto: https */
  VPROD__ALSO_TLS,       /* by https */
  VPROD__ALSO_HTTP2,     /* by HTTP/2 without TLS */
  VPROD__ALSO_PORT,      /* on another port of the container */
  VPROD__ALSO_PLAIN,     /* without TLS */
  VPROD__ALSO_HTTP1,     /* by HTTP/1.1, instead of gRPC */
  VPROD__ALSO_SERVER     /* the whole server, instead of one gRPC service of it */
};

struct vprod__also {
  enum vprod__also_kind kind;
  char *value;  /* or NULL */
  char *from;   /* who names the value: "the image's HEALTHCHECK", "ALLOWED_HOSTS"; NULL: nobody */
  int outcome;  /* enum vprod__http_outcome */
  int status;   /* if answered */
  int is_right; /* it is the answer that the spec wants */
  int confirms; /* it confirms the guess */
};

struct vprod__health {
  enum vprod__health_state state;
  enum vprod__asks asks;
  char *url;            /* of HTTP and gRPC */
  char *asked;          /* in words; NULL: it is the URL */
  int attempts;
  int good;             /* how many answers were right, in all */
  int last_outcome;     /* enum vprod__http_outcome of the last attempt */
  int last_status;      /* of HTTP; of a command, its exit code */
  int last_grpc;        /* grpc-status, and ServingStatus with it (probe/grpc.h) */
  int last_serving;
  int no_program;       /* the last attempt found no program to run */
  char *last_body;      /* its beginning, harmless */
  char *last_location;  /* or NULL */
  char *last_error;     /* libcurl's words, those of gRPC, or "" */
  int worst_status;     /* last wrong status seen, 0: none */
  int64_t first_ms;     /* from the app's start to the first right answer; -1: none */
  int64_t settled_ms;   /* from the app's start to the end of asking */
  const char *settled_by; /* bad: what ended the asking, "time limit" …; static, NULL: not told */
  const char *protocol; /* what the port speaks instead of HTTP/1.1; static, NULL: not known */
  struct vprod__also *also;
  size_t n_also;
  int busy;             /* BAD: 1: no verdict, for this machine kept the app waiting */
  int64_t stalled_ms;   /* for how long */
  int64_t waited_ms;    /* how long it was asked */
  int stall_is_known;   /* 1: stalled_ms is known */
};

#endif
