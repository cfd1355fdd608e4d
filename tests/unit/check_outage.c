/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/outage/facts.h"

#include "probe/lookup.h"

/* ---- judging ------------------------------------------------------------------------------------------- */

#define DB_BY(way, words) .service = "db", .noun = "database", .asked = "http://127.0.0.1:49153/health", .asks = way, \
                          .consecutive = 3, .within_ms = 10000, .recover_ms = 30000, .log = "the log\n", .log_length = 8, \
                          .away_words = words, .back_words = words
#define DB DB_BY (VPROD__ASKS_HTTP, "status 503")
#define BAD DB, .wants_bad = 1
#define BAD_200 DB_BY (VPROD__ASKS_HTTP, "status 200"), .wants_bad = 1
#define TURNED .asked = 50, .wrong = 48, .wrong_in_row = 48, .wrong_ms = 400, .right_ms = 10, .longest_ms = 90
#define WELL .asked = 50, .wrong_ms = -1, .right_ms = 5, .good_in_row = 50, .longest_ms = 20
#define GOOD .asked = 5, .wrong = 2, .good_in_row = 3, .right_ms = 700, .longest_ms = 60
#define CAME_BACK .was_back = 1, .recovered = 1, .back = { GOOD }
#define LASTING .asked = 60, .wrong = 60, .wrong_in_row = 60, .wrong_ms = 5, .right_ms = -1
#define STAYED_BAD .was_back = 1, .back = { LASTING }, .back_state = VPROD__LIMIT_OVER
#define OVER .away_state = VPROD__LIMIT_OVER
#define BUSY .elapsed_ms = 40000, .stalled_ms = 31000, .stall_is_known = 1

static const struct {
  struct vprod__outage_facts facts;
  struct wanted wanted;
} cases[] = {
  { { BAD, OVER, .away = { TURNED }, CAME_BACK },
    { VPROD_VERDICT_PASS, 0, "the app stayed up while the database db was away; its health turned bad after 400 ms (status 503) "
                             "and was good 700 ms after it was back; the longest request took 90 ms", "" } },
  { { DB, OVER, .away = { TURNED }, CAME_BACK }, { VPROD_VERDICT_PASS, 0, "turned bad after 400 ms", "" } },
  { { DB, OVER, .away = { WELL }, CAME_BACK }, { VPROD_VERDICT_PASS, 0, "stayed up and well while the database db was away", "" } },
  { { DB, OVER, .away = { .asked = 9, .wrong = 1, .good_in_row = 5, .wrong_ms = 3 }, CAME_BACK },
    { VPROD_VERDICT_PASS, 0, "stayed up", "" } }, /* what it is then is its own affair */
  { { BAD, OVER, .away = { TURNED }, CAME_BACK, .moved_from = "172.18.0.2", .moved_to = "172.18.0.5" },
    { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { { BAD, OVER, .away = { TURNED }, CAME_BACK, .again = "/app" }, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  /* bad on a busy machine, too, is bad */
  { { BAD, .away_state = VPROD__LIMIT_BUSY, .away = { TURNED }, CAME_BACK, BUSY }, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },

  /* it ended */
  { { BAD, .away = { TURNED, .ended = 1 }, .end = { .exit_code = 7 } },
    { VPROD_VERDICT_FAIL, 0, "the app ended with exit code 7 while the database db was away", "Handle the errors" } },
  { { DB, .away = { WELL, .ended = 1 }, .end = { .exit_code = 0 } }, { VPROD_VERDICT_FAIL, 0, "the app ended with exit code 0", NULL } },
  { { BAD, .away = { TURNED, .ended = 1, .hung = 1 }, .end = { .exit_code = 139 } }, { VPROD_VERDICT_FAIL, 0, "SIGSEGV", NULL } },
  { { BAD, OVER, .away = { TURNED }, .was_back = 1, .back = { .ended = 1 }, .end = { .exit_code = 1 } },
    { VPROD_VERDICT_FAIL, 0, "after the database db was back", NULL } },
  { { BAD, OVER, .away = { TURNED }, .was_back = 1, .recovered = 1, .back = { GOOD, .ended = 1 }, .end = { .exit_code = 1 } },
    { VPROD_VERDICT_FAIL, 0, "after the database db was back", NULL } },

  /* it hangs */
  { { BAD, .away = { .asked = 1, .wrong = 1, .wrong_in_row = 1, .hung = 1 } },
    { VPROD_VERDICT_FAIL, 0, "a request hangs while the database db is away: http://127.0.0.1:49153/health had no answer within "
                             "10.0 s (checks.outage.within)", "statement_timeout" } },
  { { DB, .away = { WELL, .hung = 1 } }, { VPROD_VERDICT_FAIL, 0, "a request hangs", NULL } },
  { { BAD, OVER, .away = { TURNED }, .was_back = 1, .back = { .hung = 1 } },
    { VPROD_VERDICT_FAIL, 0, "a request hangs after the database db is back", NULL } },
  { { BAD, .away = { TURNED, .unclear = 1 }, CAME_BACK, BUSY },
    { .error = VPROD_ERROR_TIMEOUT, .message = "cannot tell whether its requests hang: this machine is too busy to tell: in 40.0 s" } },
  { { BAD, OVER, .away = { TURNED }, .was_back = 1, .recovered = 1, .back = { GOOD, .unclear = 1 }, BUSY }, { .error = VPROD_ERROR_TIMEOUT, .message = "too busy" } },

  /* or waits for a name server that is not there */
  { { BAD, .away = { TURNED, .hung = 1 }, .lookup_ms = 5000 },
    { .error = VPROD_ERROR_ENGINE, .message = "takes 5.0 s to find out that nobody has a name" } },
  { { BAD, .away = { TURNED, .hung = 1 }, .lookup_ms = 4999 }, { VPROD_VERDICT_FAIL, 0, "a request hangs", NULL } },
  { { BAD, .away = { TURNED, .hung = 1 }, .lookup_ms = -1 }, { VPROD_VERDICT_FAIL, 0, "a request hangs", NULL } },
  { { BAD, OVER, .away = { TURNED }, CAME_BACK, .lookup_ms = 9000 }, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },

  /* it says that it is well */
  { { BAD_200, OVER, .away = { WELL } },
    { VPROD_VERDICT_FAIL, 0, "the app says that it is well while the database db is away: all of 50 requests in 10.0 s were answered "
                             "with status 200", "`health: any`" } },
  { { DB_BY (VPROD__ASKS_TCP, "a connection"), .wants_bad = 1, OVER, .away = { WELL } }, { VPROD_VERDICT_FAIL, 0, "says that it is well", "A connection alone" } },
  { { BAD_200, OVER, .away = { .asked = 50, .wrong = 2, .good_in_row = 9, .wrong_ms = 30 } },
    { VPROD_VERDICT_FAIL, 0, "well again (status 200) while the database db is still away: 2 of 50", NULL } },
  { { BAD, .away_state = VPROD__LIMIT_BUSY, .away = { WELL }, BUSY },
    { .error = VPROD_ERROR_TIMEOUT, .message = "cannot tell whether the app's health turns bad" } },

  /* it does not recover */
  { { BAD, OVER, .away = { TURNED }, STAYED_BAD, .back_body = "broken pipe" },
    { VPROD_VERDICT_FAIL, 0, "did not recover: 30.0 s after the database db was back, http://127.0.0.1:49153/health is still "
                             "answered with status 503 (0 of 60", "pool_pre_ping" } },
  { { BAD, OVER, .away = { TURNED }, .was_back = 1, .back_state = VPROD__LIMIT_OVER,
      .back = { .asked = 60, .wrong = 30, .good_in_row = 1, .right_ms = 3 } },
    { VPROD_VERDICT_FAIL, 0, "not answered rightly often enough in a row", NULL } },
  { { BAD, OVER, .away = { TURNED }, .was_back = 1, .back = { LASTING }, .back_state = VPROD__LIMIT_BUSY, BUSY },
    { .error = VPROD_ERROR_TIMEOUT, .message = "cannot tell whether the app recovers" } },
  { { BAD, OVER, .away = { TURNED }, STAYED_BAD, .moved_from = "172.18.0.2", .moved_to = "172.18.0.5" },
    { .error = VPROD_ERROR_ENGINE, .message = "gave the database db another address as it was started again (172.18.0.5, before "
                                              "172.18.0.2)" } },
  { { BAD, OVER, .away = { TURNED }, .was_back = 1, .back = { LASTING, .hung = 1 }, .moved_from = "172.18.0.2", .moved_to = "172.18.0.5" },
    { .error = VPROD_ERROR_ENGINE, .message = "another address" } },
  { { BAD, OVER, .away = { TURNED }, STAYED_BAD, .may_lose_it = 1 },
    { .error = VPROD_ERROR_ENGINE, .message = "does not always lead to a container that was started again" } },
  { { BAD, OVER, .away = { TURNED }, STAYED_BAD, .out_of_reach = 1 },
    { .error = VPROD_ERROR_UNREACHABLE, .message = "cannot be reached from here any more" } },
};

START_TEST (judges)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  int r = vprod__outage_judge (&cases[_i].facts, result, &err);
  assert_wanted (r, result, err, &cases[_i].wanted);
  if (vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL)
    assert_evidence (result, "log_tail", "the log");
  vprod_result_free (result);
}
END_TEST

START_TEST (tells_what_was_seen)
{
  const struct vprod__outage_facts facts = { BAD, OVER, .away = { TURNED }, CAME_BACK, .again = "/srv/app --serve" };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  assert_ok (vprod__outage_judge (&facts, result, &err), err);
  assert_evidence (result, "service", "db");
  assert_evidence (result, "requests_while_away", "50");
  assert_evidence (result, "wrong_while_away", "48");
  assert_evidence (result, "first_wrong_ms", "400");
  assert_evidence (result, "longest_request_ms", "90");
  assert_evidence (result, "recovered_ms", "700");
  ck_assert_int_eq ((int) vprod_result_count_findings (result), 1);
  assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "command"), "/srv/app --serve");
  vprod_result_free (result);
}
END_TEST

/* Whatever this machine's name servers do. */
START_TEST (a_lookup_comes_to_an_end)
{
  vprod_call call = { sizeof call, VPROD_NO_DEADLINE, -1 };
  vprod_error *err = NULL;
  int64_t took_ms = -7;

  assert_ok (vprod__lookup_unknown (&call, 300, &took_ms, &err), err);
  ck_assert_int_ge (took_ms, -1);
}
END_TEST

/* ---- in a session -------------------------------------------------------------------------------------- */

#define HEAD                                                                                                 \
  "version: 1\n"                                                                                             \
  "name: subject\n"                                                                                          \
  "services:\n"                                                                                              \
  "  db: {postgres: {image: \"postgres:16-alpine\"}}\n"                                                      \
  "run: {port: 8000}\n"
#define YAML(options) HEAD "checks:\n  health: {path: /health, consecutive: 2, timeout: 3s}\n  outage: {" options "}\n"
#define QUICK YAML ("within: 300ms, recover: 3s")

/* Is the database stopped, by what was called? */
static int is_away (struct mock *mock)
{
  return mock_count (mock, "container_signal", "database1") >= mock_count (mock, "container_start", "database1");
}

static int was_away (struct mock *mock)
{
  return mock_count (mock, "container_signal", "database1") > 0;
}

static void asks_it (void *data, int nth, const char *path, struct mock_reply *reply)
{
  (void) nth, (void) path;
  reply->status = is_away (data) ? 503 : 200;
}

static void keeps_the_dead (void *data, int nth, const char *path, struct mock_reply *reply)
{
  (void) nth, (void) path;
  reply->status = was_away (data) ? 503 : 200;
}

static void hangs (void *data, int nth, const char *path, struct mock_reply *reply)
{
  (void) nth, (void) path;
  reply->delay_ms = is_away (data) ? 20000 : 0;
}

static void answers_in_time (void *data, int nth, const char *path, struct mock_reply *reply)
{
  asks_it (data, nth, path, reply);
  reply->delay_ms = is_away (data) ? 150 : 0;
}

/* One answer is lost; it may be the last before the time is over. */
static void one_is_lost (void *data, int nth, const char *path, struct mock_reply *reply)
{
  static _Atomic int while_away;

  (void) nth, (void) path;
  if (!is_away (data))
    while_away = 0;
  else if (++while_away == 2)
    reply->status = 0;
}

static void is_bad (void *data, int nth, const char *path, struct mock_reply *reply)
{
  (void) data, (void) nth, (void) path;
  reply->status = 503;
}

static void is_bad_later (void *data, int nth, const char *path, struct mock_reply *reply)
{
  (void) data, (void) path;
  reply->status = nth <= 2 ? 200 : 503;
}

static void ends (void *data, int nth, const char *path, struct mock_reply *reply)
{
  (void) nth, (void) path;
  if (is_away (data))
    mock_end_container (data, "app1", 7);
}

static void ends_as_it_comes_back (void *data, int nth, const char *path, struct mock_reply *reply)
{
  asks_it (data, nth, path, reply);
  if (was_away (data) && !is_away (data))
    mock_end_container (data, "app1", 3);
}

/* What the app of a test does at a request. */
static void (*on_request) (void *data, int nth, const char *path, struct mock_reply *reply);

static void behaves (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  (void) data, (void) request;
  if (behaviour->role == MOCK_APP)
    behaviour->on_request = on_request;
}

static void prepare (struct mock *mock)
{
  mock->data = mock;
  mock->on_container = behaves;
}

static const struct {
  const char *yaml;
  void (*on_request) (void *data, int nth, const char *path, struct mock_reply *reply);
  struct wanted wanted;
} sessions[] = {
  { QUICK, asks_it, { VPROD_VERDICT_PASS, 0, "its health turned bad after", "" } },
  { YAML ("within: 500ms"), answers_in_time, { VPROD_VERDICT_PASS, 0, "its health turned bad after", "" } },
  { YAML ("service: db, within: 300ms"), asks_it, { VPROD_VERDICT_PASS, 0, "its health turned bad after", "" } },
  { QUICK, NULL, { VPROD_VERDICT_FAIL, 0, "says that it is well while the database db is away", NULL } },
  { YAML ("within: 150ms"), one_is_lost, { VPROD_VERDICT_FAIL, 0, "well again (status 200) while the database db is still away", NULL } },
  { YAML ("health: any, within: 300ms"), NULL, { VPROD_VERDICT_PASS, 0, "stayed up and well", "" } },
  { YAML ("health: any, within: 300ms"), asks_it, { VPROD_VERDICT_PASS, 0, "its health turned bad after", "" } },
  { QUICK, hangs, { VPROD_VERDICT_FAIL, 0, "a request hangs while the database db is away", NULL } },
  { YAML ("health: any, within: 300ms"), hangs, { VPROD_VERDICT_FAIL, 0, "a request hangs", NULL } },
  { YAML ("within: 300ms, recover: 300ms"), keeps_the_dead, { VPROD_VERDICT_FAIL, 0, "did not recover", "pool_pre_ping" } },
  { QUICK, ends, { VPROD_VERDICT_FAIL, 0, "ended with exit code 7", NULL } },
  { YAML ("health: any, within: 300ms"), ends, { VPROD_VERDICT_FAIL, 0, "ended with exit code 7", NULL } },
  { QUICK, ends_as_it_comes_back, { VPROD_VERDICT_FAIL, 0, "exit code 3", NULL } },
  { QUICK, is_bad_later, { VPROD_VERDICT_SKIP, 0, "health was not good before", "" } },
  { HEAD "checks: {health: {path: /health, timeout: 200ms}, outage: true}\n", is_bad,
    { VPROD_VERDICT_SKIP, 0, "health was not good before", "" } },
  { HEAD "checks: {outage: true}\n", NULL, { VPROD_VERDICT_SKIP, 0, "checks.health.path", "" } },
  { HEAD, NULL, { VPROD_VERDICT_SKIP, 0, "the spec does not ask for it", "" } },
};

START_TEST (says_in_a_session)
{
  on_request = sessions[_i].on_request;
  flow_says (&(struct flow) { vprod_check_outage, sessions[_i].yaml, prepare }, &sessions[_i].wanted);
}
END_TEST

START_TEST (the_service_is_stopped_and_started_again)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_result *result = NULL, *health = NULL;
  vprod_error *err = NULL;

  prepare (mock);
  on_request = asks_it;
  session = mock_session (mock, QUICK);
  assert_ok (vprod_check_outage (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_PASS);
  ck_assert_int_eq (mock_count (mock, "container_signal", "database1 SIGINT"), 1);
  ck_assert_int_eq (mock_count (mock, "container_start", "database1"), 2);
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 1);
  /* whoever comes later finds all as it was */
  assert_ok (vprod_check_health (session, &health, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (health), VPROD_VERDICT_PASS);
  vprod_result_free (result);
  vprod_result_free (health);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

START_TEST (what_comes_after_a_failure_gets_an_app_that_works)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_result *result = NULL, *root = NULL;
  vprod_error *err = NULL;

  prepare (mock);
  on_request = ends;
  session = mock_session (mock, QUICK);
  assert_ok (vprod_check_outage (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_FAIL);
  on_request = NULL;
  assert_ok (vprod_check_non_root (session, &root, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (root), VPROD_VERDICT_PASS);
  ck_assert_int_eq (mock_count (mock, "container_start", "app2"), 1);
  vprod_result_free (result);
  vprod_result_free (root);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

/* Of a run, it is the last: the app of the others has been stopped by then. */
START_TEST (takes_its_turn_after_all_others)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  struct mock_call stop, start, away;

  prepare (mock);
  on_request = asks_it;
  session = mock_session (mock, QUICK);
  assert_ok (vprod_session_run (session, NULL, &report, &err), err);
  ck_assert_int_eq (mock_nth_call (mock, "container_signal", "app1", 1, &stop), 1);
  ck_assert_int_eq (mock_nth_call (mock, "container_start", "app2", 1, &start), 1);
  ck_assert_int_eq (mock_nth_call (mock, "container_signal", "database1", 1, &away), 1);
  ck_assert_int_le (stop.ended_ms, start.began_ms);
  ck_assert_int_le (start.ended_ms, away.began_ms);
  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    ck_assert_msg (vprod_result_get_verdict (result) != VPROD_VERDICT_FAIL && vprod_result_get_verdict (result) != VPROD_VERDICT_ERROR,
                   "%s: %s", vprod_result_get_check (result), vprod_result_get_message (result));
  }
  vprod_report_free (report);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

static void dies_the_second_time (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaves (data, request, behaviour);
  if (behaviour->role == MOCK_APP && behaviour->nth == 2)
    behaviour->ends_after_ms = 0;
}

START_TEST (an_app_that_does_not_start_again_cannot_be_judged)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_result *stop = NULL, *result = NULL;
  vprod_error *err = NULL;

  prepare (mock);
  mock->on_container = dies_the_second_time;
  on_request = asks_it;
  session = mock_session (mock, QUICK);
  assert_ok (vprod_check_graceful_stop (session, &stop, &err), err);
  assert_error (vprod_check_outage (session, &result, &err), err, VPROD_ERROR_IMAGE, "started anew");
  ck_assert_ptr_null (result);
  vprod_result_free (stop);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

/* ---- what says nothing of the app ---------------------------------------------------------------------- */

static int does_not_come_back (void *data, const char *sql, const char *param, char **ret_value)
{
  struct mock *mock = data;

  (void) sql, (void) param, (void) ret_value;
  return mock_count (mock, "container_start", "database1") > 1 ? -VPROD_ERROR_DATABASE : 0;
}

START_TEST (a_service_that_does_not_come_back_is_an_error)
{
  struct flow flow = { vprod_check_outage,
                       "version: 1\nname: subject\nservices: {db: {postgres: {timeout: 600ms}}}\nrun: {port: 8000}\n"
                       "checks: {health: {path: /health}, outage: {within: 100ms}}\n", NULL };
  struct mock *mock = mock_new ();

  prepare (mock);
  on_request = asks_it;
  mock->on_query = does_not_come_back;
  flow_run (&flow, mock, &(struct wanted) { .error = VPROD_ERROR_DATABASE, .message = "starting the database db again" });
}
END_TEST

START_TEST (a_service_that_cannot_be_stopped_or_started_is_an_error)
{
  struct flow flow = { vprod_check_outage, QUICK, NULL };
  struct mock *mock = mock_new ();

  prepare (mock);
  on_request = asks_it;
  mock_fail (mock, "container_signal", 1, VPROD_ERROR_ENGINE);
  flow_run (&flow, mock, &(struct wanted) { .error = VPROD_ERROR_ENGINE, .message = MOCK_FAULT });

  mock = mock_new ();
  prepare (mock);
  mock_fail (mock, "container_start", 3, VPROD_ERROR_IMAGE);
  flow_run (&flow, mock, &(struct wanted) { .error = VPROD_ERROR_DATABASE, .message = MOCK_FAULT });
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", "container_processes", NULL };

  on_request = asks_it;
  flow_sweep (&(struct flow) { vprod_check_outage, YAML ("within: 50ms"), prepare }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_outage, YAML ("within: 30s"), prepare };

  on_request = asks_it;
  flow_is_cancelled (&flow, "container_signal", 1);
  flow_runs_out_of_time (&flow, "container_signal", 1);
  flow.yaml = YAML ("within: 100ms");
  flow_is_cancelled (&flow, "container_start", 3);
}
END_TEST

/* ---- the spec ------------------------------------------------------------------------------------------- */

static const struct {
  const char *yaml;
  const char *message; /* NULL: it is good */
} specs[] = {
  { "version: 1\nservices: {db: {postgres: {}}}\nchecks: {outage: true}\n", NULL },
  { "version: 1\nservices: {db: {postgres: {}}}\nchecks: {outage: {service: db}}\n", NULL },
  { "version: 1\nservices: {db: {postgres: {}}, cache: {container: {image: redis}}}\nchecks: {outage: {service: cache}}\n", NULL },
  { "version: 1\nchecks: {outage: false}\n", NULL },
  { "version: 1\n", NULL },
  { "version: 1\nchecks:\n  outage: true\n", "s.yaml:3:3: checks.outage: there is no service that could be away" },
  { "version: 1\nservices: {db: {postgres: {}}, cache: {container: {image: redis}}}\nchecks:\n  outage: {within: 3s}\n",
    "s.yaml:4:3: checks.outage: there are 2 services; name the one that is to be away with checks.outage.service" },
  { "version: 1\nservices: {db: {postgres: {}}, cache: {container: {image: redis}}}\nchecks:\n  outage: {service: cashe}\n",
    "s.yaml:4:12: checks.outage.service: there is no service \"cashe\" below services; did you mean \"cache\"?" },
};

START_TEST (the_service_must_be_known)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  int r = vprod_spec_parse (specs[_i].yaml, strlen (specs[_i].yaml), "s.yaml", "/", &spec, &err);
  if (specs[_i].message)
    assert_error (r, err, VPROD_ERROR_SPEC, specs[_i].message);
  else
    assert_ok (r, err);
  vprod_spec_free (spec);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_outage");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_what_was_seen);
  tcase_add_test (tcase, a_lookup_comes_to_an_end);
  tcase_add_loop_test (tcase, the_service_must_be_known, 0, COUNT (specs));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 180);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, the_service_is_stopped_and_started_again);
  tcase_add_test (tcase, what_comes_after_a_failure_gets_an_app_that_works);
  tcase_add_test (tcase, takes_its_turn_after_all_others);
  tcase_add_test (tcase, an_app_that_does_not_start_again_cannot_be_judged);
  tcase_add_test (tcase, a_service_that_does_not_come_back_is_an_error);
  tcase_add_test (tcase, a_service_that_cannot_be_stopped_or_started_is_an_error);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
