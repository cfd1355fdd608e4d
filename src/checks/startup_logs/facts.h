/* SPDX-License-Identifier: MIT */
/* What `startup-logs` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_STARTUP_LOGS_FACTS_H
#define VPROD_CHECKS_STARTUP_LOGS_FACTS_H

#include <stddef.h>
#include <stdint.h>
#include "result/result.h"

/* One wanted text: was it seen? */
struct vprod__startup_line {
  const char *text;
  int on_stdout;
  int on_stderr;
  const char *in_service; /* the service that wrote it, which is looked at where the app did not; NULL: none */
};

struct vprod__startup_logs_facts {
  const struct vprod__startup_line *lines;
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
