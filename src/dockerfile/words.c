/* SPDX-License-Identifier: MIT */
/* The contents of an instruction: words, pairs, flags, variables. */
#include "dockerfile/dockerfile.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include "util/buf.h"
#include "util/strv.h"

#define MAX_WORDS 512 /* of one instruction */
#define MAX_EXPANDED (1024 * 1024)
#define MAX_DEPTH 8 /* ${A:-${B:-c}} */

static json_t *read_list (const char *text)
{
  json_error_t error;
  json_t *list = *text == '[' ? json_loads (text, JSON_REJECT_DUPLICATES, &error) : NULL, *item;
  size_t i;

  if (!list)
    return NULL;
  json_array_foreach (list, i, item)
    if (!json_is_string (item)) {
      json_decref (list);
      return NULL;
    }
  return list;
}

int vprod__instruction_is_exec (const struct vprod__instruction *instruction)
{
  json_t *list = read_list (instruction->text);

  json_decref (list);
  return list != NULL;
}

/* One word from *text on, into `word`. 1, 0 at the end, -1 out of memory. */
static int next_word (const char **text, char escape, struct vprod__buf *word)
{
  const char *p = *text + strspn (*text, " \t\v\f\r");
  char quote = 0;

  if (!*p)
    return 0;
  for (; *p && (quote || !strchr (" \t\v\f\r", *p)); p++) {
    if (quote && *p == quote)
      quote = 0;
    else if (!quote && (*p == '"' || *p == '\''))
      quote = *p;
    else {
      if (*p == escape && p[1] && quote != '\'' && (!quote || p[1] == '"' || p[1] == escape || p[1] == '$'))
        p++;
      if (vprod__buf_add (word, p, 1) < 0)
        return -1;
    }
  }
  *text = p;
  return 1;
}

static int list_words (json_t *list, char ***ret)
{
  json_t *item;
  size_t i;

  json_array_foreach (list, i, item)
    if (i < MAX_WORDS && vprod__strv_add (ret, json_string_value (item)) < 0)
      return -1;
  return 0;
}

static int split (const char *text, char escape, char ***ret)
{
  int more = 1;

  for (size_t count = 0; more > 0 && count < MAX_WORDS; count++) {
    _cleanup_buf_ struct vprod__buf word = { 0 };
    more = next_word (&text, escape, &word);
    if (more > 0 && vprod__strv_take (ret, vprod__buf_steal (&word)) < 0)
      more = -1;
  }
  return more < 0 ? -1 : 0;
}

int vprod__instruction_words (const struct vprod__instruction *instruction, char escape, char ***ret)
{
  _cleanup_strv_ char **words = NULL;
  json_t *list = read_list (instruction->text);
  int r = list ? list_words (list, &words) : split (instruction->text, escape, &words);

  json_decref (list);
  if (r == 0)
    *ret = vprod__steal (&words);
  return r;
}

int vprod__instruction_pairs (const struct vprod__instruction *instruction, char escape, char ***ret)
{
  _cleanup_strv_ char **words = NULL;
  size_t name = strcspn (instruction->text, " \t=");
  const char *rest = instruction->text + name;

  if (*rest && *rest != '=' && strcmp (instruction->name, "ARG") != 0) {
    /* "ENV NAME the whole rest" */
    rest += strspn (rest, " \t");
    if (vprod__strv_addf (&words, "%.*s=%s", (int) name, instruction->text, rest) < 0)
      return -1;
  }
  else if (split (instruction->text, escape, &words) < 0)
    return -1;
  *ret = vprod__steal (&words);
  return 0;
}

const char *vprod__instruction_flag (const struct vprod__instruction *instruction, const char *name)
{
  size_t n = strlen (name);

  for (size_t i = 0; instruction->flags && instruction->flags[i]; i++) {
    const char *flag = instruction->flags[i] + 2;
    if (strncmp (flag, name, n) == 0 && flag[n] == '=')
      return flag + n + 1;
  }
  return NULL;
}

/* ---- variables -------------------------------------------------------------------------------------------- */

static int expand (const char *text, size_t length, char *const *variables, int depth, struct vprod__buf *out);

static const char *value_of (const char *name, size_t length, char *const *variables)
{
  const char *value = NULL;

  for (size_t i = 0; variables && variables[i]; i++)
    if (strncmp (variables[i], name, length) == 0 && variables[i][length] == '=')
      value = variables[i] + length + 1;
  return value;
}

static size_t name_length (const char *text, const char *end)
{
  size_t n = 0;

  while (text + n < end && (isalnum ((unsigned char) text[n]) || text[n] == '_'))
    n++;
  return n;
}

/* The brace that closes the one before p, or end. */
static const char *closing (const char *p, const char *end)
{
  int depth = 1;

  for (; p < end; p++) {
    if (*p == '{')
      depth++;
    else if (*p == '}' && --depth == 0)
      return p;
  }
  return end;
}

/* Expands the inside of ${…}. */
static int braced (const char *p, const char *end, char *const *variables, int depth, struct vprod__buf *out)
{
  size_t n = name_length (p, end);
  const char *value = value_of (p, n, variables), *rest = p + n;
  int colon = rest < end && *rest == ':';
  int set = value && (!colon || *value);

  rest += colon;
  if (rest < end && ((*rest == '-' && !set) || (*rest == '+' && set)))
    return expand (rest + 1, (size_t) (end - rest - 1), variables, depth + 1, out);
  if (rest < end && *rest == '+')
    return 0;
  return value ? vprod__buf_adds (out, value) : 0;
}

static int expand (const char *text, size_t length, char *const *variables, int depth, struct vprod__buf *out)
{
  const char *end = text + length;

  for (const char *p = text; p < end && out->length < MAX_EXPANDED;) {
    if (*p != '$' || p + 1 == end || depth > MAX_DEPTH) {
      if (vprod__buf_add (out, p++, 1) < 0)
        return -1;
    }
    else if (p[1] == '{') {
      const char *close = closing (p + 2, end);
      if (braced (p + 2, close, variables, depth, out) < 0)
        return -1;
      p = close < end ? close + 1 : end;
    }
    else {
      size_t n = name_length (p + 1, end);
      const char *value = value_of (p + 1, n, variables);
      if (n == 0 ? vprod__buf_add (out, p, 1) < 0 : value && vprod__buf_adds (out, value) < 0)
        return -1;
      p += 1 + n;
    }
  }
  return 0;
}

char *vprod__dockerfile_expand (const char *text, char *const *variables)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };

  if (expand (text, strlen (text), variables, 0, &out) < 0)
    return NULL;
  return vprod__buf_steal (&out);
}
