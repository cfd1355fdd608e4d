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

/* ---- fixtures -------------------------------------------------------------------------------------------- */

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
    b->answers_after_ms = 300;
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
  ck_assert_int_lt (create.ended_ms, database.ended_ms + 300);
  ck_assert_int_ge (start.began_ms, database.ended_ms + 300);
}
END_TEST

START_TEST (session_without_services_makes_no_database)
{
  const struct vprod__database *databases;
  size_t n = 9;
  int64_t connections = 9;

  session = mock_session (mock, no_services);
  const struct vprod__app *app = get_app ();
  ck_assert_int_eq (app->started, 1);
  ck_assert_int_eq (mock_count (mock, "container_create", NULL), 1);
  assert_ok (vprod__get_databases (session, &databases, &n, &err), err);
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
  ck_assert_int_eq (mock_has_object (mock, VPROD_CONTAINER, "app1"), 1);
  ck_assert_int_eq (mock_count (mock, "container_remove", "app1"), 0);
}
END_TEST

/* ---- image -------------------------------------------------------------------------------------------------- */

static void does_not_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  build->failed = 1;
  build->failed_step = "RUN make";
  build->message = "make: no rule";
  build->log = "words of the builder\n";
}

START_TEST (image_that_does_not_build_is_an_outcome_and_takes_the_ground_from_others)
{
  const struct vprod__image *image;
  const struct vprod__app *app;
  vprod_result *result = NULL;

  mock->on_build = does_not_build;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (image->usable, 0);
  ck_assert_str_eq (image->build.failed_step, "RUN make");
  ck_assert_str_eq (image->build.message, "make: no rule");
  ck_assert_str_eq (image->log, "words of the builder\n");
  ck_assert_uint_eq (image->steps.count, 4);

  assert_ok (vprod__result_new ("non-root", "title", &result, &err), err);
  ck_assert_int_eq (vprod__need_ready (session, result, &app, &err), 1);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_SKIP);
  ck_assert_str_eq (vprod_result_get_message (result), "not checked: the image did not build");
  vprod_result_free (result);

  app = get_app ();
  ck_assert_int_eq (app->started, 0);
  ck_assert_str_eq (app->why, "the image did not build");
  ck_assert_int_eq (mock_count (mock, "container_create", "verify-prod-session/"), 0);
}
END_TEST

START_TEST (missing_dockerfile_is_a_build_that_failed)
{
  const struct vprod__image *image;
  char path[4096];

  snprintf (path, sizeof path, "%s/Dockerfile.prod", mock_folder (mock));
  unlink (path);
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (image->usable, 0);
  ck_assert_ptr_nonnull (strstr (image->build.message, "neither Dockerfile.prod nor Dockerfile in"));
  ck_assert_int_eq (mock_count (mock, "build", NULL), 0);
}
END_TEST

START_TEST (builder_that_refuses_the_dockerfile_is_a_build_that_failed)
{
  const struct vprod__image *image;

  mock_fail (mock, "build", 1, VPROD_ERROR_IMAGE);
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (image->usable, 0);
  ck_assert_ptr_nonnull (strstr (image->build.message, MOCK_FAULT));
}
END_TEST

START_TEST (given_image_is_pulled_if_absent_and_never_removed)
{
  const struct vprod__image *image;

  session = mock_session (mock, "version: 1\nname: subject\nimage: {ref: \"registry.test/subject:1\"}\n");
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (image->given, 1);
  ck_assert_int_eq (image->usable, 1);
  ck_assert_str_eq (image->ref, "registry.test/subject:1");
  ck_assert_int_eq (mock_count (mock, "image_pull", "registry.test/subject:1"), 1);
  ck_assert_int_eq (mock_count (mock, "build", NULL), 0);
  vprod_session_free (vprod__steal (&session));
  ck_assert_int_eq (mock_has_object (mock, VPROD_IMAGE_TAG, "registry.test/subject:1"), 1);
}
END_TEST

START_TEST (given_image_that_is_there_is_not_pulled)
{
  const struct vprod__image *image;

  mock->has_all_images = 1;
  session = mock_session (mock, "version: 1\nname: subject\nimage: {ref: \"subject:1\"}\n");
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (mock_count (mock, "image_pull", NULL), 0);
}
END_TEST

START_TEST (registry_that_does_not_answer_is_an_error)
{
  const struct vprod__image *image = NULL;

  mock_fail (mock, "image_pull", 1, VPROD_ERROR_REGISTRY);
  session = mock_session (mock, "version: 1\nname: subject\nimage: {ref: \"subject:1\"}\n");
  assert_error (vprod__get_image (session, &image, &err), err, VPROD_ERROR_REGISTRY, MOCK_FAULT);
  ck_assert_ptr_null (image);
}
END_TEST

START_TEST (build_has_its_own_deadline)
{
  const struct vprod__image *image;

  mock_hang (mock, "build", 1);
  session = mock_session (mock, "version: 1\nname: subject\nchecks: {build: {timeout: 100ms}}\n");
  assert_error (vprod__get_image (session, &image, &err), err, VPROD_ERROR_TIMEOUT, "");
}
END_TEST

START_TEST (session_timeout_ends_everything)
{
  vprod_session_options options = { .size = sizeof options, .timeout_ms = 150 };
  const struct vprod__app *app;

  mock_hang (mock, "container_start", 0);
  session = mock_session_with (mock, NULL, &options);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_TIMEOUT, "");
}
END_TEST

START_TEST (build_command_tags_and_removes_nothing)
{
  char *id = NULL;

  session = mock_session (mock, NULL);
  assert_ok (vprod_session_build (session, NULL, &id, &err), err);
  ck_assert_str_eq (id, mock->image.facts.id);
  free (id);
  vprod_session_free (vprod__steal (&session));
  ck_assert_int_eq (mock_has_object (mock, VPROD_IMAGE_TAG, "subject:latest"), 1);
}
END_TEST

START_TEST (build_command_says_why_it_did_not_build)
{
  char *id = NULL;

  mock->on_build = does_not_build;
  session = mock_session (mock, NULL);
  assert_error (vprod_session_build (session, "x:1", &id, &err), err, VPROD_ERROR_IMAGE, "at RUN make: make: no rule");
  ck_assert_ptr_null (id);
}
END_TEST

START_TEST (extra_build_gives_steps_and_archive)
{
  struct vprod__build made = { 0 };
  struct vprod__buf tar = { 0 };
  struct vprod__build_options options = { .tar_data = &tar, .timeout_ms = 5000, .plain = 1 };
  int (*add) (void *, const void *, size_t) = (int (*) (void *, const void *, size_t)) vprod__buf_add;

  options.on_tar = add;
  session = mock_session (mock, NULL);
  assert_ok (vprod__session_build_once (session, &options, &made, &err), err);
  ck_assert_int_eq (made.facts.succeeded, 1);
  ck_assert_uint_eq (made.steps.count, 4);
  ck_assert_uint_ge (tar.length, 512);
  vprod__build_clear (&made);
  vprod__buf_clear (&tar);
}
END_TEST

/* ---- databases ------------------------------------------------------------------------------------------------- */

START_TEST (database_is_told_of_when_it_answers)
{
  const struct vprod__database *databases;
  size_t n;

  mock->on_container = database_is_slow;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_databases (session, &databases, &n, &err), err);
  ck_assert_uint_eq (n, 1);
  ck_assert_str_eq (databases[0].version, "16.4");
  ck_assert_str_eq (databases[0].service->name, "db");
  ck_assert_int_gt (databases[0].port, 0);
  ck_assert_int_ge (databases[0].ready_ms, 300);
}
END_TEST

static const struct mock_output last_words[] = {
  { 0, VPROD_STDERR, "initdb: \033[31mno\033[0m space left on device\n", 0 },
  { 0 },
};

static void database_ends (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role != MOCK_DATABASE)
    return;
  b->ends_after_ms = 30;
  b->answers_after_ms = 10000;
  b->exit_code = 1;
  b->output = last_words;
}

START_TEST (database_that_ends_is_an_error_with_its_last_words)
{
  const struct vprod__app *app;

  mock->on_container = database_ends;
  session = mock_session (mock, NULL);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_DATABASE, "initdb: no space left on device");
}
END_TEST

static void database_ends_well_once (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role != MOCK_DATABASE)
    return;
  b->ends_after_ms = 30;
  b->answers_after_ms = 60;
}

START_TEST (database_that_sets_itself_up_and_ends_well_is_started_again)
{
  const struct vprod__database *databases;
  size_t n;

  mock->on_container = database_ends_well_once;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_databases (session, &databases, &n, &err), err);
  ck_assert_int_eq (mock_count (mock, "container_start", "database1"), 2);
}
END_TEST

static int selects;

/* The server that answered first was only passing. */
static int loses_the_first_connection (void *data, const char *sql, const char *param, char **ret_value)
{
  return strcmp (sql, "SELECT 1") == 0 && selects++ == 0 ? -1 : 0;
}

START_TEST (database_that_was_only_passing_is_waited_for_again)
{
  selects = 0;
  mock->on_query = loses_the_first_connection;
  session = mock_session (mock, NULL);
  ck_assert_int_eq (get_app ()->started, 1);
  ck_assert_int_ge (selects, 1);
}
END_TEST

static int tries;

static int loses_every_query_at_first (void *data, const char *sql, const char *param, char **ret_value)
{
  return tries++ < 4 ? -1 : 0; /* two connections: a statement, and whether it was the connection */
}

START_TEST (connection_that_is_lost_while_asking_is_not_ready_yet)
{
  const struct vprod__database *databases;
  size_t n;

  tries = 0;
  mock->on_query = loses_every_query_at_first;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_databases (session, &databases, &n, &err), err);
  ck_assert_int_ge (tries, 5);
  ck_assert_str_eq (databases[0].version, "16.4");
}
END_TEST

static void database_never_answers (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_DATABASE)
    b->answers_after_ms = 1000000;
}

START_TEST (database_that_does_not_answer_in_time_is_an_error)
{
  const struct vprod__app *app;

  mock->on_container = database_never_answers;
  session = mock_session (mock, "version: 1\nname: subject\nservices: {db: {postgres: {timeout: 200ms}}}\n");
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_DATABASE,
                "did not answer within 200 ms (services.db.postgres.timeout): connection refused");
}
END_TEST

static void database_cannot_start (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_DATABASE)
    b->start_error = VPROD_ERROR_IMAGE;
}

START_TEST (database_image_at_fault_is_no_fault_of_the_image_under_test)
{
  const struct vprod__app *app;

  mock->on_container = database_cannot_start;
  session = mock_session (mock, NULL);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_DATABASE, "no such file or directory");
}
END_TEST

START_TEST (databases_of_a_session_come_up_side_by_side)
{
  const struct vprod__database *databases;
  size_t n;

  mock->on_container = database_is_slow;
  session = mock_session (mock, "version: 1\nname: subject\nservices: {a: {postgres: {}}, b: {postgres: {}}}\n");
  assert_ok (vprod__get_databases (session, &databases, &n, &err), err);
  ck_assert_uint_eq (n, 2);
  struct mock_call one = nth_call ("container_start", "database1", 1), two = nth_call ("container_start", "database2", 1);
  ck_assert_int_lt (llabs (one.began_ms - two.began_ms), 300);
}
END_TEST

/* ---- the app's connections ----------------------------------------------------------------------------------------- */

static int app_connects;

static void connects (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role == MOCK_APP)
    b->database_connections = app_connects;
}

static int live_rows;

static int answers_query (void *data, const char *sql, const char *param, char **ret_value)
{
  if (live_rows < 0)
    return strstr (sql, "ALTER SYSTEM") ? -1 : 0;
  if (strstr (sql, "count")) {
    ck_assert_str_eq (param, "172.30.0.3");
    ck_assert_int_gt (asprintf (ret_value, "%d", live_rows), 0);
  }
  return 0;
}

static const struct {
  int connects;
  int logs;
  int live;
  int64_t told;
} connections[] = {
  { 3, 1, 0, 3 },   /* came and went */
  { 1, 1, 2, 2 },   /* the log lags behind */
  { 0, 1, 0, 0 },   /* the log shows our own connection, and none of the app's */
  { 2, 0, 4, 4 },   /* no lines, but live ones */
  { 2, 0, 0, -1 },  /* no lines, none alive: not known */
  { 2, 1, -1, -1 }, /* no superuser, and nothing to see */
};

START_TEST (counts_the_connections_of_the_app)
{
  int64_t told = 99;

  app_connects = connections[_i].connects;
  live_rows = connections[_i].live;
  mock->logs_database_connections = connections[_i].logs;
  mock->on_container = connects;
  mock->on_query = answers_query;
  session = mock_session (mock, NULL);
  assert_ok (vprod__app_database_connections (session, get_app (), &told, &err), err);
  ck_assert_int_eq (told, connections[_i].told);
}
END_TEST

/* ---- the app --------------------------------------------------------------------------------------------------------- */

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

/* ---- one-off containers ------------------------------------------------------------------------------------------------ */

static const struct mock_output once_output[] = {
  { 0, VPROD_STDOUT, "out\n", 0 },
  { 0, VPROD_STDERR, "KEY is missing\n", 0 },
  { 0 },
};

static void once_without_key (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  if (b->role != MOCK_ONCE)
    return;
  b->output = once_output;
  b->exit_code = 3;
  b->oom_killed = 1;
  if (data)
    b->ends_after_ms = MOCK_NEVER;
}

START_TEST (one_off_container_tells_how_it_ended)
{
  struct vprod__once_options options = { .on_network = _i, .timeout_ms = 5000 };
  struct vprod__once once;

  mock->on_container = once_without_key;
  session = mock_session (mock, NULL);
  assert_ok (vprod__run_once (session, &options, &once, &err), err);
  ck_assert_int_eq (once.started, 1);
  ck_assert_int_eq (once.ended, 1);
  ck_assert_int_eq (once.exit_code, 3);
  ck_assert_int_eq (once.oom_killed, 1);
  ck_assert_str_eq (once.output, "out\nKEY is missing\n");
  ck_assert_int_eq (mock_count (mock, "container_create", "postgres"), _i); /* beside the databases, or alone */
  vprod__once_clear (&once);
}
END_TEST

START_TEST (one_off_container_that_does_not_end_is_told_of_and_removed)
{
  struct vprod__once_options options = { .timeout_ms = 100 };
  struct vprod__once once;

  mock->on_container = once_without_key;
  mock->data = mock;
  session = mock_session (mock, NULL);
  assert_ok (vprod__run_once (session, &options, &once, &err), err);
  ck_assert_int_eq (once.ended, 0);
  ck_assert_int_eq (once.started, 1);
  ck_assert_str_eq (once.output, "out\nKEY is missing\n");
  vprod__once_clear (&once);
  mock_wait_called (mock, "container_remove", "once1", 1); /* in the background, before the session ends */
}
END_TEST

static const char *const slots_of_a_start[] = { "container_create", "container_start" };

START_TEST (one_off_container_of_a_program_that_is_not_there_did_not_start)
{
  struct vprod__once_options options = { .timeout_ms = 5000 };
  struct vprod__once once;

  mock_fail (mock, slots_of_a_start[_i], 1, VPROD_ERROR_IMAGE);
  session = mock_session (mock, no_services);
  assert_ok (vprod__run_once (session, &options, &once, &err), err);
  ck_assert_int_eq (once.started, 0);
  ck_assert_ptr_nonnull (strstr (once.why, MOCK_FAULT));
  ck_assert_str_eq (once.output, "");
  vprod__once_clear (&once);
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
  tcase_add_test (tc, image_that_does_not_build_is_an_outcome_and_takes_the_ground_from_others);
  tcase_add_test (tc, missing_dockerfile_is_a_build_that_failed);
  tcase_add_test (tc, builder_that_refuses_the_dockerfile_is_a_build_that_failed);
  tcase_add_test (tc, given_image_is_pulled_if_absent_and_never_removed);
  tcase_add_test (tc, given_image_that_is_there_is_not_pulled);
  tcase_add_test (tc, registry_that_does_not_answer_is_an_error);
  tcase_add_test (tc, build_has_its_own_deadline);
  tcase_add_test (tc, session_timeout_ends_everything);
  tcase_add_test (tc, build_command_tags_and_removes_nothing);
  tcase_add_test (tc, build_command_says_why_it_did_not_build);
  tcase_add_test (tc, extra_build_gives_steps_and_archive);
  tcase_add_test (tc, database_is_told_of_when_it_answers);
  tcase_add_test (tc, database_that_ends_is_an_error_with_its_last_words);
  tcase_add_test (tc, database_that_sets_itself_up_and_ends_well_is_started_again);
  tcase_add_test (tc, database_that_was_only_passing_is_waited_for_again);
  tcase_add_test (tc, connection_that_is_lost_while_asking_is_not_ready_yet);
  tcase_add_test (tc, database_that_does_not_answer_in_time_is_an_error);
  tcase_add_test (tc, database_image_at_fault_is_no_fault_of_the_image_under_test);
  tcase_add_test (tc, databases_of_a_session_come_up_side_by_side);
  tcase_add_loop_test (tc, counts_the_connections_of_the_app, 0, LENGTH (connections));
  tcase_add_test (tc, image_that_cannot_start_is_an_outcome);
  tcase_add_loop_test (tc, port_is_the_only_one_that_the_image_exposes, 0, 2);
  tcase_add_test (tc, used_up_app_is_made_anew);
  tcase_add_test (tc, kept_session_leaves_what_it_made);
  tcase_add_loop_test (tc, one_off_container_tells_how_it_ended, 0, 2);
  tcase_add_test (tc, one_off_container_that_does_not_end_is_told_of_and_removed);
  tcase_add_loop_test (tc, one_off_container_of_a_program_that_is_not_there_did_not_start, 0,
                       LENGTH (slots_of_a_start));
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
