/* SPDX-License-Identifier: MIT */
/* Literal secrets in commands and their arguments. */
#include "known/programs.h"
#include "scan/command.h"
#include "util/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_name_char (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("_.-", c));
}

/* ---- one word ------------------------------------------------------------------------------------------ */

/* A value that the shell expands: only the default in ${X:-default} is literal. */
static int tell_expanded (const struct vprod__secret_search *search, const char *name, size_t name_length,
                          const char *value, size_t length)
{
  if (length > 5 && value[0] == '$' && value[1] == '{' && value[length - 1] == '}') {
    const char *dash = memmem (value, length, ":-", 2);
    if (dash && dash[2] != '$')
      return vprod__secret_given (search, name, name_length, dash + 2, (size_t) (value + length - 1 - dash - 2));
  }
  return 0;
}

static int tell_pair (const struct vprod__secret_search *search, const char *name, size_t name_length, const char *value,
                      size_t length, int expands)
{
  int option = 0;

  for (; name_length > 0 && strchr ("-.", *name); name++, name_length--)
    option = *name == '-';
  if (option && name_length > 1 && name[0] == 'D' && isalpha ((unsigned char) name[1])) { /* -Dname=value */
    name++;
    name_length--;
  }
  if (expands && (memchr (value, '$', length) || memchr (value, '`', length)))
    return tell_expanded (search, name, name_length, value, length);
  return vprod__secret_given (search, name, name_length, value, length);
}

/* Where a value ends. */
enum extent { TO_SIGN, TO_ESCAPE, TO_END };

/* The length of a value at p: to a sign that cannot be part of it, to a "\n" for printf, or to the end of the word. */
static size_t value_length (const char *p, enum extent extent)
{
  size_t length = strlen (p);

  if (extent == TO_END)
    return length;
  if (extent == TO_ESCAPE) {
    const char *escape = strstr (p, "\\n");
    return escape ? (size_t) (escape - p) : length;
  }
  if (*p == '$' && (p[1] == '{' || p[1] == '(')) {
    const char *close = strchr (p, p[1] == '{' ? '}' : ')');
    return close ? (size_t) (close - p) + 1 : strlen (p);
  }
  length = strcspn (p, " \t\r\n\"',;|&)}]<>\\");
  return length;
}

/* The beginnings of regular expressions. */
static int is_pattern (const char *value)
{
  static const char *const begins[] = { ".*", ".+", ".\\", "\\(", "(.", "[^", "[a-", "[A-", "[0-", "[[:", NULL };

  return vprod__text_begins_with_one_of (value, begins);
}

/* "Password: set it by hand": a word of letters, and another behind it. */
static int is_sentence (const char *value, size_t length)
{
  const char *next = value + length + strspn (value + length, " ");
  size_t n = 0;

  for (size_t i = 0; i < length; i++)
    if (!isalpha ((unsigned char) value[i]))
      return 0;
  while (isalpha ((unsigned char) next[n]))
    n++;
  return next > value + length && n > 0 && (!next[n] || strchr (" .,;!?'\"\\\n", next[n]));
}

/* NAME=value, NAME = value, NAME: value, "NAME": "value", in a word, which may be a whole text. assigns: the word is one
   NAME=value, whatever characters the value has. */
static int scan_word (const struct vprod__secret_search *search, const char *text, int expands, int assigns)
{
  int single = assigns || strpbrk (text, " \t\n") == NULL;

  for (const char *p = text; *p;) {
    size_t n = 0;
    if (!is_name_char (*p)) {
      p += *p == '\\' && p[1] && strchr ("nrt", p[1]) ? 2 : 1; /* printf 'a\nb' */
      continue;
    }
    while (is_name_char (p[n]))
      n++;
    const char *name = p, *q = p + n;
    p = q;
    int key_quoted = (*q == '"' || *q == '\'') && name > text && name[-1] == *q;
    q += key_quoted;
    const char *after = q + strspn (q, " \t");
    if (single && after > q)
      continue;
    if (*after == '=' && after[1] != '=')
      q = after + 1;
    else if (*after == ':' && after == q && (key_quoted || after[1] == ' ' || after[1] == '"'))
      q = after + 1;
    else
      continue;
    int assigned = q[-1] == '=' && q - 1 == name + n; /* without blanks: after "X=" the line may end */
    const char *value = q;
    if (!assigned || q[0] == ' ')
      value = q + strspn (q, " \t");
    if (assigned && value > q)
      continue; /* NAME= value: the name has no value */
    int quoted = *value == '"' || *value == '\'';
    enum extent extent = assigns ? TO_END : single && name == text + strspn (text, "-") ? TO_ESCAPE : TO_SIGN;
    size_t length = quoted ? strcspn (value + 1, *value == '"' ? "\"\n" : "'\n")
                           : value_length (value, extent);
    if ((!assigns && is_pattern (value)) || (!assigned && !quoted && is_sentence (value, length))) {
      p = value + 1;
      continue;
    }
    int r = tell_pair (search, name, n, value + quoted, length, expands);
    if (r != 0)
      return r;
    p = value + quoted + length;
  }
  return 0;
}

/* ---- a simple command ---------------------------------------------------------------------------------- */

/* Arguments of these are names of packages, with "=version" behind some. */
static int installs_packages (const struct vprod__secret_command *command)
{
  return vprod__program_is (vprod__secret_program (command), VPROD__PROGRAM_INSTALLER) && !vprod__secret_sets (command);
}

static int is_shell (const char *word)
{
  return vprod__program_is (word, VPROD__PROGRAM_SHELL) || strcmp (word, "CMD-SHELL") == 0;
}

/* Is it the argument of `sh -c`? That is split into words and searched as a command of its own. */
static int is_inner_command (const struct vprod__secret_command *command, size_t i)
{
  const char *before = i > command->start ? command->words->list[i - 1].text : "";

  return is_shell (vprod__secret_program (command))
      && ((before[0] == '-' && strchr (before, 'c')) || strcmp (before, "CMD-SHELL") == 0);
}

/* A script of sed, "s,password=.*,password=value,": each part between the delimiters is a text of its own. */
static int scan_sed_script (const struct vprod__secret_command *command, const struct vprod__shell_word *word)
{
  const char *begin = word->text + strspn (word->text, "0123456789,$");
  char delimiter = *begin == 's' ? begin[1] : *begin;
  _cleanup_free_ char *texts = strdup (word->text);

  if (!texts)
    return -1;
  for (char *p = texts; ispunct ((unsigned char) delimiter) && (p = strchr (p, delimiter)); p++)
    *p = '\n';
  return scan_word (command->search, texts, word->expands, 0);
}

static int scan_simple_command (const struct vprod__secret_command *command)
{
  static const char *const assigners[] = { "export", "declare", "typeset", "local", "readonly", "set", NULL };
  int packages = installs_packages (command), assigning = vprod__text_is_one_of (vprod__secret_program (command), assigners), r = 0;

  for (size_t i = command->start; i < command->end && r == 0; i++) {
    const struct vprod__shell_word *word = &command->words->list[i];
    if ((i > command->program && packages && word->text[0] != '-' && !word->quoted)
        || is_inner_command (command, i))
      continue;
    int assigns = (i < command->program || assigning) && vprod__shell_assignment (word->text);
    if (i > command->program && strcmp (vprod__secret_program (command), "sed") == 0)
      r = scan_sed_script (command, word);
    else
      r = scan_word (command->search, word->text, word->expands, assigns);
    if (r == 0)
      r = vprod__secret_in_argument (command, i);
  }
  return r;
}

static int scan_words (const struct vprod__secret_search *search, const struct vprod__shell_words *words)
{
  size_t before = 0;
  int r = 0;

  for (size_t start = 0, end; start < words->count && r == 0; before = start, start = end) {
    end = vprod__shell_command_end (words, start);
    struct vprod__secret_command command = { words, start, vprod__shell_program (words, start, end), end, search };
    r = scan_simple_command (&command);
    if (r == 0 && start > before)
      r = vprod__secret_before (&command, before);
  }
  return r;
}

int vprod__secrets_given_in_command (const struct vprod__secret_search *search, const char *text)
{
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };

  if (vprod__shell_split (text, &words) < 0)
    return -1;
  return scan_words (search, &words);
}

int vprod__secrets_given_in_argv (const struct vprod__secret_search *search, char *const *argv)
{
  struct vprod__shell_words words = { 0 };
  int r = 0;

  while (argv[words.count])
    words.count++;
  words.list = calloc (words.count, sizeof *words.list);
  if (!words.list)
    return -1;
  for (size_t i = 0; i < words.count; i++) {
    words.list[i].text = argv[i];
    words.list[i].starts = i == 0;
    words.list[i].quoted = 1;
  }
  r = scan_words (search, &words);
  free (words.list); /* the texts belong to argv */
  for (size_t i = 1; r == 0 && is_shell (argv[0]) && argv[i]; i++)
    if (argv[i][0] != '-')
      r = vprod__secrets_given_in_command (search, argv[i]);
  return r;
}
