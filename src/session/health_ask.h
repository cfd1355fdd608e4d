/* SPDX-License-Identifier: MIT */
/*
 * One question about the app's health, in the way that the spec names: over HTTP, by gRPC, by a connection alone, or by a
 * command inside the container. Made once, and asked again and again; each way is a row of a table in health_ask.c.
 */
#ifndef VPROD_SESSION_HEALTH_ASK_H
#define VPROD_SESSION_HEALTH_ASK_H

#include "probe/grpc.h"
#include "probe/http.h"
#include "session/app.h"
#include "spec/health.h"

struct vprod__question {
  vprod_session *session;
  const struct vprod__app *app;
  enum vprod__asks asks;
  const char *host; /* where it is asked; lent */
  int host_port;
  int held;         /* TCP: a connection was once seen to be held for a while */
  int elsewhere;    /* not where the spec says: what listens there is not compared */
  struct vprod__http *http; /* HTTP, gRPC; else NULL */
  char **headers;   /* of these: Name=value */
  char **command;
  char *url;        /* of these */
  char *asked;      /* in words: the URL, "grpc 127.0.0.1:49153 service \"shop\"" … */
};

/* Times in milliseconds. */
struct vprod__pace {
  const char *doing;      /* "asking the health URL" */
  int64_t first_pause, last_pause; /* before the first right answer */
  int64_t between_good;
  int64_t watch;          /* between two once it was good */
  int64_t attempt;        /* that one attempt may take */
};

struct vprod__health_answer {
  /* outcome, error, and what fits of the rest. TCP: ANSWERED, the connection was taken and kept; RESET, it was closed at
     once. Command: ANSWERED, it ended, status is its exit code and body its output */
  struct vprod__http_answer http;
  struct vprod__grpc_answer grpc;
  int no_program; /* the command's program is not in the container */
  int is_right;
};

/* Makes the question that the spec asks, at the app's port for it. The app is lent. */
int vprod__question_begin (vprod_session *session, const struct vprod__app *app, struct vprod__question *ret,
                           vprod_error **err);

/* The same question at another port of the container, at the container's own address. */
int vprod__question_elsewhere (const struct vprod__question *question, int port, struct vprod__question *ret,
                               vprod_error **err);

void vprod__question_end (struct vprod__question *question);
#define _cleanup_question_ _cleanup_ (vprod__question_end)

/* One attempt. 0 with *ret filled whatever the app did. */
int vprod__question_ask (struct vprod__question *question, const vprod_call *call, int64_t limit_ms,
                         struct vprod__health_answer *ret, vprod_error **err);

/* Is an answer over HTTP, and its part of gRPC, the one that the spec wants? */
int vprod__answer_is_right (const vprod_session *session, const struct vprod__http_answer *answer,
                            const struct vprod__grpc_answer *grpc);

/* What tells two wrong answers of one outcome apart: a status, an exit code. */
int vprod__answer_number (enum vprod__asks asks, const struct vprod__health_answer *answer);

const struct vprod__pace *vprod__pace_of (enum vprod__asks asks);

void vprod__health_answer_clear (struct vprod__health_answer *answer);

/* The name in the Host header that the spec asks by, without a port; NULL: it has none. Lent. */
const char *vprod__question_name (const struct vprod__question *question, size_t *ret_length);

#endif
