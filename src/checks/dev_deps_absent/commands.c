/* SPDX-License-Identifier: MIT */
/*
 * Did a command fail because what it asks for is absent? The failure alone says little: the program that asks may itself be
 * missing or broken, or lack something else. So its output is read: a line that says "not found" in one of many ways and
 * names what was asked for says that it is absent. Programs that print nothing are known by name (silence.c).
 */
#include "checks/dev_deps_absent/facts.h"
#include "dockerfile/shell_words.h"
#include "known/phrases.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "util/buf.h"
#include "util/strv.h"
#include "util/text.h"

/* ---- what it said -------------------------------------------------------------------------------------- */

/* The first line that says that something is absent; with `asked`, that one of these is. Its length; 0: there is none. */
static size_t find_line (const char *output, size_t length, char *const *asked, const char **ret)
{
  for (size_t start = 0; start < length;) {
    const char *line = output + start, *newline = memchr (line, '\n', length - start);
    size_t n = newline ? (size_t) (newline - line) : length - start;
    char text[512];
    size_t shown = n < sizeof text ? n : sizeof text - 1;
    memcpy (text, line, shown);
    text[shown] = '\0';
    start += n + 1;
    if (!vprod__says (VPROD__SAYS_ABSENT, text) || vprod__says (VPROD__SAYS_PRESENT, text))
      continue;
    *ret = line;
    if (!asked)
      return n;
    for (size_t i = 0; asked[i]; i++)
      if (vprod__names_asked (text, shown, asked[i]))
        return n;
  }
  return 0;
}

/* The script that an interpreter was to run, or NULL: `python /probe.py`. */
static const char *script_of (char *const *argv)
{
  if (!vprod__is_interpreter (argv[0]))
    return NULL;
  for (size_t i = 1; argv[i]; i++) {
    if (argv[i][0] != '-')
      return strchr (argv[i], '.') || argv[i][0] == '/' ? argv[i] : NULL;
    if (argv[i][1] != '-' && strpbrk (argv[i], "cemrM"))
      return NULL;
  }
  return NULL;
}

/* ---- the answer ---------------------------------------------------------------------------------------- */

__attribute__ ((format (printf, 3, 4))) static int answer (int presence, char **ret_why, const char *format, ...)
{
  va_list ap;
  char *why = NULL;

  va_start (ap, format);
  int n = vasprintf (&why, format, ap);
  va_end (ap);
  if (n < 0)
    return -1;
  *ret_why = why;
  return presence;
}

static int judge_not_started (char *const *argv, const struct vprod__once *once, char *const *packages,
                              char **ret_why)
{
  const char *why = once->why ? once->why : "";
  int missing = vprod__text_contains_nocase (why, "no such file")
             || vprod__text_contains_nocase (why, "not found");

  if (!missing)
    return answer (VPROD__UNTOLD, ret_why, "%s could not be started: %s", argv[0], why);
  if (vprod__asks_for_itself (argv) || vprod__strv_has (packages, vprod__shell_base_name (argv[0])))
    return answer (VPROD__ABSENT, ret_why, "%s is not in the image", argv[0]);
  return answer (VPROD__UNTOLD, ret_why, "%s, which was to be asked, is not in the image", argv[0]);
}

static int is_blank (const char *output, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (!isspace ((unsigned char) output[i]))
      return 0;
  return 1;
}

static int judge_output (char *const *argv, const struct vprod__once *once, char *const *asked, char **ret_why)
{
  const char *output = once->output ? once->output : "", *line = NULL, *script = script_of (argv);
  size_t length = once->output_length, n;
  int silent;

  if (script && (n = find_line (output, length, NULL, &line)) > 0 && memmem (line, n, script, strlen (script)))
    return answer (VPROD__UNTOLD, ret_why, "%s, which was to be run, is not in the image", script);
  n = find_line (output, length, asked, &line);
  if (n > 0)
    return answer (VPROD__ABSENT, ret_why, "%.*s", n > 200 ? 200 : (int) n, line);
  n = find_line (output, length, NULL, &line);
  if (n > 0)
    return answer (VPROD__UNTOLD, ret_why, "it says \"%.*s\", which is not what was asked for",
                   n > 200 ? 200 : (int) n, line);
  silent = vprod__says_no_in_silence (argv, once->exit_code);
  if (silent < 0)
    return -1;
  if (silent && is_blank (output, length))
    return answer (VPROD__ABSENT, ret_why, "it says no by exit code %d", once->exit_code);
  if (once->output_length >= 5 && strncmp (output, "false", 5) == 0 && is_blank (output + 5, length - 5)
      && strcmp (vprod__shell_base_name (argv[0]), "gem") == 0)
    return answer (VPROD__ABSENT, ret_why, "it says \"false\"");
  if (memmem (output, length, "(empty)", 7) && strcmp (vprod__shell_base_name (argv[0]), "npm") == 0)
    return answer (VPROD__ABSENT, ret_why, "it lists nothing");
  if (is_blank (output, length))
    return answer (VPROD__UNTOLD, ret_why,
                   "it exited with code %d and said nothing: that does not say that anything is absent",
                   once->exit_code);
  _cleanup_free_ char *tail = vprod__text_tail (output, length, 1, 200);
  if (!tail)
    return -1;
  return answer (VPROD__UNTOLD, ret_why,
                 "it exited with code %d, and does not say that anything is absent; its last words: %s",
                 once->exit_code, tail);
}

int vprod__judge_command (char *const *argv, const struct vprod__once *once, char *const *packages, char **ret_why)
{
  _cleanup_strv_ char **asked = NULL;

  if (!once->started)
    return judge_not_started (argv, once, packages, ret_why);
  if (once->oom_killed)
    return answer (VPROD__UNTOLD, ret_why, "it ran out of memory");
  if (!once->ended)
    return answer (VPROD__UNTOLD, ret_why, "it was still running after %.1f s", (double) once->duration_ms / 1000);
  if (once->exit_code == 0)
    return answer (VPROD__PRESENT, ret_why, "it exits with code 0");
  if (vprod__find_asked (argv, &asked) < 0)
    return -1;
  return judge_output (argv, once, asked, ret_why);
}
