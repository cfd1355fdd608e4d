/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "dockerfile/shell_words.h"
#include "util/buf.h"

/* Words with blanks between, "|" before one that begins a command, "$" behind one that expands. */
static const struct {
  const char *text;
  const char *words;
} texts[] = {
  { "", "" },
  { "apt-get update", "|apt-get update" },
  { "a && b||c;d|e & f", "|a |b |c |d |e |f" },
  { "a\nb", "|a |b" },
  { "a \\\n  b", "|a b" },
  { "echo 'a  b' \"c d\"", "|echo <a  b> <c d>" },
  { "echo \"a \\\"b\\\" c\"", "|echo <a \"b\" c>" },
  { "echo a\\ b", "|echo a b" },
  { "echo x # a comment", "|echo x" },
  { "echo x#y", "|echo x#y" },
  { "# whole\necho x", "|echo x" },
  { "TOKEN=$(cat /run/x; echo) run", "|TOKEN=$(cat /run/x; echo)$ run" },
  { "TOKEN=\"${T:-a b}\" run", "|<TOKEN=${T:-a b}>$ run" },
  { "TOKEN='a$b' run", "|<TOKEN=a$b> run" },
  { "echo `date`", "|echo `date`$" },
  { "(cd x && make) >/dev/null 2>&1", "|cd x |make |/dev/null 2 1" },
  { "a &>/x; b >&2 & c", "|a /x |b 2 |c" },
  { "[\"pip\", \"install\", \"x\"]", "|<pip> <install> <x>" },
  { "[ \"a\" \"b c\" ]", "|<a> <b c>" },
  { "[ -e /x ]", "|[ -e /x ]" },
  { "sh -c 'pip install x'", "|sh -c <pip install x> |pip install x" },
  { "bash -o pipefail -lc \"a | b\"", "|bash -o pipefail -lc <a | b> |a |b" },
  { "sh -c \"sh -c 'a b'\"", "|sh -c <sh -c 'a b'> |sh -c <a b> |a b" },
  { "echo 'not closed", "|echo <not closed>" },
  { "echo $(not closed", "|echo $(not closed$" },
  { "echo \\", "|echo \\" },
};

START_TEST (splits_as_a_shell_does)
{
  struct vprod__shell_words words;
  struct vprod__buf shown = { 0 };

  ck_assert_int_eq (vprod__shell_split (texts[_i].text, &words), 0);
  for (size_t i = 0; i < words.count; i++)
    ck_assert_int_eq (vprod__buf_addf (&shown, words.list[i].quoted ? "%s%s<%s>%s" : "%s%s%s%s", i ? " " : "",
                                       words.list[i].starts ? "|" : "", words.list[i].text,
                                       words.list[i].expands ? "$" : ""), 0);
  ck_assert_str_eq (vprod__buf_string (&shown), texts[_i].words);
  vprod__buf_clear (&shown);
  vprod__shell_words_clear (&words);
}
END_TEST

static const struct {
  const char *text;
  const char *program; /* "": none */
} programs[] = {
  { "apt-get install x", "apt-get" },
  { "A=1 B=2 pip install x", "pip" },
  { "sudo -E env X=1 exec /usr/bin/pip3 install", "/usr/bin/pip3" },
  { "if ! which gcc", "which" },
  { "A=1", "" },
};

START_TEST (finds_the_program_behind_what_stands_before_it)
{
  struct vprod__shell_words words;

  ck_assert_int_eq (vprod__shell_split (programs[_i].text, &words), 0);
  size_t end = vprod__shell_command_end (&words, 0), program = vprod__shell_program (&words, 0, end);
  ck_assert_str_eq (program < end ? words.list[program].text : "", programs[_i].program);
  vprod__shell_words_clear (&words);
}
END_TEST

START_TEST (deep_nesting_ends)
{
  struct vprod__buf text = { 0 };
  struct vprod__shell_words words;

  for (int i = 0; i < 2000; i++)
    ck_assert_int_eq (vprod__buf_adds (&text, "sh -c \"${$(`"), 0);
  ck_assert_int_eq (vprod__shell_split (text.data, &words), 0);
  ck_assert_uint_lt (words.count, 20000);
  vprod__shell_words_clear (&words);
  vprod__buf_clear (&text);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("shell_words");
  TCase *tcase = tcase_create ("shell_words");

  tcase_add_loop_test (tcase, splits_as_a_shell_does, 0, COUNT (texts));
  tcase_add_loop_test (tcase, finds_the_program_behind_what_stands_before_it, 0, COUNT (programs));
  tcase_add_test (tcase, deep_nesting_ends);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
