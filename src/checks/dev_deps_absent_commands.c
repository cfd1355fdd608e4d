/* SPDX-License-Identifier: MIT */
/*
 * Did a command fail because what it asks for is absent? That it failed says little: the program that asks may
 * itself be missing, broken, or miss something else. So its words are read: a line that says "not found" in one of
 * the many ways, and names what was asked for, says that it is absent. Some programs say no in silence; those are
 * known.
 */
#include "checks/dev_deps_absent.h"
#include "dockerfile/shell_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "util/buf.h"
#include "util/strv.h"
#include "util/text.h"

/* Programs that run a script. "python" stands for python3.12 too. */
static const char *const interpreters[] = { "python", "pypy", "node", "nodejs", "deno", "bun",     "ruby",
                                            "perl",   "php",  "lua",  "luajit", "java", "Rscript", "R",
                                            "sh",     "bash", "dash", "ash",    "zsh",  "ksh",     NULL };

/* Others that are asked about other things: their own absence says nothing of those. */
static const char *const askers[] = {
  "busybox", "env",      "xargs", "timeout", "nice",       "sudo",     "exec",    "pip",       "npm",
  "npx",     "yarn",     "pnpm",  "gem",     "bundle",     "composer", "uv",      "uvx",       "poetry",
  "pdm",     "luarocks", "conda", "dpkg",    "dpkg-query", "apt",      "apt-get", "apt-cache", "apk",
  "rpm",     "dnf",      "yum",   "pacman",  "opkg",       "which",    "whereis", "type",      "command",
  "hash",    "test",     "[",     "ls",      "stat",       "find",     "cat",     "grep",      "egrep",
  "fgrep",   "awk",      "sed",   "head",    "readlink",   "file",     NULL
};

/* Words of programs, not what is asked for. */
static const char *const fillers[] = { "import",
                                       "from",
                                       "require",
                                       "require_relative",
                                       "use",
                                       "as",
                                       "if",
                                       "then",
                                       "else",
                                       "fi",
                                       "or",
                                       "and",
                                       "not",
                                       "is",
                                       "None",
                                       "sys",
                                       "os",
                                       "exit",
                                       "sys.exit",
                                       "process.exit",
                                       "importlib",
                                       "util",
                                       "importlib.util",
                                       "find_spec",
                                       "importlib.util.find_spec",
                                       "importlib.import_module",
                                       "import_module",
                                       "__import__",
                                       "print",
                                       "puts",
                                       "echo",
                                       "console.log",
                                       "true",
                                       "false",
                                       "null",
                                       "dev",
                                       "/dev/null",
                                       "show",
                                       "list",
                                       "ls",
                                       "info",
                                       "install",
                                       "version",
                                       "help",
                                       "library",
                                       "in",
                                       "resolve",
                                       "require.resolve",
                                       "spec",
                                       "do",
                                       "done",
                                       "assert",
                                       "except",
                                       "try",
                                       "pass",
                                       "sys.path",
                                       NULL };

static const char *const phrases[] = { "no module named",
                                       "cannot find module",
                                       "cannot find package",
                                       "cannot load such file",
                                       "can't locate",
                                       "could not find",
                                       "no package called",
                                       "not found",
                                       "no such file or directory",
                                       "not installed",
                                       "no packages found matching",
                                       "does not exist",
                                       "no such module",
                                       "no such command",
                                       "unable to locate",
                                       "could not determine executable",
                                       "missing packages",
                                       "is not recognized",
                                       "which: no ",
                                       NULL };

static int is_listed (const char *word, const char *const *list)
{
  for (; *list; list++)
    if (strcmp (word, *list) == 0)
      return 1;
  return 0;
}

static int is_program_of (const char *word, const char *const *list)
{
  const char *base = vprod__shell_base_name (word);
  char name[32];
  size_t length = strlen (base);

  while (length > 1 && strchr ("0123456789.", base[length - 1]))
    length--;
  if (length >= sizeof name)
    return 0;
  memcpy (name, base, length);
  name[length] = '\0';
  return is_listed (name, list) || is_listed (base, list);
}

int vprod__is_interpreter (const char *word)
{
  return is_program_of (word, interpreters);
}

static int is_asker (const char *word)
{
  return is_program_of (word, interpreters) || is_program_of (word, askers);
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
    if (length == 0 || word[0] == '-' || strspn (word, "0123456789.") == length || is_listed (word, fillers)
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
  static const struct {
    const char *program;
    const char *letters;
  } known[] = { { "python", "cm" }, { "pypy", "cm" }, { "perl", "eEm" }, { "ruby", "er" }, { "php", "r" } };

  if (option[0] != '-' || !option[1] || !option[2])
    return NULL;
  if (option[1] == 'M')
    return option + 2;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (is_program_of (program, (const char *const[]) { known[i].program, NULL })
        && strchr (known[i].letters, option[1]))
      return option + 2;
  return NULL;
}

/* Only what follows the program counts, unless nothing does: `gcc --version` asks for gcc. */
static int find_asked (char *const *argv, char ***ret)
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

/* Is there nothing behind the program but options, or "version"? An interpreter's options may carry a question, so that
   of these only the harmless ones count. */
static int asks_for_itself (char *const *argv)
{
  static const char *const harmless[] = { "version", "help", "--version", "-version", "-V", "-VV", "-v", "--help",
                                          "-help",   "-h",   NULL };
  int interpreter = vprod__is_interpreter (argv[0]);

  for (size_t i = 1; argv[i]; i++)
    if (!is_listed (argv[i], harmless) && (interpreter || argv[i][0] != '-' || strchr (argv[i], '=')))
      return 0;
  return 1;
}

/* ---- what it said -------------------------------------------------------------------------------------- */

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
static int names_asked (const char *line, size_t length, const char *asked)
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

/* The first line that says that something is absent; with `asked`, that one of these is. Its length, 0: there is
   none. */
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
    int says = 0;
    for (size_t i = 0; phrases[i] && !says; i++)
      says = vprod__text_contains_nocase (text, phrases[i]);
    /* something that is there lacks a library */
    if (!says || strstr (text, "shared object") || strstr (text, "shared librar"))
      continue;
    *ret = line;
    if (!asked)
      return n;
    for (size_t i = 0; asked[i]; i++)
      if (names_asked (text, shown, asked[i]))
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
  if (asks_for_itself (argv) || vprod__strv_has (packages, vprod__shell_base_name (argv[0])))
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
  if (find_asked (argv, &asked) < 0)
    return -1;
  return judge_output (argv, once, asked, ret_why);
}

char *vprod__command_text (char *const *argv)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  for (size_t i = 0; argv[i]; i++) {
    int quote = argv[i][0] == '\0' || strpbrk (argv[i], " \t\n\"'$&|;<>()*?#`\\") != NULL;
    if (vprod__buf_addf (&text, quote ? "%s'%s'" : "%s%s", i ? " " : "", argv[i]) < 0)
      return NULL;
  }
  return vprod__buf_steal (&text);
}

enum vprod__presence vprod__rpm_says (const struct vprod__once *once, const char *name)
{
  const char *line = once->output ? once->output : "", *end = line + once->output_length;
  size_t length = strlen (name);
  char absent[300];

  if (!once->started || !once->ended
      || snprintf (absent, sizeof absent, "package %s is not installed", name) >= (int) sizeof absent)
    return VPROD__UNTOLD;
  while (line < end) {
    const char *newline = memchr (line, '\n', (size_t) (end - line));
    size_t n = (size_t) ((newline ? newline : end) - line);
    if (n == length && memcmp (line, name, n) == 0)
      return VPROD__PRESENT;
    if (n == strlen (absent) && memcmp (line, absent, n) == 0)
      return VPROD__ABSENT;
    line += n + 1;
  }
  return VPROD__UNTOLD;
}
