/* SPDX-License-Identifier: MIT */
/* What a session makes, when, and what it tells of it. */
#include "mock_runner.h"

#include <pthread.h>

#include "session/session.h"
#include "util/clock.h"
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

static struct mock_call nth_call (const char *slot, const char *argument, int nth)
{
  struct mock_call call;

  ck_assert_msg (mock_nth_call (mock, slot, argument, nth, &call), "%s %s was not called %d times", slot,
                 argument ? argument : "", nth);
  return call;
}

static const struct vprod__app *get_app (void)
{
  const struct vprod__app *app;

  assert_ok (vprod__get_app (session, &app, &err), err);
  return app;
}

static const char no_services[] = "version: 1\nname: subject\nrun: {port: 8000}\n";

/* ---- fixtures ------------------------------------------------------------------------------------------ */

static void *ask_for_all (void *data)
{
  const struct vprod__health *health;
  const struct vprod__app *app;
  vprod_error *error = NULL;
  vprod_result *result = NULL;

  assert_ok (vprod__result_new ("non-root", "title", &result, &error), error);
  assert_ok (vprod__need_ready (session, result, &app, &error), error);
  assert_ok (vprod__get_health (session, &health, &error), error);
  ck_assert_int_eq (health->state, VPROD__HEALTH_GOOD);
  *(const struct vprod__app **) data = app;
  vprod_result_free (result);
  return NULL;
}

START_TEST (eight_threads_share_one_of_each_fixture)
{
  const struct vprod__app *apps[8];
  pthread_t threads[8];

  session = mock_session (mock, NULL);
  for (int i = 0; i < 8; i++)
    ck_assert_int_eq (pthread_create (&threads[i], NULL, ask_for_all, &apps[i]), 0);
  for (int i = 0; i < 8; i++)
    pthread_join (threads[i], NULL);
  for (int i = 1; i < 8; i++)
    ck_assert_ptr_eq (apps[i], apps[0]);
  ck_assert_int_eq (mock_count (mock, "build", NULL), 1);
  ck_assert_int_eq (mock_count (mock, "network_create", NULL), 1);
  ck_assert_int_eq (mock_count (mock, "container_create", NULL), 2);
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 1);
  ck_assert_int_eq (mock_count (mock, "image_pull", NULL), 1);
}
END_TEST

START_TEST (nothing_is_made_before_it_is_asked_for)
{
  session = mock_session (mock, NULL);
  for (size_t i = 0; mock_slot_at (i); i++)
    ck_assert_int_eq (mock_count (mock, mock_slot_at (i), NULL), 0);
}
END_TEST

static void builds_slowly (void *data, const vprod_build_request *request, struct mock_build *build)
{
  build->takes_ms = 400;
}

static void database_is_slow (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_DATABASE)
    b->answers_after_ms = 1500;
}

START_TEST (database_starts_while_the_image_builds)
{
  mock->on_build = builds_slowly;
  session = mock_session (mock, NULL);
  get_app ();
  struct mock_call build = nth_call ("build", NULL, 1), database = nth_call ("container_start", "database", 1);
  ck_assert_int_lt (database.ended_ms, build.ended_ms);
  ck_assert_int_ge (nth_call ("container_create", "verify-prod-session/", 1).began_ms, build.ended_ms);
}
END_TEST

START_TEST (app_is_made_while_the_database_comes_up_and_started_after)
{
  mock->on_container = database_is_slow;
  session = mock_session (mock, NULL);
  get_app ();
  struct mock_call database = nth_call ("container_start", "database", 1);
  struct mock_call create = nth_call ("container_create", "verify-prod-session/", 1);
  struct mock_call start = nth_call ("container_start", "app", 1);
  ck_assert_int_lt (create.ended_ms, database.ended_ms + 1500);
  ck_assert_int_ge (start.began_ms, database.ended_ms + 1500);
}
END_TEST

START_TEST (session_without_services_makes_no_database)
{
  const struct vprod__service *databases;
  size_t n = 9;
  int64_t connections = 9;

  session = mock_session (mock, no_services);
  const struct vprod__app *app = get_app ();
  ck_assert_int_eq (app->started, 1);
  ck_assert_int_eq (mock_count (mock, "container_create", NULL), 1);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_uint_eq (n, 0);
  assert_ok (vprod__app_database_connections (session, app, &connections, &err), err);
  ck_assert_int_eq (connections, -1);
}
END_TEST

START_TEST (app_gets_the_expanded_environment_and_everything_its_labels)
{
  static const char *const names[] = { "verify-prod.session", "verify-prod.pid", "verify-prod.start-time",
                                       "verify-prod.boot-id", "verify-prod.host" };

  session = mock_session (mock, NULL);
  get_app ();
  char **env = mock_container_env (mock, "app1");
  ck_assert_str_eq (vprod__strv_env (env, "DATABASE_URL"), "postgresql://verify:hush@db:5432/notes");
  ck_assert_str_eq (vprod__strv_env (env, "KEY"), "value");
  env = mock_container_env (mock, "database1");
  ck_assert_str_eq (vprod__strv_env (env, "POSTGRES_PASSWORD"), "hush");
  ck_assert_str_eq (vprod__strv_env (env, "POSTGRES_DB"), "notes");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    ck_assert_ptr_nonnull (vprod__strv_env (mock_container_labels (mock, "app1"), names[i]));
    ck_assert_ptr_nonnull (vprod__strv_env (mock_container_labels (mock, "database1"), names[i]));
  }
  ck_assert_str_eq (vprod__strv_env (mock_container_labels (mock, "app1"), "verify-prod.session"),
                    vprod_session_get_id (session));
}
END_TEST

START_TEST (two_sessions_have_nothing_in_common)
{
  vprod_session *other = mock_session (mock, NULL);
  const struct vprod__app *app;

  session = mock_session (mock, NULL);
  ck_assert_str_ne (vprod_session_get_id (session), vprod_session_get_id (other));
  get_app ();
  assert_ok (vprod__get_app (other, &app, &err), err);
  ck_assert_int_eq (mock_count (mock, "network_create", vprod_session_get_id (other)), 1);
  vprod_session_free (other);
  ck_assert_int_eq (mock_has_object (mock, VPROD_OBJECT_CONTAINER, "app1"), 1);
  ck_assert_int_eq (mock_count (mock, "container_remove", "app1"), 0);
}
END_TEST

/* ---- the app ------------------------------------------------------------------------------------------- */

static void app_cannot_start (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_APP)
    b->start_error = VPROD_ERROR_IMAGE;
}

START_TEST (image_that_cannot_start_is_an_outcome)
{
  const struct vprod__app *app;
  vprod_result *result = NULL;

  mock->on_container = app_cannot_start;
  session = mock_session (mock, NULL);
  app = get_app ();
  ck_assert_int_eq (app->started, 0);
  ck_assert_ptr_nonnull (strstr (app->why, "no such file or directory"));
  ck_assert_ptr_nonnull (app->container_id);

  assert_ok (vprod__result_new ("non-root", "title", &result, &err), err);
  ck_assert_int_eq (vprod__need_ready (session, result, &app, &err), 1);
  ck_assert_str_eq (vprod_result_get_message (result), "not checked: the app did not start");
  vprod_result_free (result);
}
END_TEST

static const char *const ports_one[] = { "53/udp", "9000/tcp", NULL };
static const char *const ports_two[] = { "9000/tcp", "9001/tcp", NULL };

START_TEST (port_is_the_only_one_that_the_image_exposes)
{
  mock->image.facts.exposed_ports = (char **) (uintptr_t) (_i == 0 ? ports_one : ports_two);
  session = mock_session (mock, "version: 1\nname: subject\n");
  const struct vprod__app *app = get_app ();
  ck_assert_int_eq (app->port, _i == 0 ? 9000 : 0);
  ck_assert_int_eq (app->host_port > 0, _i == 0);
}
END_TEST

START_TEST (used_up_app_is_made_anew)
{
  const struct vprod__health *health;

  session = mock_session (mock, NULL);
  const struct vprod__app *first = get_app ();
  assert_ok (vprod__get_health (session, &health, &err), err);
  vprod__app_used_up (session);
  const struct vprod__app *second = get_app ();
  ck_assert_str_eq (first->container_id, "app1"); /* what was lent is still there */
  ck_assert_str_eq (second->container_id, "app2");
  assert_ok (vprod__get_health (session, &health, &err), err);
  ck_assert_int_eq (health->state, VPROD__HEALTH_GOOD);
  ck_assert_int_eq (mock_count (mock, "container_create", "postgres"), 1);
}
END_TEST

START_TEST (kept_session_leaves_what_it_made)
{
  vprod_session_options options = { .size = sizeof options, .keep = 1 };
  vprod_clean_options clean = { .size = sizeof clean };
  size_t removed = 0;

  session = mock_session_with (mock, NULL, &options);
  get_app ();
  char *id = strdup (vprod_session_get_id (session));
  vprod_session_free (vprod__steal (&session));
  ck_assert_int_eq (mock_leftovers (mock), 4); /* app, database, network, tag */
  clean.session_id = id;
  assert_ok (vprod_clean (mock_runner (mock), &clean, &removed, &err), err);
  ck_assert_uint_eq (removed, 4);
  free (id);
}
END_TEST

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

int main (void)
{
  Suite *suite = suite_create ("session");
  TCase *tc = tcase_create ("session");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, eight_threads_share_one_of_each_fixture);
  tcase_add_test (tc, nothing_is_made_before_it_is_asked_for);
  tcase_add_test (tc, database_starts_while_the_image_builds);
  tcase_add_test (tc, app_is_made_while_the_database_comes_up_and_started_after);
  tcase_add_test (tc, session_without_services_makes_no_database);
  tcase_add_test (tc, app_gets_the_expanded_environment_and_everything_its_labels);
  tcase_add_test (tc, two_sessions_have_nothing_in_common);
  tcase_add_test (tc, image_that_cannot_start_is_an_outcome);
  tcase_add_loop_test (tc, port_is_the_only_one_that_the_image_exposes, 0, 2);
  tcase_add_test (tc, used_up_app_is_made_anew);
  tcase_add_test (tc, kept_session_leaves_what_it_made);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
