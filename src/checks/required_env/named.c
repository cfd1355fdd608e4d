/* SPDX-License-Identifier: MIT */
#include "checks/required_env/named.h"

#include <ctype.h>
#include <string.h>
#include "known/phrases.h"

#define NESTED 16 /* brackets in brackets of a dump */
#define UNCLOSED 64 /* brackets that open nothing, until no more dumps are looked for: hostile output takes no time */

int vprod__is_refusal (const struct vprod__without *without)
{
  const struct vprod__once *once = &without->once;

  return once->started && once->ended && !once->oom_killed && once->exit_code != 0;
}

/* ---- dumps ------------------------------------------------------------------------------------------------- */

/* The end of the text in quotes that begins here, in this line; NULL: it has none. */
static const char *end_of_quoted (const char *p)
{
  char quote = *p++;

  while (*p && *p != '\n' && *p != quote)
    p += *p == '\\' && p[1] && p[1] != '\n' ? 2 : 1;
  return *p == quote ? p + 1 : NULL;
}

/* Is here a bracket that is not the one of a colour (ESC [ 31 m)? */
static int opens (const char *text, const char *p)
{
  return *p == '{' || (*p == '[' && (p == text || p[-1] != '\033'));
}

/* The end of what the bracket here opens, in this line; NULL: it is not closed, or has no value in it, and so is a list of
   words. quotes: what stands in them does not count. */
static const char *end_of_brackets (const char *begin, int quotes)
{
  const char *p = begin;
  char closes[NESTED];
  size_t depth = 0;
  int values = 0;

  while (*p && *p != '\n') {
    if (quotes && (*p == '\'' || *p == '"')) {
      p = end_of_quoted (p);
      if (!p)
        return NULL;
      continue;
    }
    if (opens (begin, p)) {
      if (depth == NESTED)
        return NULL;
      closes[depth++] = *p == '{' ? '}' : ']';
    } else if (*p == '}' || *p == ']') {
      if (closes[--depth] != *p)
        return NULL;
      if (depth == 0)
        return values ? p + 1 : NULL;
    }
    values |= *p == ':' || *p == '=';
    p++;
  }
  return NULL;
}

/* Has the line an ellipsis from here on? What was left out of a dump may have been one of two quotes. */
static int is_cut (const char *p)
{
  size_t length = strcspn (p, "\n");

  return memmem (p, length, "...", 3) || memmem (p, length, "\u2026", sizeof "\u2026" - 1);
}

/* The end of the dump that begins with the bracket here; NULL: none does. */
static const char *end_of_dump (const char *p)
{
  const char *end = end_of_brackets (p, 1);

  return end || !is_cut (p) ? end : end_of_brackets (p, 0);
}

/* ---- names ------------------------------------------------------------------------------------------------- */

/* Does a word begin here? A colour (ESC [ 31 m) may stand before it. */
static int begins_word (const char *text, const char *here)
{
  const char *p = here;

  if (p == text || !(isalnum ((unsigned char) p[-1]) || p[-1] == '_'))
    return 1;
  if (*--p != 'm')
    return 0;
  while (p > text && (isdigit ((unsigned char) p[-1]) || p[-1] == ';'))
    p--;
  return p >= text + 2 && p[-1] == '[' && p[-2] == '\033';
}

/* Settings libraries write a name in lower case (`database_url: field required`), which is not accepted for a name of one
   word, as that may be prose (LOCK: "cannot get the lock"). */
static int is_name (const char *text, const char *here, const char *name, size_t length)
{
  int differs = strchr (name, '_') ? strncasecmp (here, name, length) : strncmp (here, name, length);

  return differs == 0 && begins_word (text, here) && !isalnum ((unsigned char) here[length]) && here[length] != '_';
}

/* Is the name a whole word of the text, from there on? beside_dumps: what stands in a dump does not count. */
static int is_named_from (const char *text, const char *from, const char *name, int beside_dumps)
{
  size_t length = strlen (name);
  int unclosed = 0;

  for (const char *p = from; p && length > 0 && *p;) {
    int bracket = beside_dumps && unclosed < UNCLOSED && opens (text, p);
    const char *end = bracket ? end_of_dump (p) : NULL;
    unclosed += bracket && !end;
    if (!end && is_name (text, p, name, length))
      return 1;
    p = end ? end : p + 1;
  }
  return 0;
}

int vprod__names_variable (const struct vprod__without *without)
{
  return is_named_from (without->once.output, without->once.output, without->variable, 0);
}

/* ---- last words -------------------------------------------------------------------------------------------- */

const char *vprod__last_words (const struct vprod__once *once)
{
  const char *words = "";

  for (const char *line = once->output; line && *line; line += strcspn (line, "\n"), line += *line == '\n')
    if (!isspace ((unsigned char) *line) && !vprod__says (VPROD__SAYS_RUNTIME_NOISE, line))
      words = line;
  return words;
}

static int names_it_alone (const struct vprod__without *without, const struct vprod__without *all, size_t count,
                           int beside_dumps)
{
  const char *text = without->once.output, *words = vprod__last_words (&without->once);

  if (!is_named_from (text, words, without->variable, beside_dumps))
    return 0;
  for (size_t i = 0; i < count; i++)
    if (strcmp (all[i].variable, without->variable) != 0 && is_named_from (text, words, all[i].variable, beside_dumps))
      return 0;
  return 1;
}

/* What stands in a dump says nothing for a variable where others are named, too: it may list all of them at each failure. */
int vprod__is_explained (const struct vprod__without *without, const struct vprod__without *all, size_t count)
{
  return names_it_alone (without, all, count, 0) || names_it_alone (without, all, count, 1);
}
