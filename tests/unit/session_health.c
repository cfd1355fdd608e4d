/* SPDX-License-Identifier: MIT */
/* When the app is well, when it is ready to be looked at, and when neither. */
#include "mock_runner.h"

#include <stdio.h>

#include "probe/http.h"
#include "session/session.h"
#include "util/clock.h"

static struct mock *mock;
static vprod_session *session;
static vprod_error *err;

static void setup (void)
{
  mock = mock_new ();
  mock->has_all_images = 1;
  session = NULL;
  err = NULL;
}

static void teardown (void)
{
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}

#define YAML(health) "version: 1\nname: subject\nrun: {port: 8000}\nchecks: {start: {stay-up: 50ms}, " health "}\n"

static const struct vprod__health *get_health (const char *yaml)
{
  const struct vprod__health *health;

  session = mock_session (mock, yaml);
  assert_ok (vprod__get_health (session, &health, &err), err);
  return health;
}

static struct mock_behaviour wanted; /* of the app, where it is not zero */

static void behave (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role != MOCK_APP)
    return;
  if (wanted.reply.status || wanted.reply.raw)
    b->reply = wanted.reply;
  b->on_request = wanted.on_request;
  if (wanted.output)
    b->output = wanted.output;
  b->answers_after_ms = wanted.answers_after_ms;
  if (wanted.ends_after_ms) {
    b->ends_after_ms = wanted.ends_after_ms;
    b->exit_code = 1;
  }
}

static void with (struct mock_behaviour behaviour)
{
  wanted = behaviour;
  mock->on_container = behave;
}

START_TEST (right_answers_in_a_row_are_health)
{
  with ((struct mock_behaviour) { .answers_after_ms = 120 });
  const struct vprod__health *health = get_health (YAML ("health: {path: /health, body: ok, consecutive: 3}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_GOOD);
  ck_assert_int_eq (health->good, 3);
  ck_assert_int_gt (health->attempts, 3);
  ck_assert_int_ge (health->first_ms, 120);
  ck_assert_int_ge (health->settled_ms, health->first_ms + 2 * 20);
  ck_assert_int_eq (health->last_status, 200);
  ck_assert_str_eq (health->last_body, "{\"status\": \"ok\"}");
  ck_assert_ptr_nonnull (strstr (health->url, "http://127.0.0.1:"));
  ck_assert_ptr_nonnull (strstr (health->url, "/health"));
}
END_TEST

static void fails_third (void *data, int nth, const char *path, struct mock_reply *reply)
{
  ck_assert_str_eq (path, "/health?deep=1");
  if (nth == 3)
    reply->status = 503;
}

START_TEST (wrong_answer_between_begins_the_row_anew)
{
  with ((struct mock_behaviour) { .on_request = fails_third });
  const struct vprod__health *health = get_health (YAML ("health: {path: \"/health?deep=1\", consecutive: 3}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_GOOD);
  ck_assert_int_eq (health->good, 5);
  ck_assert_int_eq (health->attempts, 6);
  ck_assert_int_eq (health->worst_status, 503);
}
END_TEST

static const struct {
  struct mock_reply reply;
  int outcome;
  int worst;
} bad[] = {
  { { .status = 500, .body = "ok" }, VPROD__HTTP_ANSWERED, 500 },
  { { .status = 200, .body = "\033[31mdown\033[0m" }, VPROD__HTTP_ANSWERED, 0 },
  { { .status = 302, .body = "ok", .location = "/login" }, VPROD__HTTP_ANSWERED, 302 },
  { { .raw = "SSH-2.0-OpenSSH_9.2\r\n" }, VPROD__HTTP_GARBLED, 0 },
};

START_TEST (wrong_answers_until_the_time_is_over_are_no_health)
{
  with ((struct mock_behaviour) { .reply = bad[_i].reply });
  const struct vprod__health *health = get_health (YAML ("health: {path: /health, body: ok, timeout: 2s}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_BAD);
  ck_assert_int_eq (health->good, 0);
  ck_assert_int_eq (health->first_ms, -1);
  ck_assert_int_ge (health->settled_ms, 2000);
  ck_assert_int_eq (health->last_outcome, bad[_i].outcome);
  ck_assert_int_eq (health->worst_status, bad[_i].worst);
  if (bad[_i].reply.location)
    ck_assert_ptr_nonnull (strstr (health->last_location, "/login"));
  if (_i == 1)
    ck_assert_str_eq (health->last_body, "down");
}
END_TEST

static void serves_one_path (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (strcmp (path, "/livez") != 0)
    reply->status = 404;
}

static const struct mock_output started[] = { { .at_ms = 0, .stream = VPROD_STREAM_STDOUT, .bytes = "Started server\n" },
                                              { .bytes = NULL } };

/* Its processes cannot be seen, but it has said that it is past its start. */
START_TEST (same_answer_after_the_start_settles_it)
{
  with ((struct mock_behaviour) { .on_request = serves_one_path, .output = started });
  const struct vprod__health *health =
    get_health (YAML ("health: {path: /health, timeout: 10h}, startup-logs: {any: [Started]}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_BAD);
  ck_assert_str_eq (health->settled_by, "same answer");
  ck_assert_int_ge (health->attempts, 10);
  int answers = 0;
  for (size_t i = 0; i < health->n_also; i++)
    if (health->also[i].is_right) {
      answers++;
      ck_assert_str_eq (health->also[i].value, "/livez");
    }
  ck_assert_int_eq (answers, 1);
}
END_TEST

START_TEST (same_answer_of_an_app_of_which_nothing_is_seen_settles_nothing)
{
  with ((struct mock_behaviour) { .on_request = serves_one_path });
  const struct vprod__health *health = get_health (YAML ("health: {path: /health, timeout: 9s}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_BAD);
  ck_assert_str_eq (health->settled_by, "time limit");
  ck_assert_int_ge (health->settled_ms, 9000);
}
END_TEST

static void answers_once (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth > 1)
    *reply = (struct mock_reply) { .status = 301, .location = "https://127.0.0.1/health" };
}

START_TEST (what_was_right_once_is_asked_until_the_limit)
{
  with ((struct mock_behaviour) { .on_request = answers_once });
  const struct vprod__health *health = get_health (YAML ("health: {path: /health, timeout: 2s}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_BAD);
  ck_assert_str_eq (health->settled_by, "time limit");
  ck_assert_int_eq (health->good, 1);
}
END_TEST

START_TEST (app_that_ends_is_not_asked_until_the_time_is_over)
{
  with ((struct mock_behaviour) { .answers_after_ms = 100000, .ends_after_ms = 150 });
  /* longer than a test may take */
  const struct vprod__health *health = get_health (YAML ("health: {path: /health, timeout: 30m}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_APP_ENDED);
}
END_TEST

static void ends_at_the_second (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth == 2)
    mock_end_container (mock, "app1", 139);
}

START_TEST (app_that_ends_after_a_right_answer_has_ended)
{
  with ((struct mock_behaviour) { .on_request = ends_at_the_second });
  const struct vprod__health *health = get_health (YAML ("health: {path: /health, consecutive: 5}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_APP_ENDED);
  ck_assert_int_ge (health->good, 1);
}
END_TEST

START_TEST (app_that_has_ended_before_its_port_was_known_has_ended)
{
  with ((struct mock_behaviour) { .ends_after_ms = 1 });
  mock->latency_ms = 5;
  const struct vprod__health *health = get_health (YAML ("health: {path: /health}"));
  ck_assert_int_eq (health->state, VPROD__HEALTH_APP_ENDED);
}
END_TEST

START_TEST (nothing_is_asked_without_path_or_port)
{
  static const char *const no_ports[] = { NULL };

  mock->image.facts.exposed_ports = (char **) (uintptr_t) no_ports;
  const struct vprod__health *health =
    get_health (_i == 0 ? YAML ("health: {}") : "version: 1\nname: subject\nchecks: {health: {path: /health}}\n");
  ck_assert_int_eq (health->state, VPROD__HEALTH_UNKNOWN);
  ck_assert_int_eq (health->attempts, 0);
}
END_TEST

/* ---- ready --------------------------------------------------------------------------------------------- */

/* 0: ready; else the skip's message goes to *ret. */
static int need_ready (const char *yaml, vprod_result **ret)
{
  const struct vprod__app *app;

  if (!session)
    session = mock_session (mock, yaml);
  assert_ok (vprod__result_new ("non-root", "title", ret, &err), err);
  int r = vprod__need_ready (session, *ret, &app, &err);
  ck_assert_msg (r >= 0, "%s", err ? vprod_error_get_message (err) : "");
  return r;
}

START_TEST (ready_without_health_path_is_having_been_up_for_a_while)
{
  vprod_result *result;
  int64_t began = vprod__now_ms ();

  ck_assert_int_eq (need_ready ("version: 1\nname: subject\nrun: {port: 8000}\nchecks: {start: {stay-up: 400ms}}\n",
                                &result), 0);
  ck_assert_int_ge (vprod__now_ms () - began, 400);
  vprod_result_free (result);
}
END_TEST

START_TEST (ready_without_health_path_waits_for_the_port)
{
  vprod_result *result;
  int64_t began = vprod__now_ms ();

  with ((struct mock_behaviour) { .answers_after_ms = _i == 0 ? 500 : 100000 });
  ck_assert_int_eq (need_ready (YAML ("health: {}"), &result), 0);
  ck_assert_int_ge (vprod__now_ms () - began, _i == 0 ? 500 : 2000); /* but not for ever */
  vprod_result_free (result);
}
END_TEST

START_TEST (bad_health_of_an_app_that_is_up_does_not_take_the_ground_from_others)
{
  vprod_result *result;

  with ((struct mock_behaviour) { .reply = { .status = 500 } });
  ck_assert_int_eq (need_ready (YAML ("health: {path: /health, timeout: 2s}"), &result), 0);
  vprod_result_free (result);
}
END_TEST

static const char *const of_an_app_that_ends[] = {
  YAML ("health: {path: /health}"),
  YAML ("health: {}"),
  "version: 1\nname: subject\nchecks: {start: {stay-up: 30m}}\n",
};

START_TEST (app_that_did_not_stay_up_is_a_skip)
{
  vprod_result *result;

  with ((struct mock_behaviour) { .answers_after_ms = 100000, .ends_after_ms = 100 });
  ck_assert_int_eq (need_ready (of_an_app_that_ends[_i], &result), 1);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_SKIP);
  ck_assert_str_eq (vprod_result_get_message (result), "not checked: the app did not stay up");
  vprod_result_free (result);
}
END_TEST

START_TEST (app_that_ends_later_is_a_skip_for_who_asks_then)
{
  vprod_result *result;

  ck_assert_int_eq (need_ready (YAML ("health: {path: /health}"), &result), 0);
  vprod_result_free (result);
  mock_end_container (mock, "app1", 1);
  ck_assert_int_eq (need_ready (NULL, &result), 1);
  vprod_result_free (result);
}
END_TEST

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

int main (void)
{
  Suite *suite = suite_create ("session_health");
  TCase *tc = tcase_create ("session_health");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, right_answers_in_a_row_are_health);
  tcase_add_test (tc, wrong_answer_between_begins_the_row_anew);
  tcase_add_loop_test (tc, wrong_answers_until_the_time_is_over_are_no_health, 0, LENGTH (bad));
  tcase_add_test (tc, same_answer_after_the_start_settles_it);
  tcase_add_test (tc, same_answer_of_an_app_of_which_nothing_is_seen_settles_nothing);
  tcase_add_test (tc, what_was_right_once_is_asked_until_the_limit);
  tcase_add_test (tc, app_that_ends_is_not_asked_until_the_time_is_over);
  tcase_add_test (tc, app_that_ends_after_a_right_answer_has_ended);
  tcase_add_test (tc, app_that_has_ended_before_its_port_was_known_has_ended);
  tcase_add_loop_test (tc, nothing_is_asked_without_path_or_port, 0, 2);
  tcase_add_test (tc, ready_without_health_path_is_having_been_up_for_a_while);
  tcase_add_loop_test (tc, ready_without_health_path_waits_for_the_port, 0, 2);
  tcase_add_test (tc, bad_health_of_an_app_that_is_up_does_not_take_the_ground_from_others);
  tcase_add_loop_test (tc, app_that_did_not_stay_up_is_a_skip, 0, LENGTH (of_an_app_that_ends));
  tcase_add_test (tc, app_that_ends_later_is_a_skip_for_who_asks_then);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
