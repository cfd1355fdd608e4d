/* SPDX-License-Identifier: MIT */
/* The values of run.env that say by their names that they are secret: are they in a text, plain or in base64? */
#include "checks/no_secrets.h"

#include <string.h>
#include <strings.h>

#define MIN_RUN_ENV 6 /* shorter values occur by chance */
#define MIN_BASE64 8

static int is_word (char c)
{
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* Does it stand in text as a whole? */
static int stands_in (const char *text, const char *value)
{
  size_t n = strlen (value);

  for (const char *p = text; (p = strstr (p, value)); p++)
    if ((p == text || !is_word (p[-1]) || !is_word (*value)) && (!is_word (p[n]) || !is_word (value[n - 1])))
      return 1;
  return 0;
}

/* The part of base64 that is the same whatever stands before and behind, for each of the three places where a
   value may begin in a group of three bytes. */
static void base64_core (const char *value, size_t length, size_t shift, char *out)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t first_bit = (6 - shift * 8 % 6) % 6, n = 0;

  for (size_t bit = first_bit; bit + 6 <= 8 * length; bit += 6) {
    unsigned at = (unsigned char) value[bit / 8],
             next = bit / 8 + 1 < length ? (unsigned char) value[bit / 8 + 1] : 0;
    out[n++] = digits[((at << 8 | next) >> (10 - bit % 8)) & 63];
  }
  out[n] = '\0';
}

static int stands_in_base64 (const char *text, const char *value, int *ret)
{
  size_t length = strlen (value);
  _cleanup_free_ char *core = malloc (2 * length + 8);

  if (!core)
    return -1;
  *ret = 0;
  for (size_t shift = 0; shift < 3 && !*ret; shift++) {
    base64_core (value, length, shift, core);
    *ret = strlen (core) >= MIN_BASE64 && strstr (text, core) != NULL;
  }
  return 0;
}

/* Words that people use for throwaway values, and that an image may hold for other reasons. */
static int is_common (const char *value)
{
  static const char *const words[] = {
    "password",   "passwd",       "secret", "changeme",      "postgres", "verify",      "test",       "testing",
    "testuser",   "testpassword", "admin",  "administrator", "default",  "development", "production", "localhost",
    "verify-key", "12345678",     "123456", "letmein",       "qwerty",   NULL
  };

  for (size_t i = 0; words[i]; i++)
    if (strcasecmp (value, words[i]) == 0)
      return 1;
  return vprod__secret_placeholder (value, strlen (value));
}

const char *vprod__secret_run_env (const char *pair, size_t *ret_name_length)
{
  const char *value = strchr (pair, '=');

  if (!value || !vprod__secret_name (pair, (size_t) (value - pair)))
    return NULL;
  *ret_name_length = (size_t) (value++ - pair);
  /* ${db.password} is the throwaway database's */
  return strlen (value) < MIN_RUN_ENV || strstr (value, "${") || is_common (value) ? NULL : value;
}

int vprod__secret_stands_in (const char *text, const char *value, int *ret_encoded)
{
  int encoded = 0;

  *ret_encoded = 0;
  if (stands_in (text, value))
    return 1;
  if (stands_in_base64 (text, value, &encoded) < 0)
    return -1;
  *ret_encoded = encoded;
  return encoded;
}
