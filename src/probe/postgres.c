/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "probe/postgres_private.h"
#include "util/clock.h"
#include "util/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

VPROD_DEFINE_CLEANUP (PGconn *, PQfinish);

#define READY VPROD__POSTGRES_READY
#define ATTEMPT_OVER VPROD__POSTGRES_ATTEMPT_OVER

/* ---- parameters ------------------------------------------------------------------------------------------- */

enum { MOST_ADDRESSES = 4, MOST_PARAMETERS = 32, NAME_SIZE = 256 };

/* libpq takes the environment's word for everything that is not given, and an empty value counts as not given: so
   all that bears on a plain TCP connection is given. The file cannot be there: /dev/null is no folder. What libpq
   gives no way to overrule is PGTZ, PGDATESTYLE and PGGEQO, which it sends on, and PGSERVICE, which must name a
   service that is there, though its values do not count. */
static const struct {
  const char *name;
  const char *value;
} fixed[] = {
  { "passfile", "/dev/null/none" }, { "sslcertmode", "disable" },     { "gssencmode", "disable" },
  { "sslcert", "/dev/null/none" },  { "sslkey", "/dev/null/none" },   { "sslcrl", "/dev/null/none" },
  { "sslnegotiation", "postgres" }, { "channel_binding", "disable" }, { "target_session_attrs", "any" },
  { "load_balance_hosts", "disable" }, { "require_auth", "!gss,!sspi" }, { "options", " " },
  { "client_encoding", "UTF8" },    { "application_name", PACKAGE_NAME }, { "connect_timeout", "0" },
};

struct parameters {
  const char *names[MOST_PARAMETERS + 1];
  const char *values[MOST_PARAMETERS + 1];
  size_t count;
  char addresses[MOST_ADDRESSES * (INET6_ADDRSTRLEN + 1)];
  int n_addresses;
  char hosts[MOST_ADDRESSES * NAME_SIZE];
  char port[16];
};

static void add (struct parameters *p, const char *name, const char *value)
{
  if (p->count < MOST_PARAMETERS) {
    p->names[p->count] = name;
    p->values[p->count++] = value;
  }
}

/* Names that this libpq does not know are left out: it would refuse them. */
static int add_fixed (struct parameters *p)
{
  PQconninfoOption *known = PQconndefaults ();

  if (!known)
    return -1;
  for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
    for (const PQconninfoOption *option = known; option->keyword; option++)
      if (strcmp (option->keyword, fixed[i].name) == 0)
        add (p, fixed[i].name, fixed[i].value);
  PQconninfoFree (known);
  return 0;
}

/* The name that the server's certificate must have, once an address: libpq wants as many. */
static void add_tls (struct parameters *p, const char *name, const char *ca_file)
{
  size_t length = 0;

  for (int i = 0; i < p->n_addresses && length < sizeof p->hosts; i++)
    length += (size_t) snprintf (p->hosts + length, sizeof p->hosts - length, "%s%s", i > 0 ? "," : "", name);
  add (p, "host", p->hosts);
  add (p, "sslmode", "verify-full");
  add (p, "sslrootcert", ca_file);
}

/* The host's addresses with commas between. NULL, or why not. */
static const char *resolve (const char *host, struct parameters *p)
{
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC }, *list = NULL;
  int r = getaddrinfo (host, NULL, &hints, &list), n = 0;

  if (r != 0)
    return gai_strerror (r);
  for (const struct addrinfo *a = list; a && n < MOST_ADDRESSES; a = a->ai_next) {
    char *end = p->addresses + strlen (p->addresses);
    if (n > 0)
      *end++ = ',';
    if (getnameinfo (a->ai_addr, a->ai_addrlen, end, INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST) == 0)
      n++;
  }
  freeaddrinfo (list);
  p->n_addresses = n;
  return n ? NULL : "it has no address";
}

/* ---- waiting ---------------------------------------------------------------------------------------------- */

int vprod__postgres_wait (const vprod_call *call, PGconn *connection, short events, int64_t attempt_end, const char *what,
                          vprod_error **err)
{
  struct pollfd fds[] = { { .fd = PQsocket (connection), .events = events },
                          { .fd = call->cancel_fd, .events = POLLIN } };

  for (;;) {
    int r = poll (fds, call->cancel_fd >= 0 ? 2 : 1,
                  vprod__poll_timeout (attempt_end < call->deadline_ms ? attempt_end : call->deadline_ms));
    if (r < 0 && errno != EINTR)
      return vprod__error_set (err, VPROD_ERROR_IO, errno, "%s: cannot wait", what);
    if (r > 0 && fds[1].revents)
      return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "%s: cancelled", what);
    if (r > 0)
      return READY;
    if (call->deadline_ms != VPROD_NO_DEADLINE && vprod__now_ms () >= call->deadline_ms)
      return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "%s: out of time", what);
    if (vprod__now_ms () >= attempt_end)
      return ATTEMPT_OVER;
  }
}

/* ---- connecting ------------------------------------------------------------------------------------------- */

static void swallow (void *data, const PGresult *notice)
{
  (void) data;
  (void) notice;
}

/* Sets *ret_why and returns 1; or out of memory. */
static int say (char **ret_why, vprod_error **err, const char *format, ...) __attribute__ ((format (printf, 3, 4)));

static int say (char **ret_why, vprod_error **err, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  *ret_why = vprod__vasprintf (format, ap);
  va_end (ap);
  return *ret_why ? 1 : vprod__error_no_memory (err);
}

/* Sets *ret_why to libpq's message and returns 1; or out of memory. */
static int not_yet (const PGconn *connection, char **ret_why, vprod_error **err)
{
  const char *words = PQerrorMessage (connection);
  size_t length = strlen (words);

  while (length > 0 && words[length - 1] == '\n')
    length--;
  *ret_why = length ? vprod__text_harmless (words, length) : strdup ("the connection broke");
  return *ret_why ? 1 : vprod__error_no_memory (err);
}

/* Sets *ret_why to why libpq did not begin a connection at all, and returns 1; or out of memory. */
static int not_started (const PGconn *connection, char **ret_why, vprod_error **err)
{
  _cleanup_free_ char *words = NULL;
  const char *service = getenv ("PGSERVICE");
  int r = not_yet (connection, &words, err);

  if (r < 0)
    return r;
  if (service && *service)
    return say (ret_why, err, "%s (PGSERVICE is set in the environment: unset it)", words);
  *ret_why = vprod__steal (&words);
  return r;
}

static int no_answer (int64_t attempt_ms, const char *doing, char **ret_why, vprod_error **err)
{
  char time[32];

  vprod__format_ms (attempt_ms, time, sizeof time);
  return say (ret_why, err, "%s: no answer within %s", doing, time);
}

/* 0: connected. */
static int finish_connecting (const vprod_call *call, PGconn *connection, int64_t attempt_end, int64_t attempt_ms,
                              char **ret_why, vprod_error **err)
{
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;

  while (status != PGRES_POLLING_OK) {
    int r = vprod__postgres_wait (call, connection, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, attempt_end,
                                  "connecting to the database", err);
    if (r < 0)
      return r;
    if (r == ATTEMPT_OVER)
      return no_answer (attempt_ms, "connecting", ret_why, err);
    status = PQconnectPoll (connection);
    if (status == PGRES_POLLING_FAILED)
      return not_yet (connection, ret_why, err);
  }
  return 0;
}

/* ---- queries ---------------------------------------------------------------------------------------------- */

int vprod__postgres_wait_result (PGconn *connection, const vprod_call *call, int64_t end, vprod_error **err)
{
  int unsent = PQflush (connection);

  while (unsent > 0 || PQisBusy (connection)) {
    int r = vprod__postgres_wait (call, connection, unsent > 0 ? POLLIN | POLLOUT : POLLIN, end,
                                  "asking the database", err);
    if (r != READY)
      return r;
    if (!PQconsumeInput (connection))
      return READY;
    if (unsent > 0)
      unsent = PQflush (connection);
  }
  return READY;
}

static int keep_first (const PGresult *result, char **value)
{
  if (*value || PQresultStatus (result) != PGRES_TUPLES_OK || PQntuples (result) == 0 || PQnfields (result) == 0
      || PQgetisnull (result, 0, 0))
    return 0;
  *value = strdup (PQgetvalue (result, 0, 0));
  return *value ? 0 : -1;
}

/* 0; 1: not within the time, or refused: *ret_why says it; negative. All results are taken. */
static int ask (PGconn *connection, const vprod_call *call, const char *sql, const char *param, int64_t end,
                int64_t attempt_ms, char **ret_value, char **ret_why, vprod_error **err)
{
  _cleanup_free_ char *value = NULL, *why = NULL;
  PGresult *result;

  if (!PQsendQueryParams (connection, sql, param ? 1 : 0, NULL, &param, NULL, NULL, 0))
    return not_yet (connection, ret_why, err);
  for (;;) {
    int r = vprod__postgres_wait_result (connection, call, end, err);
    if (r < 0)
      return r;
    if (r == ATTEMPT_OVER)
      return no_answer (attempt_ms, sql, ret_why, err);
    if (!(result = PQgetResult (connection)))
      break;
    ExecStatusType status = PQresultStatus (result);
    r = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ? keep_first (result, &value) : 1;
    PQclear (result);
    if (r < 0)
      return vprod__error_no_memory (err);
    if (r > 0 && !why && not_yet (connection, &why, err) < 0)
      return -VPROD_ERROR_NO_MEMORY;
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
      break; /* PQgetResult would go on for ever */
  }
  if (why) {
    *ret_why = vprod__steal (&why);
    return 1;
  }
  *ret_value = vprod__steal (&value);
  return 0;
}

/* ---- the interface ---------------------------------------------------------------------------------------- */

static void note_version (struct vprod__postgres *postgres)
{
  const char *version = PQparameterStatus (postgres->connection, "server_version");

  snprintf (postgres->version, sizeof postgres->version, "%.*s", version ? (int) strcspn (version, " ") : 0,
            version ? version : "");
}

static int start (const struct vprod__postgres_address *address, PGconn **ret, char **ret_why, vprod_error **err)
{
  struct parameters p = { 0 };
  const char *why = resolve (address->host, &p);

  if (why)
    return say (ret_why, err, "cannot find the host %s: %s", address->host, why);
  snprintf (p.port, sizeof p.port, "%d", address->port);
  add (&p, "hostaddr", p.addresses);
  add (&p, "port", p.port);
  add (&p, "dbname", address->database);
  add (&p, "user", address->user);
  add (&p, "password", address->password);
  if (address->ca_file)
    add_tls (&p, address->tls_name, address->ca_file);
  else
    add (&p, "sslmode", "disable");
  if (add_fixed (&p) < 0)
    return vprod__error_no_memory (err);
  PGconn *connection = PQconnectStartParams (p.names, p.values, 0);
  if (!connection)
    return vprod__error_no_memory (err);
  PQsetNoticeReceiver (connection, swallow, NULL); /* libpq would print them */
  *ret = connection;
  return 0;
}

int vprod__postgres_try (const vprod_call *call, const struct vprod__postgres_address *address, int64_t attempt_ms,
                         struct vprod__postgres **ret, char **ret_why, vprod_error **err)
{
  _cleanup_ (PQfinishp) PGconn *connection = NULL;
  _cleanup_free_ char *value = NULL, *why = NULL;
  int64_t end = vprod__deadline (attempt_ms);
  int r = start (address, &connection, &why, err);

  if (r == 0 && PQstatus (connection) == CONNECTION_BAD)
    r = not_started (connection, &why, err);
  if (r == 0)
    r = finish_connecting (call, connection, end, attempt_ms, &why, err);
  if (r == 0 && PQsetnonblocking (connection, 1) != 0)
    r = not_yet (connection, &why, err);
  if (r == 0)
    r = ask (connection, call, "SELECT 1", NULL, end, attempt_ms, &value, &why, err);
  if (r == 0 && (!value || strcmp (value, "1") != 0))
    r = say (&why, err, "SELECT 1 was not answered with 1");
  if (r != 0) {
    if (r > 0)
      *ret_why = vprod__steal (&why);
    return r;
  }
  struct vprod__postgres *postgres = calloc (1, sizeof *postgres);
  if (!postgres)
    return vprod__error_no_memory (err);
  postgres->connection = vprod__steal (&connection);
  note_version (postgres);
  *ret = postgres;
  return 0;
}

const char *vprod__postgres_version (struct vprod__postgres *postgres)
{
  return postgres->version;
}

int vprod__postgres_query (struct vprod__postgres *postgres, const vprod_call *call, const char *sql,
                           const char *param, char **ret_value, vprod_error **err)
{
  _cleanup_free_ char *value = NULL, *why = NULL;
  int r = ask (postgres->connection, call, sql, param, VPROD_NO_DEADLINE, 0, &value, &why, err);

  if (r < 0)
    return r;
  if (r > 0)
    return vprod__error_set (err, VPROD_ERROR_DATABASE, 0, "the database refused \"%s\": %s", sql, why);
  if (ret_value)
    *ret_value = vprod__steal (&value);
  return 0;
}

void vprod__postgres_close (struct vprod__postgres *postgres)
{
  if (!postgres)
    return;
  PQfinish (postgres->connection);
  free (postgres);
}
