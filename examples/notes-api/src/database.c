/* SPDX-License-Identifier: MIT */
#include "database.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct database
{
  const char *url;
  pthread_mutex_t lock;
  pthread_cond_t returned;
  unsigned int idle_count;
  PGconn *idle[]; /* NULL: not connected */
};

struct database *
database_new (const char *url, unsigned int connections)
{
  struct database *database;
  char *reason = NULL;
  PQconninfoOption *options = PQconninfoParse (url, &reason);

  if (options == NULL)
    {
      fprintf (stderr, "notes-api: DATABASE_URL is wrong: %s", reason != NULL ? reason : "no memory\n");
      PQfreemem (reason);
      return NULL;
    }
  PQconninfoFree (options);
  database = calloc (1, sizeof *database + connections * sizeof database->idle[0]);
  if (database == NULL)
    return NULL;
  database->url = url;
  database->idle_count = connections;
  pthread_mutex_init (&database->lock, NULL);
  pthread_cond_init (&database->returned, NULL);
  return database;
}

void
database_free (struct database *database)
{
  if (database == NULL)
    return;
  for (unsigned int i = 0; i < database->idle_count; i++)
    PQfinish (database->idle[i]);
  pthread_cond_destroy (&database->returned);
  pthread_mutex_destroy (&database->lock);
  free (database);
}

static PGconn *
borrow (struct database *database)
{
  PGconn *connection;

  pthread_mutex_lock (&database->lock);
  while (database->idle_count == 0)
    pthread_cond_wait (&database->returned, &database->lock);
  connection = database->idle[--database->idle_count];
  pthread_mutex_unlock (&database->lock);
  return connection;
}

static void
give_back (struct database *database, PGconn *connection)
{
  pthread_mutex_lock (&database->lock);
  database->idle[database->idle_count++] = connection;
  pthread_cond_signal (&database->returned);
  pthread_mutex_unlock (&database->lock);
}

static PGconn *
connect_anew (struct database *database)
{
  /* What comes before dbname are our defaults, which the URL may override: a database that does not answer must not
     hold a request for long. */
  static const char *const keywords[]
      = { "fallback_application_name", "connect_timeout", "tcp_user_timeout", "options", "dbname", NULL };
  const char *const values[] = { "notes-api", "3", "5000", "-c statement_timeout=5000", database->url, NULL };
  PGconn *connection = PQconnectdbParams (keywords, values, 1);

  if (PQstatus (connection) == CONNECTION_OK)
    return connection;
  printf ("cannot connect to the database: %s", PQerrorMessage (connection));
  PQfinish (connection);
  return NULL;
}

PGresult *
database_query (struct database *database, const char *sql, int count, const char *const *values)
{
  PGconn *connection = borrow (database);
  PGresult *result = NULL;

  /* reading what came meanwhile notices a server that went away */
  if (connection != NULL && (PQconsumeInput (connection) == 0 || PQstatus (connection) != CONNECTION_OK))
    {
      PQfinish (connection);
      connection = NULL;
    }
  if (connection == NULL)
    connection = connect_anew (database);
  if (connection != NULL)
    {
      result = PQexecParams (connection, sql, count, NULL, values, NULL, NULL, 0);
      if (PQstatus (connection) != CONNECTION_OK)
        {
          printf ("lost the database: %s", PQerrorMessage (connection));
          PQclear (result);
          result = NULL;
          PQfinish (connection);
          connection = NULL;
        }
    }
  give_back (database, connection);
  return result;
}

bool
database_answers (struct database *database)
{
  PGresult *result = database_query (database, "SELECT 1", 0, NULL);
  bool answers = PQresultStatus (result) == PGRES_TUPLES_OK;

  PQclear (result);
  return answers;
}
