/* SPDX-License-Identifier: MIT */
/* The throwaway database seen from here, with libpq behind it. All calls are asynchronous inside, so that they
   end at the deadline and on cancel. No environment (PGHOST …), password file or service file is used. */
#ifndef VPROD_PROBE_POSTGRES_H
#define VPROD_PROBE_POSTGRES_H

#include <verify-prod/runner.h>
#include "util/error.h"

struct vprod__postgres; /* an open connection */

struct vprod__postgres_address {
  const char *host;
  int port;
  const char *database;
  const char *user;
  const char *password;
  const char *ca_file;  /* of PEM: over TLS, with a certificate of that authority … */
  const char *tls_name; /* … for this name. NULL: without TLS */
};

/* One attempt, at most attempt_ms long: connects and asks SELECT 1. 0: it answers, *ret is the connection;
   1: not yet, *ret_why (malloc'ed) says why; negative: cancelled, deadline, memory. */
int vprod__postgres_try (const vprod_call *call, const struct vprod__postgres_address *address,
                         int64_t attempt_ms, struct vprod__postgres **ret, char **ret_why, vprod_error **err);

/* The server's version ("16.4"); lent. */
const char *vprod__postgres_version (struct vprod__postgres *postgres);

/* Runs one statement; *ret_value (may be NULL) is the first column of the first row, malloc'ed, or NULL where
   there is none. param (may be NULL) is $1. Errors: DATABASE, TIMEOUT, CANCELLED, NO_MEMORY. */
int vprod__postgres_query (struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                           const char *param, char **ret_value, vprod_error **err);

/* ---- a statement of a script --------------------------------------------------------------------------------- */

/* What it came to. Zero it to begin. */
struct vprod__postgres_outcome {
  char *refusal;    /* the server's words; NULL: it was done */
  long position;    /* of what they are about, in characters of the statement from 1; 0: not told */
  long data_line;   /* … or the line of the data that it copied, from 1; 0: not told */
  char **values;    /* all that it gave, row by row, without NULLs; NULL-ended, or NULL */
};
void vprod__postgres_outcome_clear (struct vprod__postgres_outcome *outcome);

/* Where the data comes from that a statement copies from standard input. */
struct vprod__postgres_input {
  void *data;
  void (*take) (void *data, const char **ret, size_t *ret_length); /* called once at most */
};

/* Runs one statement as psql does: by itself, and so in a transaction of its own unless there is one. What it copies to
   standard output is dropped. 0: *ret says what came of it; negative: TIMEOUT, CANCELLED, IO, NO_MEMORY. */
int vprod__postgres_execute (struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                             const struct vprod__postgres_input *input, struct vprod__postgres_outcome *ret,
                             vprod_error **err);

void vprod__postgres_close (struct vprod__postgres *postgres);
VPROD_DEFINE_CLEANUP (struct vprod__postgres *, vprod__postgres_close);

#endif
