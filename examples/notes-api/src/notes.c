/* SPDX-License-Identifier: MIT */
#include "notes.h"

#include <stdio.h>
#include <stdlib.h>

#define COLUMNS "id, text, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

static void
report (const char *what, const PGresult *result)
{
  if (result != NULL)
    printf ("cannot %s: %s", what, PQresultErrorMessage (result));
}

int
notes_prepare (struct database *database)
{
  /* one statement, so that the lock holds: two instances may start at once */
  static const char sql[] = "DO $$ BEGIN"
                            "  PERFORM pg_advisory_xact_lock(7236491);"
                            "  CREATE TABLE IF NOT EXISTS notes ("
                            "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                            "    text text NOT NULL,"
                            "    created_at timestamptz NOT NULL DEFAULT now());"
                            "END $$";
  PGresult *result = database_query (database, sql, 0, NULL);
  int status = PQresultStatus (result) == PGRES_COMMAND_OK ? 0 : -1;

  if (status != 0)
    report ("make the table notes", result);
  PQclear (result);
  return status;
}

static json_t *
note (const PGresult *result, int row)
{
  return json_pack ("{s:I, s:s, s:s}", "id", (json_int_t) atoll (PQgetvalue (result, row, 0)), "text",
                    PQgetvalue (result, row, 1), "created_at", PQgetvalue (result, row, 2));
}

/* All rows of a query for COLUMNS, in an array. */
static json_t *
query (struct database *database, const char *what, const char *sql, int count, const char *const *values)
{
  PGresult *result = database_query (database, sql, count, values);
  json_t *rows = NULL;

  if (PQresultStatus (result) == PGRES_TUPLES_OK)
    {
      rows = json_array ();
      for (int row = 0; row < PQntuples (result); row++)
        json_array_append_new (rows, note (result, row));
    }
  else
    report (what, result);
  PQclear (result);
  return rows;
}

json_t *
notes_add (struct database *database, const char *text)
{
  const char *const values[] = { text };
  json_t *rows = query (database, "store a note", "INSERT INTO notes (text) VALUES ($1) RETURNING " COLUMNS, 1, values);
  json_t *added = json_incref (json_array_get (rows, 0));

  json_decref (rows);
  return added;
}

json_t *
notes_list (struct database *database)
{
  return query (database, "list notes", "SELECT " COLUMNS " FROM notes ORDER BY id DESC LIMIT 100", 0, NULL);
}

json_t *
notes_get (struct database *database, const char *id)
{
  const char *const values[] = { id };
  json_t *rows = query (database, "read a note", "SELECT " COLUMNS " FROM notes WHERE id::text = $1", 1, values);
  json_t *found = rows == NULL ? NULL : json_array_size (rows) == 1 ? json_incref (json_array_get (rows, 0)) : json_null ();

  json_decref (rows);
  return found;
}
