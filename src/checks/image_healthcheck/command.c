/* SPDX-License-Identifier: MIT */
/* The command of a HEALTHCHECK: what the engine runs for it, and what mistakes are seen in its text. */
#include "checks/image_healthcheck/facts.h"
#include "dockerfile/shell_words.h"
#include "known/programs.h"
#include "util/buf.h"
#include "util/strv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum vprod__healthcheck_form vprod__healthcheck_form (char *const *test)
{
  if (!test || !test[0] || !*test[0])
    return VPROD__HEALTHCHECK_NONE;
  if (strcmp (test[0], "NONE") == 0)
    return VPROD__HEALTHCHECK_OFF;
  if (!test[1] || !*test[1])
    return VPROD__HEALTHCHECK_ODD;
  return strcmp (test[0], "CMD") == 0         ? VPROD__HEALTHCHECK_EXEC
         : strcmp (test[0], "CMD-SHELL") == 0 ? VPROD__HEALTHCHECK_SHELL
                                              : VPROD__HEALTHCHECK_ODD;
}

/* Docker's moby/daemon/health.go: the shell's words, then those of the test. */
int vprod__healthcheck_argv (char *const *test, char *const *shell, char ***ret)
{
  static char sh[] = "/bin/sh", c[] = "-c";
  static char *const usual[] = { sh, c, NULL };
  _cleanup_strv_ char **argv = NULL;

  if (vprod__healthcheck_form (test) == VPROD__HEALTHCHECK_SHELL
      && vprod__strv_copy (shell && shell[0] ? shell : usual, &argv) < 0)
    return -1;
  for (size_t i = 1; test[i]; i++)
    if (vprod__strv_add (&argv, test[i]) < 0)
      return -1;
  *ret = vprod__steal (&argv);
  return 0;
}

/* A word as a shell takes it for one; its quotes, too. 0, or -1 out of memory. */
static int add_word (struct vprod__buf *text, const char *word)
{
  int quote = *word == '\0' || strpbrk (word, " \t\n\"'$&|;<>()*?#`\\") != NULL;

  if (!quote)
    return vprod__buf_add (text, word, strlen (word));
  if (vprod__buf_add (text, "'", 1) < 0)
    return -1;
  for (; *word; word++)
    if (*word == '\'' ? vprod__buf_add (text, "'\\''", 4) < 0 : vprod__buf_add (text, word, 1) < 0)
      return -1;
  return vprod__buf_add (text, "'", 1);
}

char *vprod__healthcheck_text (char *const *test)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (vprod__healthcheck_form (test) == VPROD__HEALTHCHECK_SHELL)
    return strdup (test[1]);
  for (size_t i = 1; test && test[0] && test[i]; i++)
    if ((i > 1 && vprod__buf_add (&text, " ", 1) < 0) || add_word (&text, test[i]) < 0)
      return NULL;
  return text.length > 0 ? vprod__buf_steal (&text) : strdup ("");
}

/* ---- what is seen of it ----------------------------------------------------------------------------------- */

/* Is the word one of these options, alone ("--fail"), with its value ("--write-out=…"), or among the letters of others
   ("-fsS")? */
static int is_option (const char *word, const char *options)
{
  while (*options) {
    size_t n = strcspn (options, " ");
    if (n == 2 && word[0] == '-' && word[1] != '-' ? strchr (word, options[1]) != NULL
                                                   : strncmp (word, options,
                                                              n) == 0 && (word[n] == '\0' || word[n] == '='))
      return 1;
    options += n + strspn (options + n, " ");
  }
  return 0;
}

/* Does this simple command ask in such a way that the status of the answer is not seen? */
static int is_blind (const struct vprod__shell_words *words, size_t start, size_t end)
{
  size_t at = vprod__shell_program (words, start, end);
  const struct vprod__program *program = at < end ? vprod__known_program (words->list[at].text) : NULL;

  if (!program || !(program->kinds & VPROD__PROGRAM_STATUS_BLIND))
    return 0;
  for (size_t i = at + 1; i < end; i++)
    if (is_option (words->list[i].text, program->options))
      return 0;
  return 1;
}

/* What the answer says may be looked at otherwise: `curl … | grep ok`, `[ "$(curl …)" = ok ]`. */
static int looks_at_output (const char *text)
{
  for (const char *p = strchr (text, '|'); p; p = strchr (p + 2, '|'))
    if (p[1] != '|')
      return 1;
    else if (!p[2])
      break;
  return strstr (text, "$(") != NULL || strchr (text, '`') != NULL;
}

static char *find_blind (const struct vprod__shell_words *words, const char *text)
{
  for (size_t i = 0, end; !looks_at_output (text) && i < words->count; i = end) {
    end = vprod__shell_command_end (words, i);
    if (is_blind (words, i, end))
      return words->list[vprod__shell_program (words, i, end)].text;
    if (end <= i)
      break;
  }
  return NULL;
}

/* "exit 0", "true" and ":" say nothing of what came before; the last command's exit code is the whole's, but after "&&" it
   may not be reached. */
static int find_shrug (const struct vprod__shell_words *words, const char *text, char **ret)
{
  size_t start = words->count;

  while (start > 0 && !words->list[--start].starts)
    ;
  size_t at = vprod__shell_program (words, start, words->count);
  const char *word = at < words->count ? words->list[at].text : "",
    *next = at + 1 < words->count ? words->list[at + 1].text : "";
  int exits = strcmp (word, "exit") == 0 && strcmp (next, "0") == 0;

  if (strstr (text, "&&") || (!exits && !vprod__shell_is_among (word, "true : echo printf")))
    return 0;
  *ret = strdup (exits ? "exit 0" : word);
  return *ret ? 0 : -1;
}

/* A program's code may have dollar signs of its own. */
static int find_literal (char *const *test, char **ret)
{
  if (vprod__program_is (test[1], VPROD__PROGRAM_SHELL | VPROD__PROGRAM_INTERPRETER | VPROD__PROGRAM_JVM))
    return 0;
  for (size_t i = 1; test[i]; i++) {
    const char *dollar = strchr (test[i], '$'), *name = dollar ? dollar + 1 + (dollar[1] == '{') : "";
    size_t length = 0;
    while (isalnum ((unsigned char) name[length]) || name[length] == '_')
      length++;
    if (length == 0)
      continue;
    *ret = strndup (dollar, (size_t) (name - dollar) + length + (dollar[1] == '{' && name[length] == '}'));
    return *ret ? 0 : -1;
  }
  return 0;
}

/* "http://localhost:8080/health": 8080; without a port it is that of the scheme. "$PORT" is not known. */
static int find_port (const char *text)
{
  static const char *const hosts[] = { "localhost", "127.0.0.1", "[::1]", "0.0.0.0" };

  for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
    const char *host = strstr (text, hosts[i]), *end = host ? host + strlen (hosts[i]) : NULL;
    if (!host)
      continue;
    if (*end == ':' && isdigit ((unsigned char) end[1]))
      return atoi (end + 1) <= 65535 ? atoi (end + 1) : 0;
    if (*end != '\0' && !strchr ("/ '\")", *end))
      continue;
    if (host - text >= 8 && strncmp (host - 8, "https://", 8) == 0)
      return 443;
    if (host - text >= 7 && strncmp (host - 7, "http://", 7) == 0)
      return 80;
  }
  return 0;
}

static int find_program (const struct vprod__shell_words *words, char **ret)
{
  size_t end = vprod__shell_command_end (words, 0), at = words->count > 0 ? vprod__shell_program (words, 0, end) : end;

  *ret = strdup (at < end ? vprod__shell_base_name (words->list[at].text) : "");
  return *ret ? 0 : -1;
}

static int look (char *const *test, const char *text, const struct vprod__shell_words *words,
                 struct vprod__healthcheck_looks *looks)
{
  enum vprod__healthcheck_form form = vprod__healthcheck_form (test);
  char *blind = find_blind (words, text);

  looks->port = find_port (text);
  if ((blind && !(looks->blind = strdup (vprod__shell_base_name (blind)))) || find_shrug (words, text,
      &looks->shrug) < 0
      || find_program (words, &looks->program) < 0)
    return -1;
  if (form != VPROD__HEALTHCHECK_EXEC)
    return 0;
  if (!test[2] && strchr (test[1], ' ') && !(looks->phrase = strdup (test[1])))
    return -1;
  return find_literal (test, &looks->literal);
}

int vprod__healthcheck_look (char *const *test, const char *text, struct vprod__healthcheck_looks *ret)
{
  struct vprod__shell_words words = { 0 };
  int r = vprod__shell_split (text, &words);

  *ret = (struct vprod__healthcheck_looks) { 0 };
  if (r == 0)
    r = look (test, text, &words, ret);
  vprod__shell_words_clear (&words);
  if (r < 0)
    vprod__healthcheck_looks_clear (ret);
  return r;
}

void vprod__healthcheck_looks_clear (struct vprod__healthcheck_looks *looks)
{
  free (looks->blind);
  free (looks->shrug);
  free (looks->literal);
  free (looks->phrase);
  free (looks->program);
  *looks = (struct vprod__healthcheck_looks) { 0 };
}
