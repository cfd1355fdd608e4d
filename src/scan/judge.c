/* SPDX-License-Identifier: MIT */
/* What a pattern cannot say of a candidate: its surroundings, its randomness, and what people write instead of secrets. */
#include "scan/inside.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define LONGEST_VALUE 4000
#define LONGEST_NAME 60
#define LONGEST_LINE 200
#define TELLING 64 /* characters of a value in which a placeholder would show; in long random ones any word comes up */

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

static int contains (const char *value, size_t length, const char *part)
{
  size_t n = strlen (part);

  for (size_t i = 0; i + n <= length; i++)
    if (strncasecmp (value + i, part, n) == 0)
      return 1;
  return 0;
}

/* What people type who make a value up. In other people's files and under common names it is none; a key in a vendor's form
   that stands in the image's own files is, made up or not: nobody can tell. */
static int has_sequence (const char *value, size_t length)
{
  return contains (value, length, "00000000") || contains (value, length, "12345678")
         || contains (value, length, "abcdef");
}

int vprod__scan_is_placeholder (const char *value, size_t length)
{
  /* anywhere in it */
  static const char *const parts[] = { "example", "your_", "your-", "yourt", "yourp", "yours", "xxxx", "****", "....",
                                       "changeme", "change-me", "change_me", "replace", "placeholder", "dummy",
                                       "insert", "todo", "redacted", "true|false", "optional;", NULL };
  /* all of it */
  static const char *const wholes[] = { "password", "passwd", "secret", "token", "none", "null", "nil", "true", "false",
                                        "undefined", "string", "value", "test", "testing", "required", "optional",
                                        "default", "empty", "disabled", "enabled", "pass", "pwd", "user", "username", "admin", "root",
                                        "guest", "postgres", "mysql", "localhost", "proxypass", "repopwd", "mysecret", "mypassword", "foobar",
                                        NULL };

  if (length == 0)
    return 1;
  for (size_t i = 0; wholes[i]; i++)
    if (strlen (wholes[i]) == length && strncasecmp (value, wholes[i], length) == 0)
      return 1;
  for (size_t i = 0; parts[i]; i++)
    if (contains (value, length, parts[i]))
      return 1;
  /* a reference: ${X}, $X, {{ x }}, %(x)s, <x>, @X@ */
  if (strchr ("$<{%@", value[0]) || contains (value, length, "${") || contains (value, length, "{{"))
    return 1;
  /* one character over and over */
  size_t same = 0;
  while (same < length && value[same] == value[0])
    same++;
  return same == length;
}

static size_t extend (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t value, size_t end)
{
  while (end < length && end - value < LONGEST_VALUE && text[end] && strchr (rule->more, text[end]))
    end++;
  return end;
}

static int is_name (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("_.-", c));
}

/* Comments of settings show what may stand there: a value counts in them if nobody would have made it up to show that. */
static int is_comment (const char *text, size_t at)
{
  size_t begin = at;

  while (begin > 0 && at - begin < LONGEST_LINE && text[begin - 1] != '\n')
    begin--;
  begin += strspn (text + begin, " \t");
  return begin < at && (text[begin] == '#' || text[begin] == ';' || (text[begin] == '/' && text[begin + 1] == '/'));
}

static int is_made_up (const char *value, size_t length)
{
  size_t digits = 0, letters = 0;

  for (size_t i = 0; i < length; i++) {
    digits += isdigit ((unsigned char) value[i]) != 0;
    letters += isalpha ((unsigned char) value[i]) != 0;
  }
  return length < 10 || digits < 2 || letters < 2 || vprod__scan_entropy (value, length) < 3;
}

int vprod__scan_judge_assignment (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                                  size_t length, size_t keyword, size_t *ret_value, size_t *ret_value_length)
{
  size_t from = keyword, name_end = keyword, value;

  while (from > 0 && keyword - from < LONGEST_NAME && is_name (text[from - 1]))
    from--;
  while (name_end < length && name_end - keyword < LONGEST_NAME && is_name (text[name_end]))
    name_end++;
  value = name_end;
  value += value < length && (text[value] == '"' || text[value] == '\'');
  while (value < length && value - name_end < LONGEST_NAME && (text[value] == ' ' || text[value] == '\t'))
    value++;
  int is_key = value > name_end && value < length && (text[name_end] == '"' || text[name_end] == '\'');
  if (name->shell && (value == length || value > name_end || text[value] != '='))
    return 0;
  if (name->python && !is_key && value < length && text[value] == ':')
    return 0;
  if (value == length
      || !(text[value] == '=' || text[value] == ':' || (name->code && is_key && text[value] == ','))) /* define ('X', 'y') */
    return 0;
  value++;
  while (!name->shell && value < length && value - name_end < LONGEST_NAME
         && (text[value] == ' ' || text[value] == '\t'))
    value++;
  int is_quoted = value < length && (text[value] == '"' || text[value] == '\'');
  if (name->code && !is_quoted)
    return 0; /* what another part of the program gives */
  value += is_quoted;
  size_t end = extend (rule, text, length, value, value);
  if (end > value && (text[end - 1] == ',' || text[end - 1] == ';'))
    end--;
  if (end - value < rule->least || !vprod__secret_name (text + from, name_end - from)
      || !vprod__secret_value (text + from, name_end - from, text + value, end - value)
      || vprod__scan_is_placeholder (text + value, end - value < TELLING ? end - value : TELLING)
      || has_sequence (text + value, end - value < TELLING ? end - value : TELLING)
      || (is_comment (text, from) && is_made_up (text + value, end - value)))
    return 0;
  *ret_value = value;
  *ret_value_length = end - value;
  return 1;
}

int vprod__scan_judge (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                       size_t length, size_t from, size_t to, size_t *ret_value, size_t *ret_value_length)
{
  size_t value = from, end = to;

  if (!rule->any_before && from > 0 && (isalnum ((unsigned char) text[from - 1]) || text[from - 1] == '_'))
    return 0;
  if (rule->value)
    for (size_t i = from; i < to; i++)
      if (strchr (rule->value, text[i]))
        value = i + 1;
  if (rule->more)
    end = extend (rule, text, length, value, end);
  /* what ends a password in a URL is no part of it */
  if (end > value && text[end - 1] == '@')
    end--;
  if (value >= end)
    value = from;
  size_t telling = end - value < TELLING ? end - value : TELLING;
  if (vprod__scan_is_placeholder (text + value, telling)
      || ((rule->where != VPROD__SCAN_ANYWHERE || name->third_party) && has_sequence (text + value, telling)))
    return 0;
  if (end - value < rule->least || (rule->most > 0 && end - value > rule->most))
    return 0; /* "MIIEvQIBADANBgkqhkiG9w0B..." in a manual */
  if (rule->entropy > 0 && vprod__scan_entropy (text + value, end - value) < rule->entropy)
    return 0;
  *ret_value = value;
  *ret_value_length = end - value;
  return 1;
}
