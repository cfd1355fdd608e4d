/* SPDX-License-Identifier: MIT */
/* What the program says of steps that take long; the time is the tests' own. */
#include "cli/heartbeat.h"
#include "util/cleanup.h"
#include "unit.h"

#define EVERY 30000

static struct heartbeat *heartbeat;

static void setup (void)
{
  heartbeat = heartbeat_new (EVERY);
  ck_assert_ptr_nonnull (heartbeat);
}

static void teardown (void)
{
  heartbeat_free (heartbeat);
}

static void happens (int64_t ms, vprod_event_kind kind, const char *check, const char *text)
{
  const vprod_event event = { .size = sizeof event, .kind = kind, .check = check, .text = text };

  heartbeat_event (heartbeat, &event, ms);
}

static void pulls (int64_t ms, size_t done, size_t layers, int64_t bytes, int64_t total)
{
  const vprod_pull_progress pull = { sizeof pull, layers, done, bytes, total };
  const vprod_event event = { .size = sizeof event, .kind = VPROD_EVENT_PULL, .text = "postgres:16-alpine", .pull = &pull };

  heartbeat_event (heartbeat, &event, ms);
}

/* text NULL: nothing is due. */
static void says (int64_t ms, const char *text)
{
  _cleanup_free_ char *line = heartbeat_line (heartbeat, ms);

  if (text)
    ck_assert_str_eq (line ? line : "(nothing)", text);
  else
    ck_assert_ptr_null (line);
}

START_TEST (a_quick_run_says_nothing)
{
  ck_assert_int_eq (heartbeat_next_ms (heartbeat), INT64_MAX);
  happens (1000, VPROD_EVENT_CHECK_STARTED, "build", NULL);
  happens (1000, VPROD_EVENT_BUILD_STEP, "build", "[2/2] RUN make");
  ck_assert_int_eq (heartbeat_next_ms (heartbeat), 31000);
  says (30999, NULL);
  happens (31000, VPROD_EVENT_BUILD_STEP_ENDED, "build", "[2/2] RUN make");
  happens (31000, VPROD_EVENT_CHECK_ENDED, "build", NULL);
  says (31000, NULL);
  ck_assert_int_eq (heartbeat_next_ms (heartbeat), INT64_MAX);
}
END_TEST

START_TEST (a_long_step_is_told_of_every_30_s)
{
  happens (1000, VPROD_EVENT_CHECK_STARTED, "build", NULL);
  happens (2000, VPROD_EVENT_BUILD_STEP, "build", "[2/2] RUN make");
  says (32000, "still running: [2/2] RUN make, for 30 s");
  says (32001, NULL);
  ck_assert_int_eq (heartbeat_next_ms (heartbeat), 62000);
  says (61999, NULL);
  says (62010, "still running: [2/2] RUN make, for 1 min 0 s");
}
END_TEST

START_TEST (all_that_runs_for_long_is_named_in_one_line)
{
  happens (0, VPROD_EVENT_CHECK_STARTED, "build", NULL);
  happens (0, VPROD_EVENT_BUILD_STEP, "build", "[a 2/2] RUN make a");
  happens (10000, VPROD_EVENT_BUILD_STEP, "build", "[b 2/2] RUN make b");
  pulls (0, 1, 8, 2000000, 120000000);
  pulls (5000, 3, 8, 40100000, 120000000);
  says (41000, "still running: [a 2/2] RUN make a, for 41 s; [b 2/2] RUN make b, for 31 s; "
               "pulling postgres:16-alpine: 3 of 8 layers, 40.1 MB of 120.0 MB, for 41 s");
  happens (42000, VPROD_EVENT_PULL_ENDED, NULL, "postgres:16-alpine");
  happens (42000, VPROD_EVENT_BUILD_STEP_ENDED, "build", "[a 2/2] RUN make a");
  says (71000, "still running: [b 2/2] RUN make b, for 1 min 1 s");
}
END_TEST

START_TEST (a_step_of_a_build_that_was_cut_short_ends_with_its_check)
{
  happens (0, VPROD_EVENT_CHECK_STARTED, "build", NULL);
  happens (0, VPROD_EVENT_BUILD_STEP, "build", "[2/2] RUN make");
  happens (20000, VPROD_EVENT_CHECK_ENDED, "build", NULL);
  says (90000, NULL);
}
END_TEST

START_TEST (checks_that_wait_are_not_said_to_run)
{
  happens (0, VPROD_EVENT_CHECK_STARTED, "health", NULL);
  happens (0, VPROD_EVENT_WAITING, "health", "the build");
  happens (0, VPROD_EVENT_CHECK_STARTED, "required-env", NULL);
  says (31000, "still running: required-env, for 31 s");
  happens (32000, VPROD_EVENT_CHECK_ENDED, "required-env", NULL);
  happens (50000, VPROD_EVENT_WAITING, "health", NULL);
  says (79999, NULL); /* it runs since it waits no more */
  says (80000, "still running: health, for 30 s");
}
END_TEST

START_TEST (where_all_wait_it_is_said_what_for_once)
{
  happens (0, VPROD_EVENT_CHECK_STARTED, "health", NULL);
  happens (0, VPROD_EVENT_CHECK_STARTED, "start", NULL);
  happens (1000, VPROD_EVENT_WAITING, "health", "the databases");
  happens (2000, VPROD_EVENT_WAITING, "start", "the databases");
  says (31000, "still waiting for the databases, for 30 s");
}
END_TEST

START_TEST (who_waits_for_long_is_not_hidden_by_one_who_does_not)
{
  happens (0, VPROD_EVENT_CHECK_STARTED, "start", NULL);
  happens (0, VPROD_EVENT_CHECK_STARTED, "graceful-stop", NULL);
  happens (0, VPROD_EVENT_CHECK_STARTED, "required-env", NULL);
  happens (1000, VPROD_EVENT_WAITING, "required-env", "the app");
  happens (1000, VPROD_EVENT_WAITING, "graceful-stop", "the services");
  happens (25000, VPROD_EVENT_WAITING, "start", "the services");
  happens (25000, VPROD_EVENT_WAITING, "required-env", NULL);
  says (31000, "still waiting for the services, for 30 s");
  says (54999, NULL);
  says (55000, "still running: required-env, for 30 s"); /* in its own time */
  says (84999, NULL);
  says (85000, "still running: required-env, for 1 min 0 s");
}
END_TEST

START_TEST (many_and_long_names_are_cut)
{
  char name[400];

  memset (name, 'x', sizeof name);
  memcpy (name + 119, "ü", strlen ("ü"));
  name[sizeof name - 1] = '\0';
  happens (0, VPROD_EVENT_BUILD_STEP, "build", name);
  happens (0, VPROD_EVENT_BUILD_STEP, "build", "RUN <<EOF\nsecond line");
  happens (0, VPROD_EVENT_BUILD_STEP, "build", "c");
  happens (0, VPROD_EVENT_BUILD_STEP, "build", "d");
  happens (0, VPROD_EVENT_BUILD_STEP, "build", "e");
  happens (0, VPROD_EVENT_BUILD_STEP, "build", "f");
  name[119] = '\0';
  _cleanup_free_ char *line = heartbeat_line (heartbeat, 30000);
  ck_assert_ptr_nonnull (line);
  ck_assert_ptr_nonnull (strstr (line, name));
  ck_assert_ptr_null (strstr (line, "ü"));
  ck_assert_ptr_nonnull (strstr (line, "x…, for 30 s; RUN <<EOF…, for 30 s; c, for 30 s; d, for 30 s; and 2 more"));
}
END_TEST

START_TEST (a_pull_says_as_much_as_the_engine_tells)
{
  static const struct {
    vprod_pull_progress pull;
    const char *says;
  } rows[] = {
    { { sizeof (vprod_pull_progress), 0, 0, 0, 0 }, "pulling a:1" },
    { { sizeof (vprod_pull_progress), 4, 1, 0, 0 }, "pulling a:1: 1 of 4 layers" },
    { { sizeof (vprod_pull_progress), 4, 1, 900, 34200 }, "pulling a:1: 1 of 4 layers, 900 bytes of 34.2 kB" },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const vprod_event event = { .size = sizeof event, .kind = VPROD_EVENT_PULL, .text = "a:1", .pull = &rows[i].pull };
    _cleanup_free_ char *text = cli_pull_text (&event);
    ck_assert_str_eq (text, rows[i].says);
  }
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("heartbeat");
  TCase *tcase = tcase_create ("heartbeat");

  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, a_quick_run_says_nothing);
  tcase_add_test (tcase, a_long_step_is_told_of_every_30_s);
  tcase_add_test (tcase, all_that_runs_for_long_is_named_in_one_line);
  tcase_add_test (tcase, a_step_of_a_build_that_was_cut_short_ends_with_its_check);
  tcase_add_test (tcase, checks_that_wait_are_not_said_to_run);
  tcase_add_test (tcase, where_all_wait_it_is_said_what_for_once);
  tcase_add_test (tcase, who_waits_for_long_is_not_hidden_by_one_who_does_not);
  tcase_add_test (tcase, many_and_long_names_are_cut);
  tcase_add_test (tcase, a_pull_says_as_much_as_the_engine_tells);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
