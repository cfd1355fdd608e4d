/* SPDX-License-Identifier: MIT */
/* checks.own in a spec: what is wrong with one, with its place; what is made of those that are right. */
#include "unit.h"

#include <stdio.h>

#include "spec/own.h"
#include "spec/spec.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])
#define OWN "version: 1\nchecks:\n  own:\n"

static const struct {
  const char *own;
  const char *message; /* how it begins, after "s.yaml:" */
} wrong[] = {
  { "  - {id: a}", "4:5: checks.own[0]: a check needs a command" },
  { "  - {command: [a]}", "4:5: checks.own[0]: a check needs an id" },
  { "  - {}", "4:5: checks.own[0]: a check needs an id" },
  { "  - {id: a, command: []}", "4:5: checks.own[0]: a check needs a command" },
  { "  - {id: a, command: a b}", "4:22: checks.own[0].command: must be a list of a program and its arguments" },
  { "  - {id: a, command: [[a]]}", "4:23: checks.own[0].command: must be text" },
  { "  - {id: A, command: [a]}", "4:10: checks.own[0].id: \"A\" is no id of a check" },
  { "  - {id: 1a, command: [a]}", "4:10: checks.own[0].id: \"1a\" is no id of a check" },
  { "  - {id: a_b, command: [a]}", "4:10: checks.own[0].id: \"a_b\" is no id of a check" },
  { "  - {id: '', command: [a]}", "4:10: checks.own[0].id: is empty" },
  { "  - {id: [a], command: [a]}", "4:10: checks.own[0].id: must be" },
  { "  - {id: health, command: [a]}", "4:10: checks.own[0].id: verify-prod has a check \"health\" itself" },
  { "  - {id: own, command: [a]}", "4:10: checks.own[0].id: verify-prod has an option \"own\" itself" },
  { "  - {id: a, command: [a]}\n  - {id: a, command: [b]}", "5:10: checks.own[1].id: there is another check \"a\"" },
  { "  - {id: a, command: [a], in: pod}", "4:31: checks.own[0].in: must be image or app, not \"pod\"" },
  { "  - {id: a, command: [a], exit-code: 256}", "4:38: checks.own[0].exit-code: must be a number from 0 to 255" },
  { "  - {id: a, command: [a], exit-code: -1}", "4:38: checks.own[0].exit-code: must be a number from 0 to 255" },
  { "  - {id: a, command: [a], exitcode: 1}", "4:27: checks.own[0]: unknown key \"exitcode\"; did you mean \"exit-code\"?" },
  { "  - {id: a, command: [a], timeout: soon}", "4:36: checks.own[0].timeout: must be a duration" },
  { "  - {id: a, command: [a], output: [a, '(b']}", "4:39: checks.own[0].output is no regular expression: missing closing parenthesis, at "
                                                    "character 3" },
  { "  - {id: a, command: [a], output: 'b*'}", "4:35: checks.own[0].output matches an empty text" },
  { "  - {id: a, command: [a], excluded-output: ['[']}", "4:45: checks.own[0].excluded-output is no regular expression" },
  { "  - {id: a, command: [a], in: app, env: {A: b}}", "4:41: checks.own[0].env: means nothing in the app's container" },
  { "  - {id: a, command: [a], env: {A: '${nowhere.host}'}}", "4:37: checks.own[0].env.A: unknown" },
  { "  - a", "3:3: checks.own: must be a list of mappings, such as [{id: has-license" },
  { "    {id: a, command: [a]}", "4:5: checks.own: must be a list of mappings" },
  { "    true", "4:5: checks.own: must be a list of mappings" },
};

START_TEST (a_mistake_is_said_with_its_place)
{
  char yaml[500], wanted[300];
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  snprintf (yaml, sizeof yaml, OWN "%s\n", wrong[_i].own);
  int r = vprod_spec_parse (yaml, strlen (yaml), "s.yaml", NULL, &spec, &err);
  ck_assert_msg (r == -VPROD_ERROR_SPEC && err, "%s gave %d", yaml, r);
  snprintf (wanted, sizeof wanted, "s.yaml:%s", wrong[_i].message);
  ck_assert_msg (strncmp (vprod_error_get_message (err), wanted, strlen (wanted)) == 0, "%s: %s, not %s", wrong[_i].own,
                 vprod_error_get_message (err), wanted);
  vprod_error_free (err);
}
END_TEST

static vprod_spec *parse (const char *own)
{
  char yaml[4096];
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  snprintf (yaml, sizeof yaml, "version: 1\nchecks:\n  own: %s\n", own);
  assert_ok (vprod_spec_parse (yaml, strlen (yaml), "s.yaml", NULL, &spec, &err), err);
  return spec;
}

START_TEST (what_is_left_out_has_a_default)
{
  vprod_spec *spec = parse ("[{id: has-license, command: [test, -f, /LICENSE]}]");
  const struct vprod__spec_own *own = &spec->checks.own[0];

  ck_assert_uint_eq (spec->checks.n_own, 1);
  ck_assert_int_eq (own->in, VPROD__OWN_IN_IMAGE);
  ck_assert_int_eq (own->exit_code, 0);
  ck_assert_int_eq (own->timeout_ms, 30000);
  ck_assert_ptr_null (own->output);
  ck_assert_ptr_null (own->why);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (each_is_a_check_with_words)
{
  vprod_spec *spec = parse ("[{id: a, command: [test, -f, /A B], exit-code: 1}, {id: b, title: \"Se\\e[1me\", command: [b], in: app, "
                            "why: law, remedy: do, output: [x], excluded-output: [y, z]}]");
  const vprod_check_info *a = vprod_spec_get_own_check_at (spec, 0), *b = vprod_spec_find_own_check (spec, "b");

  ck_assert_uint_eq (vprod_spec_count_own_checks (spec), 2);
  ck_assert_ptr_eq (vprod_spec_get_own_check_at (spec, 1), b);
  ck_assert_ptr_null (vprod_spec_get_own_check_at (spec, 2));
  ck_assert_ptr_null (vprod_spec_find_own_check (spec, "health"));
  ck_assert_str_eq (a->id, "a");
  ck_assert_str_eq (a->title, "`test -f '/A B'` ends with exit code 1 in the image");
  ck_assert_ptr_null (a->run);
  ck_assert_str_eq (b->title, "See");
  ck_assert_str_eq (b->why, "law");
  ck_assert_str_eq (b->remedy, "do");
  ck_assert_ptr_nonnull (strstr (b->what, "container of the running app"));
  ck_assert_ptr_nonnull (strstr (b->what, "what matches /x/, and nothing that matches /y/, /z/"));
  vprod_spec_free (spec);
}
END_TEST

START_TEST (a_long_command_is_cut_between_characters)
{
  vprod_spec *spec = parse ("[{id: a, command: [sh, -c, éééééééééééééééééééééééééééééééééééééééé]}]");
  const char *title = vprod_spec_get_own_check_at (spec, 0)->title;

  ck_assert_uint_lt (strlen (title), 120);
  ck_assert_msg (strstr (title, "é…` ends with") != NULL, "%s", title);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (a_spec_has_those_that_it_names_and_no_check_own)
{
  vprod_spec *spec = parse ("[{id: a, command: [a]}]");

  ck_assert_int_eq (vprod_spec_has_check (spec, "a"), 1);
  ck_assert_int_eq (vprod_spec_has_check (spec, "b"), 0);
  ck_assert_int_eq (vprod_spec_has_check (spec, "own"), 0);
  ck_assert_int_eq (vprod__spec_lacks_check (spec, "own"), 0);
  ck_assert_int_eq (vprod_spec_has_check (spec, "health"), 1);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (they_are_set_as_a_whole)
{
  vprod_spec *spec = parse ("[{id: a, command: [a]}]");
  vprod_error *err = NULL;

  assert_ok (vprod_spec_set (spec, "checks.own", "[{id: b, command: [b]}, {id: c, command: [c]}]", &err), err);
  ck_assert_uint_eq (vprod_spec_count_own_checks (spec), 2);
  ck_assert_int_eq (vprod_spec_has_check (spec, "a"), 0);
  ck_assert_int_eq (vprod_spec_has_check (spec, "c"), 1);
  assert_error (vprod_spec_set (spec, "checks.own", "[{id: d, command: [d], output: '('}]", &err), err, VPROD_ERROR_SPEC,
                "checks.own[0].output is no regular expression");
  err = NULL;
  assert_error (vprod_spec_set (spec, "checks.own.c.timeout", "1s", &err), err, VPROD_ERROR_SPEC, "is a list, which is set as a whole");
  err = NULL;
  ck_assert_int_eq (vprod_spec_has_check (spec, "c"), 1);
  assert_ok (vprod_spec_set (spec, "name", "x", &err), err);
  ck_assert_int_eq (vprod_spec_has_check (spec, "c"), 1);
  assert_ok (vprod_spec_set (spec, "checks.own", "", &err), err);
  ck_assert_uint_eq (vprod_spec_count_own_checks (spec), 0);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (copies_share_them)
{
  vprod_spec *spec = parse ("[{id: a, command: [a], output: [x]}]"), *twin = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__spec_copy (spec, &twin, &err), err);
  vprod_spec_free (spec);
  ck_assert_str_eq (vprod_spec_get_own_check_at (twin, 0)->id, "a");
  ck_assert_str_eq (twin->checks.own[0].output[0], "x");
  vprod_spec_free (twin);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_own");
  TCase *tcase = tcase_create ("own");

  tcase_add_loop_test (tcase, a_mistake_is_said_with_its_place, 0, COUNT (wrong));
  tcase_add_test (tcase, what_is_left_out_has_a_default);
  tcase_add_test (tcase, each_is_a_check_with_words);
  tcase_add_test (tcase, a_long_command_is_cut_between_characters);
  tcase_add_test (tcase, a_spec_has_those_that_it_names_and_no_check_own);
  tcase_add_test (tcase, they_are_set_as_a_whole);
  tcase_add_test (tcase, copies_share_them);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
