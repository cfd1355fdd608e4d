/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of our own fails once, while everything that a spec can do is done: each failure is told as
 * such, nothing is lost and nothing half done. The linker's --wrap puts these functions between (see the
 * Makemodule.am); what libfyaml allocates for itself is left alone.
 */
#include "unit.h"

#include <stdio.h>

#include "spec/spec.h"

static long allocations, failing; /* the how manieth fails; 0: none */

static int fails (void)
{
  return ++allocations == failing;
}

#include "wrap_alloc.h"

/* ---- what is done ----------------------------------------------------------------------------------------- */

static const char yaml[] =
  "version: 1\n"
  "image: {context: ., args: {A: b}, target: t, platform: linux/amd64}\n"
  "services: {db: {postgres: {user: u}}, other: {postgres: {}}}\n"
  "run:\n"
  "  port: 1\n"
  "  env: {A: &a \"${db.user}\", B: *a}\n"
  "  command: [a, b]\n"
  "checks:\n"
  "  graceful-stop: {signal: term}\n"
  "  required-env: {vars: [A, B]}\n"
  "  dev-deps-absent: {commands: [[a, b], [c]]}\n"
  "  startup-logs: {any: x, stream: stdout}\n";

static int parse (vprod_spec **ret, vprod_error **err)
{
  return vprod_spec_parse (yaml, sizeof yaml - 1, "t.yaml", "/", ret, err);
}

static int parse_wrong (vprod_spec **ret, vprod_error **err)
{
  static const char wrong[] = "version: 1\nrun: {env: {A: \"${db.usr}\"}}\nservices: {db: {postgres: {}}}\n";

  return vprod_spec_parse (wrong, sizeof wrong - 1, "t.yaml", "/", ret, err);
}

static int parse_unknown_key (vprod_spec **ret, vprod_error **err)
{
  return vprod_spec_parse ("version: 1\nnmae: x\n", 19, "t.yaml", "/", ret, err);
}

static int parse_unknown_signal (vprod_spec **ret, vprod_error **err)
{
  static const char wrong[] = "version: 1\nchecks: {graceful-stop: {signal: trem}}\n";

  return vprod_spec_parse (wrong, sizeof wrong - 1, "t.yaml", "/", ret, err);
}

static int parse_no_yaml (vprod_spec **ret, vprod_error **err)
{
  return vprod_spec_parse ("version: [1\n", 12, "t.yaml", "/", ret, err);
}

static int parse_duplicate (vprod_spec **ret, vprod_error **err)
{
  return vprod_spec_parse ("version: 1\nversion: 1\n", 22, "t.yaml", "/", ret, err);
}

static int set_and_copy (vprod_spec **ret, vprod_error **err)
{
  vprod_spec *spec = NULL, *copy = NULL;
  int r = vprod_spec_new ("/", &spec, err);

  if (r == 0)
    r = vprod_spec_set (spec, "services.db", "{postgres: {}}", err);
  if (r == 0)
    r = vprod_spec_set (spec, "run.env.A", "\"${db.user}\"", err);
  if (r == 0)
    r = vprod_spec_set (spec, "checks.dev-deps-absent", "{commands: [[a]], paths: /a}", err);
  if (r == 0)
    r = vprod__spec_copy (spec, &copy, err);
  vprod_spec_free (spec);
  if (r == 0)
    *ret = copy;
  return r;
}

static const char *nothing_known (void *data, const char *name)
{
  (void) data;
  return name;
}

static int expand (vprod_spec **ret, vprod_error **err)
{
  char *text = NULL;
  int r = vprod__spec_expand ("a ${b} $${c}", nothing_known, NULL, &text, err);

  (void) ret;
  free (text);
  return r;
}

static const struct {
  int (*run) (vprod_spec **ret, vprod_error **err);
  int result; /* with enough memory */
} scenes[] = {
  { parse, 0 },
  { parse_wrong, -VPROD_ERROR_SPEC },
  { parse_unknown_key, -VPROD_ERROR_SPEC },
  { parse_unknown_signal, -VPROD_ERROR_SPEC },
  { parse_no_yaml, -VPROD_ERROR_SPEC },
  { parse_duplicate, -VPROD_ERROR_SPEC },
  { set_and_copy, 0 },
  { expand, 0 },
};

START_TEST (each_failed_allocation_is_told)
{
  long n = 0, told = 0;
  int r = -VPROD_ERROR_NO_MEMORY, ended = 0;

  while (!ended) {
    vprod_spec *spec = NULL;
    vprod_error *err = NULL;
    allocations = 0;
    failing = ++n;
    r = scenes[_i].run (&spec, &err);
    ended = allocations < failing; /* nothing failed: all is through */
    failing = 0;
    ck_assert (ended || r == -VPROD_ERROR_NO_MEMORY);
    if (!ended) {
      told++;
      ck_assert_ptr_null (spec);
      ck_assert_int_eq (vprod_error_get_code (err), VPROD_ERROR_NO_MEMORY);
    }
    vprod_error_free (err);
    vprod_spec_free (spec);
  }
  ck_assert_int_eq (r, scenes[_i].result);
  ck_assert_int_ge (told, 2); /* the wrapping works */
}
END_TEST

START_TEST (set_that_runs_out_of_memory_changes_nothing)
{
  vprod_spec *spec = NULL;
  int r = -1;

  ck_assert_int_eq (parse (&spec, NULL), 0);
  for (long n = 1; r != 0; n++) {
    allocations = 0;
    failing = n;
    r = vprod_spec_set (spec, "run.env", "{C: d}", NULL);
    failing = 0;
    if (r != 0) {
      ck_assert_int_eq (r, -VPROD_ERROR_NO_MEMORY);
      ck_assert_str_eq (spec->run.env[0], "A=${db.user}");
      ck_assert_str_eq (spec->run.command[1], "b");
    }
  }
  ck_assert_str_eq (spec->run.env[0], "C=d");
  vprod_spec_free (spec);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_memory");
  TCase *tc = tcase_create ("spec_memory");

  tcase_add_loop_test (tc, each_failed_allocation_is_told, 0, sizeof scenes / sizeof scenes[0]);
  tcase_add_test (tc, set_that_runs_out_of_memory_changes_nothing);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
