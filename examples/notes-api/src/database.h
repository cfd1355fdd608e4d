/* SPDX-License-Identifier: MIT */
#ifndef NOTES_DATABASE_H
#define NOTES_DATABASE_H

#include <libpq-fe.h>
#include <stdbool.h>

/* A few connections to PostgreSQL that the server's threads share. A connection that broke is made anew by the next
   query that needs it. */
struct database;

/* Makes the pool; connects to nothing yet. NULL when the URL is none (stderr says why) or without memory. */
struct database *database_new (const char *url, unsigned int connections);
void database_free (struct database *database);

/* Runs one statement and returns its result, which may be an error of the server's; NULL when the database could not
   be reached. PQclear the result. */
PGresult *database_query (struct database *database, const char *sql, int count, const char *const *values);

/* Whether the database answers. */
bool database_answers (struct database *database);

#endif
