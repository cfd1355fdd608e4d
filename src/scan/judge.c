/* SPDX-License-Identifier: MIT */
/* What a pattern cannot express: a candidate's surroundings, its randomness, and whether it is a placeholder. */
#include "scan/inside.h"
#include "util/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define LONGEST_VALUE 4000
#define LONGEST_NAME 60
#define LONGEST_PREFIX 12 /* characters of a token's prefix: ghp_, github_pat_ */
#define LONGEST_LINE 200
#define LONGEST_SECRET 200 /* characters of a secret without a known form */
#define MACHINE_MADE 32  /* characters, at least */
#define TELLING 64 /* characters of a value that are searched for placeholders: any word occurs by chance in a long random value */

double vprod__scan_entropy (const char *value, size_t length)
{
  size_t count[256] = { 0 };
  double bits = 0;

  for (size_t i = 0; i < length; i++)
    count[(unsigned char) value[i]]++;
  for (size_t i = 0; i < 256; i++)
    if (count[i] > 0) {
      double p = (double) count[i] / (double) length;
      bits -= p * log2 (p);
    }
  return bits;
}

/* What people type when they invent a value. It is not reported in third party's files and in comments; in the image's own
   files it is, as it may be in use. */
static int has_sequence (const char *value, size_t length)
{
  return vprod__text_contains_nocase_n (value, length, "12345678") || vprod__text_contains_nocase_n (value, length, "abcdef");
}

/* Values that are not reported in files: common passwords and words that stand in for one. */
static int is_common (const char *value, size_t length)
{
  static const char *const words[] = { "password",  "passwd",    "secret",   "token",   "true",     "false",
                                       "string",    "value",     "test",     "testing", "required", "optional",
                                       "default",   "disabled",  "enabled",  "pass",    "pwd",      "user",
                                       "username",  "admin",     "root",     "guest",   "postgres", "mysql",
                                       "localhost", "proxypass", "repopwd",  "foobar",  "foobared", "mysecret",
                                       "mypassword", NULL };

  for (size_t i = 0; words[i]; i++)
    if (strlen (words[i]) == length && strncasecmp (value, words[i], length) == 0)
      return 1;
  return 0;
}

static int begins_with (const char *value, size_t length, const char *begin, size_t begin_length)
{
  return length > begin_length && strncmp (value, begin, begin_length) == 0;
}

/* Is it what everybody has: the key of an emulator of a cloud, the token of a manual? */
static int is_published (const struct vprod__scan_rule *rule, const char *value, size_t length)
{
  for (size_t i = 0; vprod__scan_never[i]; i++)
    if (begins_with (value, length, vprod__scan_never[i], strlen (vprod__scan_never[i])))
      return 1;
  for (const char *never = rule->never ? rule->never : ""; *never;) {
    size_t n = strcspn (never, "|");
    if (begins_with (value, length, never, n))
      return 1;
    never += n + (never[n] == '|');
  }
  return 0;
}

/* What is filled in later: ${X}, $X, $(x), `x`, {{ x }}, {x}, %(x)s, %x%, <x>, @x@. The value may be cut off before the
   closing character. */
static int is_reference (const char *value, size_t length, const char *line_end)
{
  const char *end = value + length;

  if (vprod__text_contains_nocase_n (value, length, "${") || vprod__text_contains_nocase_n (value, length, "{{"))
    return 1;
  switch (value[0]) {
  case '`':
    return 1;
  case '$':
    return length > 1 && (isalpha ((unsigned char) value[1]) || strchr ("_{($", value[1]));
  case '{':
    return length > 1 && (strchr ("{%", value[1]) || end[-1] == '}');
  case '%':
    return length > 1 && (value[1] == '(' || end[-1] == '%');
  case '<':
    return memchr (value, '>', (size_t) (line_end - value)) != NULL;
  case '@':
    return length > 1 && (value[1] == '@' || end[-1] == '@');
  default:
    return 0;
  }
}

/* Is text[value, end) a placeholder? */
static int is_stand_in (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t value, size_t end)
{
  size_t telling = end - value < TELLING ? end - value : TELLING;
  size_t rest = length - value < LONGEST_LINE ? length - value : LONGEST_LINE;
  const char *newline = memchr (text + value, '\n', rest);

  return telling == 0 || is_published (rule, text + value, end - value) || is_common (text + value, end - value)
         || vprod__text_contains_nocase_n (text + value, telling, "00000000")
         || vprod__secret_placeholder (text + value, telling)
         || is_reference (text + value, telling, newline ? newline : text + value + rest);
}

static size_t extend (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t value, size_t end)
{
  while (end < length && end - value < LONGEST_VALUE && text[end]
         && (strchr (rule->more, text[end]) || (rule->is_assignment && (text[end] & 0x80)))) /* letters beyond ASCII */
    end++;
  return end;
}

/* A quoted value may have blanks and any other character. A sentence (no digit, or three blanks and more) is not a value: then
   it ends as it would without quotes. */
static size_t quoted_end (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t value)
{
  size_t end = value, blanks = 0, digits = 0;

  for (; end < length && end - value < LONGEST_VALUE && text[end] != '\n' && text[end] != text[value - 1]; end++) {
    blanks += text[end] == ' ';
    digits += isdigit ((unsigned char) text[end]) != 0;
  }
  if (end < length && text[end] == text[value - 1] && digits > 0 && blanks < 3)
    return end;
  return extend (rule, text, length, value, value);
}

static int is_name (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("_.-", c));
}

/* "auth/token", "@scope/js-tokens": the name is the last part of a path or a package's name. */
static int is_part_of_name (const char *text, size_t from)
{
  return from > 0 && strchr ("/@#\\", text[from - 1]);
}

/* Comments in settings have sample values: see is_made_up. */
static int is_comment (const char *text, size_t at)
{
  size_t begin = at;

  while (begin > 0 && at - begin < LONGEST_LINE && text[begin - 1] != '\n')
    begin--;
  begin += strspn (text + begin, " \t");
  return begin < at && (strchr ("#;*", text[begin]) || (text[begin] == '/' && text[begin + 1] == '/'));
}

static int is_made_up (const char *value, size_t length)
{
  size_t digits = 0, letters = 0;

  for (size_t i = 0; i < length; i++) {
    digits += isdigit ((unsigned char) value[i]) != 0;
    letters += isalpha ((unsigned char) value[i]) != 0;
  }
  return length < 10 || digits < 2 || letters < 2 || vprod__scan_entropy (value, length) < 3
         || has_sequence (value, length < TELLING ? length : TELLING);
}

/* "db-secret-2024", "static/chunks/main.js", "testing123": words, each of letters and then digits, with punctuation between. */
static int is_words (const char *value, size_t length)
{
  size_t begin = 0;
  int mixed = 0; /* a letter came after a digit */

  for (size_t i = 0; i <= length; i++) {
    if (i < length && isalnum ((unsigned char) value[i])) {
      mixed = mixed || (i > begin && isalpha ((unsigned char) value[i]) && isdigit ((unsigned char) value[i - 1]));
      continue;
    }
    if ((i < length && !strchr ("-_./:", value[i])) || (mixed && i - begin > 4))
      return 0;
    begin = i + 1;
    mixed = 0;
  }
  return 1;
}

/* Encrypted values are no secret either: they are long. */
int vprod__scan_is_unlike_all_else (const char *value, size_t length)
{
  size_t digits = 0, letters = 0, version = strspn (value, "^~<>=v");

  for (size_t i = 0; i < length; i++) {
    digits += isdigit ((unsigned char) value[i]) != 0;
    letters += isalpha ((unsigned char) value[i]) != 0;
    if (strchr (" ()[]<>{}", value[i]))
      return 0;
  }
  while (version > 0 && version < length && isdigit ((unsigned char) value[version]))
    version++;
  if (isdigit ((unsigned char) value[0]))
    version = strspn (value, "0123456789");
  return length >= 8 && length <= LONGEST_SECRET && digits > 0 && letters > 1 && vprod__scan_entropy (value, length) >= 2.75
         && !(version > 0 && version < length && value[version] == '.') && !is_words (value, length);
}

/* Is it random and long: 16 bytes in hexadecimal digits, 24 in base64? */
static int is_machine_made (const char *value, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (!isalnum ((unsigned char) value[i]) && !strchr ("+/=_-", value[i]))
      return 0;
  return length >= MACHINE_MADE && vprod__scan_entropy (value, length) >= 3.25 && !has_sequence (value, length);
}

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

/* Where, after the colon at `at`, the "=" behind a type stands: "name: str | None = …"; 0: there is none. */
static size_t skip_annotation (const char *text, size_t length, size_t at)
{
  size_t i = at + 1;

  while (i < length && i - at < LONGEST_NAME && (isalnum ((unsigned char) text[i]) || strchr ("_.,|[] ", text[i])))
    i++;
  return i < length && text[i] == '=' && i > at + 1 ? i : 0;
}

/* What a settings class wraps a value in: SecretStr ("…"), Field (default="…"). */
static size_t skip_wrappers (const char *text, size_t length, size_t at)
{
  static const char *const wrappers[] = { "SecretStr(", "pydantic.SecretStr(", "Field(", "pydantic.Field(", "default=" };

  for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0];) {
    size_t n = strlen (wrappers[i]);
    if (length - at >= n && strncmp (text + at, wrappers[i], n) == 0) {
      at += n;
      i = 0;
    } else
      i++;
  }
  return at;
}

/* ${NAME:value}, ${NAME:-value}: the default of NAME. */
static int has_default (const char *text, size_t from)
{
  return from >= 2 && text[from - 2] == '$' && text[from - 1] == '{';
}

static void take_default (const char *text, size_t *value, size_t *end)
{
  const char *brace = memchr (text + *value, '}', *end - *value);

  if (brace)
    *end = (size_t) (brace - text);
  *value += *value < *end && text[*value] == '-';
}

int vprod__scan_judge_assignment (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                                  size_t length, size_t keyword, struct vprod__scan_assignment *ret)
{
  size_t from = keyword, name_end = keyword, value;

  while (from > 0 && keyword - from < LONGEST_NAME && is_name (text[from - 1]))
    from--;
  while (name_end < length && name_end - keyword < LONGEST_NAME && is_name (text[name_end]))
    name_end++;
  value = name_end;
  value += value < length && (text[value] == '"' || text[value] == '\'');
  if (value > name_end && name->code && value < length && text[value] == ']') /* config["NAME"] = … */
    value++;
  while (value < length && value - name_end < LONGEST_NAME && (text[value] == ' ' || text[value] == '\t'))
    value++;
  int is_key = value > name_end && value < length && (text[name_end] == '"' || text[name_end] == '\'');
  if (name->shell && (value == length || value > name_end || text[value] != '='))
    return 0;
  if (name->python && !is_key && value < length && text[value] == ':' && !(value = skip_annotation (text, length, value)))
    return 0;
  if (value == length
      || !(text[value] == '=' || text[value] == ':'
           || (text[value] == ',' && name->code && is_key && from > 0 && is_first_argument (text, from - 1))))
    return 0;
  value++;
  value += value < length && text[value - 1] == '=' && text[value] == '>'; /* 'password' => 'value' */
  while (!name->shell && value < length && value - name_end < LONGEST_NAME
         && (text[value] == ' ' || text[value] == '\t'))
    value++;
  if (name->python)
    value = skip_wrappers (text, length, value);
  int is_quoted = value < length && (text[value] == '"' || text[value] == '\'');
  if (name->code && !is_quoted)
    return 0; /* an expression */
  value += is_quoted;
  if (!is_quoted && value < length && text[value] == '{')
    return 0; /* a mapping, whose names are judged one by one */
  size_t end = is_quoted ? quoted_end (rule, text, length, value) : extend (rule, text, length, value, value);
  if (!is_quoted && end > value && (text[end - 1] == ',' || text[end - 1] == ';'))
    end--;
  if (!is_quoted && has_default (text, from))
    take_default (text, &value, &end);
  if (end - value < rule->least || !vprod__secret_name (text + from, name_end - from)
      || !vprod__secret_value (text + from, name_end - from, text + value, end - value)
      || is_stand_in (rule, text, length, value, end)
      || (name->guessed && (is_part_of_name (text, from) || !vprod__scan_is_unlike_all_else (text + value, end - value)))
      || (name->program && !is_machine_made (text + value, end - value))
      || (is_comment (text, from) && is_made_up (text + value, end - value)))
    return 0;
  *ret = (struct vprod__scan_assignment) { from, name_end - from, value, end - value };
  return 1;
}

/* Does rule->before stand before the candidate, or is the value USER:PASSWORD in base64? */
static int is_in_place (const struct vprod__scan_rule *rule, const char *text, size_t from, size_t value, size_t end)
{
  size_t reach = from < LONGEST_VALUE ? from : LONGEST_VALUE;

  return !rule->before || memmem (text + from - reach, reach, rule->before, strlen (rule->before))
         || vprod__scan_base64_is_login (text + value, end - value);
}

/* Programs of Go and Rust have their string constants one after the other without a separator. There a value with a vendor's
   prefix may touch other letters, if it has digits, which words hardly have. */
static int may_be_glued (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                         size_t from, size_t to)
{
  size_t prefix = 1, digits = 0;

  if (!name->binary || name->third_party || rule->value || rule->where != VPROD__SCAN_ANYWHERE)
    return 0;
  while (from + prefix <= to && prefix <= LONGEST_PREFIX && !strchr ("_-.", text[from + prefix - 1]))
    prefix++;
  if (prefix > LONGEST_PREFIX)
    return 0;
  for (size_t i = from + prefix; i < to; i++)
    digits += isdigit ((unsigned char) text[i]) != 0;
  return digits > 2;
}

int vprod__scan_judge (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                       size_t length, size_t from, size_t to, size_t *ret_value, size_t *ret_value_length)
{
  size_t value = from, end = to;

  int is_glued = may_be_glued (rule, name, text, from, to);
  if (!is_glued && !rule->any_before && from > 0 && (isalnum ((unsigned char) text[from - 1]) || text[from - 1] == '_'))
    return 0;
  if (rule->value)
    for (size_t i = from; i < to; i++)
      if (strchr (rule->value, text[i]))
        value = i + 1;
  if (rule->more)
    end = extend (rule, text, length, value, end);
  if (is_glued && rule->most > 0 && end - value > rule->most)
    end = to;
  /* the "@" after a password in a URL */
  if (end > value && text[end - 1] == '@')
    end--;
  if (value >= end)
    value = from;
  if (is_stand_in (rule, text, length, value, end)
      || (name->third_party && has_sequence (text + value, end - value < TELLING ? end - value : TELLING)))
    return 0;
  int may_be_short = rule->short_in && !name->third_party && vprod__scan_is_among (name->base, rule->short_in);
  if ((end - value < rule->least && !may_be_short) || (rule->most > 0 && end - value > rule->most))
    return 0; /* too short: "MIIEvQIBADANBgkqhkiG9w0B..." in a manual */
  if (!is_in_place (rule, text, from, value, end))
    return 0;
  if (rule->entropy > 0 && vprod__scan_entropy (text + value, end - value) < rule->entropy)
    return 0;
  *ret_value = value;
  *ret_value_length = end - value;
  return 1;
}
