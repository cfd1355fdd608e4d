/* SPDX-License-Identifier: MIT */
/* Nothing that leaves a session shows a secret: results, errors, events, in each format. Values are made up. */
#include "mock_runner.h"

#include <stdio.h>

#include "scan/scan.h"

#define ENV_TOKEN "kq-env-3T9vXw7q1"
#define ARG_TOKEN "kq-arg-Zk2LmP0x9"
#define DATABASE_PASSWORD "kq-db-p4Nw07sd"
#define DEFAULT_KEY "kq-dfl-8Kq2mZ93j"
#define RUN_PASSWORD "kq-run-b5Vt1hQ66"
#define GIVEN_VALUE "kq-giv-q8Wm3xR70"   /* of image.secrets, from a variable */
#define GIVEN_TOKEN "kq-npm-t6Yb1zL48"   /* in a file of image.secrets */
#define INNOCENT "kq-inn-a2Dk9uE35"      /* of a variable with the name of a secret, in an entry without one */
#define FILE_SECRET "kq-fil-o0Sg5vC17"   /* of run.files, by its path */
#define FILE_PASSWORD "kq-cnf-i4Hf8nB29" /* in a file of run.files */
#define HEADER_KEY "kq-hdr-y7Jr2pM64"
#define CONTEXT_TOKEN "kq-ctx-w1Tq6kX83"
#define IMAGE_SECRET "kq-img-c7Jd4rN02"
#define HISTORY_KEY "kq-his-e9Sm8kL51" /* in no Dockerfile: only no-secrets finds it */

#define LOGGED_TOKEN "ghp_" "Wb5Xq9Lm2Zt7Kw4Rv8Yd1Jf6Hn3Pc0Sa7GeU" /* nobody tells of it: its form does */

static const char *const secrets[] = { ENV_TOKEN, ARG_TOKEN, DATABASE_PASSWORD, DEFAULT_KEY, RUN_PASSWORD, GIVEN_VALUE,
                                       GIVEN_TOKEN, INNOCENT, FILE_SECRET, FILE_PASSWORD, HEADER_KEY, CONTEXT_TOKEN, LOGGED_TOKEN, IMAGE_SECRET,
                                       HISTORY_KEY };
#define COUNT (sizeof secrets / sizeof secrets[0])

#define YAML                                                                                                 \
  "version: 1\n"                                                                                             \
  "name: subject\n"                                                                                          \
  "image:\n"                                                                                                 \
  "  args: {BUILD_TOKEN: " ARG_TOKEN "}\n"                                                                   \
  "  secrets: {index: {env: VPROD_TEST_GIVEN}, npmrc: {file: npmrc}}\n"                                      \
  "  contexts: {shared: \"https://bot:" CONTEXT_TOKEN "@git.example.org/x.git\"}\n"                           \
  "services:\n"                                                                                              \
  "  db: {postgres: {image: \"postgres:16-alpine\", database: notes, user: verify, password: " DATABASE_PASSWORD "}}\n" \
  "run:\n"                                                                                                   \
  "  port: 8000\n"                                                                                           \
  "  env:\n"                                                                                                 \
  "    OPAQUE: \"a ${env.VPROD_TEST_TOKEN}\"\n"                                                              \
  "    API_TOKEN: " ENV_TOKEN "\n"                                                                           \
  "    DATABASE_URL: \"postgresql://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}\"\n"      \
  "  files:\n"                                                                                               \
  "    /run/secrets/jwt: " FILE_SECRET "\n"                                                                 \
  "    /etc/app.ini: \"user = x\\npassword = " FILE_PASSWORD "\\n\"\n"                                        \
  "checks:\n"                                                                                                \
  "  start: {stay-up: 50ms}\n"                                                                               \
  "  health: {path: /health, body: ok, consecutive: 2, timeout: 3s, headers: {Authorization: \"Bearer " HEADER_KEY "\"}}\n"

#define DOCKERFILE                                                                                           \
  "FROM base\nARG BUILD_TOKEN\nARG API_KEY=" DEFAULT_KEY "\nRUN echo DB_PASSWORD=" RUN_PASSWORD " > /x\nCMD [\"app\"]\n"

#define ALL_WORDS                                                                                            \
  "env " ENV_TOKEN " arg " ARG_TOKEN "\nurl postgresql://verify:" DATABASE_PASSWORD "@db/notes key='" DEFAULT_KEY "'\n" \
  "run \"" RUN_PASSWORD "\" img=" IMAGE_SECRET ";\nhis " HISTORY_KEY "\n"                                    \
  "giv " GIVEN_VALUE " npm " GIVEN_TOKEN " inn " INNOCENT " fil " FILE_SECRET " cnf " FILE_PASSWORD "\n"      \
  "hdr " HEADER_KEY " ctx " CONTEXT_TOKEN "\nlog " LOGGED_TOKEN "\n"                                        \
  "a3EtZW52LTNUOXZYdzdxMQ== \n" /* ENV_TOKEN in base64 */

static const struct mock_step steps[] = {
  { .key = "1", .stage = "x", .text = "RUN echo DB_PASSWORD=" RUN_PASSWORD " > /x",
    .name = "[2/3] RUN echo DB_PASSWORD=" RUN_PASSWORD " > /x", .state = VPROD_STEP_STARTED },
  { .key = "1", .stage = "x", .text = "RUN echo DB_PASSWORD=" RUN_PASSWORD " > /x",
    .name = "[2/3] RUN echo DB_PASSWORD=" RUN_PASSWORD " > /x", .state = VPROD_STEP_RAN },
  { 0 },
};

static char image_secret[] = "SESSION_SECRET=" IMAGE_SECRET;
static char *image_env[] = { image_secret, NULL };
static const struct mock_history history[] = {
  { .created_by = "|1 BUILD_TOKEN=" ARG_TOKEN " /bin/sh -c echo DB_PASSWORD=" RUN_PASSWORD " > /x # buildkit" },
  { .created_by = "RUN /bin/sh -c STRIPE_API_KEY=" HISTORY_KEY " make # buildkit" },
  { 0 },
};
static const struct mock_output output[] = { { .at_ms = 0, .stream = VPROD_STREAM_STDERR, .bytes = ALL_WORDS }, { 0 } };

static int build_fails;
static size_t heard_steps, heard_logs;

static void assert_hidden (const char *where, const char *text)
{
  for (size_t i = 0; i < COUNT; i++) {
    ck_assert_msg (!strstr (text, secrets[i] + 7), "%s shows %s: %s", where, secrets[i], text);
    for (size_t shift = 0; shift < 3; shift++) {
      char *coded = vprod__scan_base64 (secrets[i], shift);
      ck_assert_msg (!strstr (text, coded), "%s shows %s in base64: %s", where, secrets[i], text);
      free (coded);
    }
  }
}

static void assert_result_hidden (const vprod_result *result)
{
  char *text = NULL;
  vprod_error *err = NULL;
  const char *name, *value;

  assert_ok (vprod_result_render (result, NULL, &text, NULL, &err), err);
  assert_hidden (vprod_result_get_check (result), text);
  free (text);
  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++)
    assert_hidden (name, value);
  for (size_t i = 0; i < vprod_result_count_findings (result); i++)
    for (size_t k = 0; vprod_finding_get_field_at (vprod_result_get_finding_at (result, i), k, &name, &value) == 0; k++)
      assert_hidden (name, value);
}

/* What is streamed while the image is built can only lack what is known until then. */
static void hear (void *data, const vprod_event *event)
{
  (void) data;
  heard_steps += event->kind == VPROD_EVENT_BUILD_STEP;
  heard_logs += event->kind == VPROD_EVENT_BUILD_LOG;
  if (!event->text)
    return;
  for (size_t i = 0; i < COUNT - 2; i++)
    ck_assert_msg (!strstr (event->text, secrets[i] + 7), "an event shows %s: %s", secrets[i], event->text);
}

static void on_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->steps = steps;
  build->log = ALL_WORDS;
  build->failed = build_fails;
  build->failed_step = "RUN echo DB_PASSWORD=" RUN_PASSWORD " > /x";
  build->message = "the step failed: " ALL_WORDS;
}

static void ends_badly (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  (void) data;
  (void) request;
  if (behaviour->role == MOCK_DATABASE)
    return;
  behaviour->output = output;
  behaviour->ends_after_ms = behaviour->role == MOCK_APP ? 5 : 0;
  behaviour->exit_code = 3;
}

static struct mock *mock;
static vprod_session *session;

static void set_up (void)
{
  const vprod_session_options options = { .size = sizeof options, .on_event = hear };

  heard_steps = heard_logs = 0;
  build_fails = 0;
  mock = mock_new ();
  mock->on_build = on_build;
  mock->on_container = ends_badly;
  mock->image.facts.env = image_env;
  mock->image.history = history;
  unit_write_file (mock_folder (mock), "Dockerfile.prod", DOCKERFILE);
  unit_write_file (mock_folder (mock), "npmrc", "registry=https://r.example\n//r.example/:_authToken=" GIVEN_TOKEN "\n");
  setenv ("VPROD_TEST_GIVEN", GIVEN_VALUE, 1);
  setenv ("VPROD_TEST_TOKEN", INNOCENT, 1);
  session = mock_session_with (mock, YAML, &options);
}

static void tear_down (void)
{
  vprod_session_free (session);
  mock_free (mock);
}

static void assert_report_hidden (vprod_report *report)
{
  static const char *const formats[] = { "text", "json", "junit", "tap", "sarif", "github", "html" };
  vprod_error *err = NULL;
  char *text = NULL;

  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
    assert_ok (vprod_report_render (report, formats[i], NULL, &text, NULL, &err), err);
    assert_hidden (formats[i], text);
    ck_assert_ptr_nonnull (strstr (text, "kq…(16 characters)"));
    free (text);
  }
  for (size_t i = 0; i < vprod_report_count_results (report); i++)
    assert_result_hidden (vprod_report_get_result_at (report, i));
}

START_TEST (a_report_shows_no_secret)
{
  vprod_report *report = NULL;
  vprod_error *err = NULL;

  build_fails = _i;
  assert_ok (vprod_session_run (session, NULL, &report, &err), err);
  const char *tail = vprod_result_find_evidence (vprod_report_find_result (report, _i ? "build" : "start"), "log_tail");
  ck_assert_ptr_nonnull (tail);
  ck_assert_ptr_nonnull (strstr (tail, "url postgresql://verify:kq…(14 characters)@db/notes"));
  if (_i == 0)
    assert_report_hidden (report);
  else /* there is no image in whose history it could have been found */
    for (size_t i = 0; i < COUNT - 2; i++)
      ck_assert_msg (!strstr (tail, secrets[i] + 7), "%s in %s", secrets[i], tail);
  ck_assert_uint_gt (heard_steps, 0);
  ck_assert_uint_gt (heard_logs, 0);
  vprod_report_free (report);
}
END_TEST

/* One call alone: what the spec, the Dockerfile and the image's configuration have is known without the others. */
START_TEST (a_single_check_shows_no_secret)
{
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_check_start (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_FAIL);
  const char *tail = vprod_result_find_evidence (result, "log_tail");
  for (size_t i = 0; i < COUNT - 1; i++)
    ck_assert_msg (!strstr (tail, secrets[i] + 7), "%s in %s", secrets[i], tail);
  vprod_result_free (result);
  result = NULL;
  assert_ok (vprod_check_no_secrets (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_FAIL);
  assert_result_hidden (result);
  vprod_result_free (result);
}
END_TEST

START_TEST (an_error_shows_no_secret)
{
  vprod_error *err = NULL;

  build_fails = 1;
  ck_assert_int_eq (vprod_session_build (session, NULL, NULL, &err), -VPROD_ERROR_IMAGE);
  const char *message = vprod_error_get_message (err);
  ck_assert_ptr_nonnull (strstr (message, "RUN echo DB_PASSWORD=kq…(16 characters) > /x"));
  for (size_t i = 0; i < COUNT - 2; i++)
    ck_assert_msg (!strstr (message, secrets[i] + 7), "%s in %s", secrets[i], message);
  vprod_error_free (err);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("session_hide");
  TCase *tc = tcase_create ("session_hide");

  tcase_add_checked_fixture (tc, set_up, tear_down);
  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, a_report_shows_no_secret, 0, 2);
  tcase_add_test (tc, a_single_check_shows_no_secret);
  tcase_add_test (tc, an_error_shows_no_secret);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
