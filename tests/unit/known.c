/* SPDX-License-Identifier: MIT */
/* All rows of all tables of data/, and what src makes of the sample that stands in each. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include "known/programs.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

static const struct vprod__program programs[] = {
#include "data/programs.h"
};

START_TEST (program_is_found_by_name_path_and_version)
{
  const struct vprod__program *row = &programs[_i];
  char text[64];

  ck_assert_msg (row->kinds != 0, "%s is of no kind", row->name);
  ck_assert_msg (row->options == NULL || row->kinds & VPROD__PROGRAM_PREFIX, "%s: options of what is no prefix", row->name);
  for (int i = 0; i < 3; i++) {
    snprintf (text, sizeof text, i == 0 ? "%s" : i == 1 ? "/usr/bin/%s" : "/usr/bin/%s3.12", row->name);
    const struct vprod__program *found = vprod__known_program (text);
    ck_assert_msg (found && strcmp (found->name, row->name) == 0, "%s is %s", text, found ? found->name : "unknown");
    ck_assert_int_eq (found->kinds, row->kinds);
    ck_assert_msg (vprod__program_is (text, row->kinds) && !vprod__program_is (text, ~row->kinds), "%s", text);
  }
}
END_TEST

START_TEST (other_words_are_no_programs)
{
  static const char *const words[] = { "", "/", "3.12", "bash-completion", "pythonx", "no-bash", "tini/" };

  ck_assert_msg (!vprod__known_program (words[_i]), "%s", words[_i]);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("known");
  TCase *tc = tcase_create ("known");

  tcase_add_loop_test (tc, program_is_found_by_name_path_and_version, 0, COUNT (programs));
  tcase_add_loop_test (tc, other_words_are_no_programs, 0, 7);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
