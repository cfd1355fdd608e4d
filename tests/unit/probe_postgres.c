/* SPDX-License-Identifier: MIT */
/* Against a server that speaks just enough of PostgreSQL's protocol (version 3, chapter "Message Formats"). The
   real one is asked in the end-to-end tests. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "probe/postgres.h"
#include "probe_server.h"
#include "util/clock.h"
#include "util/strv.h"

enum { HANG_MS = 20000, ATTEMPT_MS = 300 };

#define AUTHENTICATED "R\0\0\0\010\0\0\0\0"
#define READY "Z\0\0\0\005I"
#define VERSION "S\0\0\0\043server_version\0" "16.4 (Debian 1)\0"
#define PARSED "1\0\0\0\004" "2\0\0\0\004"
#define ONE_COLUMN "T\0\0\0\041\0\001?column?\0\0\0\0\0\0\0\0\0\0\027\0\004\377\377\377\377\0\0"
#define ROW_ONE "D\0\0\0\013\0\001\0\0\0\0011"
#define ROW_TWO "D\0\0\0\013\0\001\0\0\0\0012"
#define ROW_NULL "D\0\0\0\012\0\001\377\377\377\377"
#define SELECTED "C\0\0\0\015SELECT 1\0"
#define NO_ROWS "C\0\0\0\015SELECT 0\0"

/* What it answers to the connection, then to each query; NULL: nothing, it stays silent. */
struct script {
  const char *greeting;
  size_t greeting_length;
  const char *reply;
  size_t reply_length;
  int then_close; /* after the greeting */
};

#define SCRIPT(greeting, reply) { greeting, sizeof greeting - 1, reply, sizeof reply - 1, 0 }
#define GOOD_GREETING AUTHENTICATED VERSION READY
#define GOOD_REPLY PARSED ONE_COLUMN ROW_ONE SELECTED READY

static void play (struct server *server, int fd)
{
  const struct script *script = server->data;
  char first[sizeof server->received];

  if (!server_read (server, fd))
    return;
  memcpy (first, server->received, sizeof first);
  if (script->greeting && !server_write (server, fd, script->greeting, script->greeting_length))
    return;
  if (script->then_close)
    return;
  while (server_read (server, fd) && *server->received != 'X')
    if (script->reply && !server_write (server, fd, script->reply, script->reply_length))
      break;
  memcpy (server->received, first, sizeof first); /* the startup message is what tests look at */
}

static void garbage (struct server *server, int fd)
{
  while (server_write (server, fd, "\001\002HTTP/1.1 400 Bad Request\r\n", 28))
    ;
}

static void close_at_once (struct server *server, int fd)
{
  (void) server;
  (void) fd;
}

static vprod_call unbounded (void)
{
  return (vprod_call) { .size = sizeof (vprod_call), .deadline_ms = vprod__deadline (HANG_MS), .cancel_fd = -1 };
}

static struct vprod__postgres_address address_of (int port)
{
  return (struct vprod__postgres_address) { .host = "127.0.0.1", .port = port, .database = "d", .user = "u",
                                            .password = "p" };
}

/* ---- not yet ---------------------------------------------------------------------------------------------- */

#define STARTING_UP "E\0\0\0\076SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
#define WRONG_PASSWORD "E\0\0\0\070SFATAL\0VFATAL\0C28P01\0Mpassword authentication\033[31m\0\0"

static const struct script starting_up = { STARTING_UP, sizeof STARTING_UP - 1, .then_close = 1 };
static const struct script wrong_password = { WRONG_PASSWORD, sizeof WRONG_PASSWORD - 1, .then_close = 1 };
static const struct script asks_for_gss = { .greeting = "R\0\0\0\010\0\0\0\007", .greeting_length = 9 };
static const struct script silent = { 0 };
static const struct script silent_after_login = { GOOD_GREETING, sizeof GOOD_GREETING - 1 };
static const struct script answers_two = SCRIPT (GOOD_GREETING, PARSED ONE_COLUMN ROW_TWO SELECTED READY);
static const struct script refuses_query = SCRIPT (
  GOOD_GREETING, "E\0\0\0\066SERROR\0VERROR\0C57P01\0Mterminating connection now\0\0" READY);

static const struct {
  const char *what;
  void (*serve) (struct server *server, int fd);
  const struct script *script;
  int64_t attempt_ms;
  const char *why;
} attempts[] = {
  { "starting up", play, &starting_up, HANG_MS, "the database system is starting up" },
  { "wrong password", play, &wrong_password, HANG_MS, "password authentication" },
  { "closes", close_at_once, NULL, HANG_MS, "closed the connection" },
  { "garbage", garbage, NULL, HANG_MS, "" },
  { "asks for GSS", play, &asks_for_gss, HANG_MS, "" },
  { "silent", play, &silent, ATTEMPT_MS, "connecting: no answer within 300 ms" },
  { "silent after login", play, &silent_after_login, ATTEMPT_MS, "SELECT 1: no answer within 300 ms" },
  { "SELECT 1 is 2", play, &answers_two, HANG_MS, "SELECT 1 was not answered with 1" },
  { "refuses the query", play, &refuses_query, HANG_MS, "terminating connection now" },
};

START_TEST (not_ready_says_why)
{
  struct server server = { .serve = attempts[_i].serve, .data = attempts[_i].script };
  struct vprod__postgres *postgres = NULL;
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  char *why = NULL;

  server_start (&server);
  struct vprod__postgres_address address = address_of (server.port);
  int r = vprod__postgres_try (&call, &address, attempts[_i].attempt_ms, &postgres, &why, &err);
  ck_assert_msg (r == 1, "%s: %d: %s", attempts[_i].what, r, err ? vprod_error_get_message (err) : "");
  server_end (&server);
  ck_assert_ptr_null (postgres);
  ck_assert_ptr_nonnull (why);
  ck_assert_msg (strstr (why, attempts[_i].why) != NULL, "%s: %s", attempts[_i].what, why);
  ck_assert_ptr_null (strchr (why, '\033'));
  ck_assert_str_ne (why, "");
  free (why);
}
END_TEST

static const char *const nowhere[] = { "127.0.0.1", "name.invalid" };

START_TEST (nobody_there_says_why)
{
  struct vprod__postgres *postgres = NULL;
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  struct vprod__postgres_address address = address_of (free_port ());
  char *why = NULL;

  address.host = nowhere[_i];
  ck_assert_int_eq (vprod__postgres_try (&call, &address, HANG_MS, &postgres, &why, &err), 1);
  ck_assert_ptr_nonnull (strstr (why, _i ? "cannot find the host name.invalid" : "refused"));
  free (why);
}
END_TEST

START_TEST (service_of_the_environment_that_is_not_there_is_named)
{
  struct vprod__postgres *postgres = NULL;
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  struct vprod__postgres_address address = address_of (free_port ());
  char *why = NULL;

  setenv ("PGSERVICE", "verify-prod-none", 1);
  ck_assert_int_eq (vprod__postgres_try (&call, &address, HANG_MS, &postgres, &why, &err), 1);
  unsetenv ("PGSERVICE");
  ck_assert_ptr_nonnull (strstr (why, "PGSERVICE is set in the environment: unset it"));
  free (why);
}
END_TEST

/* ---- ready ------------------------------------------------------------------------------------------------ */

static const struct script good = SCRIPT (GOOD_GREETING, GOOD_REPLY);

static struct vprod__postgres *connect_to (struct server *server)
{
  struct vprod__postgres *postgres = NULL;
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  char *why = NULL;

  server_start (server);
  struct vprod__postgres_address address = address_of (server->port);
  int r = vprod__postgres_try (&call, &address, HANG_MS, &postgres, &why, &err);
  ck_assert_msg (r == 0, "%d %s %s", r, why ? why : "", err ? vprod_error_get_message (err) : "");
  return postgres;
}

START_TEST (ready_is_an_answer_to_a_query)
{
  struct server server = { .serve = play, .data = &good };
  struct vprod__postgres *postgres = connect_to (&server);

  ck_assert_str_eq (vprod__postgres_version (postgres), "16.4");
  vprod__postgres_close (postgres);
  vprod__postgres_close (NULL);
  server_end (&server);
}
END_TEST

static const char *const variables[] = {
  "PGHOST=192.0.2.1", "PGHOSTADDR=192.0.2.1", "PGPORT=1", "PGDATABASE=wrong", "PGUSER=wrong", "PGPASSWORD=wrong",
  "PGPASSFILE=/etc/passwd", "PGOPTIONS=-c wrong=1", "PGAPPNAME=wrong", "PGSSLMODE=verify-full", "PGREQUIRESSL=1",
  "PGGSSENCMODE=require", "PGCHANNELBINDING=require", "PGTARGETSESSIONATTRS=standby", "PGREQUIREAUTH=gss",
  "PGSSLNEGOTIATION=direct", "PGLOADBALANCEHOSTS=random", "PGCLIENTENCODING=wrong", "PGCONNECT_TIMEOUT=1",
};

static int holds (const char *bytes, size_t length, const char *name, const char *value)
{
  char wanted[128];
  int n = snprintf (wanted, sizeof wanted, "%s%c%s", name, 0, value) + 1;

  return memmem (bytes, length, wanted, (size_t) n) != NULL;
}

START_TEST (environment_does_not_count)
{
  struct server server = { .serve = play, .data = &good };
  char name[64];

  for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
    snprintf (name, sizeof name, "%.*s", (int) strcspn (variables[i], "="), variables[i]);
    setenv (name, strchr (variables[i], '=') + 1, 1);
  }
  vprod__postgres_close (connect_to (&server));
  for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
    snprintf (name, sizeof name, "%.*s", (int) strcspn (variables[i], "="), variables[i]);
    unsetenv (name);
  }
  server_end (&server);
  /* length, protocol 3.0, then names and values */
  ck_assert_int_eq (memcmp (server.received + 4, "\0\3\0\0", 4), 0);
  ck_assert (holds (server.received, sizeof server.received, "user", "u"));
  ck_assert (holds (server.received, sizeof server.received, "database", "d"));
  ck_assert (holds (server.received, sizeof server.received, "application_name", "verify-prod"));
  ck_assert (holds (server.received, sizeof server.received, "options", " "));
  ck_assert (holds (server.received, sizeof server.received, "client_encoding", "UTF8"));
}
END_TEST

/* ---- queries ---------------------------------------------------------------------------------------------- */

/* The first reply is to SELECT 1; what comes then is the test's. */
struct two_scripts {
  struct script good;
  const char *reply;
  size_t reply_length;
};

static void play_two (struct server *server, int fd)
{
  const struct two_scripts *both = server->data;

  if (!server_read (server, fd) || !server_write (server, fd, both->good.greeting, both->good.greeting_length)
      || !server_read (server, fd) || !server_write (server, fd, both->good.reply, both->good.reply_length))
    return;
  while (server_read (server, fd) && *server->received != 'X')
    if (both->reply_length && !server_write (server, fd, both->reply, both->reply_length))
      return;
}

#define NOTICE "N\0\0\0\043SNOTICE\0VNOTICE\0C00000\0Mnoise\0\0"
#define SYNTAX_ERROR "E\0\0\0\050SERROR\0VERROR\0C42601\0Msyntax error\0\0"
#define COPY_OUT "H\0\0\0\007\0\0\0"

static const struct {
  const char *what;
  const char *reply;
  size_t length;
  const char *value; /* NULL: none */
  const char *error; /* NULL: it works */
} queries[] = {
#define QUERY(what, reply, value, error) { what, reply, sizeof (reply) - 1, value, error }
  QUERY ("a value", PARSED ONE_COLUMN ROW_TWO SELECTED READY, "2", NULL),
  QUERY ("the first of two", PARSED ONE_COLUMN ROW_ONE ROW_TWO SELECTED READY, "1", NULL),
  QUERY ("NULL", PARSED ONE_COLUMN ROW_NULL SELECTED READY, NULL, NULL),
  QUERY ("no row", PARSED ONE_COLUMN NO_ROWS READY, NULL, NULL),
  QUERY ("no result", PARSED "n\0\0\0\004" "C\0\0\0\012BEGIN\0" READY, NULL, NULL),
  QUERY ("a notice, which is not printed", NOTICE PARSED ONE_COLUMN ROW_ONE SELECTED READY, "1", NULL),
  QUERY ("an error", SYNTAX_ERROR READY, NULL, "the database refused \"SELECT x\": ERROR:  syntax error"),
  QUERY ("copy", PARSED COPY_OUT, NULL, "the database refused"),
  QUERY ("garbage", "HTTP/1.1 400 Bad Request\r\n\r\n and more of it, so that a length is read", NULL,
         "the database refused"),
};

START_TEST (query_gives_the_first_value)
{
  struct two_scripts both = { good, queries[_i].reply, queries[_i].length };
  struct server server = { .serve = play_two, .data = &both };
  struct vprod__postgres *postgres = connect_to (&server);
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  char *value = NULL;

  if (queries[_i].error)
    assert_error (vprod__postgres_query (postgres, &call, "SELECT x", "parameter", &value, &err), err,
                  VPROD_ERROR_DATABASE, queries[_i].error);
  else
    assert_ok (vprod__postgres_query (postgres, &call, "SELECT x", "parameter", &value, &err), err);
  if (queries[_i].value)
    ck_assert_str_eq (value, queries[_i].value);
  else
    ck_assert_ptr_null (value);
  free (value);
  if (!queries[_i].error)
    assert_ok (vprod__postgres_query (postgres, &call, "SELECT x", NULL, NULL, &err), err);
  vprod__postgres_close (postgres);
  server_end (&server);
}
END_TEST

/* ---- giving up -------------------------------------------------------------------------------------------- */

static void *write_later (void *data)
{
  usleep (100000);
  ck_assert_int_eq (write (*(int *) data, "", 1), 1);
  return NULL;
}

START_TEST (ends_at_the_deadline_and_when_cancelled)
{
  struct server server = { .serve = play, .data = &silent };
  struct vprod__postgres *postgres = NULL;
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  pthread_t thread;
  char *why = NULL;
  int fds[2];

  server_start (&server);
  struct vprod__postgres_address address = address_of (server.port);
  call.deadline_ms = vprod__deadline (100);
  assert_error (vprod__postgres_try (&call, &address, HANG_MS, &postgres, &why, &err), err, VPROD_ERROR_TIMEOUT,
                "connecting to the database: out of time");
  ck_assert_int_eq (pipe (fds), 0);
  call = unbounded ();
  call.cancel_fd = fds[0];
  ck_assert_int_eq (pthread_create (&thread, NULL, write_later, &fds[1]), 0);
  assert_error (vprod__postgres_try (&call, &address, HANG_MS, &postgres, &why, &err), err, VPROD_ERROR_CANCELLED,
                "connecting to the database: cancelled");
  ck_assert_ptr_null (why);
  pthread_join (thread, NULL);
  server_end (&server);
  close (fds[0]);
  close (fds[1]);
}
END_TEST

START_TEST (query_ends_at_the_deadline_and_when_cancelled)
{
  struct two_scripts both = { good, NULL, 0 };
  struct server server = { .serve = play_two, .data = &both };
  vprod_error *err = NULL;
  vprod_call call = unbounded ();
  int fds[2];

  struct vprod__postgres *postgres = connect_to (&server);
  call.deadline_ms = vprod__deadline (100);
  assert_error (vprod__postgres_query (postgres, &call, "SELECT x", NULL, NULL, &err), err, VPROD_ERROR_TIMEOUT,
                "asking the database: out of time");
  /* what is under way makes the next one an error, not a wrong answer */
  call = unbounded ();
  assert_error (vprod__postgres_query (postgres, &call, "SELECT y", NULL, NULL, &err), err, VPROD_ERROR_DATABASE,
                "SELECT y");
  vprod__postgres_close (postgres);
  server_end (&server);

  struct server other = { .serve = play_two, .data = &both };
  postgres = connect_to (&other);
  ck_assert_int_eq (pipe (fds), 0);
  ck_assert_int_eq (write (fds[1], "", 1), 1);
  call.cancel_fd = fds[0];
  assert_error (vprod__postgres_query (postgres, &call, "SELECT x", NULL, NULL, &err), err, VPROD_ERROR_CANCELLED,
                "asking the database: cancelled");
  vprod__postgres_close (postgres);
  server_end (&other);
  close (fds[0]);
  close (fds[1]);
}
END_TEST

/* ---- statements of scripts -------------------------------------------------------------------------------------- */

#define FIELDS_ERROR                                                                                         \
  "E\0\0\0\172SERROR\0VERROR\0C22P02\0Minvalid input\0Dthe detail\0Hthe hint\0P8\0WCOPY t, line 3, column id: \"x\"\0" \
  "Fsomewhere.c\0L1\0Rnobody\0\0"
#define COPY_DONE "d\0\0\0\006" "1\n" "c\0\0\0\004" "C\0\0\0\013COPY 1\0"

static const struct {
  const char *what;
  const char *reply;
  size_t length;
  const char *values; /* with "|" between */
  const char *refusal;
  long position, data_line;
} statements[] = {
#define STATEMENT(what, reply, ...) { what, reply, sizeof (reply) - 1, __VA_ARGS__ }
  STATEMENT ("values of rows", ONE_COLUMN ROW_ONE ROW_NULL ROW_TWO SELECTED READY, "1|2", NULL, 0, 0),
  STATEMENT ("none", "C\0\0\0\012BEGIN\0" READY, "", NULL, 0, 0),
  STATEMENT ("an empty one", "I\0\0\0\004" READY, "", NULL, 0, 0),
  STATEMENT ("an error", FIELDS_ERROR READY, "", "ERROR: invalid input; the detail; the hint; COPY t, line 3", 8, 3),
  STATEMENT ("copies out", COPY_OUT COPY_DONE READY, "", NULL, 0, 0),
  STATEMENT ("garbage", "HTTP/1.1 400 Bad Request\r\n\r\n and more of it, so that a length is read", "", "", 0, 0),
};

START_TEST (statement_of_a_script_gives_what_came_of_it)
{
  struct two_scripts both = { good, statements[_i].reply, statements[_i].length };
  struct server server = { .serve = play_two, .data = &both };
  struct vprod__postgres *postgres = connect_to (&server);
  struct vprod__postgres_outcome outcome = { 0 };
  vprod_error *err = NULL;
  vprod_call call = unbounded ();

  assert_ok (vprod__postgres_execute (postgres, &call, "SELECT x", NULL, &outcome, &err), err);
  _cleanup_free_ char *values = vprod__strv_join (outcome.values, "|");
  ck_assert_str_eq (values, statements[_i].values);
  ck_assert_int_eq (outcome.refusal != NULL, statements[_i].refusal != NULL);
  if (outcome.refusal)
    ck_assert_msg (strstr (outcome.refusal, statements[_i].refusal), "%s", outcome.refusal);
  ck_assert_int_eq (outcome.position, statements[_i].position);
  ck_assert_int_eq (outcome.data_line, statements[_i].data_line);
  vprod__postgres_outcome_clear (&outcome);
  vprod__postgres_close (postgres);
  server_end (&server);
}
END_TEST

/* To what is copied it says that it is done, once it has all of it. */
static void play_copy (struct server *server, int fd)
{
  const struct script *script = server->data;

  if (!server_read (server, fd) || !server_write (server, fd, script->greeting, script->greeting_length)
      || !server_read (server, fd) || !server_write (server, fd, script->reply, script->reply_length)
      || !server_read (server, fd) || !server_write (server, fd, "G\0\0\0\007\0\0\0", 8))
    return;
  while (server_read (server, fd) && *server->received != 'c' && !memmem (server->received, 100, "c\0\0\0\004", 5))
    ;
  server_write (server, fd, "C\0\0\0\013COPY 1\0" READY, 18);
  while (server_read (server, fd) && *server->received != 'X')
    ;
}

static void take_line (void *data, const char **ret, size_t *ret_length)
{
  ++*(int *) data;
  *ret = "1\n";
  *ret_length = 2;
}

START_TEST (data_is_taken_when_the_server_asks_for_it)
{
  struct server server = { .serve = play_copy, .data = &good };
  struct vprod__postgres *postgres = connect_to (&server);
  struct vprod__postgres_outcome outcome = { 0 };
  int taken = 0;
  struct vprod__postgres_input input = { &taken, take_line };
  vprod_error *err = NULL;
  vprod_call call = unbounded ();

  assert_ok (vprod__postgres_execute (postgres, &call, "COPY t FROM stdin", &input, &outcome, &err), err);
  ck_assert_int_eq (taken, 1);
  ck_assert_ptr_null (outcome.refusal);
  vprod__postgres_outcome_clear (&outcome);
  vprod__postgres_close (postgres);
  server_end (&server);
}
END_TEST

START_TEST (statement_ends_at_the_deadline)
{
  struct two_scripts both = { good, NULL, 0 };
  struct server server = { .serve = play_two, .data = &both };
  struct vprod__postgres *postgres = connect_to (&server);
  struct vprod__postgres_outcome outcome = { 0 };
  vprod_error *err = NULL;
  vprod_call call = unbounded ();

  call.deadline_ms = vprod__deadline (ATTEMPT_MS);
  assert_error (vprod__postgres_execute (postgres, &call, "SELECT x", NULL, &outcome, &err), err, VPROD_ERROR_TIMEOUT, "");
  vprod__postgres_outcome_clear (&outcome);
  vprod__postgres_close (postgres);
  server_end (&server);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("probe_postgres");
  TCase *tc = tcase_create ("probe_postgres");

  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, not_ready_says_why, 0, sizeof attempts / sizeof attempts[0]);
  tcase_add_loop_test (tc, nobody_there_says_why, 0, 2);
  tcase_add_test (tc, service_of_the_environment_that_is_not_there_is_named);
  tcase_add_test (tc, ready_is_an_answer_to_a_query);
  tcase_add_test (tc, environment_does_not_count);
  tcase_add_loop_test (tc, query_gives_the_first_value, 0, sizeof queries / sizeof queries[0]);
  tcase_add_loop_test (tc, statement_of_a_script_gives_what_came_of_it, 0, sizeof statements / sizeof statements[0]);
  tcase_add_test (tc, data_is_taken_when_the_server_asks_for_it);
  tcase_add_test (tc, statement_ends_at_the_deadline);
  tcase_add_test (tc, ends_at_the_deadline_and_when_cancelled);
  tcase_add_test (tc, query_ends_at_the_deadline_and_when_cancelled);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
