/* SPDX-License-Identifier: MIT */
/* One-off containers: how they ended, what they said, and that they go. */
#include "mock_runner.h"

#include "session/session.h"

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

static const char no_services[] = "version: 1\nname: subject\nrun: {port: 8000}\n";

static const struct mock_output once_output[] = {
  { 0, VPROD_STREAM_STDOUT, "out\n", 0 },
  { 0, VPROD_STREAM_STDERR, "KEY is missing\n", 0 },
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
  Suite *suite = suite_create ("session_once");
  TCase *tc = tcase_create ("session_once");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, one_off_container_tells_how_it_ended, 0, 2);
  tcase_add_test (tc, one_off_container_that_does_not_end_is_told_of_and_removed);
  tcase_add_loop_test (tc, one_off_container_of_a_program_that_is_not_there_did_not_start, 0,
                       LENGTH (slots_of_a_start));
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
