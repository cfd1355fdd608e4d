/* SPDX-License-Identifier: MIT */
#include "known/programs.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct vprod__program programs[] = {
#include "data/programs.h"
};

static const struct vprod__program *find (const char *name, size_t length)
{
  for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
    if (strncmp (programs[i].name, name, length) == 0 && programs[i].name[length] == '\0')
      return &programs[i];
  return NULL;
}

const struct vprod__program *vprod__known_program (const char *word)
{
  const char *slash = strrchr (word, '/'), *name = slash && slash[1] ? slash + 1 : word;
  size_t length = strlen (name);
  const struct vprod__program *program = find (name, length);

  while (length > 1 && strchr ("0123456789.", name[length - 1]))
    length--;
  return program ? program : find (name, length);
}

int vprod__program_is (const char *word, int kinds)
{
  const struct vprod__program *program = vprod__known_program (word);

  return program && (program->kinds & kinds) != 0;
}

/* ---- command lines ---------------------------------------------------------------------------------------------- */

/* The name without its folders, and without the dash of a login shell. */
static const char *base_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  path = slash ? slash + 1 : path;
  return *path == '-' ? path + 1 : path;
}

enum vprod__shell vprod__shell_of_words (const char *const *words)
{
  size_t i = 0;

  if (!words || !words[0])
    return VPROD__SHELL_NONE;
  if (strcmp (base_name (words[0]), "busybox") == 0 && words[1])
    i = 1;
  if (!vprod__program_is (base_name (words[i]), VPROD__PROGRAM_SHELL))
    return VPROD__SHELL_NONE;
  for (i++; words[i] && (words[i][0] == '-' || words[i][0] == '+'); i++) {
    if (words[i][0] == '-' && words[i][1] != '-' && strchr (words[i], 'c'))
      return VPROD__SHELL_FORM;
    if (words[i][1] != '-' && strpbrk (words[i], "oO") && words[i + 1]) /* -o pipefail */
      i++;
  }
  return VPROD__SHELL_SCRIPT;
}

/* A command line as `ps` shows it, cut at blanks: good enough for the words that come before the program's own. */
enum vprod__shell vprod__shell_of_line (const char *command_line)
{
  char copy[512];
  const char *words[16];
  size_t n = 0;
  char *rest = copy, *word;

  if (!command_line)
    return VPROD__SHELL_NONE;
  strncpy (copy, command_line, sizeof copy - 1);
  copy[sizeof copy - 1] = '\0';
  while (n < sizeof words / sizeof words[0] - 1 && (word = strsep (&rest, " ")))
    if (*word)
      words[n++] = word;
  words[n] = NULL;
  return vprod__shell_of_words (words);
}

/* The name of the program, or of the script that an interpreter runs. */
static void program_name (const char *command_line, char text[static 128])
{
  char word[128];

  *text = '\0';
  for (int n = 0; command_line && n < 2; n++) {
    size_t length = strcspn (command_line, " ");
    snprintf (word, sizeof word, "%.*s", length < sizeof word ? (int) length : 0, command_line);
    snprintf (text, 128, "%s", base_name (word));
    if (!vprod__program_is (text, VPROD__PROGRAM_INTERPRETER))
      return;
    command_line += length + strspn (command_line + length, " ");
  }
}

int vprod__command_is (const char *command_line, int kinds)
{
  char name[128];

  program_name (command_line, name);
  return vprod__program_is (name, kinds);
}
