/* SPDX-License-Identifier: MIT */
/* A statement of a script, over the simple protocol: whatever it gives or takes. */
#include "probe/postgres_private.h"
#include "util/strv.h"
#include "util/text.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define PART_BYTES ((size_t) 65536)

VPROD_DEFINE_CLEANUP (PGresult *, PQclear);

void vprod__postgres_outcome_clear (struct vprod__postgres_outcome *outcome)
{
  free (outcome->refusal);
  vprod__strv_free (outcome->values);
  *outcome = (struct vprod__postgres_outcome) { 0 };
}

/* ---- what it says ---------------------------------------------------------------------------------------------- */

static int add_field (struct vprod__buf *words, const PGresult *result, int field, const char *before)
{
  const char *text = PQresultErrorField (result, field);

  return text && *text ? vprod__text_addf (words, "%s%s", before, text) : 0;
}

/* "COPY t, line 3, column id: …" */
static long line_of_data (const PGresult *result)
{
  const char *context = PQresultErrorField (result, PG_DIAG_CONTEXT);
  const char *line = context && strncmp (context, "COPY ", 5) == 0 ? strstr (context, ", line ") : NULL;

  return line ? strtol (line + strlen (", line "), NULL, 10) : 0;
}

/* The first refusal is what counts. */
static int keep_refusal (struct vprod__postgres *postgres, const PGresult *result, struct vprod__postgres_outcome *outcome)
{
  _cleanup_buf_ struct vprod__buf words = { 0 };
  const char *position = PQresultErrorField (result, PG_DIAG_STATEMENT_POSITION);

  if (outcome->refusal)
    return 0;
  if (PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY)) {
    if (add_field (&words, result, PG_DIAG_SEVERITY, "") < 0 || add_field (&words, result, PG_DIAG_MESSAGE_PRIMARY, ": ") < 0
        || add_field (&words, result, PG_DIAG_MESSAGE_DETAIL, "; ") < 0
        || add_field (&words, result, PG_DIAG_MESSAGE_HINT, "; ") < 0
        || add_field (&words, result, PG_DIAG_CONTEXT, "; ") < 0)
      return -1;
  }
  else {
    const char *broken = PQerrorMessage (postgres->connection);
    if (vprod__text_addf (&words, "%.*s", (int) strcspn (broken, "\n"), *broken ? broken : "the connection broke") < 0)
      return -1;
  }
  outcome->position = position ? strtol (position, NULL, 10) : 0;
  outcome->data_line = line_of_data (result);
  outcome->refusal = vprod__buf_steal (&words);
  return outcome->refusal ? 0 : -1;
}

static int keep_values (const PGresult *result, struct vprod__postgres_outcome *outcome)
{
  int n_rows = PQntuples (result), n_columns = PQnfields (result);

  for (int row = 0; row < n_rows; row++)
    for (int column = 0; column < n_columns; column++)
      if (!PQgetisnull (result, row, column) && vprod__strv_add (&outcome->values, PQgetvalue (result, row, column)) < 0)
        return -1;
  return 0;
}

/* ---- copying --------------------------------------------------------------------------------------------------- */

/* Until all that libpq holds is sent. */
static int flush (PGconn *connection, const vprod_call *call, vprod_error **err)
{
  int unsent;

  while ((unsent = PQflush (connection)) > 0) {
    int r = vprod__postgres_wait (call, connection, POLLIN | POLLOUT, VPROD_NO_DEADLINE, "copying data to the database", err);
    if (r < 0)
      return r;
    if (!PQconsumeInput (connection))
      break;
  }
  return 0; /* a broken connection is told of by the next result */
}

/* Part by part: libpq would keep a copy of the whole. */
static int copy_in (PGconn *connection, const vprod_call *call, const struct vprod__postgres_input *input, vprod_error **err)
{
  const char *bytes = "";
  size_t length = 0;
  int r = 0;

  if (input)
    input->take (input->data, &bytes, &length);
  while (length > 0 && r == 0) {
    size_t part = length < PART_BYTES ? length : PART_BYTES;
    if (PQputCopyData (connection, bytes, (int) part) != 1)
      break;
    r = flush (connection, call, err);
    bytes += part;
    length -= part;
  }
  if (r == 0)
    PQputCopyEnd (connection, length > 0 ? "the data could not be sent" : NULL);
  return r;
}

/* 0: it is over, for whatever reason. */
static int copy_out (PGconn *connection, const vprod_call *call, vprod_error **err)
{
  for (;;) {
    char *row = NULL;
    int n = PQgetCopyData (connection, &row, 1);
    if (n > 0)
      PQfreemem (row);
    else if (n < 0)
      return 0;
    else {
      int r = vprod__postgres_wait (call, connection, POLLIN, VPROD_NO_DEADLINE, "copying data from the database", err);
      if (r < 0)
        return r;
      if (!PQconsumeInput (connection))
        return 0;
    }
  }
}

/* ---- one statement --------------------------------------------------------------------------------------------- */

/* 1: no more results will come. */
static int take_result (struct vprod__postgres *postgres, const vprod_call *call, const PGresult *result,
                        const struct vprod__postgres_input *input, struct vprod__postgres_outcome *outcome,
                        vprod_error **err)
{
  int r = 0;

  switch (PQresultStatus (result)) {
  case PGRES_COPY_IN:
    return copy_in (postgres->connection, call, input, err);
  case PGRES_COPY_OUT:
    return copy_out (postgres->connection, call, err);
  case PGRES_COMMAND_OK:
  case PGRES_EMPTY_QUERY:
    return 0;
  case PGRES_TUPLES_OK:
    r = keep_values (result, outcome);
    break;
  case PGRES_COPY_BOTH: /* of a replication alone; PQgetResult would give it for ever */
    r = keep_refusal (postgres, result, outcome);
    return r < 0 ? vprod__error_no_memory (err) : 1;
  default:
    r = keep_refusal (postgres, result, outcome);
    break;
  }
  return r < 0 ? vprod__error_no_memory (err) : 0;
}

int vprod__postgres_execute (struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                             const struct vprod__postgres_input *input, struct vprod__postgres_outcome *ret,
                             vprod_error **err)
{
  if (!PQsendQuery (postgres->connection, sql))
    return keep_refusal (postgres, NULL, ret) < 0 ? vprod__error_no_memory (err) : 0;
  for (;;) {
    int r = vprod__postgres_wait_result (postgres->connection, call, VPROD_NO_DEADLINE, err);
    if (r < 0)
      return r;
    _cleanup_ (PQclearp) PGresult *result = PQgetResult (postgres->connection);
    if (!result)
      return 0;
    r = take_result (postgres, call, result, input, ret, err);
    if (r != 0)
      return r < 0 ? r : 0;
  }
}
