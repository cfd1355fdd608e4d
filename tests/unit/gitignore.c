/* SPDX-License-Identifier: MIT */
/* What .gitignore says, by gitignore(5). Where git is installed it is held against git itself by tests/cli/many.test. */
#include "unit.h"

#include "util/gitignore.h"

static const struct {
  const char *text;
  const char *path;
  int is_folder;
  int says;
} rows[] = {
  { "", "a", 1, 0 },
  { "# a\n\n", "a", 1, 0 },
  { "a", "a", 0, 1 },
  { "a\n", "x/y/a", 0, 1 },
  { "a/\n", "a", 0, 0 },
  { "a/\n", "a", 1, 1 },
  { "a/\n", "x/a", 1, 1 },
  { "/a\n", "a", 1, 1 },
  { "/a\n", "x/a", 1, 0 },
  { "x/a\n", "x/a", 1, 1 },
  { "x/a\n", "y/x/a", 1, 0 },
  { "**/x/a\n", "y/x/a", 1, 1 },
  { "x/**\n", "x", 1, 0 },
  { "x/**\n", "x/a/b", 0, 1 },
  { "x/**/a\n", "x/a", 0, 1 },
  { "x/**/a\n", "x/y/z/a", 0, 1 },
  { "*.log\n", "x/a.log", 0, 1 },
  { "*.log\n", "x/a.logs", 0, 0 },
  { "/*\n", "a", 1, 1 },
  { "/*\n", "a/b", 1, 0 },
  { "a?c\n", "abc", 0, 1 },
  { "a[0-9]\n", "a7", 0, 1 },
  { "a\n!a\n", "a", 1, -1 },
  { "!a\na\n", "a", 1, 1 },
  { "a*\n!ab\n", "ab", 1, -1 },
  { "a*\n!ab\n", "ac", 1, 1 },
  { "\\#a\n", "#a", 0, 1 },
  { "\\!a\n", "!a", 0, 1 },
  { "a  \n", "a", 0, 1 },
  { "a\\ \n", "a ", 0, 1 },
  { "a\r\nb\r\n", "b", 0, 1 },
  { "/\n", "a", 1, 0 },
  { "!\n", "a", 1, 0 },
  { "node_modules", "node_modules", 1, 1 },
};

START_TEST (says_what_is_left_out)
{
  _cleanup_ (vprod__gitignore_freep) struct vprod__gitignore *ignore = vprod__gitignore_parse (rows[_i].text);

  ck_assert_ptr_nonnull (ignore);
  ck_assert_int_eq (vprod__gitignore_says (ignore, rows[_i].path, rows[_i].is_folder), rows[_i].says);
}
END_TEST

START_TEST (no_file_says_nothing)
{
  ck_assert_int_eq (vprod__gitignore_says (NULL, "a", 1), 0);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("gitignore");
  TCase *tc = tcase_create ("gitignore");

  tcase_add_loop_test (tc, says_what_is_left_out, 0, sizeof rows / sizeof rows[0]);
  tcase_add_test (tc, no_file_says_nothing);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
