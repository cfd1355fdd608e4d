/* SPDX-License-Identifier: MIT */
/* What `startup-logs` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_STARTUP_LOGS_FACTS_H
#define VPROD_CHECKS_STARTUP_LOGS_FACTS_H

#include <stddef.h>
#include <stdint.h>
#include "probe/http.h"
#include "result/result.h"

/* One wanted text: was it seen? */
struct vprod__startup_line {
  const char *text;
  int on_stdout;
  int on_stderr;
  const char *in_service; /* the service that wrote it, which is looked at where the app did not; NULL: none */
};

/* Requests for the spec's path, one after the other, until one did not show. */
#define VPROD__STARTUP_REQUESTS 2
struct vprod__startup_request {
  const char *path;
  int sent;
  int seen;    /* how many of them showed */
  int outcome; /* of the last: enum vprod__http_outcome */
  int status;  /* of the last; 0: it was not answered */
  char *error; /* libcurl's words; "" when answered */
  char *line;  /* that showed the last; or NULL */
  char *after; /* what the app wrote since the last was sent */
};

struct vprod__startup_logs_facts {
  const struct vprod__startup_request *request; /* NULL: none is wanted, or the lines were not seen */
  const struct vprod__startup_line *lines; /* none: the spec names only a request */
  size_t n_lines;
  int stream; /* the wanted one: VPROD_STREAM_STDOUT, VPROD_STREAM_STDERR, 0: any */
  int64_t timeout_ms;
  int64_t after_ms; /* from the app's start to the end of looking */
  int running;      /* at the end of looking */
  uint64_t stdout_bytes;
  uint64_t stderr_bytes;
  const char *log; /* the last bytes of its output; "" if none */
  size_t log_length;
};

int vprod__startup_logs_judge (const struct vprod__startup_logs_facts *facts, vprod_result *result, vprod_error **err);

#endif
