/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/startup_logs/facts.h"
#include "checks/startup_logs/request.h"

#define BYTES(out, err) .stdout_bytes = out, .stderr_bytes = err, .running = 1

static const struct {
  struct vprod__startup_line lines[3];
  struct vprod__startup_logs_facts facts;
  struct wanted wanted;
} cases[] = {
  { { { "Started", 1, 0 } }, { BYTES (20, 0) }, { VPROD_VERDICT_PASS, 0, "\"Started\" was seen on stdout", "" } },
  { { { "Started", 0, 1 } }, { BYTES (0, 20) }, { VPROD_VERDICT_PASS, 0, "\"Started\" was seen on stderr", "" } },
  { { { "Started", 1, 1 } }, { BYTES (9, 9), .stream = VPROD_STREAM_STDERR }, { VPROD_VERDICT_PASS, 0, "seen on stderr", "" } },
  { { { "Started", 0, 0 }, { "complete", 1, 0 } },
    { BYTES (9, 9) },
    { VPROD_VERDICT_PASS, 0, "\"complete\" was seen", "" } },
  { { { "Started", 0, 1 }, { "complete", 1, 0 } },
    { BYTES (9, 9), .stream = VPROD_STREAM_STDOUT },
    { VPROD_VERDICT_PASS, 0, "\"complete\" was seen on stdout", "" } },
  /* an app that ended after it had said what was wanted is the fault of start */
  { { { "Started", 1, 0 } }, { .stdout_bytes = 9, .running = 0 }, { VPROD_VERDICT_PASS, 0, "seen", "" } },
  { { { "Started", 0, 0 } }, { .stdout_bytes = 9, .running = 0 }, { VPROD_VERDICT_SKIP, 0, "did not stay up", "" } },

  { { { "Started", 0, 1 } },
    { BYTES (0, 20), .stream = VPROD_STREAM_STDOUT },
    { VPROD_VERDICT_FAIL, 0, "\"Started\" was seen on stderr, not on stdout", "stream: stderr" } },
  { { { "complete", 0, 0 }, { "Started", 1, 0 } },
    { BYTES (20, 0), .stream = VPROD_STREAM_STDERR },
    { VPROD_VERDICT_FAIL, 0, "\"Started\" was seen on stdout, not on stderr", "stream: stdout" } },
  { { { "Started", 0, 0 } },
    { BYTES (0, 0) },
    { VPROD_VERDICT_FAIL, 0, "wrote nothing at all to stdout and stderr in 11.2 s; \"Started\" was expected",
      "PYTHONUNBUFFERED=1" } },
  { { { "Started", 0, 0 }, { "complete", 0, 0 }, { "ready", 0, 0 } },
    { BYTES (120, 7) },
    { VPROD_VERDICT_FAIL, 0,
      "\"Started\" (nor the other 2) was not seen on stdout or stderr within 11.2 s; there were 120 bytes on "
      "stdout and 7 on stderr",
      "letter by letter" } },
  { { { "Started", 0, 0, NULL }, { "ready", 0, 0, "db" } },
    { BYTES (5, 0) },
    { VPROD_VERDICT_FAIL, 0, "\"ready\" was written by the service db, not by the app within 11.2 s: it wrote 5 bytes to stdout",
      "the service's own" } },
  { { { "Started", 0, 1, NULL }, { "ready", 0, 0, "db" } },
    { BYTES (0, 20), .stream = VPROD_STREAM_STDOUT },
    { VPROD_VERDICT_FAIL, 0, "\"Started\" was seen on stderr, not on stdout", "stream: stderr" } },
};

static vprod_result *judge (const struct vprod__startup_line *lines, struct vprod__startup_logs_facts facts,
                            const struct wanted *wanted)
{
  vprod_result *result = new_result ();

  facts.lines = lines;
  while (facts.n_lines < 3 && lines[facts.n_lines].text)
    facts.n_lines++;
  facts.after_ms = 11200;
  facts.log = "up\n";
  facts.log_length = 3;
  int r = vprod__startup_logs_judge (&facts, result, NULL);
  assert_wanted (r, result, NULL, wanted);
  return result;
}

START_TEST (judges)
{
  vprod_result *result = judge (cases[_i].lines, cases[_i].facts, &cases[_i].wanted);

  if (vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL)
    assert_evidence (result, "log_tail", "up");
  vprod_result_free (result);
}
END_TEST

START_TEST (tells_what_was_seen_as_evidence)
{
  const struct vprod__startup_line lines[3] = { { "no", 0, 0 }, { "yes", 0, 1 } };
  vprod_result *result =
    judge (lines, (struct vprod__startup_logs_facts) { BYTES (12, 34) }, &(struct wanted) { VPROD_VERDICT_PASS, 0, "", "" });

  assert_evidence (result, "stdout_bytes", "12");
  assert_evidence (result, "stderr_bytes", "34");
  assert_evidence (result, "seen", "yes");
  vprod_result_free (result);
}
END_TEST

/* ---- a request --------------------------------------------------------------------------------------------- */

static const struct {
  const char *output, *path;
  int is_there;
} paths[] = {
  { "INFO: 172.17.0.1:5 - \"GET /health HTTP/1.1\" 200 OK", "/health", 1 },
  { "GET /health?a=1 200", "/health", 1 },
  { "GET /health 200", "/health?a=1", 1 },
  { "{\"path\":\"/health\"}", "/health", 1 },
  { "GET http://shop.example.org:8000/health 200", "/health", 1 },
  { "GET https://shop.example.org/health", "/health", 1 },
  { "answered /health.", "/health", 1 },
  { "/health: 200", "/health", 1 },
  { "GET /a%20b 200", "/a%20b", 1 },
  { "GET \"/a b\" 200", "/a%20b", 1 },
  { "GET / HTTP/1.1", "/", 1 },
  { "GET /healthz 200", "/health", 0 },
  { "GET /health/ready 200", "/health", 0 },
  { "GET /health.json 200", "/health", 0 },
  { "GET /v2/health 200", "/health", 0 },
  { "GET http://shop.example.org/v2/health 200", "/health", 0 },
  { "http://shop.example.org/ 28/Nov/2026 text/html", "/html", 0 },
  { "28/Nov/2026 text/html", "/", 0 },
  { "GET /orders/:id 200", "/orders/7", 0 },
  { "", "/health", 0 },
  { "GET /healthz /health", "/health", 1 },
};

START_TEST (finds_a_path_as_access_logs_write_it)
{
  ck_assert_msg (!vprod__path_in_output (paths[_i].output, paths[_i].path) == !paths[_i].is_there, "%s in %s", paths[_i].path,
                 paths[_i].output);
}
END_TEST

static char no_words[] = "", refused[] = "connection refused", other_line[] = "one\nGET /healthz 200\n",
            line[] = "GET /health 200";

static const struct {
  struct vprod__startup_request request;
  int ended, wants_no_line;
  struct wanted wanted;
} requests[] = {
  { { "/health", 2, 2, VPROD__HTTP_ANSWERED, 200, no_words, line, line }, 0, 0,
    { VPROD_VERDICT_PASS, 0, "\"Started\" was seen on stdout, and a request for /health, too", "" } },
  { { "/health", 2, 2, VPROD__HTTP_ANSWERED, 200, no_words, line, line }, 0, 1,
    { VPROD_VERDICT_PASS, 0, "a request for /health was seen in the app's output", "" } },
  /* one that was seen, however it was answered */
  { { "/health", 2, 2, VPROD__HTTP_SLOW, 0, no_words, line, line }, 0, 1, { VPROD_VERDICT_PASS, 0, "was seen", "" } },
  { { "/health", 1, 0, VPROD__HTTP_ANSWERED, 404, no_words, NULL, no_words }, 0, 0,
    { VPROD_VERDICT_FAIL, 0, "a request for /health was answered with status 404 and does not show in the app's output: nothing "
                             "came", "PYTHONUNBUFFERED" } },
  { { "/health", 2, 1, VPROD__HTTP_ANSWERED, 200, no_words, line, other_line }, 0, 0,
    { VPROD_VERDICT_FAIL, 0, "no line that came has this path, the last is `GET /healthz 200`", "--access-log" } },
  { { "/health", 1, 0, VPROD__HTTP_SLOW, 0, no_words, NULL, no_words }, 0, 0,
    { VPROD_VERDICT_FAIL, 0, "a request for /health was sent and does not show", NULL } },
  { { "/health", 1, 0, VPROD__HTTP_REFUSED, 0, refused, NULL, no_words }, 0, 0,
    { VPROD_VERDICT_FAIL, 0, "did not get there: connection refused", NULL } },
  { { "/health", 1, 0, VPROD__HTTP_REFUSED, 0, refused, NULL, no_words }, 1, 0,
    { VPROD_VERDICT_SKIP, 0, "did not stay up", "" } },
};

START_TEST (judges_a_request)
{
  static const struct vprod__startup_line started[3] = { { "Started", 1, 0 } }, none[3] = { { 0 } };

  vprod_result_free (judge (requests[_i].wants_no_line ? none : started,
                            (struct vprod__startup_logs_facts) { .request = &requests[_i].request, .stdout_bytes = 9,
                                                                 .running = !requests[_i].ended },
                            &requests[_i].wanted));
}
END_TEST

/* ---- in a session ------------------------------------------------------------------------------------------ */

#define YAML(options) "version: 1\nchecks: {startup-logs: {" options "}}\n"

static void speaks_late (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_output output[] = {
    { 0, VPROD_STREAM_STDOUT, "\033[32mINFO\033[0m: Sta", 0 },
    { 400, VPROD_STREAM_STDOUT, "rted server\n", 0 },
    { 0 },
  };

  if (behaviour->role == MOCK_APP)
    behaviour->output = output;
}

static void is_followed_late (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->followed_after_ms = 2300; /* an app is started after 2 s all the same */
}

static void is_silent (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->output = NULL;
}

static void database_speaks (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_output output[] = { { 0, VPROD_STREAM_STDERR, "Started server\n", 0 }, { 0 } };

  behaviour->output = behaviour->role == MOCK_DATABASE ? output : NULL;
}

static void ends_soon (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 0;
}

static const struct {
  const char *yaml;
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  struct wanted wanted;
} sessions[] = {
  { YAML ("any: [Started server]"), NULL, { VPROD_VERDICT_PASS, 0, "\"Started server\" was seen on stderr", "" } },
  { YAML ("any: [nothing, Application startup]"),
    NULL,
    { VPROD_VERDICT_PASS, 0, "\"Application startup\" was seen", "" } },
  { YAML ("any: [Started server], stream: stdout, timeout: 100ms"),
    NULL,
    { VPROD_VERDICT_FAIL, 0, "was seen on stderr, not on stdout", NULL } },
  { YAML ("any: [Started server]"), speaks_late, { VPROD_VERDICT_PASS, 0, "seen on stdout", "" } },
  { YAML ("any: [Started server], timeout: 800ms"),
    is_followed_late,
    { VPROD_VERDICT_PASS, 0, "\"Started server\" was seen on stderr", "" } },
  { YAML ("any: [STARTED], timeout: 800ms"), is_followed_late, { VPROD_VERDICT_FAIL, 0, "\"STARTED\" was not seen", NULL } },
  { YAML ("any: [one, Started server]"), speaks_late, { VPROD_VERDICT_PASS, 0, "seen on stdout", "" } },
  { YAML ("any: [Started server], timeout: 100ms"),
    is_silent,
    { VPROD_VERDICT_FAIL, 0, "wrote nothing at all", "PYTHONUNBUFFERED" } },
  { YAML ("any: [STARTED], timeout: 100ms"),
    NULL,
    { VPROD_VERDICT_FAIL, 0, "\"STARTED\" was not seen", "letter by letter" } },
  { YAML ("any: [one, two], timeout: 100ms"),
    NULL,
    { VPROD_VERDICT_FAIL, 0, "\"one\" (nor the other 1) was not seen", NULL } },
  { "version: 1\nservices: {db: {postgres: {}}}\n"
    "checks: {startup-logs: {any: [Started server], timeout: 100ms}}\n",
    database_speaks,
    { VPROD_VERDICT_FAIL, 0, "\"Started server\" was written by the service db, not by the app", "the service's own" } },
  { YAML ("any: [Started server]"), ends_soon, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
  { "version: 1\nrun: {port: 8000}\nchecks: {startup-logs: {request: /orders/7, timeout: 100ms}}\n",
    NULL,
    { VPROD_VERDICT_FAIL, 0, "a request for /orders/7 was answered with status 200 and does not show", "--access-log" } },
  { "version: 1\n", NULL, { VPROD_VERDICT_SKIP, 0, "checks.startup-logs.any", "" } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = { vprod_check_startup_logs, sessions[_i].yaml, NULL };
  struct mock *mock = mock_new ();

  mock->on_container = sessions[_i].on_container;
  vprod_result_free (flow_run (&flow, mock, &sessions[_i].wanted));
}
END_TEST

START_TEST (without_a_text_nothing_is_made)
{
  struct mock *mock = mock_new ();
  vprod_session *session = mock_session (mock, NULL);
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_check_startup_logs (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_SKIP);
  ck_assert_int_eq (mock_count (mock, "build", NULL) + mock_count (mock, "container_create", NULL), 0);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

START_TEST (a_log_that_cannot_be_followed_is_never_a_verdict)
{
  struct flow flow = { vprod_check_startup_logs, YAML ("any: [Started server], timeout: 100ms"), NULL };
  struct mock *mock = mock_new ();

  mock_fail (mock, "container_logs", 0, VPROD_ERROR_ENGINE);
  flow_run (&flow, mock, &(struct wanted) { .error = VPROD_ERROR_ENGINE, .message = "container_logs" });
}
END_TEST

/* Not every engine keeps it. */
START_TEST (kept_output_that_cannot_be_read_matters_only_where_it_was_followed_too_late)
{
  struct flow flow = { vprod_check_startup_logs, YAML ("any: [STARTED], timeout: 800ms"), NULL };
  struct mock *mock = mock_new ();

  mock_fail (mock, "container_logs", 2, VPROD_ERROR_ENGINE);
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "\"STARTED\" was not seen", NULL }));
  mock = mock_new ();
  mock->on_container = is_followed_late;
  mock_fail (mock, "container_logs", 2, VPROD_ERROR_ENGINE);
  flow_run (&flow, mock, &(struct wanted) { .error = VPROD_ERROR_ENGINE, .message = "container_logs" });
}
END_TEST

/* … while the app runs on: a proxy that ended the stream, not an app that says nothing. */
START_TEST (output_that_broke_off_without_a_word_is_read_from_what_was_kept)
{
  struct flow flow = { vprod_check_startup_logs, YAML ("any: [Started server], timeout: 800ms"), NULL };
  struct mock *mock = mock_new ();

  mock_lie (mock, "container_logs", 1);
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_PASS, 0, "Started server", NULL }));
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", NULL }; /* a request is looked for in what is kept, not followed */

  flow_sweep (&(struct flow) { vprod_check_startup_logs, YAML ("any: [Started server], timeout: 100ms"), NULL },
              NULL);
  flow_sweep (&(struct flow) { vprod_check_startup_logs,
                               "version: 1\nrun: {port: 8000}\nchecks: {startup-logs: {request: /x, timeout: 50ms}}\n", NULL },
              may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_startup_logs, YAML ("any: [nothing], timeout: 20s"), NULL };

  flow_is_cancelled (&flow, "container_logs", 1);
  flow_runs_out_of_time (&flow, "container_logs", 1);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_startup_logs");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_what_was_seen_as_evidence);
  tcase_add_loop_test (tcase, finds_a_path_as_access_logs_write_it, 0, COUNT (paths));
  tcase_add_loop_test (tcase, judges_a_request, 0, COUNT (requests));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, without_a_text_nothing_is_made);
  tcase_add_test (tcase, a_log_that_cannot_be_followed_is_never_a_verdict);
  tcase_add_test (tcase, kept_output_that_cannot_be_read_matters_only_where_it_was_followed_too_late);
  tcase_add_test (tcase, output_that_broke_off_without_a_word_is_read_from_what_was_kept);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
