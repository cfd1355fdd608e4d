/* SPDX-License-Identifier: MIT */
/* One request to a health URL, with libcurl behind it. No redirects, no proxies, no cookies, no body beyond a limit. A
   compressed body comes decoded, though none is asked for. What a server does slowly or without end ends with the
   attempt. With https, the certificate is not verified: it says nothing of the app's health. */
#ifndef VPROD_PROBE_HTTP_H
#define VPROD_PROBE_HTTP_H

#include <verify-prod/runner.h>
#include "util/buf.h"
#include "util/error.h"

enum vprod__http_outcome {
  VPROD__HTTP_ANSWERED = 0, /* status and body are there */
  VPROD__HTTP_REFUSED,      /* nobody listens on the port */
  VPROD__HTTP_RESET,        /* the connection was accepted, then closed without an answer */
  VPROD__HTTP_SLOW,         /* no whole answer within the attempt's time */
  VPROD__HTTP_GARBLED,      /* the answer is not HTTP, or too long */
  VPROD__HTTP_UNREACHABLE   /* no route, no such host: nothing to do with the app */
};

struct vprod__http_answer {
  enum vprod__http_outcome outcome;
  int status;
  char *body;         /* the first 64 KiB; "" without an answer; ended by NUL, may hold NULs */
  size_t body_length;
  char *location;     /* of a redirect, or NULL */
  char error[256];    /* libcurl's message; "" when answered */
  char first[32];     /* garbled: the first bytes of the answer */
  size_t first_length;/* 0: none, or it began as HTTP */
  int no_tls;         /* garbled: asked by https, a server that is there and with which no TLS connection came about */
  int version;        /* of HTTP, 1 or 2; 0: not known */
  char *fields;       /* header fields that the request collects, trailers too, "name: value\n"…; NULL: none came */
};

struct vprod__http_request {
  const char *url;
  const char *header;  /* one more header, "Host: localhost"; NULL: none */
  int http2;           /* 1: HTTP/2, without TLS with prior knowledge (RFC 9113, 3.3); UNREACHABLE without it in libcurl */
  const void *post;    /* a body, sent by POST; NULL: GET */
  size_t post_length;
  const char *collect; /* header fields whose names begin so are kept; NULL: none */
};

/* A prober keeps no connection between attempts. To be used from one thread at a time. */
struct vprod__http;
int vprod__http_new (struct vprod__http **ret, vprod_error **err);

/* From now on every request has this header ("Host: localhost"), in the place of another of that name. Its value may be
   empty. */
int vprod__http_set_header (struct vprod__http *http, const char *header, vprod_error **err);

/* One attempt, at most attempt_ms long. 0 with *ret filled whatever the app did; negative: cancelled, deadline,
   memory, IO where this process has no file descriptor for it. */
int vprod__http_get (struct vprod__http *http, const vprod_call *call, const char *url, int64_t attempt_ms,
                     struct vprod__http_answer *ret, vprod_error **err);

/* As vprod__http_get, with more of one's own. */
int vprod__http_ask (struct vprod__http *http, const vprod_call *call, const struct vprod__http_request *request,
                     int64_t attempt_ms, struct vprod__http_answer *ret, vprod_error **err);

void vprod__http_answer_clear (struct vprod__http_answer *answer);
void vprod__http_free (struct vprod__http *http);
VPROD_DEFINE_CLEANUP (struct vprod__http *, vprod__http_free);

#endif
