/* SPDX-License-Identifier: MIT */
#include "verdict.h"
#include "checks/required_env.h"

#define OUTPUT(text) .output = (char *) (uintptr_t) (text), .output_length = sizeof (text) - 1
#define EXITS(code) .started = 1, .ended = 1, .duration_ms = 300, .exit_code = code
#define GOOD(name)                                                                                                \
  {                                                                                                               \
    name, NULL,                                                                                                   \
    {                                                                                                             \
      EXITS (1), OUTPUT ("missing: " name "\n")                                                                   \
    }                                                                                                             \
  }
#define RUNS_ON(name)                                                                                             \
  {                                                                                                               \
    name, NULL,                                                                                                   \
    {                                                                                                             \
      .started = 1, .duration_ms = 5000, OUTPUT ("up\n")                                                          \
    }                                                                                                             \
  }
#define EXITS_0(name)                                                                                             \
  {                                                                                                               \
    name, NULL,                                                                                                   \
    {                                                                                                             \
      EXITS (0), OUTPUT ("please set " name "\n")                                                                 \
    }                                                                                                             \
  }

static const struct {
  struct vprod__without without[4];
  struct wanted wanted;
} cases[] = {
  { { GOOD ("KEY") }, { VPROD_PASS, 0, "non-zero exit code without KEY, and runs with all", "" } },
  { { GOOD ("KEY"), GOOD ("USER"), GOOD ("URL") },
    { VPROD_PASS, 0, "without KEY, USER and URL (each alone)", "" } },
  { { { "KEY", NULL, { EXITS (139), OUTPUT ("") } } }, { VPROD_PASS, 0, "without KEY", "" } },
  { { { "KEY", "baked", { EXITS (1), OUTPUT ("KEY?") } } }, { VPROD_PASS, 0, "without KEY", "" } },

  { { RUNS_ON ("KEY") }, { VPROD_FAIL, 0, "without KEY the app still ran after 5.0 s", "name each missing one" } },
  { { GOOD ("URL"), RUNS_ON ("KEY"), RUNS_ON ("USER") },
    { VPROD_FAIL, 0, "without KEY and USER (each alone) the app still ran after 5.0 s",
      "checks.required-env.vars" } },
  { { { "KEY", "baked", { .started = 1, .duration_ms = 5000 } } },
    { VPROD_FAIL, 0, "without KEY", "Remove the default from the image" } },
  { { EXITS_0 ("KEY") }, { VPROD_FAIL, 0, "without KEY the app ended with exit code 0", "non-zero" } },
  { { EXITS_0 ("KEY"), RUNS_ON ("USER") },
    { VPROD_FAIL, 0, "without USER the app still ran after 5.0 s, and without KEY it ended with exit code 0",
      NULL } },

  /* a container that could not be run says nothing; but what is surely bad is said first */
  { { GOOD ("URL"), { "PATH", NULL, { .why = (char *) (uintptr_t) "executable file not found in $PATH" } } },
    { .error = VPROD_ERROR_IMAGE,
      .message = "without PATH: the container could not be started: executable file" } },
  { { { "KEY", NULL, { EXITS (137), .oom_killed = 1 } } },
    { .error = VPROD_ERROR_ENGINE, .message = "memory ran out" } },
  { { { "PATH", NULL, { .why = NULL } }, RUNS_ON ("KEY") },
    { VPROD_FAIL, 0, "without KEY the app still ran", NULL } },
};

static vprod_result *judge (const struct vprod__without *without, size_t count, const struct wanted *wanted)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  struct vprod__required_env_facts facts = { without, count, 5000 };

  int r = vprod__required_env_judge (&facts, result, &err);
  assert_wanted (r, result, err, wanted);
  return result;
}

START_TEST (judges)
{
  size_t count = 0;

  while (count < 4 && cases[_i].without[count].variable)
    count++;
  vprod_result *result = judge (cases[_i].without, count, &cases[_i].wanted);
  ck_assert_uint_eq (vprod_result_count_findings (result), count);
  for (size_t i = 0; i < count; i++)
    ck_assert_str_eq (vprod_finding_get (vprod_result_get_finding (result, i), "variable"),
                      cases[_i].without[i].variable);
  vprod_result_free (result);
}
END_TEST

static const struct {
  struct vprod__without without;
  const char *message;
  const char *last_line;
  const char *named;
  const char *image_default;
} findings[] = {
  { { "OWNER_NAME", NULL, { EXITS (1), OUTPUT ("Traceback\n  owner_name\n    Field required\n\n") } },
    "without OWNER_NAME the app ended with exit code 1 after 300 ms",
    "    Field required",
    "yes",
    NULL },
  { { "KEY", NULL, { EXITS (3), OUTPUT ("connection refused\r\n") } },
    "without KEY the app ended with exit code 3 after 300 ms; its output does not name the variable",
    "connection refused",
    "no",
    NULL },
  { { "KEY", "", { .started = 1, .duration_ms = 5000, OUTPUT ("") } },
    "without KEY the app still ran after 5.0 s; the image's own ENV gives it a default",
    "",
    "no",
    "empty" },
  { { "KEY", "x", { .started = 1, .duration_ms = 5000, OUTPUT ("up") } },
    "without KEY the app still ran after 5.0 s; the image's own ENV gives it a default",
    "up",
    "no",
    "set" },
  { { "KEY", NULL, { EXITS (0) } }, "without KEY the app ended with exit code 0 after 300 ms", "", "no", NULL },
};

static void assert_pair (const vprod_finding *finding, const char *name, const char *value)
{
  const char *is = vprod_finding_get (finding, name);

  if (!value)
    ck_assert_ptr_null (is);
  else
    ck_assert_msg (is && strcmp (is, value) == 0, "%s is %s, not %s", name, is ? is : "not there", value);
}

START_TEST (each_variable_is_a_finding)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  struct vprod__required_env_facts facts = { &findings[_i].without, 1, 5000 };

  assert_ok (vprod__required_env_judge (&facts, result, &err), err);
  const vprod_finding *finding = vprod_result_get_finding (result, 0);
  assert_pair (finding, "message", findings[_i].message);
  assert_pair (finding, "last_line", findings[_i].last_line);
  assert_pair (finding, "named_in_output", findings[_i].named);
  assert_pair (finding, "image_default", findings[_i].image_default);
  vprod_result_free (result);
}
END_TEST

START_TEST (evidence_counts_how_many_were_named)
{
  const struct vprod__without without[] = { GOOD ("KEY"),
                                            GOOD ("USER"),
                                            { "URL", NULL, { EXITS (1), OUTPUT ("?") } } };
  vprod_result *result = judge (without, 3, &(struct wanted) { VPROD_PASS, 0, "", "" });

  assert_evidence (result, "variables", "3");
  assert_evidence (result, "named_in_output", "2 of 3");
  vprod_result_free (result);
}
END_TEST

START_TEST (no_variable_is_never_a_pass)
{
  vprod_result_free (judge (NULL, 0, &(struct wanted) { .error = VPROD_ERROR_INVALID, .message = "no variable" }));
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_required_env");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_loop_test (tcase, each_variable_is_a_finding, 0, COUNT (findings));
  tcase_add_test (tcase, evidence_counts_how_many_were_named);
  tcase_add_test (tcase, no_variable_is_never_a_pass);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
