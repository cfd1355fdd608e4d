/* SPDX-License-Identifier: MIT */
/* What a pattern cannot say of a candidate: its surroundings, its randomness, and what people write instead of secrets. */
#include "scan/inside.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define LONGEST_VALUE 4000
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

int vprod__scan_is_placeholder (const char *value, size_t length)
{
  /* anywhere in it */
  static const char *const parts[] = { "example", "your_", "your-", "yourt", "yourp", "yours", "xxxx", "****", "....",
                                       "changeme", "change-me", "change_me", "replace", "placeholder", "dummy",
                                       "insert", "todo", "redacted", "00000000", "12345678", "abcdef", NULL };
  /* all of it */
  static const char *const wholes[] = { "password", "passwd", "secret", "token", "none", "null", "nil", "true", "false",
                                        "undefined", "string", "value", "test", "testing", "required", "optional",
                                        "default", "empty", "disabled", "enabled", "pass", "pwd", "user", "username", "admin", "root",
                                        "guest", "postgres", "mysql", "localhost", NULL };

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

int vprod__scan_judge (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t from, size_t to,
                       size_t *ret_value, size_t *ret_value_length)
{
  size_t value = from, end = to;

  if (!rule->any_before && from > 0 && (isalnum ((unsigned char) text[from - 1]) || text[from - 1] == '_'))
    return 0;
  if (rule->value)
    for (size_t i = from; i < to; i++)
      if (strchr (rule->value, text[i]))
        value = i + 1;
  if (rule->more)
    while (end < length && end - value < LONGEST_VALUE && text[end] && strchr (rule->more, text[end]))
      end++;
  /* what ends a password in a URL is no part of it */
  if (end > value && text[end - 1] == '@')
    end--;
  if (value >= end)
    value = from;
  if (vprod__scan_is_placeholder (text + value, end - value < TELLING ? end - value : TELLING))
    return 0;
  if (end - value < rule->least)
    return 0; /* "MIIEvQIBADANBgkqhkiG9w0B..." in a manual */
  if (rule->entropy > 0 && vprod__scan_entropy (text + value, end - value) < rule->entropy)
    return 0;
  *ret_value = value;
  *ret_value_length = end - value;
  return 1;
}
