/* SPDX-License-Identifier: MIT */
/* The same bad-looking apps on a machine that is busy, and on one that is not: what is a `fail` on the one is an `error` on
   the other, and never a pass. The machine is a folder with a /proc/pressure/cpu of the test's own. */
#include "flow.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
#include "util/clock.h"

static char *root;
static pthread_t writer;
static atomic_int stop;
static int per_cent; /* of the time in which somebody waits for a processor */

static void write_pressure (int64_t ms)
{
  char text[128], *from, *to;

  snprintf (text, sizeof text, "some avg10=0.00 avg60=0.00 avg300=0.00 total=%lld\n", (long long) ms * 10 * per_cent);
  unit_write_file (root, "proc/pressure/new", text);
  ck_assert_int_gt (asprintf (&from, "%s/proc/pressure/new", root), 0);
  ck_assert_int_gt (asprintf (&to, "%s/proc/pressure/cpu", root), 0);
  ck_assert_int_eq (rename (from, to), 0);
  free (from);
  free (to);
}

static void *write_on (void *data)
{
  int64_t began = vprod__now_ms ();

  while (!stop) {
    write_pressure (vprod__now_ms () - began);
    usleep (5000);
  }
  return NULL;
}

static void begin (int busy_per_cent)
{
  root = unit_temp_dir ();
  per_cent = busy_per_cent;
  stop = 0;
  write_pressure (0);
  ck_assert_int_eq (pthread_create (&writer, NULL, write_on, NULL), 0);
}

static void end (void)
{
  stop = 1;
  pthread_join (writer, NULL);
  unit_remove_tree (root);
  free (root);
}

/* ---- apps that do not do it in time -------------------------------------------------------------------- */

static void runs_on_without (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_ONCE)
    behaviour->ends_after_ms = MOCK_NEVER;
}

static void never_answers (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->answers_after_ms = 100000;
}

/* It takes the request, and gives no answer in an attempt's time. */
static void answers_late (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->reply.delay_ms = 20000;
}

static void is_silent (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->output = NULL;
}

static void ignores_signals (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->ends_after_signal_ms = MOCK_NEVER;
}

static void makes_no_connection (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->database_connections = 0;
}

/* It is not known to be past its start: nothing is said of what comes after that. */
static void never_takes_connections (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP) {
    behaviour->answers_after_ms = 100000;
    behaviour->ends_after_signal_ms = MOCK_NEVER;
  }
}

static const struct {
  int (*check) (vprod_session *session, vprod_result **ret_result, vprod_error **err);
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  const char *checks; /* of the spec */
  const char *fails;
  const char *errs;
} apps[] = {
  { vprod_check_required_env, runs_on_without, "required-env: {vars: [KEY], timeout: 500ms}", "without KEY the app still ran",
    "cannot tell whether the app ends without KEY" },
  { vprod_check_health, never_answers, "health: {path: /health, timeout: 2s}", "",
    "cannot tell whether the app becomes healthy" },
  { vprod_check_health, answers_late, "health: {path: /health, timeout: 2s}", "gives no whole answer",
    "cannot tell whether the app becomes healthy" },
  { vprod_check_startup_logs, is_silent, "startup-logs: {any: [up], timeout: 500ms}", "wrote nothing at all",
    "cannot tell whether the app writes its startup line" },
  { vprod_check_graceful_stop, ignores_signals, "graceful-stop: {grace: 500ms}", "had to be killed",
    "cannot tell whether SIGTERM ends the app" },
  { vprod_check_graceful_stop, never_takes_connections, "graceful-stop: {grace: 500ms}", "had to be killed",
    "cannot tell whether the app becomes ready" },
  { vprod_check_start, makes_no_connection, "start: {uses-database: true, stay-up: 50ms}", "saw no connection",
    "cannot tell whether the app connects to its database" },
};

#define HEAD                                                                                                      \
  "version: 1\nname: subject\n"                                                                                   \
  "services:\n  db: {postgres: {image: \"postgres:16-alpine\", database: notes, user: verify, password: hush}}\n" \
  "run: {port: 8000, env: {KEY: value}}\nchecks:\n  "

static struct mock *mock_of (int i)
{
  struct mock *mock = mock_new ();

  mock->root = root;
  mock->on_container = apps[i].on_container;
  return mock;
}

START_TEST (what_is_not_done_in_time_fails_where_the_machine_has_time)
{
  char yaml[1024];
  struct wanted wanted = { VPROD_VERDICT_FAIL, 0, apps[_i].fails, NULL };

  begin (1);
  snprintf (yaml, sizeof yaml, HEAD "%s\n", apps[_i].checks);
  vprod_result_free (flow_run (&(struct flow) { apps[_i].check, yaml }, mock_of (_i), &wanted));
  end ();
}
END_TEST

START_TEST (what_is_not_done_in_time_cannot_be_told_where_it_has_none)
{
  char yaml[1024];
  struct wanted wanted = { .error = VPROD_ERROR_TIMEOUT, .message = apps[_i].errs };

  begin (99);
  snprintf (yaml, sizeof yaml, HEAD "%s\n", apps[_i].checks);
  vprod_result_free (flow_run (&(struct flow) { apps[_i].check, yaml }, mock_of (_i), &wanted));
  end ();
}
END_TEST

/* ---- apps that are late only because of it ------------------------------------------------------------- */

static void is_late (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_output output[] = { { MOCK_AT_END, VPROD_STREAM_STDERR, "KEY is missing\n", 0 }, { 0 } };

  behaviour->ends_after_signal_ms = 900;
  if (behaviour->role == MOCK_APP)
    behaviour->answers_after_ms = 2600;
  if (behaviour->role != MOCK_ONCE)
    return;
  behaviour->ends_after_ms = 900;
  behaviour->exit_code = 1;
  behaviour->output = output;
}

static const struct {
  int (*check) (vprod_session *session, vprod_result **ret_result, vprod_error **err);
  const char *checks;
} late[] = {
  { vprod_check_required_env, "required-env: {vars: [KEY], timeout: 500ms}" },
  { vprod_check_health, "health: {path: /health, timeout: 2s}" },
  { vprod_check_graceful_stop, "graceful-stop: {grace: 500ms}" },
};

START_TEST (what_the_machine_kept_waiting_is_in_time)
{
  char yaml[1024];
  struct mock *mock;

  begin (80);
  mock = mock_of (0);
  mock->on_container = is_late;
  snprintf (yaml, sizeof yaml, HEAD "%s\n", late[_i].checks);
  vprod_result_free (flow_run (&(struct flow) { late[_i].check, yaml }, mock, &(struct wanted) { VPROD_VERDICT_PASS, 0, "", NULL }));
  end ();
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("busy_machine");
  TCase *tcase = tcase_create ("busy_machine");

  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, what_is_not_done_in_time_fails_where_the_machine_has_time, 0, COUNT (apps));
  tcase_add_loop_test (tcase, what_is_not_done_in_time_cannot_be_told_where_it_has_none, 0, COUNT (apps));
  tcase_add_loop_test (tcase, what_the_machine_kept_waiting_is_in_time, 0, COUNT (late));
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
