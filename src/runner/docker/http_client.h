/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.1 to one endpoint, on libcurl. Connections are kept and used again; several threads may send at once,
 * each on a connection of its own.
 */
#ifndef VPROD_RUNNER_DOCKER_HTTP_CLIENT_H
#define VPROD_RUNNER_DOCKER_HTTP_CLIENT_H

#include <verify-prod/runner.h>
#include "runner/docker/answers.h"
#include "runner/docker/endpoint.h"
#include "util/buf.h"

#define VPROD__ANSWER_MAX (64 * 1024 * 1024) /* of an answer that is kept in memory */
#define VPROD__ERROR_BODY_MAX (64 * 1024)    /* of an answer that says what went wrong; the rest is dropped */
#define VPROD__HEADERS_MAX (256 * 1024)

struct vprod__client;
struct vprod__tunnel;

struct vprod__request {
  const char *what;   /* begins messages: "starting container 1a2b" */
  const char *method; /* what is no POST is sent again where a kept connection turns out to be closed */
  const char *path;   /* with query, escaped: "/v1.41/info" */
  const char *body;   /* JSON, or NULL */
  const void *archive; /* of a PUT: a tar archive instead, archive_length bytes; or NULL */
  size_t archive_length;
  const char *header; /* one more line, "X-Registry-Auth: …", or NULL */
  const struct vprod__answers *answers; /* which are a success; NULL: any 2xx that is no page for people */
  vprod_bytes_fn on_body; /* gets the body of an answer that is a success; NULL: it is kept in the answer */
  void (*on_open) (void *data); /* called when the headers of a success are whole; may be NULL */
  void *data;
};

struct vprod__answer {
  int status;
  int accepted;            /* it is a success by its status and Content-Type */
  int stopped;             /* on_body wanted no more */
  struct vprod__buf body;  /* unless on_body got it */
  char api_version[16];    /* headers: Api-Version */
  char content_type[64];   /* cut off where it is longer; "": there is none */
  int podman;              /* Libpod-Api-Version is there */
  int path_stat;           /* X-Docker-Container-Path-Stat is there */
};

/* Endpoint and tunnel (NULL: none; else the endpoint's socket is its) are lent for as long as the client lives. */
int vprod__client_new (const struct vprod__endpoint *endpoint, struct vprod__tunnel *tunnel,
                       struct vprod__client **ret, vprod_error **err);

/* 0 for an answer with any status. Errors: UNREACHABLE, ENGINE (no HTTP, cut off, too long), TIMEOUT,
   CANCELLED. */
int vprod__client_send (struct vprod__client *client, const vprod_call *call, const struct vprod__request *request,
                        struct vprod__answer *ret, vprod_error **err);

void vprod__answer_clear (struct vprod__answer *answer);
#define _cleanup_answer_ _cleanup_ (vprod__answer_clear)

void vprod__client_free (struct vprod__client *client);
VPROD_DEFINE_CLEANUP (struct vprod__client *, vprod__client_free);

/* What libcurl's code means for the caller: sets *err and returns minus its code. detail: libcurl's words, or
   "". */
int vprod__client_explain (const struct vprod__endpoint *endpoint, const char *what, int curl_code, int os_errno,
                           const char *detail, vprod_error **err);

#endif
