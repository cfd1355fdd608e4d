/* SPDX-License-Identifier: MIT */
/* When a database is ready, when it is given up, and which connections of the app it saw. */
#include "mock_runner.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "session/session.h"

static struct mock *mock;
static vprod_session *session;
static vprod_error *err;

static void setup (void)
{
  mock = mock_new ();
  session = NULL;
  err = NULL;
}

static void teardown (void)
{
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}

static struct mock_call nth_call (const char *slot, const char *argument, int nth)
{
  struct mock_call call;

  ck_assert_msg (mock_nth_call (mock, slot, argument, nth, &call), "%s %s was not called %d times", slot,
                 argument ? argument : "", nth);
  return call;
}

static const struct vprod__app *get_app (void)
{
  const struct vprod__app *app;

  assert_ok (vprod__get_app (session, &app, &err), err);
  return app;
}

static void database_is_slow (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_DATABASE)
    b->answers_after_ms = 300;
}

START_TEST (database_is_told_of_when_it_answers)
{
  const struct vprod__service *databases;
  size_t n;

  mock->on_container = database_is_slow;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_uint_eq (n, 1);
  ck_assert_str_eq (databases[0].version, "16.4");
  ck_assert_str_eq (databases[0].spec->name, "db");
  ck_assert_int_gt (databases[0].host_port, 0);
  ck_assert_int_ge (databases[0].ready_ms, 300);
}
END_TEST

static const struct mock_output last_words[] = {
  { 0, VPROD_STREAM_STDERR, "initdb: \033[31mno\033[0m space left on device\n", 0 },
  { 0 },
};

static void database_ends (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role != MOCK_DATABASE)
    return;
  b->ends_after_ms = 30;
  b->answers_after_ms = 10000;
  b->exit_code = 1;
  b->output = last_words;
}

START_TEST (database_that_ends_is_an_error_with_its_last_words)
{
  const struct vprod__app *app;

  mock->on_container = database_ends;
  session = mock_session (mock, NULL);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_DATABASE, "initdb: no space left on device");
}
END_TEST

static void database_ends_well_once (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role != MOCK_DATABASE)
    return;
  b->ends_after_ms = 30;
  b->answers_after_ms = 60;
}

START_TEST (database_that_sets_itself_up_and_ends_well_is_started_again)
{
  const struct vprod__service *databases;
  size_t n;

  mock->on_container = database_ends_well_once;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_int_eq (mock_count (mock, "container_start", "database1"), 2);
}
END_TEST

static int selects;

/* The server that answered first was only passing. */
static int loses_the_first_connection (void *data, const char *sql, const char *param, char **ret_value)
{
  return strcmp (sql, "SELECT 1") == 0 && selects++ == 0 ? -1 : 0;
}

START_TEST (database_that_was_only_passing_is_waited_for_again)
{
  selects = 0;
  mock->on_query = loses_the_first_connection;
  session = mock_session (mock, NULL);
  ck_assert_int_eq (get_app ()->started, 1);
  ck_assert_int_ge (selects, 1);
}
END_TEST

static int tries;

static int loses_every_query_at_first (void *data, const char *sql, const char *param, char **ret_value)
{
  return tries++ < 4 ? -1 : 0; /* two connections: a statement, and whether it was the connection */
}

START_TEST (connection_that_is_lost_while_asking_is_not_ready_yet)
{
  const struct vprod__service *databases;
  size_t n;

  tries = 0;
  mock->on_query = loses_every_query_at_first;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_int_ge (tries, 5);
  ck_assert_str_eq (databases[0].version, "16.4");
}
END_TEST

static int pids_asked, first_pids;

/* The first server is not the container's first process. */
static int answers_as_a_first_server (void *data, const char *sql, const char *param, char **ret_value)
{
  if (strstr (sql, "postmaster.pid"))
    *ret_value = strdup (pids_asked++ < first_pids ? "27" : "1");
  return 0;
}

START_TEST (server_that_the_image_runs_for_itself_is_not_the_one_that_lasts)
{
  const struct vprod__service *databases;
  size_t n;

  pids_asked = 0;
  first_pids = 3;
  mock->on_query = answers_as_a_first_server;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_int_eq (pids_asked, 4);
}
END_TEST

/* … but one below an init never is. */
START_TEST (server_that_stays_below_another_process_is_taken_in_the_end)
{
  const struct vprod__service *databases;
  size_t n;

  pids_asked = 0;
  first_pids = 1000000;
  mock->on_query = answers_as_a_first_server;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_int_ge (databases[0].ready_ms, 2900);
}
END_TEST

static int refuses_to_tell (void *data, const char *sql, const char *param, char **ret_value)
{
  return strstr (sql, "postmaster.pid") ? -1 : 0;
}

START_TEST (server_that_does_not_tell_its_process_is_taken)
{
  const struct vprod__service *databases;
  size_t n;

  mock->on_query = refuses_to_tell;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_int_eq (mock_count (mock, "container_start", NULL), 1);
}
END_TEST

static void database_never_answers (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_DATABASE)
    b->answers_after_ms = 1000000;
}

START_TEST (database_that_does_not_answer_in_time_is_an_error)
{
  const struct vprod__app *app;

  mock->on_container = database_never_answers;
  session = mock_session (mock, "version: 1\nname: subject\nservices: {db: {postgres: {timeout: 200ms}}}\n");
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_DATABASE,
                "did not answer within 200 ms (services.db.postgres.timeout): connection refused");
}
END_TEST

static void database_cannot_start (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_DATABASE)
    b->start_error = VPROD_ERROR_IMAGE;
}

START_TEST (database_image_at_fault_is_no_fault_of_the_image_under_test)
{
  const struct vprod__app *app;

  mock->on_container = database_cannot_start;
  session = mock_session (mock, NULL);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_DATABASE, "no such file or directory");
}
END_TEST

START_TEST (databases_of_a_session_come_up_side_by_side)
{
  const struct vprod__service *databases;
  size_t n;

  mock->on_container = database_is_slow;
  session = mock_session (mock, "version: 1\nname: subject\nservices: {a: {postgres: {}}, b: {postgres: {}}}\n");
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_uint_eq (n, 2);
  struct mock_call one = nth_call ("container_start", "database1", 1);
  struct mock_call two = nth_call ("container_start", "database2", 1);
  ck_assert_int_lt (llabs (one.began_ms - two.began_ms), 300);
}
END_TEST

/* ---- the app's connections ----------------------------------------------------------------------------- */

static int app_connects, app_is_refused;
static const char *app_is_told;

static void connects (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_APP)
    b->database_connections = app_connects, b->database_refusals = app_is_refused, b->database_fatal = app_is_told;
}

static int live_rows;

static int answers_query (void *data, const char *sql, const char *param, char **ret_value)
{
  if (live_rows < 0)
    return strstr (sql, "ALTER SYSTEM") ? -1 : 0;
  if (strstr (sql, "count")) {
    ck_assert_str_eq (param, "172.30.0.3");
    ck_assert_int_gt (asprintf (ret_value, "%d", live_rows), 0);
  }
  return 0;
}

static const struct {
  int connects;
  int logs;
  int live;
  int64_t told;
  int refused;
  const char *fatal;
} connections[] = {
  { 3, 1, 0, 3 },   /* came and went */
  { 1, 1, 2, 2 },   /* the log lags behind */
  { 3, 1, 0, 1, 2 },  /* two of them with a wrong password, or silent */
  { 400, 1, 0, 0, 400 },
  { 2, 1, 0, 0, 0, "database \"nosuch\" does not exist" },
  { 2, 1, 0, 0, 0, "permission denied for database \"other\"" },
  { 2, 1, 1, 1, 1, "too many connections for role \"verify\"" },
  { 400, 1, 0, 0, 0, "role \"nobody\" is not permitted to log in" },
  { 2, 1, 0, 2, 0, "terminating connection due to administrator command" }, /* it was there until then */
  { 0, 1, 0, 0 },   /* the log shows our own connection, and none of the app's */
  { 2, 0, 4, 4 },   /* no lines, but live ones */
  { 2, 0, 0, -1 },  /* no lines, none alive: not known */
  { 2, 1, -1, -1 }, /* no superuser, and nothing to see */
};

START_TEST (counts_the_connections_of_the_app)
{
  int64_t told = 99;

  app_connects = connections[_i].connects;
  app_is_refused = connections[_i].refused;
  app_is_told = connections[_i].fatal;
  live_rows = connections[_i].live;
  mock->logs_database_connections = connections[_i].logs;
  mock->on_container = connects;
  mock->on_query = answers_query;
  session = mock_session (mock, NULL);
  assert_ok (vprod__app_database_connections (session, get_app (), &told, &err), err);
  ck_assert_int_eq (told, connections[_i].told);
}
END_TEST

START_TEST (says_why_the_app_was_turned_away)
{
  _cleanup_free_ char *why = NULL;
  int64_t n = 99;

  app_connects = 3;
  app_is_refused = 1;
  app_is_told = "database \"nosuch\" does not exist";
  live_rows = 0;
  mock->on_container = connects;
  mock->on_query = answers_query;
  session = mock_session (mock, NULL);
  assert_ok (vprod__app_turned_away (session, get_app (), &n, &why, &err), err);
  ck_assert_int_eq (n, 3);
  ck_assert_str_eq (why, "database \"nosuch\" does not exist");
}
END_TEST

START_TEST (nobody_was_turned_away_where_all_were_let_in)
{
  _cleanup_free_ char *why = NULL;
  int64_t n = 99;

  app_connects = 2;
  app_is_refused = 0;
  app_is_told = NULL;
  mock->on_container = connects;
  session = mock_session (mock, NULL);
  assert_ok (vprod__app_turned_away (session, get_app (), &n, &why, &err), err);
  ck_assert_int_eq (n, 0);
  ck_assert_ptr_null (why);
}
END_TEST

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

/* ---- the network --------------------------------------------------------------------------------------- */

static const char *const refusals[] = {
  "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
  "all predefined address pools have been fully subnetted",
  "could not find free subnet from subnet pools",
};

/* Docker 20.10 answers with status 404. */
static void refuse_networks (const char *words)
{
  mock->network_refusal = words;
  mock->network_refusal_code = words == refusals[0] ? VPROD_ERROR_NOT_FOUND : VPROD_ERROR_ENGINE;
}

static int notes;

static void count_notes (void *data, const vprod_event *event)
{
  (void) data;
  notes += event->kind == VPROD_EVENT_NOTE && strstr (event->text, "no addresses left") != NULL;
}

START_TEST (network_is_waited_for_while_all_addresses_are_taken)
{
  const vprod_session_options options = { .size = sizeof options, .on_event = count_notes };
  const struct vprod__service *databases;
  size_t n;

  notes = 0;
  refuse_networks (refusals[_i]);
  mock->network_refusals = 3;
  session = mock_session_with (mock, NULL, &options);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_int_eq (mock_count (mock, "network_create", NULL), 4);
  ck_assert_int_eq (notes, 1);
}
END_TEST

START_TEST (network_that_is_never_free_is_an_error_with_a_remedy)
{
  const vprod_session_options options = { .size = sizeof options, .timeout_ms = 1000 };
  const struct vprod__service *databases;
  size_t n;

  refuse_networks (refusals[_i]);
  mock->network_refusals = -1;
  session = mock_session_with (mock, NULL, &options);
  assert_error (vprod__get_services (session, &databases, &n, &err), err, VPROD_ERROR_ENGINE, "default-address-pools");
  ck_assert_int_gt (mock_count (mock, "network_create", NULL), 1);
}
END_TEST

static void *cancel_at_second_try (void *data)
{
  while (mock_count (mock, "network_create", NULL) < 2)
    usleep (1000);
  vprod_session_cancel (data);
  return NULL;
}

START_TEST (waiting_for_a_network_can_be_cancelled)
{
  const struct vprod__service *databases;
  pthread_t thread;
  size_t n;

  refuse_networks (refusals[0]);
  mock->network_refusals = -1;
  session = mock_session (mock, NULL);
  ck_assert_int_eq (pthread_create (&thread, NULL, cancel_at_second_try, session), 0);
  assert_error (vprod__get_services (session, &databases, &n, &err), err, VPROD_ERROR_CANCELLED, "");
  pthread_join (thread, NULL);
}
END_TEST

START_TEST (other_refusal_of_a_network_is_an_error_at_once)
{
  const struct vprod__service *databases;
  size_t n;

  refuse_networks ("plugin \"bridge\" not found");
  mock->network_refusals = -1;
  session = mock_session (mock, NULL);
  assert_error (vprod__get_services (session, &databases, &n, &err), err, VPROD_ERROR_ENGINE, "not found");
  ck_assert_int_eq (mock_count (mock, "network_create", NULL), 1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("session_databases");
  TCase *tc = tcase_create ("session_databases");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, network_is_waited_for_while_all_addresses_are_taken, 0, 3);
  tcase_add_loop_test (tc, network_that_is_never_free_is_an_error_with_a_remedy, 0, 3);
  tcase_add_test (tc, waiting_for_a_network_can_be_cancelled);
  tcase_add_test (tc, other_refusal_of_a_network_is_an_error_at_once);
  tcase_add_test (tc, database_is_told_of_when_it_answers);
  tcase_add_test (tc, database_that_ends_is_an_error_with_its_last_words);
  tcase_add_test (tc, database_that_sets_itself_up_and_ends_well_is_started_again);
  tcase_add_test (tc, database_that_was_only_passing_is_waited_for_again);
  tcase_add_test (tc, connection_that_is_lost_while_asking_is_not_ready_yet);
  tcase_add_test (tc, server_that_the_image_runs_for_itself_is_not_the_one_that_lasts);
  tcase_add_test (tc, server_that_stays_below_another_process_is_taken_in_the_end);
  tcase_add_test (tc, server_that_does_not_tell_its_process_is_taken);
  tcase_add_test (tc, database_that_does_not_answer_in_time_is_an_error);
  tcase_add_test (tc, database_image_at_fault_is_no_fault_of_the_image_under_test);
  tcase_add_test (tc, databases_of_a_session_come_up_side_by_side);
  tcase_add_loop_test (tc, counts_the_connections_of_the_app, 0, LENGTH (connections));
  tcase_add_test (tc, says_why_the_app_was_turned_away);
  tcase_add_test (tc, nobody_was_turned_away_where_all_were_let_in);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
