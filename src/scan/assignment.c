/* SPDX-License-Identifier: MIT */
/* What a value says: is it a literal secret, or what people write instead of one? */
#include "scan/words.h"
#include "scan/inside.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LEAST_VALUE 3      /* characters; shorter values are fillers */
#define LEAST_NUMBER 20    /* digits: no count has so many */
#define LONG 32            /* characters: no call has so many, and between them … */
#define MARKS 4            /* … as many as this of !@#$%^&* */
#define LONGEST_SECRET 200 /* characters of a secret without a known form */

/* "build-key", "dummy-for-collectstatic": words that say so. */
static int is_pretended (const char *value, size_t length)
{
  struct vprod__scan_name_words words;
  int pretends = 0;

  vprod__scan_split_name (value, length, &words);
  for (size_t i = 0; i < words.count; i++) {
    int says_so = vprod__scan_word_is (&words, i, vprod__scan_words_pretend);
    if (!says_so && !vprod__scan_word_is (&words, i, vprod__scan_words_filler))
      return 0;
    pretends = pretends || says_so;
  }
  return pretends;
}

int vprod__secret_placeholder (const char *value, size_t length)
{
  static const char *const parts[] = { "example", "placeholder", "dummy",     "replace",    "redacted", "your_",
                                       "your-",   "your ",       "yourt",     "yourp",      "yours",    "insert",
                                       "fixme",   "todo",        "xxxx",      "****",       "....",     "----",
                                       "not-a-",  "not_a_",      "notreal",   "noop",       "no-op",    "unused",
                                       "ignored", "not-set",     "notset",    "unset",      "build-time", "buildtime",
                                       "build-only", "changeme", "change-me", "change_me",  "changethis", "true|false",
                                       "optional;", "!!!set", NULL };
  static const char *const wholes[] = { "xxx",  "***",       "...",   "---",      "fake", "mock",
                                        "stub", "tbd",       "n/a",   "na",       "none", "null",
                                        "nil",  "undefined", "empty", "changeit", NULL };

  if (length == 0 || vprod__scan_is_one_of (value, length, wholes) || is_pretended (value, length))
    return 1;
  for (size_t i = 0; parts[i]; i++)
    if (vprod__text_contains_nocase_n (value, length, parts[i]) && !(length >= 12 && strcmp (parts[i], "----") == 0))
      return 1;
  if ((value[0] == '<' && value[length - 1] == '>') || (value[0] == '[' && value[length - 1] == ']')
      || (value[0] == '%' && value[length - 1] == '%')
      || (length > 2 && value[0] == '@' && value[length - 1] == '@') || (length > 3 && strncmp (value, "{{", 2) == 0)
      || (length > 3 && strncmp (value, "@@", 2) == 0))
    return 1;
  for (size_t i = 1; i < length; i++)
    if (value[i] != value[0])
      return 0;
  return length > 2; /* one character over and over */
}

static int is_switch (const char *value, size_t length)
{
  static const char *const words[] = { "true", "false",    "yes",      "no",      "on",       "off",    "0",
                                       "1",    "required", "optional", "enabled", "disabled", "enable", "disable",
                                       "auto", "default",  "bearer",   "basic",   "jwt",      "oauth",  "oauth2",
                                       "oidc", "ldap",     "trust",    "md5",     "any",      "all",    "env",
                                       "file", "prompt",   "stdin",    "-",       "files",    "compat", "sss", /* of nsswitch.conf */
                                       NULL };

  return vprod__scan_is_one_of (value, length, words);
}

/* A file name. */
static int is_path (const char *value, size_t length)
{
  size_t slashes = 0;

  if (value[0] != '/' && strncmp (value, "./", 2) != 0 && strncmp (value, "~/", 2) != 0
      && strncmp (value, "../", 3) != 0)
    return 0;
  for (size_t i = 0; i < length; i++) {
    if (!isalnum ((unsigned char) value[i]) && !strchr ("/._-~@:", value[i]))
      return 0;
    slashes += value[i] == '/';
  }
  return slashes > 1 || length < 24;
}

static int is_reference (const char *value, size_t length)
{
  static const char *const schemes[] = { "file:",    "env:",      "vault:", "arn:", "ssm:",   "op://", "secret:",
                                         "secrets:", "projects/", "kms:",   "gcp:", "awssm:", "k8s:",
                                         "@microsoft.keyvault(", "enc(", "enc[", "{cipher}", "!vault", NULL }; /* the last are encrypted */

  for (size_t i = 0; schemes[i]; i++)
    if (length > strlen (schemes[i]) && strncasecmp (value, schemes[i], strlen (schemes[i])) == 0)
      return 1;
  if (length > 8 && (strncasecmp (value, "http://", 7) == 0 || strncasecmp (value, "https://", 8) == 0))
    return 1; /* a password in a URL is found by its form */
  if (value[0] == '$' && length > 1 && (value[1] == '{' || value[1] == '('))
    return value[length - 1] == '}' || value[length - 1] == ')';
  if (value[0] == '$' && length > 1 && (isalpha ((unsigned char) value[1]) || value[1] == '_')) {
    size_t i = 1;
    while (i < length && (isalnum ((unsigned char) value[i]) || value[i] == '_'))
      i++;
    return i == length;
  }
  return 0;
}

/* How long something lasts: 15m, 7d, "24 hours". */
static int is_duration (const char *value, size_t length)
{
  static const char *const units[] = { "ms",   "s",       "sec",  "secs", "second", "seconds", "m",    "min", "mins",
                                       "minute", "minutes", "h",   "hr",   "hrs",    "hour",    "hours", "d",  "day",
                                       "days", "w",       "week", "weeks", "month", "months",  "y",    "year", "years",
                                       NULL };
  size_t digits = 0;

  while (digits < length && isdigit ((unsigned char) value[digits]))
    digits++;
  size_t unit = digits + (digits < length && value[digits] == ' ');
  return digits > 0 && digits < 6 && vprod__scan_is_one_of (value + unit, length - unit, units);
}

/* An identifier of a program: "rest_framework.authentication.TokenAuthentication". */
static int is_dotted_name (const char *value, size_t length)
{
  size_t dots = 0, last = 0;

  for (size_t i = 0; i < length; i++) {
    if (value[i] == '.') {
      if (i == last || i + 1 == length)
        return 0;
      dots++;
      last = i + 1;
    } else if (!isalpha ((unsigned char) value[i]) && value[i] != '_')
      return 0;
  }
  return dots > 1 || (dots == 1 && islower ((unsigned char) value[0]) && isupper ((unsigned char) value[last]));
}

/* "DB_PASSWORD,JWT_SECRET": names of secrets. */
static int is_list_of_names (const char *value, size_t length)
{
  size_t commas = 0;

  for (size_t i = 0; i < length; i++) {
    if (!isupper ((unsigned char) value[i]) && !strchr ("_, ", value[i]))
      return 0;
    commas += value[i] == ',';
  }
  return commas > 0;
}

/* "AWS_SESSION_TOKEN", "aws_access_key_id": the name of what holds it, in a program. */
static int is_name_of_secret (const char *value, size_t length)
{
  struct vprod__scan_name_words words;
  size_t lower = 0;

  for (size_t i = 0; i < length; i++) {
    if (!isalpha ((unsigned char) value[i]) && value[i] != '_')
      return 0;
    lower += islower ((unsigned char) value[i]) != 0;
  }
  vprod__scan_split_name (value, length, &words);
  if (words.count < 3)
    return 0;
  size_t before = (size_t) (words.list[words.count - 1].text - value);
  int is_about = vprod__scan_word_is (&words, words.count - 1, vprod__scan_words_about);
  return is_about ? vprod__secret_naming (value, before) != VPROD__NAMED_NOTHING
                  : lower == 0 && vprod__secret_naming (value, length) != VPROD__NAMED_NOTHING;
}

/* A sentence rather than a word. */
static int is_prose (const char *value, size_t length)
{
  size_t blanks = 0;

  for (size_t i = 0; i < length; i++)
    blanks += value[i] == ' ';
  return blanks >= 3;
}

int vprod__secret_value (const char *name, size_t name_length, const char *value, size_t length)
{
  struct vprod__scan_name_words words;
  size_t digits = 0, letters = 0;

  while (length >= 2 && (value[0] == '"' || value[0] == '\'') && value[length - 1] == value[0]) {
    value++;
    length -= 2;
  }
  if (length < LEAST_VALUE || is_switch (value, length) || vprod__secret_placeholder (value, length)
      || is_path (value, length) || is_reference (value, length) || is_prose (value, length)
      || is_list_of_names (value, length) || is_name_of_secret (value, length)
      || (length == name_length && strncasecmp (name, value, length) == 0))
    return 0;
  for (size_t i = 0; i < length; i++) {
    digits += isdigit ((unsigned char) value[i]) != 0;
    letters += isalpha ((unsigned char) value[i]) != 0 || (value[i] & 0x80) != 0;
  }
  if (digits + letters == 0)
    return 0; /* a pattern, a rule of dashes */
  vprod__scan_split_name (name, name_length, &words);
  int password = 0;
  for (size_t i = 0; i < words.count; i++)
    password = password || vprod__text_contains_nocase_n (words.list[i].text, words.list[i].length, "pass");
  if (!password && ((digits == length && length < LEAST_NUMBER) || is_duration (value, length) || is_dotted_name (value, length)))
    return 0; /* a count, a lifetime, a class */
  enum vprod__secret_naming naming = vprod__secret_naming (name, name_length);
  if ((naming == VPROD__NAMED_PART && !vprod__scan_is_unlike_all_else (value, length))
      || (naming == VPROD__NAMED_KEY && !vprod__secret_made (value, length)))
    return 0; /* the name says too little */
  if (words.count > 0 && vprod__scan_word_is (&words, words.count - 1, vprod__scan_words_last) && !password)
    return memchr (value, ':', length) != NULL || (length >= 16 && digits > 0); /* not AUTH=ldap */
  return 1;
}

int vprod__secret_common (const char *value, size_t length)
{
  static const char *const words[] = {
    "password",   "passwd",       "secret", "changeme",      "postgres", "verify",      "test",       "testing",
    "testuser",   "testpassword", "admin",  "administrator", "default",  "development", "production", "localhost",
    "verify-key", "12345678",     "123456", "letmein",       "qwerty",   NULL
  };

  return vprod__scan_is_one_of (value, length, words) || vprod__secret_placeholder (value, length);
}

/* ---- what a value could be besides a secret ------------------------------------------------------------------ */

int vprod__scan_has_sequence (const char *value, size_t length)
{
  return vprod__text_contains_nocase_n (value, length, "12345678") || vprod__text_contains_nocase_n (value, length, "abcdef");
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
  size_t digits = 0, letters = 0, calls = 0, marks = 0, version = strspn (value, "^~<>=v");

  for (size_t i = 0; i < length; i++) {
    digits += isdigit ((unsigned char) value[i]) != 0;
    letters += isalpha ((unsigned char) value[i]) != 0;
    calls += value[i] == '(' || value[i] == ')';
    marks += value[i] && strchr ("!@#$%^&*", value[i]);
    if (strchr (" []<>{}", value[i]))
      return 0;
  }
  if (calls > 0 && (marks < MARKS || length < LONG)) /* a key of Django has all of these */
    return 0;
  while (version > 0 && version < length && isdigit ((unsigned char) value[version]))
    version++;
  if (isdigit ((unsigned char) value[0]))
    version = strspn (value, "0123456789");
  return length >= 8 && length <= LONGEST_SECRET && digits > 0 && letters > 1 && vprod__scan_entropy (value, length) >= 2.75
         && !(version > 0 && version < length && value[version] == '.') && !is_words (value, length);
}

