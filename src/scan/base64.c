/* SPDX-License-Identifier: MIT */
/* Base64 as far as it can hide a secret: in both alphabets, at any place of a longer text, broken into lines. */
#include "scan/inside.h"

#include <ctype.h>
#include <string.h>

#define LONGEST_SAID 3000 /* bytes of a text in base64 that are looked at */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *vprod__scan_base64 (const char *text, size_t shift)
{
  size_t length = strlen (text), first = (shift * 8 + 5) / 6, last = (shift + length) * 8 / 6;
  char *out = calloc (last > first ? last - first + 1 : 1, 1);

  for (size_t i = first; out && i < last; i++) {
    unsigned bits = 0;
    for (size_t bit = i * 6; bit < i * 6 + 6; bit++)
      bits = bits << 1 | ((unsigned char) text[bit / 8 - shift] >> (7 - bit % 8) & 1u);
    out[i - first] = letters[bits];
  }
  return out;
}

/* In the alphabet of URLs and JWTs, too. */
static int is_same (char c, char coded)
{
  return c == coded || (c == '-' && coded == '+') || (c == '_' && coded == '/');
}

int vprod__scan_base64_stands (const char *text, size_t length, size_t at, const char *coded, size_t offset)
{
  size_t before = offset, p = at;

  for (; before > 0 && p > 0; p--) {
    if (isspace ((unsigned char) text[p - 1]))
      continue;
    if (!is_same (text[p - 1], coded[before - 1]))
      return 0;
    before--;
  }
  if (before > 0)
    return 0;
  for (p = at, coded += offset; *coded && p < length; p++) {
    if (isspace ((unsigned char) text[p]))
      continue;
    if (!is_same (text[p], *coded))
      return 0;
    coded++;
  }
  return *coded == '\0';
}

/* The number of a letter in either alphabet; -1: it is none. */
static int number_of (char c)
{
  const char *letter = c ? strchr (letters, c == '-' ? '+' : c == '_' ? '/' : c) : NULL;

  return letter ? (int) (letter - letters) : -1;
}

/* Decodes up to the first character that is no base64; how many bytes there are, at most `most`. */
static size_t decode (const char *value, size_t length, char *to, size_t most)
{
  unsigned bits = 0;
  size_t n = 0;

  for (size_t i = 0; i < length && n < most && number_of (value[i]) >= 0; i++) {
    bits = bits << 6 | (unsigned) number_of (value[i]);
    if (i % 4 != 0)
      to[n++] = (char) (bits >> (6 - 2 * (i % 4)));
  }
  return n;
}

static int holds (const char *bytes, size_t length, const char *texts)
{
  while (*texts) {
    size_t n = strcspn (texts, "|");
    if (memmem (bytes, length, texts, n))
      return 1;
    texts += n + (texts[n] == '|');
  }
  return 0;
}

size_t vprod__scan_base64_decode (const char *value, size_t length, char *to, size_t most)
{
  size_t n = decode (value, length, to, most);

  for (size_t i = 0; i < n; i++)
    if (to[i] == '\n' && i + 1 == n)
      return i;
    else if (to[i] < ' ' || to[i] > '~')
      return 0;
  return n;
}

int vprod__scan_base64_says (const char *value, size_t length, const char *texts)
{
  char plain[LONGEST_SAID];

  for (size_t i = 0; i < length;) {
    const char *dot = memchr (value + i, '.', length - i);
    size_t part = dot ? (size_t) (dot - value) - i : length - i;
    if (holds (plain, decode (value + i, part, plain, sizeof plain), texts))
      return 1;
    i += part + 1;
  }
  return 0;
}

int vprod__scan_base64_is_login (const char *value, size_t length)
{
  unsigned bits = 0;
  int has_colon = 0;

  for (size_t i = 0; i < length && value[i] != '='; i++) {
    const char *letter = strchr (letters, value[i]);
    if (!letter)
      return 0;
    bits = bits << 6 | (unsigned) (letter - letters);
    if (i % 4 == 0)
      continue;
    unsigned char c = (unsigned char) (bits >> (6 - 2 * (i % 4)));
    if (c < ' ' || c == 0x7f)
      return 0;
    has_colon |= c == ':' && i > 1;
  }
  return has_colon;
}
