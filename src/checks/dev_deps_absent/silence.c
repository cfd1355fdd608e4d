/* SPDX-License-Identifier: MIT */
/* Commands that say "absent" by their exit code alone. */
#include "checks/dev_deps_absent/facts.h"
#include "dockerfile/shell_words.h"
#include "known/programs.h"

#include <string.h>
#include "util/strv.h"

/* Shells answer these themselves, so that nothing can be missing. */
static int is_builtin_asker (const char *program, const char *first)
{
  if (strcmp (program, "command") == 0)
    return strcmp (first, "-v") == 0 || strcmp (first, "-V") == 0;
  if (strcmp (program, "test") == 0 || strcmp (program, "[") == 0 || strcmp (program, "[[") == 0)
    return first[0] == '-' && first[1] && strchr ("efxdsLhr", first[1]) && !first[2];
  return strcmp (program, "type") == 0 || strcmp (program, "hash") == 0 || strcmp (program, "true") == 0
         || strcmp (program, "set") == 0;
}

/* Does the text end in "|| exit 1" or "|| false", which say no for what stands before? After "&&", in an `if` or
   alone they say something else. */
static int ends_in_no (const char *text)
{
  static const char *const noes[] = { "exit", "false", "return", NULL };
  const char *last = NULL;

  for (const char *p = text; (p = strstr (p, "||")); p += 2)
    last = p + 2;
  if (!last)
    return 0;
  last += strspn (last, " \t\n");
  for (size_t i = 0; noes[i]; i++) {
    size_t n = strlen (noes[i]);
    if (strncmp (last, noes[i], n) == 0 && last[n + strspn (last + n, " \t\n;0123456789")] == '\0')
      return 1;
  }
  return 0;
}

/* Are all the simple commands such askers? hidden: a complaint of one that is missing would not be seen, unless it
   is the last, whose exit code tells. says_no: the last is there to say no for the others. */
static int only_silent_askers (const struct vprod__shell_words *words, int exit_code, int hidden, int says_no)
{
  for (size_t start = 0, end; start < words->count; start = end) {
    end = vprod__shell_command_end (words, start);
    const char *program = vprod__shell_base_name (words->list[start].text);
    const char *first = start + 1 < end ? words->list[start + 1].text : "";
    if (is_builtin_asker (program, first) || (says_no && start > 0 && end == words->count))
      continue;
    if (!vprod__program_is (program, VPROD__PROGRAM_SILENT) || exit_code != 1 || (hidden && end < words->count))
      return 0;
  }
  return words->count > 0;
}

int vprod__says_no_in_silence (char *const *argv, int exit_code)
{
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };
  _cleanup_free_ struct vprod__shell_word *list = NULL;
  size_t count = vprod__strv_length (argv);

  if (vprod__program_is (argv[0], VPROD__PROGRAM_SHELL)) {
    if (count < 3 || argv[1][0] != '-' || !strchr (argv[1], 'c'))
      return 0;
    if (vprod__shell_split (argv[2], &words) < 0)
      return -1;
    return only_silent_askers (&words, exit_code, strstr (argv[2], "2>") || strstr (argv[2], "&>"),
                               ends_in_no (argv[2]));
  }
  /* an interpreter that was told to exit so */
  if (vprod__is_interpreter (argv[0]) && count >= 3 && argv[1][0] == '-' && strstr (argv[2], "exit"))
    return exit_code == 1;
  list = calloc (count, sizeof *list);
  if (!list)
    return -1;
  for (size_t i = 0; i < count; i++)
    list[i].text = argv[i];
  struct vprod__shell_words lent = { list, count };
  return only_silent_askers (&lent, exit_code, 0, 0);
}
