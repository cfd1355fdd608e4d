/* SPDX-License-Identifier: MIT */
/* What the mock's containers write, and what its databases say. */
#include "mock_inside.h"

#include <stdio.h>

#include "util/cancel.h"
#include "util/clock.h"

/* What is called back is not the mock's. */
static int give (vprod_stream stream, const char *bytes, size_t length, vprod_output_fn on_output, void *data)
{
  mock__own_code--;
  int stop = on_output (data, stream, bytes, length);
  mock__own_code++;
  return stop;
}

static int tell (const struct mock_output *o, vprod_output_fn on_output, void *data)
{
  return give (o->stream, o->bytes, o->length ? o->length : strlen (o->bytes), on_output, data);
}

/* Gives what became due until now; *next is where it goes on. 1: the receiver wants no more. */
static int tell_due (const struct mock_container *c, int64_t until, size_t *next, vprod_output_fn on_output,
                     void *data)
{
  const struct mock_output *list = c->behaviour.output;

  for (; list && list[*next].bytes; (*next)++) {
    const struct mock_output *o = &list[*next];
    if (o->at_ms < 0 || c->started_at + o->at_ms > until)
      return 0;
    if (tell (o, on_output, data) != 0)
      return 1;
  }
  return 0;
}

static int tell_end (const struct mock_container *c, vprod_output_fn on_output, void *data)
{
  for (const struct mock_output *o = c->behaviour.output; o && o->bytes; o++)
    if (o->at_ms == MOCK_AT_END && tell (o, on_output, data) != 0)
      return 1;
  return 0;
}

/* The lines of a database about the connections of apps that started by now. */
static int tell_connections (struct mock *mock, const struct mock_container *database, vprod_output_fn on_output,
                             void *data)
{
  _cleanup_buf_ struct vprod__buf lines = { 0 };

  if (!mock->logs_database_connections)
    return 0;
  pthread_mutex_lock (&mock->in->mutex);
  /* the first of the session's own connections asked for the lines */
  for (int i = 1; i < database->tries; i++)
    vprod__buf_adds (&lines, "2026-01-31 12:00:00.000 UTC [76] LOG:  connection received: host=172.30.0.1 port=5\n");
  for (struct mock_container *c = mock->in->containers; c; c = c->next)
    for (int i = 0; c->started && i < c->behaviour.database_connections; i++) {
      vprod__buf_addf (&lines,
                       "2026-01-31 12:00:00.000 UTC [%d] LOG:  connection received: host=172.30.0.%d port=5%04d\n",
                       77 + i, c->address, i);
      if (i < c->behaviour.database_refusals)
        continue;
      vprod__buf_addf (&lines, "2026-01-31 12:00:00.001 UTC [%d] LOG:  connection authorized: user=verify "
                               "database=notes\n", 77 + i);
      if (c->behaviour.database_fatal)
        vprod__buf_addf (&lines, "2026-01-31 12:00:00.002 UTC [%d] FATAL:  %s\n", 77 + i,
                         c->behaviour.database_fatal);
    }
  pthread_mutex_unlock (&mock->in->mutex);
  return lines.length ? give (VPROD_STREAM_STDERR, lines.data, lines.length, on_output, data) : 0;
}

static int miss (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  (void) data, (void) stream, (void) bytes, (void) length;
  return 0;
}

/* What is written until it may be followed is lost to the follower. */
static int open_late (struct mock *mock, const vprod_call *call, const struct mock_container *c, size_t *next,
                      vprod_error **err)
{
  int r = vprod__call_sleep (call, c->behaviour.followed_after_ms, "following the output", err);

  if (r < 0)
    return r;
  pthread_mutex_lock (&mock->in->mutex);
  if (c->started)
    tell_due (c, vprod__now_ms (), next, miss, NULL);
  pthread_mutex_unlock (&mock->in->mutex);
  return 0;
}

static int do_logs (struct mock *mock, const vprod_call *call, const struct mock_container *c, int follow,
                    vprod_output_fn on_output, void *data, vprod_error **err)
{
  size_t next = 0;
  int r = follow && c->behaviour.followed_after_ms > 0 ? open_late (mock, call, c, &next, err) : 0;

  if (r < 0)
    return r;
  if (follow)
    on_output (data, VPROD_STREAM_STDOUT, "", 0);
  for (;;) {
    pthread_mutex_lock (&mock->in->mutex);
    int64_t now = vprod__now_ms ();
    int started = c->started, up = mock__is_up (c, now);
    int64_t until = up || c->ends_at > now ? now : c->ends_at;
    pthread_mutex_unlock (&mock->in->mutex);

    if (started && tell_due (c, until, &next, on_output, data) != 0)
      return 0;
    if (started && !up) {
      tell_end (c, on_output, data);
      return 0;
    }
    if (!follow) {
      if (c->behaviour.role == MOCK_DATABASE)
        tell_connections (mock, c, on_output, data);
      return 0;
    }
    r = vprod__call_sleep (call, 2, "following the output", err);
    if (r < 0)
      return r;
  }
}

int mock__container_logs (void *runner, const vprod_call *call, const char *id, int follow,
                          vprod_output_fn on_output, void *data, vprod_error **err)
{
  struct mock *mock = runner;
  struct mock_visit visit;
  int r = mock__enter (mock, "container_logs", id, call, &visit, err);

  if (r > 0) { /* a stream that ends at once, without a word */
    on_output (data, VPROD_STREAM_STDOUT, "", 0);
    return 0;
  }
  if (r < 0)
    return r;
  pthread_mutex_lock (&mock->in->mutex);
  const struct mock_container *c = mock__find (mock, id);
  pthread_mutex_unlock (&mock->in->mutex);
  if (!c)
    return mock__leave (&visit, vprod__error_set (err, VPROD_ERROR_NOT_FOUND, 0, "no such container: %s", id), err);
  return mock__leave (&visit, do_logs (mock, call, c, follow, on_output, data, err), err);
}

/* ---- databases ----------------------------------------------------------------------------------------- */

static struct mock_container *database_at (struct mock *mock, int port)
{
  struct mock_container *c = mock->in->containers;

  while (c && (c->behaviour.role != MOCK_DATABASE || (c->host_port ? c->host_port : 5432) != port
               || !mock__is_up (c, vprod__now_ms ())))
    c = c->next;
  return c;
}

struct vprod__postgres {
  char *database;
};

static struct vprod__postgres *connection_to (const char *database)
{
  struct vprod__postgres *postgres = mock__alloc (sizeof *postgres);

  postgres->database = mock__strdup (database);
  return postgres;
}

/* Why it takes no such connection, or NULL. */
static const char *ask_to_connect (struct mock *mock, const struct vprod__postgres_address *address)
{
  const char *why = NULL;

  if (mock->on_connect) {
    pthread_mutex_lock (&mock->in->callback);
    why = mock->on_connect (mock->data, address);
    pthread_mutex_unlock (&mock->in->callback);
  }
  return why;
}

static int try_database (void *data, const vprod_call *call, const struct vprod__postgres_address *address,
                         int64_t attempt_ms, struct vprod__postgres **ret, char **ret_why, vprod_error **err)
{
  struct mock *mock = data;
  int r = vprod__call_check (call, "asking the database", err);

  if (r < 0)
    return r;
  (void) attempt_ms;
  mock__own_code++;
  pthread_mutex_lock (&mock->in->mutex);
  struct mock_container *c = database_at (mock, address->port);
  int ready = c && vprod__now_ms () >= c->started_at + c->behaviour.answers_after_ms;
  if (ready)
    c->tries++;
  pthread_mutex_unlock (&mock->in->mutex);
  const char *why = ready ? ask_to_connect (mock, address) : "connection refused";
  if (why)
    *ret_why = mock__strdup (why);
  else
    *ret = connection_to (address->database);
  mock__own_code--;
  return why != NULL;
}

static const char *version (void *data, struct vprod__postgres *postgres)
{
  (void) data;
  (void) postgres;
  return "16.4";
}

static int query (void *data, struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                  const char *param, char **ret_value, vprod_error **err)
{
  struct mock *mock = data;
  char *value = NULL;
  int r = vprod__call_check (call, "asking the database", err);

  (void) postgres;
  if (r < 0)
    return r;
  mock__own_code++;
  if (mock->on_query) {
    pthread_mutex_lock (&mock->in->callback);
    r = mock->on_query (mock->data, sql, param, &value);
    pthread_mutex_unlock (&mock->in->callback);
  }
  else if (strstr (sql, "count"))
    value = mock__strdup ("0");
  mock__own_code--;
  if (r < 0) {
    free (value);
    return vprod__error_set (err, VPROD_ERROR_DATABASE, 0, "%s: " MOCK_FAULT, sql);
  }
  if (ret_value)
    *ret_value = value;
  else
    free (value);
  return 0;
}

static void close_connection (void *data, struct vprod__postgres *postgres)
{
  (void) data;
  if (postgres)
    free (postgres->database);
  free (postgres);
}

static int execute (void *data, struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                    const struct vprod__postgres_input *input, struct vprod__postgres_outcome *ret, vprod_error **err)
{
  struct mock *mock = data;
  int r = vprod__call_check (call, "asking the database", err);

  if (r < 0 || !mock->on_execute)
    return r;
  mock__own_code++;
  pthread_mutex_lock (&mock->in->callback);
  r = mock->on_execute (mock->data, postgres->database, sql, input, ret);
  pthread_mutex_unlock (&mock->in->callback);
  mock__own_code--;
  return r < 0 ? vprod__error_set (err, (vprod_error_code) -r, 0, "%s: " MOCK_FAULT, sql) : 0;
}

void mock__probe_init (struct mock *mock)
{
  mock->in->probe = (struct vprod__database_probe) { mock, try_database, version, query, close_connection, execute };
}

const struct vprod__database_probe *mock_database_probe (struct mock *mock)
{
  return &mock->in->probe;
}
