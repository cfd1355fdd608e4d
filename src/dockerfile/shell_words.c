/* SPDX-License-Identifier: MIT */
#include "dockerfile/shell_words.h"

#include <ctype.h>
#include <string.h>
#include "known/programs.h"
#include "util/buf.h"
#include "util/grow.h"

#define MAX_DEPTH 4 /* sh -c "sh -c '…'" */

struct lexer {
  const char *p, *text; /* text: what p began at */
  struct vprod__shell_words *words;
  struct vprod__buf word;
  int in_word;
  struct vprod__shell_word flags;
  int starts; /* the next word begins a command */
  int json;   /* a JSON list: commas separate words, and the brackets are no part of them */
};

static int split (const char *text, int depth, struct vprod__shell_words *ret);

static int end_word (struct lexer *lexer)
{
  struct vprod__shell_words *words = lexer->words;

  if (!lexer->in_word)
    return 0;
  if (vprod__grow (&words->list, words->count) < 0)
    return -1;
  lexer->flags.text = vprod__buf_steal (&lexer->word);
  if (!lexer->flags.text)
    return -1;
  lexer->flags.starts = lexer->starts != 0;
  words->list[words->count++] = lexer->flags;
  lexer->flags = (struct vprod__shell_word) { 0 };
  lexer->in_word = lexer->starts = 0;
  return 0;
}

static int add (struct lexer *lexer, const char *bytes, size_t length)
{
  lexer->in_word = 1;
  return vprod__buf_add (&lexer->word, bytes, length);
}

/* The length of $(…), ${…} or `…` at p, as one piece; of $X only the dollar sign. */
static size_t expansion_length (const char *p)
{
  char open = p[0] == '`' ? '`' : p[1], close = open == '(' ? ')' : open == '{' ? '}' : '`';
  size_t i = p[0] == '`' ? 1 : 2;
  int depth = 1;

  if (p[0] == '$' && open != '(' && open != '{')
    return 1;
  for (; p[i] && depth > 0; i++)
    if (p[i] == '\\' && p[i + 1])
      i++;
    else if (p[i] == close)
      depth--;
    else if (p[i] == open)
      depth++;
  return i;
}

static int expands (const char *p)
{
  return p[0] == '`' || (p[0] == '$' && (isalnum ((unsigned char) p[1]) || (p[1] && strchr ("_({@*#?!$-", p[1]))));
}

static int quoted (struct lexer *lexer)
{
  char quote = *lexer->p++;

  lexer->flags.quoted = 1;
  lexer->in_word = 1;
  while (*lexer->p && *lexer->p != quote) {
    size_t length = 1;
    if (quote == '"' && *lexer->p == '\\' && lexer->p[1] && strchr ("\"\\$`\n", lexer->p[1])) {
      lexer->p++;
      if (*lexer->p == '\n') {
        lexer->p++;
        continue;
      }
    }
    else if (quote == '"' && expands (lexer->p)) {
      lexer->flags.expands = 1;
      length = expansion_length (lexer->p);
    }
    if (add (lexer, lexer->p, length) < 0)
      return -1;
    lexer->p += length;
  }
  if (*lexer->p)
    lexer->p++;
  return 0;
}

/* ">&", "<&" and "&>" redirect; any other "&" ends a command. */
static int is_redirection (const struct lexer *lexer, const char *p)
{
  return *p == '&' && (p[1] == '>' || (p > lexer->text && strchr ("<>", p[-1])));
}

/* One character, or one piece of a word, outside of quotes. */
static int step (struct lexer *lexer)
{
  const char *p = lexer->p;

  if (*p == '\'' || *p == '"')
    return quoted (lexer);
  if (*p == '\\' && p[1] == '\n') {
    lexer->p += 2;
    return 0;
  }
  if (*p == '\\' && p[1]) {
    lexer->p += 2;
    return add (lexer, p + 1, 1);
  }
  if (*p == '#' && !lexer->in_word) {
    lexer->p += strcspn (p, "\n");
    return 0;
  }
  if (expands (p)) {
    size_t length = expansion_length (p);
    lexer->flags.expands = 1;
    lexer->p += length;
    return add (lexer, p, length);
  }
  lexer->p++;
  if (strchr ("\n;&|()", *p) && !is_redirection (lexer, p)) {
    if (end_word (lexer) < 0)
      return -1;
    lexer->starts = 1;
    return 0;
  }
  if (strchr (" \t\r\v\f<>&", *p) || (lexer->json && strchr ("[],", *p)))
    return end_word (lexer);
  return add (lexer, p, 1);
}

/* The index of the argument of -c among the options of a shell from i on ("-eux", "-o pipefail", "-lc"); count: none. */
static size_t find_c (const struct vprod__shell_words *words, size_t i, size_t count)
{
  int takes_value = 0;

  for (; i + 1 < count; i++) {
    const char *word = words->list[i].text;
    if (word[0] == '-' && word[1] != '-' && strchr (word, 'c'))
      return i + 1;
    if (word[0] != '-' && !takes_value)
      break;
    takes_value = word[0] == '-' && word[1] && word[strlen (word) - 1] == 'o'; /* -o pipefail, -euxo pipefail */
  }
  return count;
}

static int is_su (const char *word)
{
  const char *name = vprod__shell_base_name (word);

  return strcmp (name, "su") == 0 || strcmp (name, "runuser") == 0;
}

/* `su app -s /bin/sh -c "…"`: the user may stand before it. */
static size_t find_c_of_su (const struct vprod__shell_words *words, size_t i, size_t count)
{
  for (; i + 1 < count && !words->list[i].starts && !words->list[i + 1].starts; i++)
    if (strcmp (words->list[i].text, "-c") == 0 || strcmp (words->list[i].text, "--command") == 0
        || strcmp (words->list[i].text, "-lc") == 0)
      return i + 1;
  return count;
}

/* Splits what `sh -c` is given in the words from `first` on, and adds those words at the end. */
static int split_inner (struct vprod__shell_words *words, size_t first, int depth)
{
  size_t count = words->count;

  for (size_t i = first; i + 2 < count; i++) {
    size_t k = vprod__program_is (words->list[i].text, VPROD__PROGRAM_SHELL) ? find_c (words, i + 1, count)
               : is_su (words->list[i].text) ? find_c_of_su (words, i + 1, count) : count;
    if (k < count && split (words->list[k].text, depth + 1, words) < 0)
      return -1;
  }
  return 0;
}

static int split (const char *text, int depth, struct vprod__shell_words *ret)
{
  struct lexer lexer = { .p = text + strspn (text, " \t"), .text = text, .words = ret };
  size_t first = ret->count;
  int r = 0;

  lexer.starts = 1;
  lexer.json = lexer.p[0] == '[' && lexer.p[1 + strspn (lexer.p + 1, " \t")] == '"';
  while (r == 0 && *lexer.p)
    r = step (&lexer);
  if (r == 0)
    r = end_word (&lexer);
  vprod__buf_clear (&lexer.word);
  if (r == 0 && depth < MAX_DEPTH)
    r = split_inner (ret, first, depth);
  return r;
}

int vprod__shell_split (const char *text, struct vprod__shell_words *ret)
{
  struct vprod__shell_words words = { 0 };

  if (split (text, 0, &words) < 0) {
    vprod__shell_words_clear (&words);
    return -1;
  }
  *ret = words;
  return 0;
}

void vprod__shell_words_clear (struct vprod__shell_words *words)
{
  for (size_t i = 0; i < words->count; i++)
    free (words->list[i].text);
  free (words->list);
  *words = (struct vprod__shell_words) { 0 };
}

size_t vprod__shell_command_end (const struct vprod__shell_words *words, size_t start)
{
  size_t end = start < words->count ? start + 1 : words->count;

  while (end < words->count && !words->list[end].starts)
    end++;
  return end;
}

size_t vprod__shell_assignment (const char *word)
{
  size_t i = 0;

  if (!isalpha ((unsigned char) word[0]) && word[0] != '_')
    return 0;
  while (isalnum ((unsigned char) word[i]) || word[i] == '_')
    i++;
  return word[i] == '=' ? i : 0;
}

const char *vprod__shell_base_name (const char *word)
{
  const char *slash = strrchr (word, '/');

  return slash && slash[1] ? slash + 1 : word;
}

int vprod__shell_is_among (const char *word, const char *words)
{
  size_t length = strlen (word);

  for (const char *p = words; *p; p += strspn (p, " ")) {
    size_t n = strcspn (p, " ");
    if (n == length && memcmp (p, word, n) == 0)
      return 1;
    if (p[n - 1] == ':' && strncmp (word, p, n) == 0)
      return 1;
    p += n;
  }
  return 0;
}

size_t vprod__shell_program (const struct vprod__shell_words *words, size_t start, size_t end)
{
  const char *valued = "";
  size_t i = start;
  int operands = 0;

  while (i < end) {
    const char *word = words->list[i].text;
    const struct vprod__program *program = vprod__known_program (word);
    if (i > start && word[0] == '-')
      i += vprod__shell_is_among (word, valued) ? 2 : 1;
    else if (operands > 0) {
      operands--;
      i++;
    }
    else if (program && program->kinds & VPROD__PROGRAM_PREFIX) {
      valued = program->options ? program->options : "";
      operands = program->operands;
      i++;
    }
    else if (vprod__shell_assignment (word))
      i++;
    else
      break;
  }
  return i < end ? i : end;
}
