/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/own/facts.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

#define SPEC(options)                                                                                                           \
  "version: 1\nrun: {port: 8000, env: {KEY: value}}\nchecks:\n  health: {path: /health, consecutive: 1, timeout: 3s}\n"          \
  "  start: {stay-up: 50ms}\n  own: [{id: mine, command: [/ask, a b]" options "}]\n"

static vprod_spec *parse (const char *options)
{
  char yaml[1024];
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  snprintf (yaml, sizeof yaml, SPEC ("%s"), options);
  assert_ok (vprod_spec_parse (yaml, strlen (yaml), NULL, NULL, &spec, &err), err);
  return spec;
}

/* ---- the judge ---------------------------------------------------------------------------------------------- */

#define NO_PROGRAM "exec: \"/ask\": stat /ask: no such file or directory: unknown"
#define NO_RIGHT "exec: \"/ask\": permission denied: unknown"

static const struct {
  const char *options;
  struct vprod__own_facts facts;
  struct wanted wanted;
} cases[] = {
  { "", { .exit_code = 0 }, { VPROD_VERDICT_PASS, 0, "`/ask 'a b'` ends with exit code 0 in the image", "" } },
  { ", in: app", { .exit_code = 0 }, { VPROD_VERDICT_PASS, 0, "in the app's container", "" } },
  { "", { .exit_code = 1, .output = "one\ntwo\n \n" }, { VPROD_VERDICT_FAIL, 0, ", not with 0: two", "See what the command says" } },
  { ", why: law", { .exit_code = 1 }, { VPROD_VERDICT_FAIL, 0, "exit code 1", "(why it is asked: law)" } },
  { ", why: law, remedy: COPY it", { .exit_code = 1 }, { VPROD_VERDICT_FAIL, 0, "", "COPY it (why it is asked: law)" } },
  { ", remedy: COPY it", { .end = VPROD__OWN_RUNS_ON }, { VPROD_VERDICT_FAIL, 0, "", "COPY it" } },
  { ", exit-code: 1", { .exit_code = 1 }, { VPROD_VERDICT_PASS, 0, "exit code 1", "" } },
  { ", exit-code: 1", { .exit_code = 0 }, { VPROD_VERDICT_FAIL, 0, "exit code 0, not with 1", NULL } },
  /* of a shell that does not find it, and of an engine that ended it */
  { "", { .exit_code = 127, .output = "sh: ask: not found" }, { VPROD_VERDICT_FAIL, 0, "not found", NULL } },
  { ", exit-code: 137", { .exit_code = 137, .oom_killed = 1 }, { VPROD_VERDICT_FAIL, 0, "137", NULL } },
  /* it could not be run: the image's fault, unless that is what is asked */
  { "", { .end = VPROD__OWN_NO_PROGRAM, .why = NO_PROGRAM }, { VPROD_VERDICT_FAIL, 0, "/ask is not in the image", "without a shell" } },
  { ", in: app", { .end = VPROD__OWN_NO_PROGRAM, .why = NO_PROGRAM },
    { VPROD_VERDICT_FAIL, 0, "/ask is not in the app's container", NULL } },
  { "", { .end = VPROD__OWN_NO_PROGRAM, .why = NO_RIGHT }, { VPROD_VERDICT_FAIL, 0, "may not be executed", "chmod" } },
  { "", { .end = VPROD__OWN_NO_PROGRAM, .why = "exec format error" }, { VPROD_VERDICT_FAIL, 0, "processor", NULL } },
  { "", { .end = VPROD__OWN_NO_PROGRAM, .why = "the moon is full" }, { VPROD_VERDICT_FAIL, 0, "the moon is full", NULL } },
  { "", { .end = VPROD__OWN_NO_PROGRAM }, { VPROD_VERDICT_FAIL, 0, "did not say why", NULL } },
  { ", exit-code: 127", { .end = VPROD__OWN_NO_PROGRAM, .why = NO_PROGRAM }, { VPROD_VERDICT_PASS, 0, "exit code 127", "" } },
  { ", exit-code: 126", { .end = VPROD__OWN_NO_PROGRAM, .why = NO_RIGHT }, { VPROD_VERDICT_PASS, 0, "exit code 126", "" } },
  { ", exit-code: 126", { .end = VPROD__OWN_NO_PROGRAM, .why = NO_PROGRAM }, { VPROD_VERDICT_FAIL, 0, "is not in the image", NULL } },
  { ", exit-code: 127, output: [not found]", { .end = VPROD__OWN_NO_PROGRAM, .why = NO_PROGRAM },
    { VPROD_VERDICT_FAIL, 0, "is not in the image", NULL } },
  /* time */
  { ", timeout: 2s", { .end = VPROD__OWN_RUNS_ON }, { VPROD_VERDICT_FAIL, 0, "does not end in 2.0 s", "`timeout`" } },
  { "", { .end = VPROD__OWN_BUSY, .took_ms = 40000, .stalled_ms = 31200, .stall_is_known = 1 },
    { .error = VPROD_ERROR_TIMEOUT, .message = "too busy to tell: in 40.0 s" } },
  { ", in: app", { .end = VPROD__OWN_APP_ENDED }, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
  /* what it writes */
  { ", output: ['^two$', o]", { .output = "one\ntwo\n" }, { VPROD_VERDICT_PASS, 0, "and writes what it must", "" } },
  { ", output: ['^two$', x]", { .output = "one\ntwo\n" }, { VPROD_VERDICT_FAIL, 0, "matches /x/; its last words: two", NULL } },
  { ", output: [x]", { .output = NULL }, { VPROD_VERDICT_FAIL, 0, "matches /x/; its last words: none", NULL } },
  { ", output: [x]", { .output = "one", .is_cut = 1 }, { .error = VPROD_ERROR_UNSUPPORTED, .message = "last 64 KiB" } },
  { ", in: app, output: [x]", { .output = "one", .is_cut = 1 }, { .error = VPROD_ERROR_UNSUPPORTED, .message = "first 8 KiB" } },
  { ", output: [one]", { .output = "one", .is_cut = 1 }, { VPROD_VERDICT_PASS, 0, "", "" } },
  { ", excluded-output: ['(?i)error']", { .output = "one\nan ERROR: x\ntwo\n" },
    { VPROD_VERDICT_FAIL, 0, "writes what matches /(?i)error/: an ERROR: x", NULL } },
  { ", excluded-output: [x, y]", { .output = "one\n" }, { VPROD_VERDICT_PASS, 0, "nothing that it must not", "" } },
  { ", excluded-output: [x]", { .output = NULL }, { VPROD_VERDICT_PASS, 0, "nothing that it must not", "" } },
  { ", excluded-output: [x]", { .output = "one", .is_cut = 1 }, { .error = VPROD_ERROR_UNSUPPORTED, .message = "/x/" } },
  { ", excluded-output: [one]", { .output = "one", .is_cut = 1 }, { VPROD_VERDICT_FAIL, 0, "one", NULL } },
  { ", excluded-output: ['(?s).']", { .output = "\n" }, { VPROD_VERDICT_FAIL, 0, "", NULL } },
  { ", output: ['(a|a)*[bc]$']", { .output = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" },
    { .error = VPROD_ERROR_UNSUPPORTED, .message = "too many steps" } },
  /* the exit code comes first */
  { ", output: [one]", { .exit_code = 3, .output = "one" }, { VPROD_VERDICT_FAIL, 0, "not with 0: one", NULL } },
};

START_TEST (judges)
{
  vprod_spec *spec = parse (cases[_i].options);
  struct vprod__own_facts facts = cases[_i].facts;
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  facts.spec = &spec->checks.own[0];
  facts.check = &spec->own->list[0];
  facts.output_length = facts.output ? strlen (facts.output) : 0;
  if (facts.end == VPROD__OWN_APP_ENDED)
    vprod__result_judged_by (result, "start");
  int r = vprod__own_judge (&facts, result, &err);
  assert_wanted (r, result, err, &cases[_i].wanted);
  vprod_result_free (result);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (tells_what_it_ran_and_what_came_of_it)
{
  vprod_spec *spec = parse (", in: app, why: law");
  struct vprod__own_facts facts = { .spec = &spec->checks.own[0], .check = &spec->own->list[0], .output = "a\n\033[1mb\n",
                                    .output_length = 8, .took_ms = 12 };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  assert_ok (vprod__own_judge (&facts, result, &err), err);
  assert_evidence (result, "command", "/ask 'a b'");
  assert_evidence (result, "in", "app");
  assert_evidence (result, "exit_code", "0");
  assert_evidence (result, "took_ms", "12");
  assert_evidence (result, "why", "law");
  assert_evidence (result, "output", "a\nb");
  vprod_result_free (result);
  vprod_spec_free (spec);
}
END_TEST

/* ---- in a session ------------------------------------------------------------------------------------------- */

struct play {
  int exit_code;
  int start_error;         /* in the image: it is not started */
  const char *says;        /* in the image */
  struct mock_exec exec;   /* what came of it in the app */
  int app_ends;            /* 1: the app does, at once */

  int runs, execs;         /* seen */
  char once[200], argv[100], env[100], network[20];
};

static void on_exec (void *data, const char *const *argv, struct mock_exec *exec)
{
  struct play *play = data;

  play->execs++;
  snprintf (play->argv, sizeof play->argv, "%s|%s", argv[0], argv[1]);
  *exec = play->exec;
}

static void on_container (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  static struct mock_output output[2];
  struct play *play = data;

  if (b->role == MOCK_APP) {
    b->on_exec = on_exec;
    if (play->app_ends)
      b->ends_after_ms = 0;
  }
  if (b->role != MOCK_ONCE)
    return;
  play->runs++;
  snprintf (play->once, sizeof play->once, "%s|%s", request->entrypoint[0], request->command && request->command[0] ? request->command[0] : "");
  snprintf (play->env, sizeof play->env, "%s", request->env && request->env[0] ? request->env[0] : "");
  snprintf (play->network, sizeof play->network, "%s", request->network);
  b->exit_code = play->exit_code;
  if (play->says) {
    output[0] = (struct mock_output) { .at_ms = 0, .stream = VPROD_STREAM_STDERR, .bytes = play->says };
    b->output = output;
  }
  if (play->start_error) {
    b->start_error = play->start_error;
    b->start_message = NO_PROGRAM;
  }
}

static struct mock *new_mock (struct play *play)
{
  struct mock *mock = mock_new ();

  mock->data = play;
  mock->on_container = on_container;
  return mock;
}

static int mine (vprod_session *session, vprod_result **ret, vprod_error **err)
{
  return vprod_check_own (session, "mine", ret, err);
}

static const struct {
  const char *options;
  struct play play;
  int runs, execs;
  struct wanted wanted;
} sessions[] = {
  { "", { .exit_code = 0 }, 1, 0, { VPROD_VERDICT_PASS, 0, "ends with exit code 0 in the image", "" } },
  { "", { .exit_code = 2, .says = "no licence\n" }, 1, 0, { VPROD_VERDICT_FAIL, 0, "no licence", NULL } },
  { ", output: [fine]", { .says = "all is fine\n" }, 1, 0, { VPROD_VERDICT_PASS, 0, "and writes what it must", "" } },
  { "", { .start_error = VPROD_ERROR_IMAGE }, 1, 0, { VPROD_VERDICT_FAIL, 0, "/ask is not in the image", NULL } },
  { "", { .start_error = VPROD_ERROR_ENGINE }, 1, 0, { .error = VPROD_ERROR_ENGINE, .message = "running /ask 'a b'" } },
  { ", in: app", { .exec = { .exit_code = 0 } }, 0, 1, { VPROD_VERDICT_PASS, 0, "in the app's container", "" } },
  { ", in: app", { .exec = { .exit_code = 1, .output = "no" } }, 0, 1, { VPROD_VERDICT_FAIL, 0, "not with 0: no", NULL } },
  { ", in: app", { .exec = { .error = VPROD_ERROR_IMAGE } }, 0, 1, { VPROD_VERDICT_FAIL, 0, "cannot be run", NULL } },
  { ", in: app", { .exec = { .error = VPROD_ERROR_ENGINE } }, 0, 1, { .error = VPROD_ERROR_ENGINE, .message = "running /ask 'a b'" } },
  { ", in: app, timeout: 50ms", { .exec = { .takes_ms = 60000 } }, 0, 1, { VPROD_VERDICT_FAIL, 0, "does not end in 50 ms", NULL } },
  { ", in: app", { .app_ends = 1 }, 0, 0, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
};

START_TEST (says_in_a_session)
{
  char yaml[1024];
  struct flow flow = { mine, yaml, NULL };
  struct play play = sessions[_i].play;

  snprintf (yaml, sizeof yaml, SPEC ("%s"), sessions[_i].options);
  vprod_result_free (flow_run (&flow, new_mock (&play), &sessions[_i].wanted));
  ck_assert_int_eq (play.runs, sessions[_i].runs);
  ck_assert_int_eq (play.execs, sessions[_i].execs);
}
END_TEST

START_TEST (runs_the_command_alone_with_its_variables_and_without_a_network)
{
  struct flow flow = { mine, SPEC (", env: {MODE: fast}"), NULL };
  struct play play = { .exit_code = 0 };

  vprod_result_free (flow_run (&flow, new_mock (&play), &(struct wanted) { VPROD_VERDICT_PASS, 0, "", "" }));
  ck_assert_str_eq (play.once, "/ask|a b");
  ck_assert_str_eq (play.env, "MODE=fast");
  ck_assert_str_eq (play.network, "none");
}
END_TEST

/* A run has them behind the checks that there are, by their ids. */
static vprod_report *run_all (const char *yaml, const char *const *only, const char *const *skip)
{
  static struct play play;
  struct mock *mock = new_mock (&play);
  vprod_session *session = mock_session (mock, yaml);
  vprod_run_options options = { .size = sizeof options, .only = only, .skip = skip };
  vprod_report *report = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_session_run (session, &options, &report, &err), err);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
  return report;
}

#define SIX                                                                                                                     \
  "version: 1\nchecks:\n  start: {stay-up: 50ms}\n  own: [{id: a, command: [a, x]}, {id: b, command: [a, x], in: app}, "           \
  "{id: c, title: See, command: [a]}, {id: d, command: [a]}, {id: e, command: [a]}, {id: f, command: [a]}]\n"

START_TEST (a_run_has_them_last_in_the_order_of_the_spec)
{
  static const char *const ids[] = { "non-root", "a", "b", "c", "d", "e", "f", NULL };
  vprod_report *report = run_all (SIX, ids, NULL);

  ck_assert_uint_eq (vprod_report_count_results (report), 7);
  for (size_t i = 0; ids[i]; i++)
    ck_assert_str_eq (vprod_result_get_check (vprod_report_get_result_at (report, i)), ids[i]);
  for (size_t i = 1; ids[i]; i++)
    ck_assert_int_eq (vprod_result_get_verdict (vprod_report_get_result_at (report, i)), VPROD_VERDICT_PASS);
  ck_assert_str_eq (vprod_result_get_title (vprod_report_get_result_at (report, 3)), "See");
  vprod_report_free (report);
}
END_TEST

START_TEST (one_is_left_out_by_its_id)
{
  static const char *const only[] = { "c", "d", NULL }, *const skip[] = { "d", NULL };
  vprod_report *report = run_all (SIX, only, skip);

  ck_assert_uint_eq (vprod_report_count_results (report), 1);
  ck_assert_str_eq (vprod_result_get_check (vprod_report_get_result_at (report, 0)), "c");
  vprod_report_free (report);
}
END_TEST

START_TEST (an_id_that_the_spec_has_not_is_refused)
{
  struct mock *mock = mock_new ();
  vprod_session *session = mock_session (mock, SPEC (""));
  const char *const only[] = { "mime", NULL };
  vprod_run_options options = { .size = sizeof options, .only = only };
  vprod_report *report = NULL;
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  assert_error (vprod_session_run (session, &options, &report, &err), err, VPROD_ERROR_INVALID, "did you mean \"mine\"?");
  err = NULL;
  assert_error (vprod_check_own (session, "mime", &result, &err), err, VPROD_ERROR_INVALID, "no check \"mime\" of its own");
  err = NULL;
  assert_error (vprod_check_own (session, "health", &result, &err), err, VPROD_ERROR_INVALID, "no check \"health\" of its own");
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

/* ---- trouble ------------------------------------------------------------------------------------------------ */

static struct play sweep;

static void prepare (struct mock *mock)
{
  sweep = (struct play) { .says = "fine\n" };
  mock->data = &sweep;
  mock->on_container = on_container;
}

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", "container_facts", NULL }; /* those of the app's */

  flow_sweep (&(struct flow) { mine, SPEC (", output: [fine]"), prepare }, NULL);
  flow_sweep (&(struct flow) { mine, SPEC (", in: app"), prepare }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { mine, SPEC (", in: app"), prepare }, image = { mine, SPEC (""), prepare };

  flow_is_cancelled (&flow, "container_exec", 1);
  flow_runs_out_of_time (&flow, "container_exec", 1);
  flow_is_cancelled (&image, "container_wait", 1);
  flow_runs_out_of_time (&image, "container_wait", 1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_own");
  TCase *tcase = tcase_create ("judge");

  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_what_it_ran_and_what_came_of_it);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, runs_the_command_alone_with_its_variables_and_without_a_network);
  tcase_add_test (tcase, a_run_has_them_last_in_the_order_of_the_spec);
  tcase_add_test (tcase, one_is_left_out_by_its_id);
  tcase_add_test (tcase, an_id_that_the_spec_has_not_is_refused);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
