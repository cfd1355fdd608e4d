/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out once, at any allocation of a judging function or of what gathers beside the engine: that is
 * told, and never as a verdict.
 */
#include "verdict.h"

#include <stdio.h>
#include <unistd.h>

#include "checks/graceful_stop/facts.h"
#include "checks/health/facts.h"
#include "checks/image_healthcheck/facts.h"
#include "checks/own/facts.h"
#include "checks/non_root/facts.h"
#include "checks/required_env/facts.h"
#include "checks/start/facts.h"
#include "checks/startup_logs/facts.h"
#include "probe/http.h"
#include "util/strv.h"

static long allocations, failing; /* the how manieth fails; 0: none */

static int fails (void)
{
  return ++allocations == failing;
}

#include "wrap_alloc.h"

#define TEXT(text) ((char *) (uintptr_t) (text))
#define LOG .log = "one\ntwo\n", .log_length = 8

/* ---- what is done: each gives what a check would give
   ------------------------------------------------------------- */

static int start_passes (vprod_result *result, vprod_error **err)
{
  const struct vprod__start_service database = { "db", "16.4", 600 };
  struct vprod__start_facts facts = {
    .started = 1, .running = 1, .services = &database, .n_services = 1, .n_databases = 1, .connections = 2, LOG
  };

  return vprod__start_judge (&facts, result, err);
}

static int start_fails (vprod_result *result, vprod_error **err)
{
  struct vprod__start_facts facts = { .started = 1, .exit_code = 1, .connections = -1, LOG };

  return vprod__start_judge (&facts, result, err);
}

static int health (int outcome, const char *listens, vprod_result *result, vprod_error **err)
{
  const char *const list[] = { listens, NULL };
  static const int statuses[] = { 200, 204, 0 };
  const struct vprod__health asked = {
    .state = VPROD__HEALTH_BAD,
    .asks = VPROD__ASKS_HTTP,
    .url = TEXT ("http://127.0.0.1:1/health"),
    .attempts = 3,
    .last_outcome = outcome,
    .last_status = 503,
    .last_body = TEXT ("no"),
    .first_ms = -1,
  };
  struct vprod__health_facts facts = {
    .health = &asked, .port = 8000, .port_key = "run.port", .statuses = statuses, .listens = (char *const *) (uintptr_t) list, LOG
  };

  return vprod__health_judge (&facts, result, err);
}

static int health_is_ill (vprod_result *result, vprod_error **err)
{
  return health (VPROD__HTTP_ANSWERED, "0.0.0.0:8000", result, err);
}

static int health_is_on_loopback (vprod_result *result, vprod_error **err)
{
  return health (VPROD__HTTP_RESET, "127.0.0.1:8000", result, err);
}

static int health_is_elsewhere (vprod_result *result, vprod_error **err)
{
  return health (VPROD__HTTP_REFUSED, "0.0.0.0:9000", result, err);
}

static int stop_is_ignored (vprod_result *result, vprod_error **err)
{
  struct vprod__graceful_stop_facts facts = { .signal = "SIGTERM",
                                              .signal_words = "SIGTERM",
                                              .signal_from = "the default",
                                              .grace_ms = 100,
                                              .exit_code = 137,
                                              .first_process = "app",
                                              LOG };

  return vprod__graceful_stop_judge (&facts, result, err);
}

static int env (int exit_code, vprod_result *result, vprod_error **err)
{
  const struct vprod__without without[] = {
    { "KEY",
      NULL,
      { .started = 1, .ended = 1, .exit_code = exit_code, .output = TEXT ("KEY?\n"), .output_length = 5 } },
    { "URL", "x", { .started = 1, .ended = 1, .exit_code = 1, .output = TEXT (""), .output_length = 0 } },
  };
  struct vprod__required_env_facts facts = { without, 2, 1000 };

  return vprod__required_env_judge (&facts, result, err);
}

static int env_passes (vprod_result *result, vprod_error **err)
{
  return env (1, result, err);
}

static int env_fails (vprod_result *result, vprod_error **err)
{
  return env (0, result, err);
}

static int processes (int64_t euid, vprod_result *result, vprod_error **err)
{
  struct vprod__processes seen = { 0 };
  struct vprod__non_root_facts facts = { &seen, -1, "app" };
  int r = 0;

  for (int look = 1; r == 0 && look <= 2; look++) {
    vprod__processes_look (&seen);
    for (int pid = 10; r == 0 && pid < 13; pid++) {
      vprod_process process = { sizeof process, pid, 1, euid, "app", "app --serve" };
      if (vprod__processes_tell (&seen, &process) < 0)
        r = vprod__error_no_memory (err);
    }
  }
  if (r == 0)
    r = vprod__non_root_judge (&facts, result, err);
  vprod__processes_clear (&seen);
  return r;
}

static int non_root_passes (vprod_result *result, vprod_error **err)
{
  return processes (1001, result, err);
}

static int non_root_fails (vprod_result *result, vprod_error **err)
{
  return processes (0, result, err);
}

static int logs_fail (vprod_result *result, vprod_error **err)
{
  const struct vprod__startup_line lines[] = { { "Started", 0, 0 } };
  struct vprod__startup_logs_facts facts = { .lines = lines, .n_lines = 1, .running = 1, .stdout_bytes = 8, LOG };

  return vprod__startup_logs_judge (&facts, result, err);
}

static int healthcheck (int good, int content, vprod_result *result, vprod_error **err)
{
  static const char *const words[] = { "CMD", "curl", "http://127.0.0.1:$PORT/ || true", NULL };
  char *const test[] = { TEXT (words[0]), TEXT (words[1]), TEXT (words[2]), NULL }, *const listens[] = { TEXT ("[::]:8000"), NULL };
  struct vprod__healthcheck_run in_app = { .exit_code = !good, .output = "one\ntwo\n", .output_length = 8 },
                                elsewhere = { .exit_code = !content, .output = "three", .output_length = 5 };
  _cleanup_ (vprod__healthcheck_looks_clear) struct vprod__healthcheck_looks looks = { 0 };
  _cleanup_strv_ char **argv = NULL;
  _cleanup_free_ char *text = vprod__healthcheck_text (test);
  struct vprod__image_healthcheck_facts facts = {
    .test = test, .text = text, .looks = &looks, .in_app = &in_app, .elsewhere = good ? &elsewhere : NULL,
    .alone = good && content ? &elsewhere : NULL, .listens = listens, .tries = 2,
  };

  if (!text || vprod__healthcheck_argv (test, NULL, &argv) < 0 || vprod__healthcheck_look (test, text, &looks) < 0)
    return vprod__error_no_memory (err);
  return vprod__image_healthcheck_judge (&facts, result, err);
}

static int healthcheck_passes (vprod_result *result, vprod_error **err)
{
  return healthcheck (1, 0, result, err);
}

static int healthcheck_is_content (vprod_result *result, vprod_error **err)
{
  return healthcheck (1, 1, result, err);
}

static int healthcheck_is_not (vprod_result *result, vprod_error **err)
{
  return healthcheck (0, 0, result, err);
}

/* Made before anything fails: the spec is no part of what is swept. */
static vprod_spec *own_spec;

static int own (size_t index, const char *output, vprod_result *result, vprod_error **err)
{
  struct vprod__own_facts facts = { .spec = &own_spec->checks.own[index], .check = &own_spec->own->list[index], .output = output,
                                    .output_length = strlen (output) };

  return vprod__own_judge (&facts, result, err);
}

static int own_passes (vprod_result *result, vprod_error **err)
{
  return own (0, "one\ntwo\n", result, err);
}

static int own_fails (vprod_result *result, vprod_error **err)
{
  return own (0, "three\n", result, err);
}

static int ignore (void *data, const vprod_process *process)
{
  return 0;
}

static int reads_proc (vprod_result *result, vprod_error **err)
{
  _cleanup_strv_ char **listens = NULL;
  _cleanup_free_ struct vprod__uid_range *map = NULL;
  size_t count;

  int r = vprod__proc_listens ("/proc", getpid (), &listens, err);
  if (r == 0)
    r = vprod__proc_uid_map ("/proc", getpid (), &map, &count, err);
  if (r == 0)
    r = vprod__proc_processes ("/proc", getpid (), ignore, NULL, err);
  return r == 0 ? vprod__result_pass (result, "read") : r;
}

static int (*const deeds[]) (vprod_result *result, vprod_error **err) = {
  start_passes, start_fails, health_is_ill,   health_is_on_loopback, health_is_elsewhere, stop_is_ignored,
  env_passes,   env_fails,   non_root_passes, non_root_fails,        logs_fail,           reads_proc,
  healthcheck_passes, healthcheck_is_content, healthcheck_is_not,
  own_passes,   own_fails,
};

/* ---- the sweep
   ------------------------------------------------------------------------------------------------------ */

/* 1: the nth allocation was never reached. */
static int fails_at (int (*deed) (vprod_result *result, vprod_error **err), long nth)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  allocations = 0;
  failing = nth;
  int r = deed (result, &err);
  long made = allocations;
  failing = 0;
  if (r == 0)
    r = vprod__result_status (result, &err);
  if (made < nth)
    assert_ok (r, err);
  else
    ck_assert_msg (r == -VPROD_ERROR_NO_MEMORY && vprod_error_get_code (err) == VPROD_ERROR_NO_MEMORY,
                   "allocation %ld failed, and it gave %d: %s", nth, r, vprod_result_get_message (result));
  vprod_error_free (err);
  vprod_result_free (result);
  return made < nth;
}

START_TEST (out_of_memory_is_never_a_verdict)
{
  long n = 1;

  while (!fails_at (deeds[_i], n))
    n++;
  ck_assert_int_gt (n, 3);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_memory");
  TCase *tcase = tcase_create ("check_memory");

  static const char yaml[] = "version: 1\nchecks: {own: [{id: a, command: [x, a b], why: w, output: ['^t'], excluded-output: [three]}]}\n";
  if (vprod_spec_parse (yaml, strlen (yaml), NULL, NULL, &own_spec, NULL) < 0)
    return 1;
  tcase_set_timeout (tcase, 300);
  tcase_add_loop_test (tcase, out_of_memory_is_never_a_verdict, 0, (int) (sizeof deeds / sizeof deeds[0]));
  suite_add_tcase (suite, tcase);
  int code = unit_main (suite);
  vprod_spec_free (own_spec);
  return code;
}
