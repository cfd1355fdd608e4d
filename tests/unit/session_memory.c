/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out once, at any of the session's own allocations in a whole run: that is told as what it is, never as the
 * image's fault, and nothing is left. The linker's --wrap puts these functions between (see the Makemodule.am); the mock
 * never lacks memory.
 */
#include "mock_inside.h"
#include "session_jobs_fake.h"

#include <stdio.h>

#include "session/expand.h"
#include "session/services.h"
#include "session/limit.h"
#include "session/made.h"
#include "session/session.h"
#include "util/strv.h"

static int armed;
static int reloads; /* of a database's settings */
static long allocations, failing; /* the how manieth fails */

static int fails (void)
{
  if (!__atomic_load_n (&armed, __ATOMIC_ACQUIRE) || mock__own_code > 0)
    return 0;
  return __atomic_add_fetch (&allocations, 1, __ATOMIC_RELAXED) == failing;
}

#include "wrap_alloc.h"

static void arm (long nth)
{
  allocations = 0;
  failing = nth;
  __atomic_store_n (&armed, 1, __ATOMIC_RELEASE);
}

static long disarm (void)
{
  __atomic_store_n (&armed, 0, __ATOMIC_RELEASE);
  return allocations;
}

/* ---- whole runs ------------------------------------------------------------------------------------------------- */

static const struct vprod__removal_time quick_removal = { .whole_ms = 8000, .attempt_ms = 200, .late_ms = 5 };

static void judge (const vprod_report *report, long nth)
{
  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    const char *code = vprod_result_find_evidence (result, "error");
    ck_assert_msg (vprod_result_get_verdict (result) != VPROD_VERDICT_FAIL, "%ld: %s fails: %s", nth,
                   vprod_result_get_check (result), vprod_result_get_message (result));
    ck_assert_msg (vprod_result_get_verdict (result) != VPROD_VERDICT_ERROR || !code || strcmp (code, "no-memory") == 0,
                   "%ld: %s: %s: %s", nth, vprod_result_get_check (result), code, vprod_result_get_message (result));
  }
}

/* One run in which one allocation fails; how many there were. */
static long run_without (long nth, int at_once)
{
  struct mock *mock = mock_new ();
  vprod_spec *spec = mock_spec (mock, NULL);
  vprod_session *session = NULL;
  vprod_report *report = NULL;
  vprod_error *err = NULL;

  arm (nth);
  int r = vprod_session_new (spec, mock_runner (mock), &session, &err);
  if (r == 0) {
    vprod__session_set_database_probe (session, mock_database_probe (mock));
    vprod__session_set_removal_time (session, &quick_removal);
    r = vprod__session_run_jobs (session, fake_jobs, N_FAKE_JOBS, at_once, &report, &err);
  }
  vprod_session_free (session);
  long count = disarm ();
  ck_assert_msg (r == 0 || r == -VPROD_ERROR_NO_MEMORY, "%ld: %d: %s", nth, r,
                 err ? vprod_error_get_message (err) : "");
  if (report)
    judge (report, nth);
  vprod_report_free (report);
  vprod_error_free (err);
  vprod_spec_free (spec);
  mock_assert_clean (mock);
  mock_free (mock);
  return count;
}

#define PARTS 20

/* Every PARTS-th, so that the parts together are all. */
START_TEST (any_allocation_may_fail)
{
  long nth = _i + 1;

  while (nth <= run_without (nth, 1))
    nth += PARTS;
  ck_assert_int_gt (nth, 200); /* so many there are at least */
}
END_TEST

START_TEST (any_allocation_may_fail_with_many_threads)
{
  for (long nth = _i + 1; nth <= run_without (nth, 0);)
    nth += 5 * PARTS;
}
END_TEST

/* ---- a database that is given TLS and filled ------------------------------------------------------------------- */

static int answers (void *data, const char *sql, const char *param, char **ret_value)
{
  (void) data;
  (void) param;
  *ret_value = strstr (sql, "is_superuser") ? strdup ("on") : NULL;
  return 0;
}

static const char *takes_tls_alone (void *data, const struct vprod__postgres_address *address)
{
  (void) data;
  return address->ca_file || !__atomic_load_n (&reloads, __ATOMIC_RELAXED) ? NULL : "pg_hba.conf rejects it, no encryption";
}

static int runs_statement (void *data, const char *database, const char *sql, const struct vprod__postgres_input *input,
                           struct vprod__postgres_outcome *outcome)
{
  const char *bytes;
  size_t length;

  (void) data;
  (void) database;
  if (strstr (sql, "pg_reload_conf"))
    reloads++;
  if (strstr (sql, "from stdin"))
    input->take (input->data, &bytes, &length);
  if (strstr (sql, "gives"))
    vprod__strv_add (&outcome->values, "one");
  return 0;
}

/* With one allocation that fails; how many there were. */
static long fill_without (long nth)
{
  static const char yaml[] = "version: 1\nname: subject\nservices: {db: {postgres: {tls: true, init: [a.sql, b]}}}\n"
                             "run: {env: {CA: \"${db.ca}\"}}\n";
  struct mock *mock = mock_new ();
  const struct vprod__service *databases;
  vprod_session *session = NULL;
  vprod_error *err = NULL;
  char **env = NULL;
  size_t n;

  reloads = 0;
  mock->on_query = answers;
  mock->on_connect = takes_tls_alone;
  mock->on_execute = runs_statement;
  unit_write_file (mock_folder (mock), "a.sql", "copy t from stdin;\n1\n\\.\ngives \\gexec\n\\connect \"dbname='x'\" y\n");
  unit_write_file (mock_folder (mock), "b/c.sql", "\\ir ../d.sql\n\\encoding UTF8\n");
  unit_write_file (mock_folder (mock), "d.sql", "one");
  unit_write_file (mock_folder (mock), "b/README", "");
  vprod_spec *spec = mock_spec (mock, yaml);
  arm (nth);
  int r = vprod_session_new (spec, mock_runner (mock), &session, &err);
  if (r == 0) {
    vprod__session_set_database_probe (session, mock_database_probe (mock));
    vprod__session_set_removal_time (session, &quick_removal);
    r = vprod__get_services (session, &databases, &n, &err);
  }
  if (r == 0)
    r = vprod__session_env (session, &env, &err);
  vprod_session_free (session);
  long count = disarm ();
  ck_assert_msg (r == 0 || r == -VPROD_ERROR_NO_MEMORY, "%ld: %d: %s", nth, r, err ? vprod_error_get_message (err) : "");
  vprod__strv_free (env);
  vprod_error_free (err);
  vprod_spec_free (spec);
  mock_assert_clean (mock);
  mock_free (mock);
  return count;
}

#define FILL_PARTS 5

START_TEST (any_allocation_may_fail_while_a_database_is_filled)
{
  long nth = _i + 1;

  while (nth <= fill_without (nth))
    nth += FILL_PARTS;
  ck_assert_int_gt (nth, 100);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("session_memory");
  TCase *tc = tcase_create ("session_memory");

  tcase_set_timeout (tc, 300);
  tcase_add_loop_test (tc, any_allocation_may_fail, 0, PARTS);
  tcase_add_loop_test (tc, any_allocation_may_fail_with_many_threads, 0, PARTS);
  tcase_add_loop_test (tc, any_allocation_may_fail_while_a_database_is_filled, 0, FILL_PARTS);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
