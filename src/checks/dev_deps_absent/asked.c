/* SPDX-License-Identifier: MIT */
/*
 * What a command asks for: the words behind the program that asks, without those of its language.
 * `python -c "import pytest"` asks for pytest, `gcc --version` for gcc.
 */
#include "checks/dev_deps_absent/facts.h"
#include "dockerfile/shell_words.h"
#include "known/phrases.h"
#include "known/programs.h"

#include <ctype.h>
#include <string.h>
#include "util/strv.h"

int vprod__is_interpreter (const char *word)
{
  return vprod__program_is (word, VPROD__PROGRAM_INTERPRETER | VPROD__PROGRAM_JVM | VPROD__PROGRAM_SHELL);
}

static int is_asker (const char *word)
{
  return vprod__is_interpreter (word) || vprod__program_is (word, VPROD__PROGRAM_ASKER);
}

/* ---- what is asked for --------------------------------------------------------------------------------- */

static int is_word_char (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("_.@+/:-", c));
}

/* Adds the words of one argument that name something; `asking` says whether askers are among those wanted. */
static int add_words (const char *text, int asking, char ***ret)
{
  while (*text) {
    size_t length = 0;
    while (*text && !is_word_char (*text))
      text++;
    while (is_word_char (text[length]))
      length++;
    char *word = strndup (text, length);
    if (!word)
      return -1;
    text += length;
    while (length > 0 && strchr (".:-", word[length - 1]))
      word[--length] = '\0';
    if (length == 0 || word[0] == '-' || strspn (word, "0123456789.") == length || vprod__says (VPROD__NAMES_FILLER, word)
        || (length == 1 && word[0] != '[') || is_asker (word) != asking)
      free (word);
    else if (vprod__strv_take (ret, word) < 0)
      return -1;
  }
  return 0;
}

/* What is written onto an option: "Test::More" of `perl -MTest::More`, "pytest" of `python -mpytest`; or NULL. */
static const char *attached_question (const char *program, const char *option)
{
  const struct vprod__program *known = vprod__known_program (program);

  if (option[0] != '-' || !option[1] || !option[2])
    return NULL;
  if (option[1] == 'M')
    return option + 2;
  return known && known->code && strchr (known->code, option[1]) ? option + 2 : NULL;
}

/* Only what follows the program counts, unless nothing does: `gcc --version` asks for gcc. */
int vprod__find_asked (char *const *argv, char ***ret)
{
  int r = 0;

  for (size_t i = 1; argv[i] && r == 0; i++) {
    const char *attached = attached_question (argv[0], argv[i]);
    if (attached || argv[i][0] != '-' || strchr (argv[i], '='))
      r = add_words (attached ? attached : argv[i], 0, ret);
  }
  for (size_t i = 1; argv[i] && r == 0 && !*ret; i++)
    r = add_words (argv[i], 1, ret);
  if (r == 0 && !*ret)
    r = vprod__strv_add (ret, vprod__shell_base_name (argv[0]));
  return r;
}

/* An interpreter's options may carry a question, so that of these only the harmless ones count. */
int vprod__asks_for_itself (char *const *argv)
{
  int interpreter = vprod__is_interpreter (argv[0]);

  for (size_t i = 1; argv[i]; i++)
    if (!vprod__says (VPROD__NAMES_ABOUT_ITSELF, argv[i]) && (interpreter || argv[i][0] != '-' || strchr (argv[i], '=')))
      return 0;
  return 1;
}

/* ---- is it named in what is said? --------------------------------------------------------------------- */

/* Stands the name in the line as a name of its own? "pytest" does not in "pytest.mark", "pytest-cov" or
   "/x/pytest/y". */
static int names (const char *line, size_t length, const char *name, const char *may_follow)
{
  size_t n = strlen (name);

  for (size_t i = 0; i + n <= length; i++) {
    const char *after = line + i + n, *end = line + length;
    if (memcmp (line + i, name, n) != 0)
      continue;
    if (i > 0 && (isalnum ((unsigned char) line[i - 1]) || strchr ("_.@-", line[i - 1])) && name[0] != '/')
      continue;
    if (after < end && (isalnum ((unsigned char) *after) || *after == '_' || *after == '-'))
      continue;
    if (after + 1 < end && strchr ("./:", *after) && (isalnum ((unsigned char) after[1]) || after[1] == ':')
        && !(*may_follow && (size_t) (end - after) >= strlen (may_follow)
             && memcmp (after, may_follow, strlen (may_follow)) == 0))
      continue;
    return 1;
  }
  return 0;
}

/* Test::More is Test/More.pm to perl; of a.b.c it is enough that a or a.b is absent. */
int vprod__names_asked (const char *line, size_t length, const char *asked)
{
  char form[256];
  size_t n = strlen (asked);

  if (n >= sizeof form)
    return 0;
  if (names (line, length, asked, ""))
    return 1;
  memcpy (form, asked, n + 1);
  if (strstr (form, "::")) {
    size_t out = 0;
    for (size_t i = 0; i <= n; i++)
      if (form[i] == ':' && form[i + 1] == ':') {
        form[out++] = '/';
        i++;
      }
      else
        form[out++] = form[i];
    return names (line, length, form, ".pm");
  }
  if (strchr (form, '/'))
    return 0;
  for (char *dot; (dot = strrchr (form, '.'));) {
    *dot = '\0';
    if (*form && names (line, length, form, ""))
      return 1;
  }
  return 0;
}
