/* SPDX-License-Identifier: MIT */
#include "session/connections.h"
#include "known/phrases.h"
#include "session/base.h"
#include "session/parts.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 30000
#define ATTEMPT_MS 2000
#define LINE_BYTES 512 /* the rest of a longer line is ignored */

#define RECEIVED "connection received: host="
#define AUTHORIZED "connection authorized: "
#define FATAL "FATAL:  "
#define NO_TLS "LOG:  could not accept SSL connection: " /* the client may not trust the certificate, and says so */
#define WHY_BYTES 160
#define CLIENTS 256 /* of the app that are remembered; older ones are forgotten */
#define COUNT_LIVE "SELECT count(*) FROM pg_stat_activity WHERE client_addr = $1::inet"
#define COUNT_LIVE_SINCE                                                                                          \
  "SELECT count(*) FROM pg_stat_activity WHERE client_addr = split_part($1, ' ', 1)::inet "                       \
  "AND backend_start > to_timestamp(split_part($1, ' ', 2)::double precision)"
#define OWN_PID "SELECT pg_backend_pid()"
#define ITS_TIME "SELECT extract(epoch FROM clock_timestamp())"
#define SETTLE_MS 2000 /* for a line of the database to be in its log */
#define SETTLE_STEP_MS 10

/* A server process that serves the app. */
struct client {
  long pid; /* 0: none */
  int counted;
};

/* Counts lines while the log passes by. */
struct counter {
  const char *address;
  uint64_t skip; /* bytes written before the app started */
  uint64_t bytes;
  int64_t received; /* from anybody */
  long awaited;     /* a server process whose connection is looked for, and … */
  int is_there;     /* … whether its line was seen */
  int64_t ours;
  int64_t tried;       /* received from the app, let in or not */
  char why[WHY_BYTES]; /* the last reason for which it was turned away */
  struct client clients[CLIENTS];
  size_t next;
  char line[2][LINE_BYTES]; /* what there is of each stream's line */
  size_t length[2];
};

/* The server process that wrote the line, "… [77] LOG:  message"; 0: it does not say. */
static long process_of (const char *line, const char *message)
{
  const char *bracket = memrchr (line, '[', (size_t) (message - line));
  char *end;
  long pid = bracket ? strtol (bracket + 1, &end, 10) : 0;

  return pid > 0 && *end == ']' ? pid : 0;
}

static struct client *find_client (struct counter *counter, long pid, int counted)
{
  for (size_t i = 0; i < CLIENTS && pid > 0; i++)
    if (counter->clients[i].pid == pid && counter->clients[i].counted == counted)
      return &counter->clients[i];
  return NULL;
}

static void count_authorized (struct counter *counter, long pid)
{
  struct client *client = find_client (counter, pid, 0);

  if (!client)
    return;
  client->counted = 1;
  counter->ours++;
}

static void take_back (struct counter *counter, long pid)
{
  struct client *client = find_client (counter, pid, 1);

  if (!client)
    return;
  client->pid = 0;
  counter->ours--;
}

static void count_received (struct counter *counter, const char *line, const char *host)
{
  size_t length = strlen (counter->address);
  long pid = process_of (line, host);

  host += strlen (RECEIVED);
  counter->received++;
  counter->is_there |= pid > 0 && pid == counter->awaited;
  if (length > 0 && strncmp (host, counter->address, length) == 0 && !isalnum ((unsigned char) host[length])
      && host[length] != '.' && host[length] != ':') {
    counter->tried++;
    if (pid > 0)
      counter->clients[counter->next++ % CLIENTS] = (struct client) { .pid = pid };
    else
      counter->ours++; /* whether it was let in cannot be told */
  }
}

/* Keeps the reason; called before the client is taken back. */
static void keep_why (struct counter *counter, const char *line)
{
  const char *fatal = strstr (line, FATAL), *at = fatal ? fatal : strstr (line, NO_TLS);
  long pid = at ? process_of (line, at) : 0;

  if (find_client (counter, pid, 0) || find_client (counter, pid, 1))
    snprintf (counter->why, sizeof counter->why, "%s", at + strlen (fatal ? FATAL : "LOG:  "));
}

static void count_line (struct counter *counter, const char *line)
{
  const char *at;

  keep_why (counter, line);
  if ((at = strstr (line, RECEIVED)))
    count_received (counter, line, at);
  else if ((at = strstr (line, AUTHORIZED)))
    count_authorized (counter, process_of (line, at));
  else
    for (const struct vprod__phrase *p = NULL; (p = vprod__phrase_next (VPROD__SAYS_TURNED_AWAY, p));)
      if ((at = strstr (line, p->text)))
        take_back (counter, process_of (line, at));
}

static int count (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct counter *counter = data;
  int side = stream == VPROD_STREAM_STDERR;

  for (size_t i = 0; i < length; i++) {
    if (counter->bytes++ < counter->skip)
      continue;
    if (bytes[i] == '\n') {
      counter->line[side][counter->length[side]] = '\0';
      count_line (counter, counter->line[side]);
      counter->length[side] = 0;
    }
    else if (counter->length[side] < LINE_BYTES - 1)
      counter->line[side][counter->length[side]++] = bytes[i] ? bytes[i] : ' ';
  }
  return 0;
}

/* ---- the databases among the services --------------------------------------------------------------------- */

static int is_database (vprod_session *session, size_t index)
{
  return session->services->list[index].kind == &vprod__service_postgres;
}

/* Of a service that is one. */
static struct vprod__database_link *database_at (vprod_session *session, size_t index)
{
  return &session->services->links[index].database;
}

static int logs_connections (vprod_session *session, size_t index)
{
  return is_database (session, index) && database_at (session, index)->logs_connections;
}

static int read_log (vprod_session *session, size_t index, struct counter *counter, vprod_error **err)
{
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  return vprod__runner_container_logs (session->runner, &call, session->services->list[index].container_id, 0, count,
                                       counter, err);
}

/* Makes a connection of our own. 0; 1: it is not let in. */
static int knock (vprod_session *session, size_t index, struct vprod__postgres **ret, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  struct vprod__postgres_address address = vprod__postgres_address_of (&session->services->list[index]);
  _cleanup_free_ char *why = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  return probe->try (probe->data, &call, &address, ATTEMPT_MS, ret, &why, err);
}

/* To see whether it is logged. */
static int knock_once (vprod_session *session, size_t index, vprod_error **err)
{
  struct vprod__postgres *postgres = NULL;

  int r = knock (session, index, &postgres, err);
  if (r == 0)
    session->services->probe->close (session->services->probe->data, postgres);
  return r < 0 ? r : 0;
}

/* ---- before the app -------------------------------------------------------------------------------------- */

/* The answer in *ret, or NULL where the database gave none. */
static int ask (vprod_session *session, struct vprod__postgres *postgres, const char *sql, char **ret, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = probe->query (probe->data, postgres, &call, sql, NULL, ret, &error);
  return r < 0 && r != -VPROD_ERROR_DATABASE ? vprod__error_move (err, &error) : 0;
}

/* Waits until the log has the line of that server process, and with it all of those before. */
static int wait_logged (vprod_session *session, size_t index, long pid, vprod_error **err)
{
  int64_t until_ms = vprod__now_ms () + SETTLE_MS;
  vprod_call call;

  vprod__session_call (session, -1, &call);
  for (;;) {
    struct counter counter = { .address = "", .awaited = pid };
    int r = read_log (session, index, &counter, err);
    if (r < 0 || counter.is_there || vprod__now_ms () >= until_ms)
      return r;
    r = vprod__call_sleep (&call, SETTLE_STEP_MS, "reading the database's log", err);
    if (r < 0)
      return r;
  }
}

/* A step before the app often has the address that the app is given next: what it leaves in the log, or running in the
   database, must not count as the app's. */
static int settle (vprod_session *session, size_t index, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  struct vprod__database_link *link = database_at (session, index);
  struct vprod__postgres *postgres = NULL;
  _cleanup_free_ char *pid = NULL, *since = NULL;

  int r = knock (session, index, &postgres, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = ask (session, postgres, OWN_PID, &pid, err);
  if (r == 0)
    r = ask (session, postgres, ITS_TIME, &since, err);
  probe->close (probe->data, postgres);
  if (r == 0 && link->logs_connections && pid)
    r = wait_logged (session, index, strtol (pid, NULL, 10), err);
  free (link->since);
  link->since = vprod__steal (&since);
  return r;
}

int vprod__databases_mark_logs (vprod_session *session, vprod_error **err)
{
  for (size_t i = 0; i < session->services->count; i++) {
    struct counter counter = { .address = "" };
    int r = session->spec->run.n_before > 0 && is_database (session, i) ? settle (session, i, err) : 0;
    if (r == 0 && logs_connections (session, i))
      r = read_log (session, i, &counter, err);
    if (r < 0)
      return r;
    if (is_database (session, i))
      database_at (session, i)->log_mark = counter.bytes;
  }
  return 0;
}

/* Connections of the app that are alive now; -1: the database did not say. */
static int count_live (vprod_session *session, size_t index, const char *address, int64_t *ret, vprod_error **err)
{
  struct vprod__service_link *link = &session->services->links[index];
  const struct vprod__database_link *database = &link->database;
  const struct vprod__database_probe *probe = session->services->probe;
  _cleanup_error_ vprod_error *error = NULL;
  _cleanup_free_ char *value = NULL, *since = database->since ? vprod__asprintf ("%s %s", address, database->since) : NULL;
  const char *sql = since ? COUNT_LIVE_SINCE : COUNT_LIVE, *param = since ? since : address;
  vprod_call call;

  if (database->since && !since)
    return vprod__error_no_memory (err);
  vprod__session_call (session, ANSWER_MS, &call);
  pthread_mutex_lock (&link->lock);
  int r = database->postgres ? probe->query (probe->data, database->postgres, &call, sql, param, &value, &error)
                             : -VPROD_ERROR_DATABASE;
  pthread_mutex_unlock (&link->lock);
  if (r < 0 && r != -VPROD_ERROR_DATABASE)
    return vprod__error_move (err, &error);
  *ret = r == 0 && value ? strtoll (value, NULL, 10) : -1;
  return 0;
}

/* Connections in the log; -1: it shows none, not even our own, so connections are not logged. */
static int count_logged (vprod_session *session, size_t index, const char *address, int64_t *ret,
                         vprod_error **err)
{
  struct counter counter = { .address = address, .skip = database_at (session, index)->log_mark };

  int r = read_log (session, index, &counter, err);
  if (r == 0 && counter.received == 0) {
    r = knock_once (session, index, err);
    counter = (struct counter) { .address = address, .skip = database_at (session, index)->log_mark };
    if (r == 0)
      r = read_log (session, index, &counter, err);
  }
  if (r < 0)
    return r;
  *ret = counter.received > 0 ? counter.ours : -1;
  return 0;
}

static int count_one (vprod_session *session, size_t index, const char *address, int64_t *ret, vprod_error **err)
{
  int64_t logged = -1, live = -1;

  int r = logs_connections (session, index) ? count_logged (session, index, address, &logged, err) : 0;
  if (r == 0)
    r = count_live (session, index, address, &live, err);
  if (r < 0)
    return r;
  if (logged < 0 && live == 0)
    live = -1; /* there may have been some before */
  *ret = logged > live ? logged : live;
  return 0;
}

int vprod__database_connections (vprod_session *session, const char *address, int64_t *ret, vprod_error **err)
{
  int64_t total = 0, known = 0, databases = 0;

  for (size_t i = 0; i < session->services->count && address; i++) {
    int64_t one = -1;
    int r = is_database (session, i) ? count_one (session, i, address, &one, err) : 0;
    if (r < 0)
      return r;
    databases += is_database (session, i);
    known += one >= 0;
    total += one > 0 ? one : 0;
  }
  /* "none" is a result only if all databases could be asked */
  *ret = total > 0 || (known > 0 && known == databases) ? total : -1;
  return 0;
}

int vprod__database_turned_away (vprod_session *session, const char *address, int64_t *ret, char **ret_why,
                                 vprod_error **err)
{
  _cleanup_free_ char *why = NULL;
  int64_t tried = 0;

  for (size_t i = 0; i < session->services->count && address; i++) {
    struct counter counter = { .address = address };
    if (!logs_connections (session, i))
      continue;
    counter.skip = database_at (session, i)->log_mark;
    int r = read_log (session, i, &counter, err);
    if (r < 0)
      return r;
    tried += counter.tried - counter.ours;
    if (!counter.why[0])
      continue;
    free (why);
    why = vprod__text_harmless (counter.why, strlen (counter.why));
    if (!why)
      return vprod__error_no_memory (err);
  }
  *ret = tried;
  *ret_why = vprod__steal (&why);
  return 0;
}
