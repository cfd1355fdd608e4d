/* SPDX-License-Identifier: MIT */
/*
 * NAME = VALUE in a file, as settings, programs, scripts, XML and Makefiles write it, around a word of the name. How much a value
 * must look like a secret depends on how much the file and the name say: see is_value.
 */
#include "scan/inside.h"
#include "scan/words.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LONGEST_VALUE 4000
#define LONGEST_NAME 60
#define LONGEST_COMMAND 200
#define OWN_LINE 300      /* characters of a line that people write, less the value: longer ones are a bundler's */
#define TELLING 64        /* characters of a value that are searched for a sequence */

struct pair {
  const struct vprod__scan_rule *rule;
  const struct vprod__scan_name *name;
  const char *text;
  size_t length;
  size_t from, name_end;
  int is_key;     /* the name is in quotes */
  int is_element; /* <name>value</name> */
  int is_loose;   /* nothing but a blank is between name and value */
  size_t value, end;
};

static int is_quote (char c)
{
  return c == '"' || c == '\'' || c == '`';
}

static int is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static int is_name (char c)
{
  return isalnum ((unsigned char) c) || c == '_' || c == '.' || c == '-';
}

static int begins_with (const struct pair *pair, size_t at, const char *text)
{
  size_t n = strlen (text);

  return at < pair->length && pair->text[at] == *text && pair->length - at >= n && strncmp (pair->text + at, text, n) == 0;
}

static size_t skip_blanks (const struct pair *pair, size_t at)
{
  size_t i = at;

  while (i < pair->length && i - at < LONGEST_NAME && is_blank (pair->text[i]))
    i++;
  return i;
}

/* A program or a text without a form: values in it look like a machine's. */
static int is_anything (const struct vprod__scan_name *name)
{
  return name->program || name->plain;
}

/* ---- between name and value ------------------------------------------------------------------------------------- */

/* Is the name in quotes the first argument of a call, define ('NAME', 'value'), rather than one of a list of names? */
static int is_first_argument (const char *text, size_t quote)
{
  size_t at = quote;

  while (at > 0 && quote - at < LONGEST_NAME && isspace ((unsigned char) text[at - 1]))
    at--;
  if (at < 2 || text[at - 1] != '(')
    return 0;
  at--;
  return isalnum ((unsigned char) text[at - 1]) || text[at - 1] == '_'
         || (at > 6 && strncmp (text + at - 7, "define ", 7) == 0);
}

/* Where the "=" behind a type stands: "name: str | None = …", "name string = …"; 0: there is none. */
static size_t skip_annotation (const struct pair *pair, size_t at)
{
  size_t i = at;

  if (begins_with (pair, i, "string ="))
    return i + 7;
  if (i == pair->length || pair->text[i] != ':')
    return 0;
  i = skip_blanks (pair, i + 1);
  size_t begin = i;
  if (begins_with (pair, i, "&'static "))
    i += 9;
  while (i < pair->length && i - at < LONGEST_NAME
         && (isalnum ((unsigned char) pair->text[i]) || strchr ("_.,|[]<>?& ", pair->text[i])))
    i++;
  return i < pair->length && pair->text[i] == '=' && i > begin ? i : 0;
}

/* What a settings class wraps a value in: SecretStr ("…"), Field (default="…"). */
static size_t skip_wrappers (const struct pair *pair, size_t at)
{
  static const char *const wrappers[] = { "SecretStr(", "pydantic.SecretStr(", "Field(", "pydantic.Field(", "default=" };

  for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0];) {
    if (begins_with (pair, at, wrappers[i])) {
      at += strlen (wrappers[i]);
      i = 0;
    } else
      i++;
  }
  return at;
}

/* In settings a value may begin with "=". */
static int is_comparison (const struct pair *pair, size_t at)
{
  int may_compare = pair->name->code || pair->name->plain || pair->name->guessed;

  return may_compare && (begins_with (pair, at, "==") || begins_with (pair, at, "=~"));
}

/* Behind the operator at `at`; 0: there is none. Of two that begin the same the longer is first. */
static size_t skip_operator (const struct pair *pair, size_t at)
{
  static const char *const assignments[] = { ":::=", "::=", "\?\?=", "||=", ":=", "?=", ".=", "+=", "=>", NULL };
  static const char *const defaults[] = { "||", "\?\?", "?:", NULL }; /* process.env.NAME || 'value' */
  int is_code = pair->name->code || pair->name->plain;

  for (size_t i = 0; assignments[i]; i++)
    if (begins_with (pair, at, assignments[i]))
      return at + strlen (assignments[i]);
  for (size_t i = 0; is_code && defaults[i]; i++)
    if (begins_with (pair, at, defaults[i])) {
      size_t quote = skip_blanks (pair, at + strlen (defaults[i]));
      return quote < pair->length && is_quote (pair->text[quote]) ? at + strlen (defaults[i]) : 0;
    }
  if (pair->text[at] == ',')
    return is_code && pair->is_key && pair->from > 0 && is_first_argument (pair->text, pair->from - 1) ? at + 1 : 0;
  if (pair->text[at] != '=' && pair->text[at] != ':')
    return 0;
  if (pair->text[at] == '=' ? is_comparison (pair, at) : begins_with (pair, at, "::") || begins_with (pair, at, "://"))
    return 0; /* or a scope, a scheme */
  return at + 1;
}

/* In a script: NAME=value, or in a quoted argument "NAME: value". */
static size_t skip_operator_of_shell (const struct pair *pair)
{
  size_t at = pair->name_end;

  if (at < pair->length && pair->text[at] == '=')
    return at + 1;
  return begins_with (pair, at, ": ") && pair->from > 0 && is_quote (pair->text[pair->from - 1]) ? at + 2 : 0;
}

/* <add key="NAME" value="…"/>: where the value's quote is; 0: it is no such thing. */
static size_t skip_attribute (const struct pair *pair, size_t at)
{
  at = skip_blanks (pair, at);
  if (!pair->is_key || pair->length - at < 7 || strncasecmp (pair->text + at, "value=", 6) != 0 || !is_quote (pair->text[at + 6]))
    return 0;
  return at + 6;
}

/* Finds where the value begins, or its quote; 0: this is no assignment. */
static size_t find_value (struct pair *pair)
{
  const char *text = pair->text;
  size_t at = pair->name_end, length = pair->length;

  if (pair->name->shell)
    return skip_operator_of_shell (pair);
  if (at < length && text[at] == '>' && pair->from > 0 && text[pair->from - 1] == '<' && !pair->name->code) {
    pair->is_element = 1;
    for (at++; at < length && at - pair->name_end < LONGEST_NAME && isspace ((unsigned char) text[at]);)
      at++;
    return at;
  }
  at += at + 1 < length && text[at] == '\\' && is_quote (text[at + 1]); /* in a string of JSON */
  if (at < length && is_quote (text[at])) {
    pair->is_key = 1;
    at++;
    size_t attribute = skip_attribute (pair, at);
    if (attribute > 0)
      return attribute;
    if (pair->name->code || pair->name->plain) /* config["NAME"] = …, getenv ("NAME") ?: … */
      at += at < length && (text[at] == ']' || text[at] == ')');
  }
  at = skip_blanks (pair, at);
  if (at < length && pair->name->code && !pair->is_key && (text[at] == ':' || text[at] == 's')) {
    size_t equals = skip_annotation (pair, at);
    if (equals == 0 && pair->name->python)
      return 0;
    at = equals > 0 ? equals : at;
  }
  size_t blanks = at;
  at = at < length ? skip_operator (pair, at) : 0;
  if (at == 0)
    return (pair->is_loose = pair->name->plain && !pair->is_key && blanks > pair->name_end) ? blanks : 0;
  at = skip_blanks (pair, at);
  return pair->name->python ? skip_wrappers (pair, at) : at;
}

/* ---- the value -------------------------------------------------------------------------------------------------- */

/* A quoted value may have blanks and any other character. A sentence (no digit, or three blanks and more) is not a value: then
   it ends as it would without quotes. */
static size_t quoted_end (const struct pair *pair, size_t value)
{
  const char *text = pair->text;
  size_t end = value, blanks = 0, digits = 0;

  for (; end < pair->length && end - value < LONGEST_VALUE && text[end] != '\n' && text[end] != text[value - 1]; end++) {
    blanks += text[end] == ' ';
    digits += isdigit ((unsigned char) text[end]) != 0;
  }
  if (end < pair->length && text[end] == text[value - 1] && digits > 0 && blanks < 3)
    return end - (end > value && text[end - 1] == '\\');
  return vprod__scan_extend (pair->rule, text, pair->length, value, value);
}

/* ${NAME:value}, ${NAME:-value}: the default of NAME. */
static void take_default (struct pair *pair)
{
  if (pair->from < 2 || pair->text[pair->from - 2] != '$' || pair->text[pair->from - 1] != '{')
    return;
  const char *brace = memchr (pair->text + pair->value, '}', pair->end - pair->value);
  if (brace)
    pair->end = (size_t) (brace - pair->text);
  pair->value += pair->value < pair->end && pair->text[pair->value] == '-';
}

/* https://…?token=value&next=… */
static int is_parameter (const struct pair *pair)
{
  return pair->from > 0 && strchr ("?&", pair->text[pair->from - 1]) && pair->text[pair->name_end] == '=';
}

static void take_unquoted (struct pair *pair)
{
  const char *text = pair->text;

  pair->end = vprod__scan_extend (pair->rule, text, pair->length, pair->value, pair->value);
  const char *next = is_parameter (pair) ? memchr (text + pair->value, '&', pair->end - pair->value) : NULL;
  if (next)
    pair->end = (size_t) (next - text);
  const char *tag = pair->is_element ? memchr (text + pair->value, '<', pair->end - pair->value) : NULL;
  if (tag)
    pair->end = (size_t) (tag - text);
  else if (pair->end > pair->value && strchr (pair->name->plain ? ",;.)`" : ",;", text[pair->end - 1]))
    pair->end--;
  take_default (pair);
}

/* In settings: `vault read secret/db`. */
static int is_command (const struct pair *pair, size_t at)
{
  if (pair->name->code || at >= pair->length || pair->text[at] != '`')
    return 0;
  size_t end = at + 1;
  while (end < pair->length && end - at < LONGEST_COMMAND && !strchr ("` \n", pair->text[end]))
    end++;
  return end < pair->length && pair->text[end] == ' ';
}

/* Sets where the value begins and ends; 0 where there is none. at: its begin, or its quote. */
static int take_value (struct pair *pair, size_t at)
{
  const char *text = pair->text;

  at += !pair->name->shell && at + 1 < pair->length && text[at] == '\\' && is_quote (text[at + 1]);
  int is_quoted = at < pair->length && is_quote (text[at]) && !(text[at] == '`' && pair->name->shell); /* there it runs a command */
  if ((pair->name->code && !is_quoted) || (!is_quoted && at < pair->length && text[at] == '{') || is_command (pair, at))
    return 0; /* an expression; a mapping, whose names are judged one by one */
  pair->value = at + (size_t) is_quoted;
  if (is_quoted)
    pair->end = quoted_end (pair, pair->value);
  else
    take_unquoted (pair);
  return pair->end - pair->value >= pair->rule->least && pair->end > pair->value;
}

/* ---- judging ---------------------------------------------------------------------------------------------------- */

/* "auth/token", "@scope/js-tokens": the name is the last part of a path or a package's name. */
static int is_part_of_name (const struct pair *pair)
{
  return pair->from > 0 && strchr ("/@#\\", pair->text[pair->from - 1]);
}

/* "arn:aws:secretsmanager:…:secret:orders" */
static int is_part_of_urn (const struct pair *pair)
{
  return pair->from > 0 && pair->text[pair->from - 1] == ':' && pair->name_end < pair->length && pair->text[pair->name_end] == ':';
}

static int has_sequence (const char *value, size_t length)
{
  return vprod__scan_has_sequence (value, length < TELLING ? length : TELLING);
}

static int is_made_up (const char *value, size_t length)
{
  size_t digits = 0, letters = 0;

  for (size_t i = 0; i < length; i++) {
    digits += isdigit ((unsigned char) value[i]) != 0;
    letters += isalpha ((unsigned char) value[i]) != 0;
  }
  return length < 10 || digits < 2 || letters < 2 || vprod__scan_entropy (value, length) < 3 || has_sequence (value, length);
}

/* Is the line longer than people write them, or without blanks: {a:1,apiKey:"…"? */
static int is_bundled (const struct pair *pair)
{
  size_t before = pair->from, after = pair->end;

  if (before > 0 && strchr (",{", pair->text[before - 1]) && begins_with (pair, pair->name_end, ":\""))
    return 1;
  while (before > 0 && pair->from - before < OWN_LINE && pair->text[before - 1] != '\n')
    before--;
  while (after < pair->length && after - pair->end < OWN_LINE && pair->text[after] != '\n')
    after++;
  return pair->from - before + (after - pair->end) >= OWN_LINE;
}

/* Does the name say enough that the value needs nothing but a blank before it? In prose a key may be anybody's. */
static int is_said (const struct pair *pair, enum vprod__secret_naming naming)
{
  return naming == VPROD__NAMED_SECRET
         || (naming == VPROD__NAMED_KEY && memchr (pair->text + pair->from, '_', pair->name_end - pair->from));
}

/* Settings: what is no placeholder. A file that may hold settings: what could be nothing but a secret. Any other: what only a
   machine makes. (And vprod__secret_value asks for more where the name says little.) */
static int is_value (const struct pair *pair)
{
  const char *value = pair->text + pair->value, *name = pair->text + pair->from;
  size_t length = pair->end - pair->value, name_length = pair->name_end - pair->from;

  if (is_anything (pair->name) && !vprod__secret_made (value, length))
    return 0;
  enum vprod__secret_naming naming = vprod__secret_naming (name, name_length);
  if (naming == VPROD__NAMED_NOTHING || (pair->is_loose && !is_said (pair, naming))
      || !vprod__secret_value (name, name_length, value, length)
      || vprod__scan_is_stand_in (pair->rule, pair->text, pair->length, pair->value, pair->end))
    return 0;
  if ((pair->name->guessed && is_part_of_name (pair)) || is_part_of_urn (pair))
    return 0;
  if (is_anything (pair->name))
    return !has_sequence (value, length) && !is_bundled (pair);
  return !pair->name->guessed || vprod__scan_is_unlike_all_else (value, length);
}

static int is_key (const struct pair *pair, size_t at)
{
  return pair->length - at >= 3 && strncasecmp (pair->text + at, "key", 3) == 0
         && (at + 3 == pair->length || !is_name (pair->text[at + 3]));
}

/* "API key", "secret key": the words of a name, with a blank between. */
static void find_name (struct pair *pair, size_t keyword)
{
  const char *text = pair->text;

  while (pair->from > 0 && keyword - pair->from < LONGEST_NAME && is_name (text[pair->from - 1]))
    pair->from--;
  while (pair->name_end < pair->length && pair->name_end - keyword < LONGEST_NAME && is_name (text[pair->name_end]))
    pair->name_end++;
  while (pair->name_end > keyword && text[pair->name_end - 1] == '.') /* NAME .= value */
    pair->name_end--;
  if (pair->name->shell)
    return;
  if (pair->name_end < pair->length && text[pair->name_end] == ' ' && is_key (pair, pair->name_end + 1))
    pair->name_end += 4;
  else if (pair->from > 1 && is_key (pair, pair->from) && text[pair->from - 1] == ' ' && isalnum ((unsigned char) text[pair->from - 2]))
    for (pair->from--; pair->from > 0 && keyword - pair->from < LONGEST_NAME && is_name (text[pair->from - 1]);)
      pair->from--;
}

int vprod__scan_judge_assignment (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                                  size_t length, size_t keyword, struct vprod__scan_assignment *ret)
{
  struct pair pair = { .rule = rule, .name = name, .text = text, .length = length, .from = keyword, .name_end = keyword };

  if (name->plain && name->binary)
    return 0;
  find_name (&pair, keyword);
  size_t at = find_value (&pair);
  if (at == 0 || at >= length || !take_value (&pair, at) || !is_value (&pair)
      || (vprod__scan_is_comment (text, pair.from, name->python) && is_made_up (text + pair.value, pair.end - pair.value))
      || !vprod__scan_says (rule, text, length, pair.from, pair.value, pair.end))
    return 0;
  *ret = (struct vprod__scan_assignment) { pair.from, pair.name_end - pair.from, pair.value, pair.end - pair.value };
  return 1;
}
