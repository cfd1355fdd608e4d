/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/drain/facts.h"

/* ---- counting: the signal is asked for at 10000 and confirmed at 10020 ------------------------------------- */

#define SHOT(what, sent, ended, ...) { .end = VPROD__LOAD_##what, .sent_ms = sent, .ended_ms = ended, __VA_ARGS__ }
#define ALIVE .server_ends = 0
#define ENDING .server_ends = 1
#define UNKNOWN .server_ends = -1
#define WHEN .timeout_ms = 30000, .ended_ms = 10500

static const struct {
  struct vprod__load_shot shots[4]; /* ended by one without times */
  struct vprod__drain_when when;
  struct vprod__drain_count wanted;
} counts[] = {
  /* answered */
  { { SHOT (RIGHT, 9500, 10300, UNKNOWN), SHOT (RIGHT, 9999, 10010, UNKNOWN) }, { WHEN },
    { .in_flight = 2, .answered = 2, .sure = 1, .longest_ms = 300 } },
  { { SHOT (RIGHT, 10000, 10010, UNKNOWN) }, { WHEN }, { 0 } }, /* sent in the same moment: not before */
  { { SHOT (RIGHT, 9000, 41000, UNKNOWN) }, { .timeout_ms = 30000, .ended_ms = 42000 }, { .in_flight = 1, .late = 1 } },
  { { SHOT (RIGHT, 9000, 41000, UNKNOWN) }, { .timeout_ms = 30000, .ended_ms = 42000, .stalled_ms = 5000 },
    { .in_flight = 1, .answered = 1, .sure = 1, .longest_ms = 31000 } },

  /* the app had it */
  { { SHOT (TAKEN, 9999, 10030, UNKNOWN), SHOT (CUT, 9500, 10030, UNKNOWN) }, { WHEN }, { .in_flight = 2, .cut = 2 } },
  { { SHOT (TAKEN, 10010, 10030, UNKNOWN) }, { .timeout_ms = 30000, .ended_ms = 10035 }, { .cut = 1 } }, /* cut by its end */
  { { SHOT (TAKEN, 10010, 10030, UNKNOWN) }, { .timeout_ms = 30000, .ended_ms = 15000 }, { .refused = 1 } },
  { { SHOT (TAKEN, 10010, 10030, UNKNOWN), SHOT (REFUSED, 0, 10020, ALIVE) }, { .timeout_ms = 30000, .ended_ms = 10035 },
    { .refused = 2 } }, /* it had closed its door before */
  { { SHOT (TAKEN, 10010, 10030, UNKNOWN), SHOT (RIGHT, 9500, 10025, UNKNOWN) }, { .timeout_ms = 30000, .ended_ms = 10035 },
    { .in_flight = 1, .answered = 1, .sure = 1, .refused = 1, .longest_ms = 25 } }, /* it answered what it had */
  { { SHOT (CUT, 10010, 10030, UNKNOWN), SHOT (REFUSED, 0, 10020, ALIVE) }, { .timeout_ms = 30000, .ended_ms = 10035 },
    { .cut = 1, .refused = 1 } }, /* it had begun to answer it */
  { { SHOT (CUT, 10300, 10450, UNKNOWN) }, { WHEN }, { .doubtful = 1, .unseen = 1 } }, /* sent after the signal */

  /* it lay at its door: long, and not so long */
  { { SHOT (RESET, 9500, 10030, ALIVE, .acked = 1) }, { WHEN }, { .in_flight = 1, .cut = 1, .queued = 1 } },
  { { SHOT (RESET, 9500, 10030, UNKNOWN, .acked = 1) }, { WHEN },
    { .in_flight = 1, .cut = 1, .queued = 1, .unseen = 1 } },
  { { SHOT (RESET, 9500, 10030, ALIVE) }, { WHEN }, { .refused = 1 } }, /* its kernel never confirmed it */
  { { SHOT (RESET, 9500, 10030, ALIVE, .acked = 1) }, { WHEN, .stalled_before_ms = 450 },
    { .refused = 1, .unclear = 1 } },
  { { SHOT (RESET, 9950, 10030, ALIVE, .acked = 1) }, { WHEN }, { .refused = 1 } },
  { { SHOT (RESET, 9950, 10030, ENDING, .acked = 1) }, { WHEN }, { .doubtful = 1, .unseen = 1 } },
  { { SHOT (RESET, 10010, 10030, ENDING, .acked = 1), SHOT (RIGHT, 9500, 10300, UNKNOWN) }, { WHEN },
    { .in_flight = 1, .answered = 1, .sure = 1, .longest_ms = 300, .doubtful = 1 } },
  { { SHOT (RESET, 10010, 10200, ENDING, .acked = 1) }, { WHEN }, { .refused = 1 } }, /* it lay there too long for one that takes any */
  { { SHOT (RESET, 10010, 10200, ENDING, .acked = 1) }, { WHEN, .stalled_ms = 100 }, { .doubtful = 1, .unseen = 1 } },
  { { SHOT (RESET, 10050, 10250, ENDING, .acked = 1) }, { WHEN }, { .refused = 1 } },
  { { SHOT (OPEN, 9500, 11500, UNKNOWN, .acked = 1) }, { WHEN }, { .in_flight = 1, .cut = 1, .queued = 1 } },

  /* refused: by an app that lives, or only once it is gone */
  { { SHOT (RIGHT, 9999, 10005, UNKNOWN), SHOT (REFUSED, 0, 10030, ALIVE), SHOT (REFUSED, 0, 10040, ENDING) }, { WHEN },
    { .in_flight = 1, .answered = 1, .refused = 2, .longest_ms = 5 } },
  { { SHOT (RIGHT, 9999, 10005, UNKNOWN), SHOT (REFUSED, 0, 10030, ENDING) }, { WHEN },
    { .in_flight = 1, .answered = 1, .refused = 1, .unseen = 1, .longest_ms = 5 } },
  { { SHOT (RIGHT, 9999, 10005, UNKNOWN), SHOT (REFUSED, 0, 10030, UNKNOWN) }, { WHEN },
    { .in_flight = 1, .answered = 1, .refused = 1, .unseen = 1, .longest_ms = 5 } },
  { { SHOT (RIGHT, 9500, 10030, UNKNOWN), SHOT (REFUSED, 0, 10030, ENDING) }, { WHEN },
    { .in_flight = 1, .answered = 1, .refused = 1, .sure = 1, .longest_ms = 30 } },

  /* wrong answers */
  { { SHOT (WRONG, 9500, 10030, UNKNOWN, .status = 503), SHOT (WRONG, 9500, 10030, UNKNOWN, .status = 500) }, { WHEN },
    { .in_flight = 2, .wrong = 2, .wrong_status = 503 } },
  { { SHOT (WRONG, 9950, 10030, UNKNOWN), SHOT (WRONG, 10005, 10030, UNKNOWN), SHOT (WRONG, 10200, 10230, UNKNOWN) }, { WHEN },
    { .refused = 3 } },
  { { SHOT (WRONG, 9500, 10030, UNKNOWN), SHOT (RIGHT, 9500, 10030, UNKNOWN) }, { WHEN, .stalled_before_ms = 450 },
    { .in_flight = 1, .answered = 1, .refused = 1, .unclear = 1, .longest_ms = 30 } },

  /* no answer */
  { { SHOT (SLOW, 9500, 40000, UNKNOWN) }, { .timeout_ms = 30000, .ended_ms = 41000 }, { .in_flight = 1, .late = 1 } },
  { { SHOT (SLOW, 9500, 40000, UNKNOWN) }, { .timeout_ms = 30000, .ended_ms = 41000, .stalled_ms = 9000 },
    { .in_flight = 1, .slow = 1 } },
  { { SHOT (TAKEN, 9500, 13010, UNKNOWN), SHOT (OPEN, 9500, 14000, UNKNOWN), SHOT (TAKEN, 9500, 10100, UNKNOWN) },
    { .timeout_ms = 30000, .ended_ms = 13020, .killed_ms = 13000 }, { .in_flight = 3, .killed = 2, .cut = 1 } },
};

#define SAME(member) ck_assert_msg (count.member == wanted->member, "row %d: " #member " is %lld, not %lld", _i, \
                                    (long long) count.member, (long long) wanted->member)

START_TEST (counts_what_was_sent_before)
{
  const struct vprod__drain_count *wanted = &counts[_i].wanted;
  struct vprod__load_report report = { .called_ms = 10000, .sent_ms = 10020,
                                       .shots = (struct vprod__load_shot *) (uintptr_t) counts[_i].shots };
  struct vprod__drain_count count;

  while (report.n_shots < 4 && report.shots[report.n_shots].ended_ms > 0)
    report.n_shots++;
  vprod__drain_count (&report, &counts[_i].when, &count);
  SAME (in_flight);
  SAME (answered);
  SAME (cut);
  SAME (queued);
  SAME (wrong);
  SAME (wrong_status);
  SAME (late);
  SAME (slow);
  SAME (killed);
  SAME (unclear);
  SAME (refused);
  SAME (doubtful);
  SAME (unseen);
  SAME (sure);
  SAME (longest_ms);
  ck_assert_ptr_nonnull (count.words);
}
END_TEST

/* ---- judging ----------------------------------------------------------------------------------------------- */

#define KILLED .path = "/slow", .signal_words = "SIGTERM", .before = 500, .at_once = 16, .grace_ms = 10000, .timeout_ms = 30000, \
               .ended_ms = 400, .log = "bye\n", .log_length = 4
#define ON KILLED, .ended = 1

static const struct vprod__load_problem in_quiet = { VPROD__LOAD_BAD_IN_QUIET, { .end = VPROD__LOAD_WRONG, .status = 404 }, 0, 0 };
static const struct vprod__load_problem too_long = { VPROD__LOAD_BAD_IN_QUIET, { .end = VPROD__LOAD_SLOW }, 0, 0 };
static const struct vprod__load_problem under_load
  = { VPROD__LOAD_BAD_UNDER_LOAD, { .end = VPROD__LOAD_RESET, .words = "Recv failure" }, 0, 70 };
static const struct vprod__load_problem too_slow = { VPROD__LOAD_TOO_SLOW, { 0 }, 8000, 3 };
static const struct vprod__load_problem fine = { 0 };

static const struct {
  struct vprod__drain_facts facts;
  struct wanted wanted;
} cases[] = {
  { { ON, .problem = &fine, .count = { .in_flight = 16, .answered = 16, .refused = 3, .doubtful = 1, .sure = 16, .longest_ms = 380 } },
    { VPROD_VERDICT_PASS, 0, "all 16 requests to /slow that were under way when SIGTERM was sent got their whole right answers, the "
                             "last 380 ms later (500 had been answered before; 4 that came with the signal or after it were refused)", "" } },
  { { ON, .count = { .in_flight = 16, .answered = 12, .cut = 4, .words = "Empty reply from server" } },
    { VPROD_VERDICT_FAIL, 0, "4 requests to /slow that the app was working on when SIGTERM came were cut (Empty reply from server); 16 "
                             "were under way, 12 were answered", "STOPSIGNAL SIGQUIT" } },
  { { ON, .count = { .in_flight = 16, .answered = 1, .cut = 15, .queued = 15, .words = "" } },
    { VPROD_VERDICT_FAIL, 0, "15 requests to /slow that had been sent before SIGTERM were never taken by the app", "more threads" } },
  { { ON, .count = { .in_flight = 16, .cut = 15, .queued = 14 } },
    { VPROD_VERDICT_FAIL, 0, "the connection ended", "Shutdown" } },
  { { ON, .count = { .in_flight = 16, .answered = 8, .wrong = 8, .wrong_status = 503 } },
    { VPROD_VERDICT_FAIL, 0, "8 of 16 requests to /slow that were under way when SIGTERM came got a wrong answer (status 503)", "Refuse only" } },
  { { ON, .count = { .in_flight = 16, .answered = 15, .late = 1 } },
    { VPROD_VERDICT_FAIL, 0, "1 of 16 requests to /slow that were under way when SIGTERM came were not answered within 30.0 s", "drain.timeout" } },

  /* nothing was asked */
  { { ON, .no_port = 1 }, { VPROD_VERDICT_SKIP, 0, "port is not known", "" } },
  { { ON, .health_bad = 1, .health_judged_by = "health" }, { VPROD_VERDICT_SKIP, 0, "health is not good before", "" } },
  { { ON, .problem = &in_quiet }, { .error = VPROD_ERROR_SPEC, .message = "GET /slow was answered with status 404" } },
  { { ON, .problem = &too_long }, { .error = VPROD_ERROR_SPEC, .message = "GET /slow was not answered in time" } },
  { { ON, .problem = &under_load },
    { .error = VPROD_ERROR_SPEC, .message = "after 70 right answers and with up to 16 requests at once, GET /slow got no whole answer (Recv failure)" } },
  { { ON, .problem = &too_slow }, { .error = VPROD_ERROR_SPEC, .message = "takes 8.0 s, and the grace time after SIGTERM is 10.0 s" } },

  /* it cannot be told */
  { { ON, .count = { .in_flight = 0 } }, { .error = VPROD_ERROR_SPEC, .message = "none of GET /slow was under way when SIGTERM came. Choose a slower path" } },
  { { ON, .count = { .in_flight = 16, .answered = 16, .doubtful = 3, .unseen = 1 } },
    { .error = VPROD_ERROR_SPEC, .message = "3 sent right then were not answered). Choose a slower path" } },
  { { ON, .spoiled = 1, .count = { .in_flight = 16, .answered = 16 } }, { .error = VPROD_ERROR_SPEC, .message = "right before SIGTERM" } },
  { { ON, .stalled_ms = 300, .stall_is_known = 1, .count = { .in_flight = 16, .answered = 15, .slow = 1 } },
    { .error = VPROD_ERROR_TIMEOUT, .message = "too busy to tell" } },
  { { ON, .on_ms = 750, .stalled_before_ms = 600, .stall_is_known = 1, .count = { .refused = 16, .unclear = 16 } },
    { .error = VPROD_ERROR_TIMEOUT, .message = "in 1.1 s it was kept waiting for a processor, memory or disk for 600 ms" } },

  /* it was killed: by others' fault, by its own, and what was cut before counts all the same */
  { { KILLED, .end_judged_by = "graceful-stop", .count = { .in_flight = 16, .answered = 3, .killed = 13 } },
    { VPROD_VERDICT_SKIP, 0, "not checked: the app did not end by SIGTERM and had to be killed after 10.0 s; 3 of 16 requests", "" } },
  { { KILLED, .count = { .in_flight = 16, .answered = 3, .killed = 13 } },
    { VPROD_VERDICT_FAIL, 0, "still running 10.0 s after SIGTERM and had to be killed", "exec form" } },
  { { KILLED, .busy = 1, .count = { .in_flight = 16, .killed = 16 } }, { .error = VPROD_ERROR_TIMEOUT, .message = "too busy to tell" } },
  { { KILLED, .end_judged_by = "graceful-stop", .count = { .in_flight = 16, .cut = 1, .killed = 15 } },
    { VPROD_VERDICT_FAIL, 0, "1 requests to /slow that the app was working on", NULL } },
};

START_TEST (judges)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  int r = vprod__drain_judge (&cases[_i].facts, result, &err);

  assert_wanted (r, result, err, &cases[_i].wanted);
  vprod_result_free (result);
}
END_TEST

START_TEST (tells_the_numbers_as_evidence)
{
  const struct vprod__drain_facts facts = { ON, .direct = 1,
    .count = { .in_flight = 16, .answered = 12, .cut = 4, .refused = 2, .doubtful = 1, .longest_ms = 70 } };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  assert_ok (vprod__drain_judge (&facts, result, &err), err);
  assert_evidence (result, "in_flight", "16");
  assert_evidence (result, "answered", "12");
  assert_evidence (result, "cut", "4");
  assert_evidence (result, "wrong", "0");
  assert_evidence (result, "refused", "3");
  assert_evidence (result, "longest_drain_ms", "70");
  assert_evidence (result, "answered_before", "500");
  assert_evidence (result, "path", "/slow");
  assert_evidence (result, "asked_at", "the container's address");
  vprod_result_free (result);
}
END_TEST

/* ---- in a session: the mock's app answers one request after the other -------------------------------------- */

static void answers_slowly (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->reply.delay_ms = 20;
  behaviour->ends_after_signal_ms = 1500; /* it answers till then */
}

static void ends_at_once (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->reply.delay_ms = 20;
}

static void ignores (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->ends_after_signal_ms = MOCK_NEVER;
}

static void is_ill (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->reply.status = 500;
}

static void lacks_the_path (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (strcmp (path, "/nowhere") == 0)
    reply->status = 404;
}

static void knows_few_paths (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_request = lacks_the_path;
}

static void dies_early (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 30;
}

#define YAML(checks) "version: 1\nrun: {port: 8000}\nchecks:\n  start: {stay-up: 50ms}\n" checks
#define HEALTH "  health: {path: /health, body: ok, consecutive: 1, timeout: 3s}\n"

static const struct {
  const char *yaml;
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  struct wanted wanted;
} sessions[] = {
  { YAML (HEALTH "  drain: true\n"), answers_slowly, { VPROD_VERDICT_PASS, 0, "requests to /health that were under way", "" } },
  { YAML ("  drain: {rate: 200}\n"), answers_slowly, { VPROD_VERDICT_PASS, 0, "requests to / that were under way", "" } },
  { YAML (HEALTH "  drain: true\n"), ends_at_once, { VPROD_VERDICT_FAIL, 0, "were never taken by the app", NULL } },
  { YAML (HEALTH "  drain: true\n  graceful-stop: {grace: 1s}\n"), ignores, { VPROD_VERDICT_FAIL, 0, "had to be killed", "exec form" } },
  { YAML ("  health: {path: /health, timeout: 500ms}\n  drain: true\n"), is_ill,
    { VPROD_VERDICT_SKIP, 0, "health is not good before", "" } },
  { YAML ("  drain: {path: /nowhere}\n"), knows_few_paths, { .error = VPROD_ERROR_SPEC, .message = "GET /nowhere was answered with status 404" } },
  { YAML ("  drain: true\n"), NULL, { .error = VPROD_ERROR_SPEC, .message = "Choose a slower path" } },
  { YAML (""), NULL, { VPROD_VERDICT_SKIP, 0, "the spec does not ask for it", "" } },
  { YAML ("  drain: true\n"), dies_early, { VPROD_VERDICT_SKIP, 0, "the app did not stay up", "" } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = { vprod_check_drain, sessions[_i].yaml, NULL };
  struct mock *mock = mock_new ();

  mock->on_container = sessions[_i].on_container;
  vprod_result *result = flow_run (&flow, mock, &sessions[_i].wanted);
  vprod_result_free (result);
}
END_TEST

/* Both judge one stop of one app. */
START_TEST (shares_its_stop)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  const char *const only[] = { "drain", "graceful-stop", NULL };
  vprod_run_options options = { .size = sizeof options, .only = only };

  mock->on_container = _i == 0 ? answers_slowly : ends_at_once;
  session = mock_session (mock, YAML (HEALTH "  drain: true\n"));
  assert_ok (vprod_session_run (session, &options, &report, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (vprod_report_find_result (report, "graceful-stop")), VPROD_VERDICT_PASS);
  ck_assert_int_eq (vprod_result_get_verdict (vprod_report_find_result (report, "drain")),
                    _i == 0 ? VPROD_VERDICT_PASS : VPROD_VERDICT_FAIL);
  ck_assert_int_eq (mock_count (mock, "container_signal", NULL), 1);
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 1);
  vprod_report_free (report);
  report = NULL;
  /* another run has another app */
  assert_ok (vprod_session_run (session, &options, &report, &err), err);
  ck_assert_int_eq (mock_count (mock, "container_signal", NULL), 2);
  vprod_report_free (report);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

START_TEST (no_load_is_made_where_it_was_not_asked_for)
{
  struct mock *mock = mock_new ();
  vprod_session *session = mock_session (mock, YAML (HEALTH));
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  const char *const only[] = { "drain", "graceful-stop", NULL };
  vprod_run_options options = { .size = sizeof options, .only = only };

  assert_ok (vprod_session_run (session, &options, &report, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (vprod_report_find_result (report, "graceful-stop")), VPROD_VERDICT_PASS);
  ck_assert_int_eq (vprod_result_get_verdict (vprod_report_find_result (report, "drain")), VPROD_VERDICT_SKIP);
  vprod_report_free (report);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

static void prepare (struct mock *mock)
{
  mock->on_container = answers_slowly;
}

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", "container_processes", NULL };

  flow_sweep (&(struct flow) { vprod_check_drain, YAML ("  drain: {rate: 1000}\n"), prepare }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_drain, YAML ("  drain: true\n"), prepare };

  flow_is_cancelled (&flow, "container_signal", 1);
  flow_runs_out_of_time (&flow, "container_processes", 1); /* the load is under way when the time is over */
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_drain");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, counts_what_was_sent_before, 0, COUNT (counts));
  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_the_numbers_as_evidence);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 300);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_loop_test (tcase, shares_its_stop, 0, 2);
  tcase_add_test (tcase, no_load_is_made_where_it_was_not_asked_for);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
