/* SPDX-License-Identifier: MIT */
#include "probe/sql_script.h"

#include <string.h>
#include <strings.h>

/* ---- characters ---------------------------------------------------------------------------------------------- */

static int is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* Whatever the locale; bytes above 127 are letters of any alphabet. */
static int begins_word (char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char) c >= 0x80;
}

static int is_of_tag (char c)
{
  return begins_word (c) || (c >= '0' && c <= '9');
}

static int is_of_word (char c)
{
  return is_of_tag (c) || c == '$';
}

static char peek (const struct vprod__sql_script *script, size_t ahead)
{
  return script->length - script->at > ahead ? script->text[script->at + ahead] : '\0';
}

static int at_end (const struct vprod__sql_script *script)
{
  return script->at >= script->length;
}

static void step (struct vprod__sql_script *script)
{
  if (script->text[script->at++] == '\n')
    script->line++;
}

static void skip (struct vprod__sql_script *script, size_t n)
{
  while (n-- > 0 && !at_end (script))
    step (script);
}

static void skip_line (struct vprod__sql_script *script)
{
  while (!at_end (script) && peek (script, 0) != '\n')
    step (script);
}

/* ---- what a semicolon may stand in --------------------------------------------------------------------------- */

/* They nest. */
static void skip_comment (struct vprod__sql_script *script)
{
  int depth = 0;

  do {
    if (peek (script, 0) == '/' && peek (script, 1) == '*') {
      depth++;
      skip (script, 2);
    }
    else if (peek (script, 0) == '*' && peek (script, 1) == '/') {
      depth--;
      skip (script, 2);
    }
    else
      skip (script, 1);
  } while (depth > 0 && !at_end (script));
}

/* The text goes on where another quote follows on a later line, by the rules of its beginning. 1: it does, and that quote is
   passed over. */
static int goes_on (struct vprod__sql_script *script)
{
  size_t ahead = 0;
  int newline = 0;

  for (char c; is_space (c = peek (script, ahead)); ahead++)
    newline |= c == '\n';
  if (!newline || peek (script, ahead) != '\'')
    return 0;
  skip (script, ahead + 1);
  return 1;
}

/* From behind the quote that opens it. Doubled, the quote is part of the text. */
static void skip_quoted (struct vprod__sql_script *script, char quote, int backslashes)
{
  while (!at_end (script)) {
    char c = peek (script, 0);
    skip (script, c == '\\' && backslashes ? 2 : 1);
    if (c != quote)
      continue;
    if (peek (script, 0) == quote)
      skip (script, 1);
    else if (!backslashes || !goes_on (script))
      return;
  }
}

/* The length of "$tag$" here; 0: there is none. */
static size_t dollar_tag (const struct vprod__sql_script *script)
{
  size_t n = 1;

  if (begins_word (peek (script, n)))
    while (is_of_tag (peek (script, n)))
      n++;
  return peek (script, n) == '$' ? n + 1 : 0;
}

static void skip_dollar_quoted (struct vprod__sql_script *script, size_t tag_length)
{
  const char *tag = script->text + script->at;

  skip (script, tag_length);
  const char *rest = script->text + script->at;
  const char *end = memmem (rest, script->length - script->at, tag, tag_length);
  skip (script, end ? (size_t) (end - rest) + tag_length : script->length - script->at);
}

/* ---- a statement --------------------------------------------------------------------------------------------- */

/* Its state. Bodies of functions that are written in SQL (BEGIN ATOMIC … END) have semicolons of their own. */
struct state {
  int parentheses;
  int words;
  int is_routine; /* CREATE [OR REPLACE] FUNCTION | PROCEDURE */
  int blocks;     /* BEGIN and CASE that have no END yet */
};

static int is_word (const char *word, size_t length, const char *name)
{
  return strlen (name) == length && strncasecmp (word, name, length) == 0;
}

/* How much of a routine's head is there: 1 CREATE, 2 … OR, 3 … REPLACE, -1: this is none. */
static int read_head (int nth, int before, const char *word, size_t length)
{
  static const char *const head[] = { "create", "or", "replace" };

  if (nth > 0 && before == 0)
    return 0;
  if ((before == 1 || before == 3) && (is_word (word, length, "function") || is_word (word, length, "procedure")))
    return -1;
  return before < 3 && is_word (word, length, head[before]) ? before + 1 : 0;
}

static void take_word (struct state *state, const char *word, size_t length)
{
  if (state->is_routine >= 0)
    state->is_routine = read_head (state->words++, state->is_routine, word, length);
  else if (state->parentheses > 0)
    return;
  else if (is_word (word, length, "begin") || (state->blocks > 0 && is_word (word, length, "case")))
    state->blocks++;
  else if (is_word (word, length, "end") && state->blocks > 0)
    state->blocks--;
}

/* A word, and the text that it may be the beginning of. */
static void skip_word (struct vprod__sql_script *script, struct state *state)
{
  const char *word = script->text + script->at;
  size_t n = 0;

  while (is_of_word (peek (script, n)))
    n++;
  skip (script, n);
  if (n == 1 && (*word == 'e' || *word == 'E') && peek (script, 0) == '\'') {
    skip (script, 1);
    skip_quoted (script, '\'', 1);
  }
  else
    take_word (state, word, n);
}

/* Passes over what stands here, of whatever length. 0: the statement ends here. */
static int skip_one (struct vprod__sql_script *script, struct state *state)
{
  char c = peek (script, 0), next = peek (script, 1);
  size_t tag;

  if (c == '\\' || (c == ';' && state->parentheses == 0 && state->blocks == 0))
    return 0;
  if (c == '-' && next == '-')
    skip_line (script);
  else if (c == '/' && next == '*')
    skip_comment (script);
  else if (c == '\'' || c == '"') {
    skip (script, 1);
    skip_quoted (script, c, 0);
  }
  else if (c == '$' && (tag = dollar_tag (script)) > 0)
    skip_dollar_quoted (script, tag);
  else if (begins_word (c))
    skip_word (script, state);
  else {
    state->parentheses += c == '(';
    state->parentheses -= c == ')' && state->parentheses > 0;
    skip (script, 1);
  }
  return 1;
}

/* ---- the interface ------------------------------------------------------------------------------------------- */

void vprod__sql_begin (struct vprod__sql_script *script, const char *text, size_t length)
{
  *script = (struct vprod__sql_script) { .text = text, .length = length, .line = 1 };
  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    script->at = 3;
}

/* Passes over what lies between statements: blanks, comments, semicolons of none. */
static void skip_between (struct vprod__sql_script *script)
{
  while (!at_end (script)) {
    char c = peek (script, 0), next = peek (script, 1);
    if (c == '-' && next == '-')
      skip_line (script);
    else if (c == '/' && next == '*')
      skip_comment (script);
    else if (is_space (c) || c == ';')
      skip (script, 1);
    else
      return;
  }
}

static void take_command (struct vprod__sql_script *script, struct vprod__sql_piece *piece)
{
  piece->command = script->text + script->at;
  piece->command_line = script->line;
  skip_line (script);
  piece->command_length = (size_t) (script->text + script->at - piece->command);
  while (piece->command_length > 1 && is_space (piece->command[piece->command_length - 1]))
    piece->command_length--;
}

enum vprod__sql_kind vprod__sql_next (struct vprod__sql_script *script, struct vprod__sql_piece *ret)
{
  struct state state = { 0 };

  skip_between (script);
  *ret = (struct vprod__sql_piece) { .line = script->line };
  if (at_end (script))
    return ret->kind = VPROD__SQL_END;
  if (peek (script, 0) == '\\') {
    take_command (script, ret);
    return ret->kind = VPROD__SQL_COMMAND;
  }
  ret->text = script->text + script->at;
  while (!at_end (script) && skip_one (script, &state))
    ;
  ret->length = (size_t) (script->text + script->at - ret->text);
  if (peek (script, 0) == '\\')
    take_command (script, ret);
  else
    skip (script, 1);
  return ret->kind = VPROD__SQL_STATEMENT;
}

/* Is the line that begins here the end of the data? */
static int is_end_of_data (const struct vprod__sql_script *script)
{
  if (peek (script, 0) != '\\' || peek (script, 1) != '.')
    return 0;
  size_t n = peek (script, 2) == '\r' ? 3 : 2;
  return script->length - script->at <= n || peek (script, n) == '\n';
}

void vprod__sql_take_data (struct vprod__sql_script *script, const char **ret, size_t *ret_length, int *ret_line)
{
  skip_line (script);
  skip (script, 1);
  *ret = script->text + script->at;
  *ret_line = script->line;
  while (!at_end (script) && !is_end_of_data (script)) {
    skip_line (script);
    skip (script, 1);
  }
  *ret_length = (size_t) (script->text + script->at - *ret);
  skip_line (script);
}

int vprod__sql_line_of (const struct vprod__sql_piece *piece, long n)
{
  int line = piece->line;

  for (size_t i = 0; i < piece->length; i++) {
    if (((unsigned char) piece->text[i] & 0xc0) != 0x80 && --n <= 0) /* a character begins */
      break;
    line += piece->text[i] == '\n';
  }
  return line;
}
