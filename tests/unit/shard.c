/* SPDX-License-Identifier: MIT */
/* Which part is this worker's: by --shard, and by what schedulers set. */
#include "unit.h"
#include "../../src/cli/shard.h"

static const struct {
  const char *text;
  int r;
  size_t index, count;
} texts[] = {
  { "1/1", 0, 0, 1 },   { "1/4", 0, 0, 4 },   { "4/4", 0, 3, 4 }, { "10/100000", 0, 9, 100000 }, { "0/4", -1, 0, 0 },
  { "5/4", -1, 0, 0 },  { "1/0", -1, 0, 0 },  { "1", -1, 0, 0 },  { "/4", -1, 0, 0 },            { "1/", -1, 0, 0 },
  { "", -1, 0, 0 },     { "-1/4", -1, 0, 0 }, { "1/4x", -1, 0, 0 }, { "1 /4", -1, 0, 0 },        { "1/4/2", -1, 0, 0 },
  { "1/100001", -1, 0, 0 }, { "99999999999999/4", -1, 0, 0 },
};

START_TEST (part_is_named_by_two_numbers)
{
  struct shard shard = { 0 };

  ck_assert_int_eq (shard_parse (texts[_i].text, &shard), texts[_i].r);
  ck_assert_uint_eq (shard.index, texts[_i].index);
  ck_assert_uint_eq (shard.count, texts[_i].count);
}
END_TEST

static const struct {
  const char *env[8]; /* name, value, …, NULL */
  int r;
  size_t index, count;
  const char *why;
} envs[] = {
  { { NULL }, 0, 0, 0, NULL },
  { { "JOB_COMPLETION_INDEX", "2", "JOB_COMPLETIONS", "5", NULL }, 1, 2, 5, NULL },
  { { "JOB_COMPLETION_INDEX", "2", NULL }, -1, 0, 0, "JOB_COMPLETIONS is not set" },
  { { "JOB_COMPLETION_INDEX", "5", "JOB_COMPLETIONS", "5", NULL }, -1, 0, 0, "JOB_COMPLETION_INDEX=5" },
  { { "JOB_COMPLETION_INDEX", "x", "JOB_COMPLETIONS", "5", NULL }, -1, 0, 0, "JOB_COMPLETION_INDEX is 'x'" },
  { { "SLURM_ARRAY_TASK_ID", "3", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "1", NULL }, 1, 2, 4, NULL },
  { { "SLURM_ARRAY_TASK_ID", "3", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "0", NULL }, 1, 3, 4, NULL },
  { { "SLURM_ARRAY_TASK_ID", "9", "SLURM_ARRAY_TASK_COUNT", "3", "SLURM_ARRAY_TASK_MIN", "1", "SLURM_ARRAY_TASK_STEP", "4" }, 1, 2, 3, NULL },
  { { "CI_NODE_INDEX", "1", "CI_NODE_TOTAL", "3", NULL }, 1, 0, 3, NULL },
  { { "CI_NODE_INDEX", "3", "CI_NODE_TOTAL", "3", NULL }, 1, 2, 3, NULL },
  { { "CI_NODE_INDEX", "0", "CI_NODE_TOTAL", "3", NULL }, -1, 0, 0, "GitLab" },
  { { "CI_NODE_TOTAL", "1", NULL }, 0, 0, 0, NULL },
  { { "BUILDKITE_PARALLEL_JOB", "0", "BUILDKITE_PARALLEL_JOB_COUNT", "2", NULL }, 1, 0, 2, NULL },
  { { "CIRCLE_NODE_INDEX", "1", "CIRCLE_NODE_TOTAL", "2", NULL }, 1, 1, 2, NULL },
};

START_TEST (scheduler_says_which_part)
{
  static const char *const all[] = { "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "CI_NODE_INDEX", "BUILDKITE_PARALLEL_JOB",
                                     "CIRCLE_NODE_INDEX", "JOB_COMPLETIONS", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
                                     "SLURM_ARRAY_TASK_STEP", "CI_NODE_TOTAL", "BUILDKITE_PARALLEL_JOB_COUNT", "CIRCLE_NODE_TOTAL" };
  struct shard shard = { 0 };
  char *why = NULL;

  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    unsetenv (all[i]);
  for (size_t i = 0; i + 1 < 8 && envs[_i].env[i]; i += 2)
    setenv (envs[_i].env[i], envs[_i].env[i + 1], 1);
  ck_assert_int_eq (shard_from_env (&shard, &why), envs[_i].r);
  ck_assert_uint_eq (shard.index, envs[_i].index);
  ck_assert_uint_eq (shard.count, envs[_i].count);
  ck_assert_int_eq (why != NULL, envs[_i].why != NULL);
  ck_assert_msg (!why || strstr (why, envs[_i].why), "%s", why);
  free (why);
}
END_TEST

START_TEST (each_position_is_in_exactly_one_part)
{
  for (size_t count = 1; count < 9; count++)
    for (size_t position = 0; position < 40; position++) {
      size_t n = 0;
      for (size_t index = 0; index < count; index++)
        n += (size_t) shard_has (&(struct shard) { index, count }, position);
      ck_assert_uint_eq (n, 1);
    }
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("shard");
  TCase *tc = tcase_create ("shard");

  tcase_add_loop_test (tc, part_is_named_by_two_numbers, 0, sizeof texts / sizeof texts[0]);
  tcase_add_loop_test (tc, scheduler_says_which_part, 0, sizeof envs / sizeof envs[0]);
  tcase_add_test (tc, each_position_is_in_exactly_one_part);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
