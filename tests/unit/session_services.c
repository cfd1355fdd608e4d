/* SPDX-License-Identifier: MIT */
/* Services of any image: when one is ready, when it is given up, and what comes of one that goes away. */
#include "mock_runner.h"

#include <stdio.h>

#include "session/session.h"
#include "util/strv.h"

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

#define HEAD "version: 1\nname: subject\nservices:\n"
#define TAIL "run: {port: 8000}\nchecks: {start: {stay-up: 50ms}, health: {path: /health, consecutive: 1, timeout: 2s}}\n"
#define CACHE(options) HEAD "  cache: {container: {image: \"redis:7-alpine\", " options "}}\n" TAIL

static const struct vprod__service *services;

static void get_services (const char *yaml)
{
  size_t n;

  session = mock_session (mock, yaml);
  assert_ok (vprod__get_services (session, &services, &n, &err), err);
  ck_assert_uint_ge (n, 1);
}

/* They are not ready: an error with this code that says this. */
static void assert_not_ready (const char *yaml, vprod_error_code code, const char *words)
{
  size_t n;

  session = mock_session (mock, yaml);
  assert_error (vprod__get_services (session, &services, &n, &err), err, code, words);
}

/* ---- its container ------------------------------------------------------------------------------------------- */

static const char *const paths[] = { "/etc/cache.conf", NULL };

static void has_its_file (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_SERVICE)
    b->paths = paths;
}

START_TEST (service_is_made_as_the_spec_says)
{
  size_t length;

  mock->on_container = has_its_file;
  get_services (HEAD "  db: {postgres: {}}\n"
                     "  cache:\n"
                     "    container:\n"
                     "      image: redis:7-alpine\n"
                     "      port: 6379\n"
                     "      env: {PEER: \"${db.host}:${db.port}\", SELF: \"${cache.host}:${cache.port}\"}\n"
                     "      files: {/etc/cache.conf: \"peer ${db.host}\"}\n" TAIL);
  ck_assert_ptr_nonnull (mock_container_env (mock, "service1"));
  ck_assert_str_eq (vprod__strv_env (mock_container_env (mock, "service1"), "PEER"), "db:5432");
  ck_assert_str_eq (vprod__strv_env (mock_container_env (mock, "service1"), "SELF"), "cache:6379");
  const char *tar = mock_container_put (mock, "service1", &length);
  ck_assert_uint_gt (length, 512);
  ck_assert_str_eq (tar, "etc/cache.conf");
  ck_assert_str_eq (tar + 512, "peer db");
  ck_assert_ptr_null (services[1].version);
  ck_assert_str_eq (services[1].spec->name, "cache");
}
END_TEST

START_TEST (files_that_cannot_be_put_are_an_error)
{
  mock_fail (mock, "container_put", 1, VPROD_ERROR_ENGINE);
  assert_not_ready (CACHE ("files: {/etc/x: text}"), VPROD_ERROR_ENGINE, "services.cache.container.files");
}
END_TEST

START_TEST (files_that_are_not_there_then_are_an_error)
{
  mock->on_container = has_its_file;
  assert_not_ready (CACHE ("files: {/etc/cache.conf: a, /etc/x: b}"), VPROD_ERROR_ENGINE, "has put /etc/x there, but it is not");
}
END_TEST

START_TEST (image_that_is_not_to_be_had_is_an_error_with_its_key)
{
  mock_fail (mock, "image_pull", 0, VPROD_ERROR_REGISTRY);
  assert_not_ready (CACHE ("port: 6379"), VPROD_ERROR_REGISTRY, "services.cache.container.image");
}
END_TEST

static void cannot_start (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_SERVICE)
    b->start_error = VPROD_ERROR_IMAGE;
}

START_TEST (image_at_fault_is_no_fault_of_the_image_under_test)
{
  mock->on_container = cannot_start;
  assert_not_ready (CACHE ("command: [nosuch]"), VPROD_ERROR_SERVICE, "no such file or directory");
}
END_TEST

/* ---- tcp ----------------------------------------------------------------------------------------------------- */

static void is_slow (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_SERVICE || b->role == MOCK_DATABASE)
    b->answers_after_ms = 300;
}

static const char *const by_port[] = {
  CACHE ("port: 6379"),
  CACHE ("port: 6379, ready: {tcp: true}"),
  CACHE ("port: 6379, ready: {http: /live}"),
};

START_TEST (service_is_ready_once_it_takes_connections)
{
  mock->on_container = is_slow;
  get_services (by_port[_i]);
  ck_assert_int_ge (services[0].ready_ms, 300);
}
END_TEST

START_TEST (services_come_up_side_by_side)
{
  struct mock_call one, two;

  mock->on_container = is_slow;
  get_services (HEAD "  a: {container: {image: a, port: 1}}\n  b: {postgres: {}}\n" TAIL);
  ck_assert (mock_nth_call (mock, "container_start", "service1", 1, &one));
  ck_assert (mock_nth_call (mock, "container_start", "database1", 1, &two));
  ck_assert_int_lt (llabs (one.began_ms - two.began_ms), 300);
}
END_TEST

static void never_answers (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_SERVICE)
    b->answers_after_ms = 1000000;
}

START_TEST (service_beside_one_that_failed_is_not_waited_for)
{
  mock->on_container = never_answers;
  mock_fail (mock, "image_pull", 1, VPROD_ERROR_REGISTRY);
  assert_not_ready (HEAD "  a: {container: {image: a, port: 1, timeout: 1h}}\n  b: {container: {image: b, port: 1, timeout: 1h}}\n" TAIL,
                    VPROD_ERROR_REGISTRY, "cannot be started");
}
END_TEST

static const struct {
  const char *yaml;
  const char *words;
} silent[] = {
  { CACHE ("port: 6379, timeout: 200ms"),
    "the service cache (redis:7-alpine) did not become ready within 200 ms (services.cache.container.timeout): port 6379: "
    "the connection is closed at once" },
  { CACHE ("port: 6379, timeout: 200ms, ready: {http: /live}"), "GET /live on port 6379: " },
};

START_TEST (service_that_takes_none_in_time_is_an_error)
{
  mock->on_container = never_answers;
  assert_not_ready (silent[_i].yaml, VPROD_ERROR_SERVICE, silent[_i].words);
}
END_TEST

#define TABLE "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define LISTENS(address) "   0: " address " 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0\n"

static const char *table;

static void shows_table (void *data, const char *const *argv, struct mock_exec *exec)
{
  exec->output = table;
}

static void shows_where_it_listens (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_SERVICE)
    b->on_exec = shows_table;
}

static const struct {
  const char *table;
  const char *words;
} listens[] = {
  { TABLE LISTENS ("0100007F:18EB"), "it listens on 127.0.0.1:6379: on port 6379 only on its own loopback interface" },
  { TABLE LISTENS ("00000000:18EC"), "it listens on 0.0.0.0:6380, not on port 6379 (services.cache.container.port)" },
  { TABLE, "nothing listens on port 6379 in its container" },
};

/* As a proxy that forwards into the container would do it, the mock takes connections for what does not listen there. */
START_TEST (connection_is_no_proof_where_the_table_says_otherwise)
{
  table = listens[_i].table;
  mock->on_container = shows_where_it_listens;
  assert_not_ready (CACHE ("port: 6379, timeout: 300ms"), VPROD_ERROR_SERVICE, listens[_i].words);
}
END_TEST

START_TEST (table_that_shows_its_port_is_proof)
{
  table = TABLE LISTENS ("0100007F:18EC") LISTENS ("00000000:18EB");
  mock->on_container = shows_where_it_listens;
  get_services (CACHE ("port: 6379"));
}
END_TEST

/* ---- log ----------------------------------------------------------------------------------------------------- */

static const struct mock_output says[] = {
  { 0, VPROD_STREAM_STDOUT, "starting\n", 0 },
  { 200, VPROD_STREAM_STDERR, "\033[1mReady\033[0m to accept", 0 },
  { 0 },
};

static void writes (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_SERVICE)
    b->output = says;
}

START_TEST (service_is_ready_once_it_has_written_the_text)
{
  mock->on_container = writes;
  get_services (CACHE ("ready: {log: Ready to accept}"));
  ck_assert_int_ge (services[0].ready_ms, 200);
}
END_TEST

START_TEST (log_that_cannot_be_followed_is_read_again)
{
  mock->on_container = writes;
  mock_fail (mock, "container_logs", 1, VPROD_ERROR_ENGINE);
  get_services (CACHE ("ready: {log: Ready to accept}"));
  ck_assert_int_ge (mock_count (mock, "container_logs", "service1"), 2);
}
END_TEST

START_TEST (text_that_is_not_written_in_time_is_an_error_with_the_log)
{
  mock->on_container = writes;
  assert_not_ready (CACHE ("ready: {log: Up and running}, timeout: 300ms"), VPROD_ERROR_SERVICE,
                    "it has not written \"Up and running\" (services.cache.container.ready.log); its log ends:\n"
                    "starting\nReady to accept");
}
END_TEST

/* ---- http ---------------------------------------------------------------------------------------------------- */

static int first_status, then_status;

static void changes_status (void *data, int nth, const char *path, struct mock_reply *reply)
{
  ck_assert_str_eq (path, "/live");
  reply->status = nth < 3 ? first_status : then_status;
}

static void answers (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_SERVICE)
    b->on_request = changes_status;
}

static const int good_statuses[] = { 200, 204, 302, 399 };

START_TEST (service_is_ready_once_it_answers_well)
{
  first_status = 503;
  then_status = good_statuses[_i];
  mock->on_container = answers;
  get_services (CACHE ("port: 9000, ready: {http: /live}"));
}
END_TEST

static const int bad_statuses[] = { 400, 401, 404, 500, 503 };

START_TEST (answer_of_another_status_is_not_ready)
{
  char words[80];

  first_status = then_status = bad_statuses[_i];
  snprintf (words, sizeof words, "GET /live on port 9000 was answered with status %d", then_status);
  mock->on_container = answers;
  assert_not_ready (CACHE ("port: 9000, timeout: 300ms, ready: {http: /live}"), VPROD_ERROR_SERVICE, words);
}
END_TEST

/* ---- command ------------------------------------------------------------------------------------------------- */

static int runs;
static struct mock_exec first_run, last_run;

static void runs_command (void *data, const char *const *argv, struct mock_exec *exec)
{
  ck_assert_str_eq (argv[0], "redis-cli");
  ck_assert_str_eq (argv[1], "cache");
  *exec = runs++ < 2 ? first_run : last_run;
}

static void has_command (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_SERVICE)
    b->on_exec = runs_command;
}

#define BY_COMMAND(timeout) CACHE ("port: 6379, timeout: " timeout ", ready: {command: [redis-cli, \"${cache.host}\"]}")

static void run_command (struct mock_exec first, struct mock_exec last)
{
  runs = 0;
  first_run = first;
  last_run = last;
  mock->on_container = has_command;
}

START_TEST (service_is_ready_once_its_command_ends_with_0)
{
  run_command ((struct mock_exec) { .exit_code = 1 }, (struct mock_exec) { 0 });
  get_services (BY_COMMAND ("20s"));
  ck_assert_int_eq (runs, 3);
}
END_TEST

START_TEST (command_that_fails_until_the_end_is_an_error_with_its_words)
{
  struct mock_exec fails = { .exit_code = 1, .output = "Could not connect: Connection refused\n", .stream = VPROD_STREAM_STDERR };

  run_command (fails, fails);
  assert_not_ready (BY_COMMAND ("300ms"), VPROD_ERROR_SERVICE,
                    "services.cache.container.ready.command ended with exit code 1: Could not connect: Connection refused");
  ck_assert_int_gt (runs, 1);
}
END_TEST

START_TEST (command_that_is_not_in_the_image_is_an_error_at_once)
{
  run_command ((struct mock_exec) { .error = VPROD_ERROR_IMAGE }, (struct mock_exec) { 0 });
  assert_not_ready (BY_COMMAND ("10m"), VPROD_ERROR_SERVICE, "cannot run services.cache.container.ready.command: redis-cli: no such");
  ck_assert_int_eq (runs, 1);
}
END_TEST

START_TEST (command_that_hangs_does_not_outlast_the_time)
{
  run_command ((struct mock_exec) { .takes_ms = 600000 }, (struct mock_exec) { .takes_ms = 600000 });
  assert_not_ready (BY_COMMAND ("300ms"), VPROD_ERROR_SERVICE, "services.cache.container.ready.command did not end");
}
END_TEST

/* ---- neither ------------------------------------------------------------------------------------------------- */

START_TEST (service_without_a_port_is_ready_once_it_was_up_for_a_moment)
{
  get_services (CACHE ("command: [worker]"));
  ck_assert_int_ge (services[0].ready_ms, 500);
}
END_TEST

static const struct mock_output last_words[] = {
  { MOCK_AT_END, VPROD_STREAM_STDERR, "cannot read \033[31m/etc/cache.conf\033[0m\n", 0 },
  { 0 },
};

static void ends_at_once (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role != MOCK_SERVICE)
    return;
  b->ends_after_ms = 50;
  b->answers_after_ms = 1000000;
  b->output = last_words;
  b->exit_code = 9;
}

static const char *const any_way[] = {
  CACHE ("command: [worker]"),
  CACHE ("port: 6379"),
  CACHE ("ready: {log: never}"),
  CACHE ("port: 6379, ready: {http: /}"),
};

START_TEST (service_that_ends_is_an_error_with_its_last_words)
{
  mock->on_container = ends_at_once;
  assert_not_ready (any_way[_i], VPROD_ERROR_SERVICE, "ended with exit code 9 before it was ready; what it runs is said by "
                    "services.cache.container; its log ends:\ncannot read /etc/cache.conf");
}
END_TEST

/* ---- later --------------------------------------------------------------------------------------------------- */

/* The service goes away as the app starts, which then does not answer. */
static void takes_the_service_with_it (void *data, int nth, const char *path, struct mock_reply *reply)
{
  mock_end_container (mock, "service1", 137);
  reply->status = 500;
}

static void app_loses_its_service (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_APP)
    b->on_request = takes_the_service_with_it;
}

static int (*const checks[]) (vprod_session *, vprod_result **, vprod_error **) = { vprod_check_health, vprod_check_start };

START_TEST (service_that_goes_away_is_an_error_and_no_fail_of_the_app)
{
  vprod_result *result = NULL;

  mock->on_container = app_loses_its_service;
  session = mock_session (mock, CACHE ("port: 6379"));
  assert_error (checks[_i] (session, &result, &err), err, VPROD_ERROR_SERVICE, "exit code 137");
}
END_TEST

static void app_is_not_well (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_APP)
    b->reply.status = 500;
}

static const char *const well[] = { CACHE ("port: 6379"), CACHE ("command: [worker]"), CACHE ("port: 6379, ready: {http: /}") };

START_TEST (app_that_fails_beside_good_services_fails)
{
  vprod_result *result = NULL;

  mock->on_container = app_is_not_well;
  session = mock_session (mock, well[_i]);
  assert_ok (vprod_check_health (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_FAIL);
  vprod_result_free (result);
}
END_TEST

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

int main (void)
{
  Suite *suite = suite_create ("session_services");
  TCase *tc = tcase_create ("session_services");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, service_is_made_as_the_spec_says);
  tcase_add_test (tc, files_that_cannot_be_put_are_an_error);
  tcase_add_test (tc, files_that_are_not_there_then_are_an_error);
  tcase_add_test (tc, image_that_is_not_to_be_had_is_an_error_with_its_key);
  tcase_add_test (tc, image_at_fault_is_no_fault_of_the_image_under_test);
  tcase_add_loop_test (tc, service_is_ready_once_it_takes_connections, 0, LENGTH (by_port));
  tcase_add_test (tc, services_come_up_side_by_side);
  tcase_add_test (tc, service_beside_one_that_failed_is_not_waited_for);
  tcase_add_loop_test (tc, service_that_takes_none_in_time_is_an_error, 0, LENGTH (silent));
  tcase_add_loop_test (tc, connection_is_no_proof_where_the_table_says_otherwise, 0, LENGTH (listens));
  tcase_add_test (tc, table_that_shows_its_port_is_proof);
  tcase_add_test (tc, service_is_ready_once_it_has_written_the_text);
  tcase_add_test (tc, log_that_cannot_be_followed_is_read_again);
  tcase_add_test (tc, text_that_is_not_written_in_time_is_an_error_with_the_log);
  tcase_add_loop_test (tc, service_is_ready_once_it_answers_well, 0, LENGTH (good_statuses));
  tcase_add_loop_test (tc, answer_of_another_status_is_not_ready, 0, LENGTH (bad_statuses));
  tcase_add_test (tc, service_is_ready_once_its_command_ends_with_0);
  tcase_add_test (tc, command_that_fails_until_the_end_is_an_error_with_its_words);
  tcase_add_test (tc, command_that_is_not_in_the_image_is_an_error_at_once);
  tcase_add_test (tc, command_that_hangs_does_not_outlast_the_time);
  tcase_add_test (tc, service_without_a_port_is_ready_once_it_was_up_for_a_moment);
  tcase_add_loop_test (tc, service_that_ends_is_an_error_with_its_last_words, 0, LENGTH (any_way));
  tcase_add_loop_test (tc, service_that_goes_away_is_an_error_and_no_fail_of_the_app, 0, LENGTH (checks));
  tcase_add_loop_test (tc, app_that_fails_beside_good_services_fails, 0, LENGTH (well));
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
