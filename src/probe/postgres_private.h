/* SPDX-License-Identifier: MIT */
/* What postgres*.c share. */
#ifndef VPROD_PROBE_POSTGRES_PRIVATE_H
#define VPROD_PROBE_POSTGRES_PRIVATE_H

#include <libpq-fe.h>
#include "probe/postgres.h"

struct vprod__postgres {
  PGconn *connection;
  char version[32];
};

enum { VPROD__POSTGRES_READY = 0, VPROD__POSTGRES_ATTEMPT_OVER = 1 };

/* Waits until the connection's socket is ready for `events` (of poll). READY, ATTEMPT_OVER, or negative. */
int vprod__postgres_wait (const vprod_call *call, PGconn *connection, short events, int64_t attempt_end, const char *what,
                          vprod_error **err);

/* Waits until libpq has a whole result, or sees that none will come. READY, ATTEMPT_OVER, or negative. */
int vprod__postgres_wait_result (PGconn *connection, const vprod_call *call, int64_t end, vprod_error **err);

#endif
