/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "known/exit.h"
#include "checks/graceful_stop/facts.h"

static const char *const shell_form[] = { "/bin/sh", "-c", "uvicorn app:app", NULL };
static const char *const exec_form[] = { "uvicorn", "app:app", NULL };

#define TERM .signal = "SIGTERM", .grace_ms = 10000
#define ENDED TERM, .ended = 1, .ended_ms = 400, .least_ms = 390
#define KILLED TERM, .ended_ms = 10000, .exit_code = 137

static const struct {
  struct vprod__graceful_stop_facts facts;
  struct wanted wanted;
} cases[] = {
  { { ENDED }, { VPROD_VERDICT_PASS, 0, "SIGTERM ended the app with exit code 0 after 400 ms (grace 10.0 s)", "" } },
  { { TERM, .ended = 1, .ended_ms = 10000 }, { VPROD_VERDICT_PASS, 0, "after 10.0 s", "" } },
  { { ENDED, .words = shell_form, .first_process = "uvicorn app:app" }, { VPROD_VERDICT_PASS, 0, "exit code 0", "" } },
  { { ENDED, .exit_code = 143, .wanted_exit_code = 143 }, { VPROD_VERDICT_PASS, 0, "exit code 143", "" } },
  { { ENDED, .exit_code = 7, .wanted_exit_code = 7 }, { VPROD_VERDICT_PASS, 0, "exit code 7", "" } },
  { { ENDED, .oom_killed = 1 }, { VPROD_VERDICT_PASS, 0, "exit code 0", "" } }, /* a child was killed, the app coped */

  { { ENDED, .first_process = "sh -c trap 'exit 0' TERM; /app & wait", .child = "/app" },
    { VPROD_VERDICT_PASS, 0, "exit code 0 after 400 ms (grace 10.0 s); its first process, a shell, took the others with it", "" } },

  { { TERM, .ended = 1, .ended_ms = 10002, .least_ms = 10001 },
    { VPROD_VERDICT_FAIL, 0, "later than the grace time of 10.0 s", "--timeout-graceful-shutdown" } },

  /* the engine took long to send the signal, and did not say when it did */
  { { TERM, .ended = 1, .ended_ms = 20100, .least_ms = 100, .sending_ms = 20000 },
    { .error = VPROD_ERROR_ENGINE, .message = "the engine took 20.0 s to send SIGTERM, after which it ended with exit code 0, "
                                              "100 ms to 20.1 s later" } },
  { { TERM, .ended = 1, .ended_ms = 30200, .least_ms = 10200, .sending_ms = 20000 },
    { VPROD_VERDICT_FAIL, 0, "10.2 s after SIGTERM, later than the grace time of 10.0 s", NULL } },

  /* the machine was busy */
  { { TERM, .ended = 1, .ended_ms = 25000, .least_ms = 24990, .stalled_ms = 16000, .stall_is_known = 1 },
    { VPROD_VERDICT_PASS, 0, "exit code 0 after 25.0 s", "" } },
  { { TERM, .ended = 1, .ended_ms = 25000, .least_ms = 24990, .stalled_ms = 9000, .stall_is_known = 1 },
    { VPROD_VERDICT_FAIL, 0, "later than the grace time", NULL } },
  { { KILLED, .busy = 1, .stalled_ms = 39000, .stall_is_known = 1 },
    { .error = VPROD_ERROR_TIMEOUT, .message = "too busy to tell" } },

  /* 143: the default action */
  { { ENDED, .exit_code = 143 },
    { VPROD_VERDICT_FAIL, 0, "exit code 143 after 400 ms, which says that the signal ended it", "exit-code: 143" } },
  { { ENDED, .exit_code = 143, .first_process = "/usr/bin/tini -- app" },
    { VPROD_VERDICT_FAIL, 0, "not that it shut down in good order", "as uvicorn does, run it without the init" } },
  { { ENDED, .exit_code = 143, .first_process = "tini -- sh -c app; echo bye", .child = "sh -c app; echo bye" },
    { VPROD_VERDICT_FAIL, 0, "not that it shut down in good order", "to a shell (`sh -c app; echo bye`), which ends" } },
  { { ENDED, .exit_code = 143, .first_process = "tini -- app", .child = "app" },
    { VPROD_VERDICT_FAIL, 0, "not that it shut down in good order", "run it without the init" } },
  { { ENDED, .exit_code = 143, .first_process = "/usr/local/bin/uv run uvicorn app:app" },
    { VPROD_VERDICT_FAIL, 0, "exit code 143", "CMD [\"/app/.venv/bin/uvicorn\", …]" } },
  { { ENDED, .exit_code = 143, .first_process = "uv runner" }, { VPROD_VERDICT_FAIL, 0, "exit code 143", "Handle SIGTERM" } },
  { { ENDED, .exit_code = 143, .first_process = "/bin/sh /entrypoint.sh" },
    { VPROD_VERDICT_FAIL, 0, "not that it shut down in good order", "`exec`" } },
  { { ENDED, .exit_code = 143, .first_process = "/usr/lib/jvm/bin/java -jar app.jar" },
    { VPROD_VERDICT_FAIL, 0, "exit code 143 after 400 ms: a JVM ends so, whether or not its shutdown hooks", "exit-code: 143" } },
  { { ENDED, .exit_code = 143, .first_process = "node /usr/bin/yarn start" },
    { VPROD_VERDICT_FAIL, 0, "not that it shut down in good order", "package.json" } },
  { { .signal = "SIGQUIT", .grace_ms = 10000, .ended = 1, .ended_ms = 400, .exit_code = 131 },
    { VPROD_VERDICT_FAIL, 0, "SIGQUIT ended the app with exit code 131", "Handle SIGQUIT" } },
  { { .signal = "10", .grace_ms = 10000, .ended = 1, .exit_code = 138 },
    { VPROD_VERDICT_FAIL, 0, "SIGUSR1 ended the app with exit code 138", "Handle SIGUSR1" } },
  { { ENDED, .exit_code = 0, .wanted_exit_code = 143 },
    { VPROD_VERDICT_FAIL, 0, "exit code 0 instead of 143", "exit-code: 0" } },

  /* 137: killed, by whom? */
  { { KILLED },
    { VPROD_VERDICT_FAIL, 0, "still running 10.0 s after SIGTERM and had to be killed (exit code 137)", "tini" } },
  { { KILLED, .first_process = "/usr/bin/python3 /usr/local/bin/waitress-serve app:app" },
    { VPROD_VERDICT_FAIL, 0, "had to be killed", "STOPSIGNAL SIGINT" } },
  { { .signal = "SIGINT", .grace_ms = 10000, .ended_ms = 10000, .exit_code = 137, .first_process = "python -m app" },
    { VPROD_VERDICT_FAIL, 0, "had to be killed", "its work. If it does" } },
  { { .signal = "SIGQUIT", .signal_from = "the image's STOPSIGNAL", .grace_ms = 10000, .ended_ms = 10000,
      .exit_code = 137, .first_process = "/app" },
    { VPROD_VERDICT_FAIL, 0, "had to be killed", "It is the image's STOPSIGNAL, which may come from its base" } },
  { { KILLED, .signal_from = "the image's STOPSIGNAL", .first_process = "/app" },
    { VPROD_VERDICT_FAIL, 0, "had to be killed", "exit code 0. The first process" } },
  { { KILLED, .first_process = "/usr/bin/python3 /usr/local/bin/uwsgi --http :8000" },
    { VPROD_VERDICT_FAIL, 0, "had to be killed", "--die-on-term" } },
  { { KILLED, .first_process = "/opt/python/bin/app" }, { VPROD_VERDICT_FAIL, 0, "had to be killed", "its work. If it does" } },
  { { KILLED, .first_process = "/usr/bin/python3 /usr/local/bin/flask run --host=0.0.0.0" },
    { VPROD_VERDICT_FAIL, 0, "had to be killed", "`flask run` is a server for development" } },
  { { KILLED, .words = shell_form, .first_process = "/bin/sh -c alembic upgrade head && uvicorn app:app" },
    { VPROD_VERDICT_FAIL, 0, "its first process is a shell", "`migrate && exec app`" } },
  { { KILLED, .words = shell_form }, { VPROD_VERDICT_FAIL, 0, "its first process is a shell", "exec form" } },
  { { KILLED, .words = shell_form, .first_process = "tail -f /dev/null" },
    { VPROD_VERDICT_FAIL, 0, "its first process is not the app", "`tail -f /dev/null`, which only keeps the container" } },
  { { KILLED, .words = shell_form, .first_process = "uvicorn app:app" },
    { VPROD_VERDICT_FAIL, 0, "had to be killed (exit code 137)", "Handle SIGTERM" } },
  { { KILLED, .words = exec_form, .first_process = "/bin/bash /entrypoint.sh" },
    { VPROD_VERDICT_FAIL, 0, "its first process is a shell", "exec \"$@\"" } },
  { { KILLED, .first_process = "npm start" }, { VPROD_VERDICT_FAIL, 0, "had to be killed", "`npm start`, which runs the app" } },
  { { KILLED, .wanted_exit_code = 137 },
    { VPROD_VERDICT_FAIL, 0, "had to be killed", NULL } }, /* our own kill proves nothing */
  { { ENDED, .exit_code = 137 },
    { VPROD_VERDICT_FAIL, 0,
      "was killed 400 ms after SIGTERM (exit code 137), before its grace time was over and not by verify-prod",
      "supervisor" } },
  { { ENDED, .exit_code = 137, .oom_killed = 1 }, { VPROD_VERDICT_FAIL, 0, "because memory ran out", "memory" } },

  /* signals that no app gets */
  { { .signal = "SIGKILL", .grace_ms = 10000, .ended = 1, .exit_code = 137, .first_process = "/bin/sh /app" },
    { VPROD_VERDICT_FAIL, 0, "no app can handle SIGKILL, which the default names: it ended this one", "STOPSIGNAL SIGTERM" } },
  { { .signal = "9", .signal_from = "the spec", .grace_ms = 10000, .ended = 1, .exit_code = 137 },
    { VPROD_VERDICT_FAIL, 0, "no app can handle SIGKILL, which the spec names", "checks.graceful-stop.signal" } },
  { { .signal = "STOP", .grace_ms = 10000, .ended_ms = 10000, .exit_code = 137 },
    { VPROD_VERDICT_FAIL, 0, "no app can handle SIGSTOP, which the default names: it only held this one",
      "STOPSIGNAL SIGTERM" } },
  { { .signal = "SIGKILL", .grace_ms = 10000, .ended = 1, .exit_code = 137, .wanted_exit_code = 137 },
    { VPROD_VERDICT_PASS, 0, "exit code 137", "" } }, /* who says so means it */

  { { ENDED, .exit_code = 1 },
    { VPROD_VERDICT_FAIL, 0, "exit code 1 (its own word for a general error) instead of 0", "exit-code: 1" } },
  { { ENDED, .exit_code = 1, .first_process = "npm start" },
    { VPROD_VERDICT_FAIL, 0, "exit code 1", "`npm start`, which runs the app behind a shell" } },
  { { ENDED, .exit_code = 2, .first_process = "/app" }, { VPROD_VERDICT_FAIL, 0, "exit code 2", "signal.NotifyContext" } },
  { { ENDED, .exit_code = 1, .first_process = "puma 6.4.0 (tcp://0.0.0.0:9292) [app]" },
    { VPROD_VERDICT_FAIL, 0, "exit code 1", "raise_exception_on_sigterm" } },
  { { ENDED, .exit_code = 1, .first_process = "pumas" }, { VPROD_VERDICT_FAIL, 0, "exit code 1", "Read the end" } },
  { { ENDED, .exit_code = 139 }, { VPROD_VERDICT_FAIL, 0, "SIGSEGV", "log" } },
  { { ENDED, .exit_code = 130 }, { VPROD_VERDICT_FAIL, 0, "exit code 130", NULL } },
};

/* What a shell that ends with 0 shows of the way in which it stopped what it had started. */
static const struct {
  const char *first;
  const char *child;
  size_t findings;
} traps[] = {
  { "sh -c trap 'exit 0' TERM; /app & wait", "/app", 1 },
  { "/bin/bash -c trap \"echo bye; exit 0;\" SIGTERM; /app & wait $!", "/app", 1 },
  { "sh -c trap exit TERM; /app & wait", "/app", 1 },
  { "sh -c trap 'exit 0' TERM; /app & wait", NULL, 0 },
  { "sh -c trap 'kill $!; wait; exit 0' TERM; /app & wait", "/app", 0 },
  { "sh -c trap 'nginx -s quit; exit 0' TERM; nginx & wait", "nginx", 0 },
  { "sh -c trap 'echo bye; $STOP; exit 0' TERM; /app & wait", "/app", 0 },
  { "sh -c trap 'echo $(stop); exit 0' TERM; /app & wait", "/app", 0 },
  { "sh -c trap 'exit 1' INT; trap 'kill $!; wait' TERM; /app & wait", "/app", 0 },
  { "sh -c trap 'exit $code' TERM; /app & wait", "/app", 0 },
  { "sh -c trap : TERM; /app & wait; wait", "/app", 0 },
  { "sh -c trap 'exit 0", "/app", 0 },
  { "sh -c trap ", "/app", 0 },
  { "sh -c /app", "/app", 0 },
  { "sh /entry trap 'exit 0' TERM", "/app", 0 },
  { "/app trap 'exit 0' TERM", "/app", 0 },
};

static vprod_result *judge (struct vprod__graceful_stop_facts facts, const struct wanted *wanted)
{
  vprod_result *result = new_result ();
  char words[VPROD__SIGNAL_WORDS_SIZE];

  facts.signal_words = vprod__signal_words (facts.signal, words);
  if (!facts.signal_from)
    facts.signal_from = "the default";
  facts.log = "bye\n";
  facts.log_length = 4;
  vprod_error *err = NULL;
  int r = vprod__graceful_stop_judge (&facts, result, &err);
  assert_wanted (r, result, err, wanted);
  return result;
}

START_TEST (tells_of_a_shell_that_hands_nothing_on)
{
  struct vprod__graceful_stop_facts facts = { ENDED, .first_process = traps[_i].first, .child = traps[_i].child };
  vprod_result *result = judge (facts, &(struct wanted) { VPROD_VERDICT_PASS, 0, "exit code 0", "" });

  ck_assert_msg (vprod_result_count_findings (result) == traps[_i].findings, "%s", traps[_i].first);
  vprod_result_free (result);
}
END_TEST

START_TEST (judges)
{
  vprod_result_free (judge (cases[_i].facts, &cases[_i].wanted));
}
END_TEST

START_TEST (tells_what_was_seen_as_evidence)
{
  struct vprod__graceful_stop_facts facts = { ENDED, .exit_code = 3, .first_process = "app" };
  vprod_result *result = judge (facts, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "exit code 3", NULL });

  assert_evidence (result, "signal", "SIGTERM (the default)");
  assert_evidence (result, "grace_ms", "10000");
  assert_evidence (result, "ended_ms", "400");
  assert_evidence (result, "exit_code", "3");
  assert_evidence (result, "first_process", "app");
  assert_evidence (result, "log_tail", "bye");
  vprod_result_free (result);
}
END_TEST

START_TEST (evidence_tells_our_own_kill)
{
  vprod_result *result =
    judge ((struct vprod__graceful_stop_facts) { KILLED }, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "killed", NULL });

  assert_evidence (result, "exit_code", "137 (killed by verify-prod)");
  ck_assert_ptr_null (vprod_result_find_evidence (result, "ended_ms"));
  vprod_result_free (result);
}
END_TEST

/* ---- in a session ------------------------------------------------------------------------------------------ */

static void ignores (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->ends_after_signal_ms = MOCK_NEVER;
}

static void has_no_handler (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->signal_exit_code = 143;
}

static void is_slow (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->ends_after_signal_ms = 200;
}

static void wants_quit (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->signal = "SIGQUIT";
}

static void is_shell (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_process processes[] = {
    { 4300, 4242, 1001, "1001", "/app/server" },
    { 4242, 4200, 1001, "1001", "/bin/sh -c /app/server" },
    { 0 },
  };

  behaviour->processes = processes;
  behaviour->ends_after_signal_ms = MOCK_NEVER;
}

static void ends_soon (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 30;
}

/* The engine takes its time: to send the signal, or to say so. */
static void is_sent_late (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->signal_sent_after_ms = 2500;
  behaviour->ends_after_signal_ms = 50;
}

static void is_told_late (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->signal_told_after_ms = 2500;
  behaviour->ends_after_signal_ms = 50;
}

static void is_sent_late_and_slow (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->signal_sent_after_ms = 100;
  behaviour->ends_after_signal_ms = 30000;
}

#define YAML(options) "version: 1\nchecks: {graceful-stop: {" options "}}\n"

static const struct {
  const char *yaml;
  const char *stop_signal; /* of the image */
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  const char *sent; /* that must have been sent; NULL: none */
  struct wanted wanted;
} sessions[] = {
  { NULL, NULL, NULL, "SIGTERM", { VPROD_VERDICT_PASS, 0, "SIGTERM ended the app with exit code 0", "" } },
  { NULL, "", NULL, "SIGTERM", { VPROD_VERDICT_PASS, 0, "SIGTERM", "" } },
  { NULL, "SIGQUIT", wants_quit, "SIGQUIT", { VPROD_VERDICT_PASS, 0, "SIGQUIT ended", "" } },
  { YAML ("signal: SIGQUIT"), "SIGINT", wants_quit, "SIGQUIT", { VPROD_VERDICT_PASS, 0, "SIGQUIT ended", "" } },
  { YAML ("exit-code: 143"), NULL, has_no_handler, "SIGTERM", { VPROD_VERDICT_PASS, 0, "exit code 143", "" } },
  { YAML ("grace: 5s"), NULL, is_slow, "SIGTERM", { VPROD_VERDICT_PASS, 0, "exit code 0", "" } },
  { YAML ("grace: 100ms"),
    NULL,
    ignores,
    "SIGKILL",
    { VPROD_VERDICT_FAIL, 0, "still running 100 ms after SIGTERM", "tini" } },
  { YAML ("grace: 100ms"),
    NULL,
    is_shell,
    "SIGKILL",
    { VPROD_VERDICT_FAIL, 0, "its first process is a shell", "exec form" } },
  { YAML ("grace: 100ms"), "SIGINT", wants_quit, "SIGINT", { VPROD_VERDICT_FAIL, 0, "after SIGINT", "Handle SIGINT" } },
  { NULL, NULL, has_no_handler, "SIGTERM", { VPROD_VERDICT_FAIL, 0, "not that it shut down in good order", "Handle SIGTERM" } },
  { YAML ("grace: 2s"),
    NULL,
    is_sent_late,
    "SIGTERM",
    { .error = VPROD_ERROR_ENGINE, .message = "cannot tell whether the app ended in its grace time" } },
  { YAML ("grace: 2s"), NULL, is_told_late, "SIGTERM", { VPROD_VERDICT_PASS, 0, "exit code 0", "" } },
  { YAML ("grace: 100ms"), NULL, is_sent_late_and_slow, "SIGKILL", { VPROD_VERDICT_FAIL, 0, "had to be killed", NULL } },
  { YAML (""), NULL, ends_soon, NULL, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
};

START_TEST (says_in_a_session)
{
  struct mock *mock = mock_new ();
  vprod_session *session;
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  mock->image.facts.stop_signal = (char *) (uintptr_t) sessions[_i].stop_signal;
  mock->on_container = sessions[_i].on_container;
  session = mock_session (mock, sessions[_i].yaml);
  int r = vprod_check_graceful_stop (session, &result, &err);
  assert_wanted (r, result, err, &sessions[_i].wanted);
  if (sessions[_i].sent)
    ck_assert_int_eq (mock_count (mock, "container_signal", sessions[_i].sent), 1);
  else
    ck_assert_int_eq (mock_count (mock, "container_signal", NULL), 0);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

/* What the engine noted settles it. */
START_TEST (the_engines_events_tell_when_the_signal_was_sent)
{
  struct flow flow = { vprod_check_graceful_stop, YAML ("grace: 2s"), NULL };
  struct mock *mock = mock_new ();

  mock->keeps_events = 1;
  mock->on_container = is_sent_late;
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_PASS, 0, "exit code 0 after", "" }));
}
END_TEST

static void ends_a_little_late (void *data, const vprod_container_request *request,
                                struct mock_behaviour *behaviour)
{
  behaviour->ends_after_signal_ms = MOCK_NEVER;
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 900;
}

START_TEST (an_app_that_ends_before_it_can_be_killed_is_late)
{
  struct flow flow = { vprod_check_graceful_stop, YAML ("grace: 50ms"), NULL };
  struct mock *mock = mock_new ();

  mock->on_container = ends_a_little_late;
  mock_fail (mock, "container_signal", 2, VPROD_ERROR_NOT_FOUND);
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "later than the grace time", NULL }));
}
END_TEST

START_TEST (a_later_check_gets_an_app_of_its_own)
{
  struct mock *mock = mock_new ();
  vprod_session *session = mock_session (mock, NULL);
  vprod_result *stop = NULL, *root = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_check_graceful_stop (session, &stop, &err), err);
  assert_ok (vprod_check_non_root (session, &root, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (stop), VPROD_VERDICT_PASS);
  ck_assert_int_eq (vprod_result_get_verdict (root), VPROD_VERDICT_PASS);
  ck_assert_int_eq (mock_count (mock, "container_start", "app2"), 1);
  vprod_result_free (stop);
  vprod_result_free (root);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  /* which process is the first only helps to word a remedy */
  static const char *const may_fail[] = { "container_logs", "container_processes", NULL };

  flow_sweep (&(struct flow) { vprod_check_graceful_stop, NULL, NULL }, may_fail);
}
END_TEST

static void app_ignores (struct mock *mock)
{
  mock->on_container = ignores;
}

START_TEST (no_failure_while_killing_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", "container_processes", NULL };

  flow_sweep (&(struct flow) { vprod_check_graceful_stop, YAML ("grace: 50ms"), app_ignores }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_graceful_stop, YAML ("grace: 30s"), app_ignores };

  flow_is_cancelled (&flow, "container_signal", 1);
  flow_is_cancelled (&flow, "container_processes", 1);
  flow_runs_out_of_time (&flow, "container_signal", 1);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_graceful_stop");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, tells_of_a_shell_that_hands_nothing_on, 0, (int) (sizeof traps / sizeof traps[0]));
  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_what_was_seen_as_evidence);
  tcase_add_test (tcase, evidence_tells_our_own_kill);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, the_engines_events_tell_when_the_signal_was_sent);
  tcase_add_test (tcase, an_app_that_ends_before_it_can_be_killed_is_late);
  tcase_add_test (tcase, a_later_check_gets_an_app_of_its_own);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, no_failure_while_killing_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
