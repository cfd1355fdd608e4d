/* SPDX-License-Identifier: MIT */
/* run.before: steps before the app, in the image under test and in images of their own. */
#include "flow.h"

#include <unistd.h>

#include "checks/start/facts.h"
#include "session/session.h"
#include "util/strv.h"

#define HEAD                                                                                                      \
  "version: 1\nname: subject\n"                                                                                   \
  "services:\n"                                                                                                   \
  "  db: {postgres: {image: \"postgres:16-alpine\", database: notes, user: verify, password: hush}}\n"            \
  "checks:\n"                                                                                                     \
  "  start: {stay-up: 50ms}\n"                                                                                    \
  "  health: {path: /health, body: ok, consecutive: 2, timeout: 3s}\n"                                            \
  "  required-env: {timeout: 1s}\n"                                                                               \
  "run:\n"                                                                                                        \
  "  port: 8000\n"                                                                                                \
  "  env: {DATABASE: \"${db.database}\"}\n"
#define TWO HEAD "  before: [[migrate, \"${db.user}\"], [seed]]\n"
#define OWN HEAD "  before: [{command: [job], image: {dockerfile: Dockerfile.prod, target: job}}, [seed]]\n"
#define GIVEN HEAD "  before: [{command: [job], image: {ref: \"job:1\"}}]\n"

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

  ck_assert_msg (mock_nth_call (mock, slot, argument, nth, &call), "%s %s was not called %d times", slot, argument, nth);
  return call;
}

static int is_command (const vprod_container_request *request, const char *command)
{
  return request->command && strcmp (request->command[0], command) == 0;
}

/* ---- good ------------------------------------------------------------------------------------------------ */

static char said[256];

static void notes_commands (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  for (size_t i = 0; b->role == MOCK_ONCE && request->command && request->command[i]; i++)
    snprintf (said + strlen (said), sizeof said - strlen (said), "%s ", request->command[i]);
  b->ends_after_ms = b->role == MOCK_ONCE ? 30 : b->ends_after_ms;
}

START_TEST (steps_run_in_order_with_the_apps_variables_and_before_it)
{
  const struct vprod__app *app;

  said[0] = '\0';
  mock->on_container = notes_commands;
  session = mock_session (mock, TWO);
  assert_ok (vprod__get_app (session, &app, &err), err);
  ck_assert_int_eq (app->started, 1);
  ck_assert_str_eq (said, "migrate verify seed ");
  ck_assert_str_eq (vprod__strv_env (mock_container_env (mock, "once1"), "DATABASE"), "notes");
  ck_assert_str_eq (vprod__strv_env (mock_container_env (mock, "once2"), "DATABASE"), "notes");
  ck_assert_int_ge (nth_call ("container_start", "once2", 1).began_ms, nth_call ("container_wait", "once1", 1).ended_ms);
  ck_assert_int_ge (nth_call ("container_start", "app1", 1).began_ms, nth_call ("container_wait", "once2", 1).ended_ms);
}
END_TEST

static int of_step (const vprod_build_request *request)
{
  return request->target && strcmp (request->target, "job") == 0;
}

static void notes_builds (void *data, const vprod_build_request *request, struct mock_build *build)
{
  snprintf (said, sizeof said, "%s", of_step (request) ? request->tags[0] : said);
}

START_TEST (an_image_of_its_own_is_built_under_a_name_of_the_session)
{
  vprod_result *result = NULL;

  said[0] = '\0';
  mock->on_build = notes_builds;
  session = mock_session (mock, OWN);
  assert_ok (vprod_check_start (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_PASS);
  assert_holds (said, "verify-prod-session/subject.before1:");
  ck_assert_int_eq (mock_count (mock, "build", NULL), 2);
  assert_holds (vprod_result_find_evidence (result, "before_1"), "job (Dockerfile.prod): ");
  assert_holds (vprod_result_find_evidence (result, "before_2"), "seed: ");
  vprod_result_free (result);
}
END_TEST

START_TEST (steps_run_once_however_often_the_app_is_started)
{
  vprod_result *results[3] = { NULL };

  said[0] = '\0';
  mock->on_container = notes_commands;
  session = mock_session (mock, TWO);
  assert_ok (vprod_check_start (session, &results[0], &err), err);
  assert_ok (vprod_check_graceful_stop (session, &results[1], &err), err);
  assert_ok (vprod_check_start (session, &results[2], &err), err);
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 2);
  ck_assert_str_eq (said, "migrate verify seed ");
  for (size_t i = 0; i < 3; i++)
    vprod_result_free (results[i]);
}
END_TEST

/* ---- what the image is to blame for ---------------------------------------------------------------------- */

static const struct mock_output complains[] = { { 0, VPROD_STREAM_STDERR, "no such revision\n", 0 }, { 0 } };

static void seed_fails (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (!is_command (request, "seed"))
    return;
  b->output = complains;
  b->exit_code = 3;
}

static void migrate_never_ends (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (is_command (request, "migrate") || is_command (request, "job"))
    b->ends_after_ms = MOCK_NEVER;
}

static void migrate_is_not_there (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (!is_command (request, "migrate") && !is_command (request, "job"))
    return;
  b->start_error = VPROD_ERROR_IMAGE;
  b->start_message = "exec: \"migrate\": executable file not found in $PATH";
}

static void job_fails (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (!is_command (request, "job"))
    return;
  b->output = complains;
  b->exit_code = 3;
}

static void job_does_not_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  if (!of_step (request))
    return;
  build->failed = 1;
  build->failed_step = "RUN make";
  build->message = "make: not found";
  build->log = "one\nmake: not found\n";
}

static const struct {
  const char *yaml;
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  void (*on_build) (void *data, const vprod_build_request *request, struct mock_build *build);
  struct wanted wanted;
  const char *log;
} bad[] = {
  { TWO, seed_fails, NULL,
    { VPROD_VERDICT_FAIL, 0, "the step before the app failed: seed: it ended with exit code 3", "Read its output" },
    "no such revision" },
  { TWO, migrate_never_ends, NULL,
    { VPROD_VERDICT_FAIL, 0, "the step before the app, migrate ${db.user}, did not end within 200 ms", "ENTRYPOINT (/entry)" }, NULL },
  { TWO, migrate_is_not_there, NULL,
    { VPROD_VERDICT_FAIL, 0, "the step before the app could not be started: migrate", NULL }, NULL },
  { OWN, job_fails, NULL,
    { VPROD_VERDICT_ERROR, 0, "run.before, step 1 (job (Dockerfile.prod)) ended with exit code 3", NULL }, "no such revision" },
  { OWN, migrate_never_ends, NULL, { VPROD_VERDICT_ERROR, 0, "did not end within 200 ms", NULL }, NULL },
  { OWN, migrate_is_not_there, NULL, { VPROD_VERDICT_ERROR, 0, "could not be started: exec: ", NULL }, NULL },
  { OWN, NULL, job_does_not_build,
    { VPROD_VERDICT_ERROR, 0, "its image does not build, at RUN make: make: not found", NULL }, "one\nmake: not found" },
  { GIVEN, job_fails, NULL, { VPROD_VERDICT_ERROR, 0, "(job (job:1)) ended with exit code 3", NULL }, "no such revision" },
};

START_TEST (a_step_that_fails_is_told_and_the_app_is_not_started)
{
  static char entry[] = "/entry", *entrypoint[] = { entry, NULL };
  vprod_result *result = NULL, *health = NULL;

  mock->on_container = bad[_i].on_container;
  mock->on_build = bad[_i].on_build;
  mock->image.facts.entrypoint = entrypoint;
  session = mock_session (mock, bad[_i].yaml);
  vprod__session_set_before_limit (session, 200);
  int r = vprod_check_start (session, &result, &err);
  assert_wanted (r, result, err, &bad[_i].wanted);
  if (bad[_i].log)
    assert_evidence (result, "log_tail", bad[_i].log);
  r = vprod_check_health (session, &health, &err);
  if (bad[_i].wanted.verdict == VPROD_VERDICT_FAIL)
    assert_wanted (r, health, err, &(struct wanted) { VPROD_VERDICT_SKIP, 0, "did not start", "" });
  else
    assert_error (r, err, VPROD_ERROR_IMAGE, "run.before, step 1");
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 0);
  ck_assert_int_eq (vprod_result_find_evidence (result, VPROD__START_DOCKERFILE) != NULL,
                    strcmp (bad[_i].yaml, OWN) == 0);
  vprod_result_free (result);
  vprod_result_free (health);
}
END_TEST

/* ---- what nobody is to blame for ------------------------------------------------------------------------- */

START_TEST (an_image_that_cannot_be_had_is_an_error)
{
  vprod_result *result = NULL;

  mock->has_all_images = 0;
  mock_fail (mock, "image_pull", 0, VPROD_ERROR_REGISTRY);
  session = mock_session (mock, "version: 1\nrun: {before: [{image: {ref: \"job:1\"}}]}\n");
  assert_error (vprod_check_start (session, &result, &err), err, VPROD_ERROR_REGISTRY, "run.before, step 1 ((job:1))");
}
END_TEST

START_TEST (without_an_image_under_test_no_step_runs_in_it)
{
  vprod_result *result = NULL;

  mock->has_all_images = 0;
  mock->on_build = job_does_not_build;
  session = mock_session (mock, "version: 1\nimage: {target: job}\nrun: {before: [[migrate]]}\n");
  assert_ok (vprod_check_start (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_SKIP);
  ck_assert_int_eq (mock_count (mock, "container_create", NULL), 0);
  vprod_result_free (result);
}
END_TEST

static void time_is_short (struct mock *m)
{
  m->on_container = migrate_never_ends;
}

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", "container_processes", "container_changes", NULL };

  flow_sweep (&(struct flow) { vprod_check_start, OWN, NULL }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_start, TWO, NULL }, endless = { vprod_check_start, TWO, time_is_short };

  flow_is_cancelled (&flow, "container_wait", 1);
  flow_runs_out_of_time (&flow, "container_wait", 1);
  flow_is_cancelled (&endless, "container_wait", 1);
  flow.yaml = OWN;
  flow_is_cancelled (&flow, "build", 2);
  flow_runs_out_of_time (&flow, "build", 2);
}
END_TEST

/* ---- whose connections ------------------------------------------------------------------------------------ */

static char asked[128];

static int tells_time (void *data, const char *sql, const char *param, char **ret_value)
{
  if (strstr (sql, "clock_timestamp"))
    *ret_value = strdup ("1700.5");
  if (strstr (sql, "backend_start"))
    snprintf (asked, sizeof asked, "%s", param);
  return 0;
}

START_TEST (connections_that_are_older_than_the_app_are_not_counted)
{
  vprod_result *result = NULL;

  asked[0] = '\0';
  mock->on_query = tells_time;
  session = mock_session (mock, TWO);
  assert_ok (vprod_check_start (session, &result, &err), err);
  assert_holds (asked, " 1700.5");
  vprod_result_free (result);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("session_before");
  TCase *tcase = tcase_create ("steps");

  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, steps_run_in_order_with_the_apps_variables_and_before_it);
  tcase_add_test (tcase, an_image_of_its_own_is_built_under_a_name_of_the_session);
  tcase_add_test (tcase, steps_run_once_however_often_the_app_is_started);
  tcase_add_loop_test (tcase, a_step_that_fails_is_told_and_the_app_is_not_started, 0, COUNT (bad));
  tcase_add_test (tcase, an_image_that_cannot_be_had_is_an_error);
  tcase_add_test (tcase, without_an_image_under_test_no_step_runs_in_it);
  tcase_add_test (tcase, connections_that_are_older_than_the_app_are_not_counted);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("faults");
  tcase_set_timeout (tcase, 240);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
