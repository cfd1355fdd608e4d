/* SPDX-License-Identifier: MIT */
/*
 * The health service of gRPC, grpc.health.v1.Health/Check: one call without a gRPC library. The request and the answer are
 * one short message each, HealthCheckRequest {string service = 1} and HealthCheckResponse {ServingStatus status = 1}, in a
 * frame of five bytes, over HTTP/2; how the call itself ended stands in the trailers.
 */
#ifndef VPROD_PROBE_GRPC_H
#define VPROD_PROBE_GRPC_H

#include "probe/http.h"

/* ServingStatus of the answer. */
enum vprod__serving {
  VPROD__SERVING_NOT_TOLD = -1,
  VPROD__SERVING_UNKNOWN = 0,
  VPROD__SERVING_YES = 1,
  VPROD__SERVING_NO = 2,
  VPROD__SERVING_SERVICE_UNKNOWN = 3
};

/* The codes of grpc-status that are looked at. */
enum {
  VPROD__GRPC_NOT_TOLD = -1,
  VPROD__GRPC_OK = 0,
  VPROD__GRPC_NOT_FOUND = 5,
  VPROD__GRPC_PERMISSION_DENIED = 7,
  VPROD__GRPC_UNIMPLEMENTED = 12,
  VPROD__GRPC_UNAUTHENTICATED = 16
};

struct vprod__grpc_answer {
  int status;                  /* grpc-status; VPROD__GRPC_NOT_TOLD: what answers is no gRPC */
  enum vprod__serving serving; /* with GRPC_OK */
  char message[160];           /* grpc-message, its beginning, decoded */
};

#define VPROD__GRPC_CHECK_PATH "/grpc.health.v1.Health/Check"

/* Makes a prober's requests ones of gRPC. */
int vprod__grpc_prepare (struct vprod__http *http, vprod_error **err);

/* One attempt, as vprod__http_ask: url is that of Health/Check, service "" the whole server. ret_grpc is filled where the
   outcome is ANSWERED. A server that is there, and closes the connection on HTTP/2, is GARBLED. host, port: those of url. */
struct vprod__grpc_request {
  const char *url, *host;
  int port;
  const char *service;
};
int vprod__grpc_check (struct vprod__http *http, const vprod_call *call, const struct vprod__grpc_request *request,
                       int64_t attempt_ms, struct vprod__http_answer *ret, struct vprod__grpc_answer *ret_grpc,
                       vprod_error **err);

/* Reads an answer; pure. */
void vprod__grpc_read (const struct vprod__http_answer *answer, struct vprod__grpc_answer *ret);

#endif
