/* SPDX-License-Identifier: MIT */
#include "util/text.h"
#include "util/buf.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define ESC 0x1b

/* The length of the ANSI (ECMA-48) sequence at the start of bytes, which begin with ESC. */
static size_t ansi_length (const unsigned char *bytes, size_t length)
{
  size_t i = 2;

  if (length < 2)
    return length;
  switch (bytes[1]) {
  case '[': /* CSI: parameters and intermediates, then one final byte */
    while (i < length && bytes[i] >= 0x20 && bytes[i] <= 0x3f)
      i++;
    return i < length && bytes[i] >= 0x40 && bytes[i] <= 0x7e ? i + 1 : i;
  case ']': /* OSC and the like: to BEL or ST, on one line */
  case 'P':
  case 'X':
  case '^':
  case '_':
    for (; i < length && bytes[i] != '\n'; i++) {
      if (bytes[i] == 0x07)
        return i + 1;
      if (bytes[i] == ESC && i + 1 < length && bytes[i + 1] == '\\')
        return i + 2;
    }
    return 2; /* without an end: what follows is text, and may be ours */
  default: /* intermediates, then one final byte: ESC ( B */
    for (i = 1; i < length && bytes[i] >= 0x20 && bytes[i] <= 0x2f; i++)
      ;
    return i < length && bytes[i] >= 0x30 && bytes[i] <= 0x7e ? i + 1 : i;
  }
}

/* The length of the well-formed, printable UTF-8 character (RFC 3629) at the start of p, or 0. */
static size_t utf8_length (const unsigned char *p, size_t length)
{
  static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
  size_t n = p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : 0;
  uint32_t c;

  if (n == 0 || n > length)
    return 0;
  c = p[0] & (0x7fu >> n);
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xc0) != 0x80)
      return 0;
    c = c << 6 | (p[i] & 0x3fu);
  }
  if (c < lowest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
    return 0;
  /* C1 controls; marks that reorder text (Trojan Source): shown as bytes */
  if ((c >= 0x80 && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e
      || c == 0x200f || c == 0x2028 || c == 0x2029 || (c & 0xfffe) == 0xfffe)
    return 0;
  return n;
}

char *vprod__text_harmless (const char *bytes, size_t length)
{
  const unsigned char *p = (const unsigned char *) bytes;
  _cleanup_buf_ struct vprod__buf out = { 0 };

  for (size_t i = 0; i < length;) {
    size_t n = 1;
    int r;
    if (p[i] == ESC) {
      i += ansi_length (p + i, length - i);
      continue;
    }
    if (p[i] == '\r' && i + 1 < length && p[i + 1] == '\n') {
      i++;
      continue;
    }
    if (p[i] == '\n' || p[i] == '\t' || (p[i] >= 0x20 && p[i] < 0x7f))
      r = vprod__buf_add (&out, p + i, 1);
    else if ((n = utf8_length (p + i, length - i)) > 0)
      r = vprod__buf_add (&out, p + i, n);
    else {
      n = 1;
      r = vprod__buf_addf (&out, "\\x%02x", p[i]);
    }
    if (r < 0)
      return NULL;
    i += n;
  }
  return vprod__buf_steal (&out);
}

char *vprod__text_tail (const char *bytes, size_t length, size_t lines, size_t size)
{
  while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
    length--;
  size_t start = length;
  while (start > 0 && length - start < size) {
    if (bytes[start - 1] == '\n' && --lines == 0)
      break;
    start--;
  }
  return vprod__text_harmless (bytes + start, length - start);
}

/* Damerau-Levenshtein distance (restricted), or a large number for long words. */
static size_t distance (const char *a, const char *b)
{
  enum { MAX = 63 };
  size_t n = strlen (a), m = strlen (b);
  size_t rows[3][MAX + 1];

  if (n > MAX || m > MAX)
    return MAX;
  size_t *before = rows[0], *last = rows[1], *row = rows[2];
  for (size_t j = 0; j <= m; j++)
    last[j] = j;
  for (size_t i = 1; i <= n; i++) {
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t cost = tolower ((unsigned char) a[i - 1]) != tolower ((unsigned char) b[j - 1]);
      size_t best = last[j - 1] + cost;
      if (last[j] + 1 < best)
        best = last[j] + 1;
      if (row[j - 1] + 1 < best)
        best = row[j - 1] + 1;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      row[j] = best;
    }
    size_t *spare = before;
    before = last;
    last = row;
    row = spare;
  }
  return last[m];
}

const char *vprod__text_nearest (const char *word, const char *const *names)
{
  const char *best = NULL;
  size_t limit = strlen (word) / 3 + 1;

  for (size_t i = 0; names[i]; i++) {
    size_t d = distance (word, names[i]);
    /* "port" for "host-port": a whole word is nearer than any count of letters */
    if (d > limit && strlen (word) >= 4 && (strstr (names[i], word) || strstr (word, names[i])))
      d = limit;
    if (d <= limit && (d < limit || !best)) {
      best = names[i];
      limit = d;
    }
  }
  return best;
}

char *vprod__text_redact (const char *value)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };
  size_t length = strlen (value), shown = length >= 24 ? 4 : length >= 12 ? 2 : 0;
  int r = 0;

  if (shown > 0) {
    _cleanup_free_ char *head = vprod__text_harmless (value, shown);
    if (!head)
      return NULL;
    r = vprod__buf_adds (&out, head);
  }
  if (r < 0 || vprod__buf_addf (&out, "…(%zu characters)", length) < 0)
    return NULL;
  return vprod__buf_steal (&out);
}

int vprod__text_contains_nocase (const char *text, const char *part)
{
  return strcasestr (text, part) != NULL;
}

int vprod__text_contains_nocase_n (const char *text, size_t length, const char *part)
{
  size_t n = strlen (part);

  for (size_t i = 0; i + n <= length; i++)
    if (strncasecmp (text + i, part, n) == 0)
      return 1;
  return 0;
}

int vprod__text_ends_with (const char *text, const char *end)
{
  size_t n = strlen (text), m = strlen (end);

  return n >= m && strcmp (text + n - m, end) == 0;
}

int vprod__text_has_suffix (const char *text, size_t length, const char *suffix)
{
  size_t n = strlen (suffix);

  return length > n && memcmp (text + length - n, suffix, n) == 0;
}

int vprod__text_ends_with_nocase_n (const char *text, size_t length, const char *end)
{
  size_t n = strlen (end);

  return length >= n && strncasecmp (text + length - n, end, n) == 0;
}

int vprod__text_begins_with_one_of (const char *text, const char *const *list)
{
  for (; *list; list++)
    if (strncmp (text, *list, strlen (*list)) == 0)
      return 1;
  return 0;
}

int vprod__text_is_one_of (const char *word, const char *const *list)
{
  for (; *list; list++)
    if (strcmp (word, *list) == 0)
      return 1;
  return 0;
}

int vprod__text_is_one_of_nocase (const char *word, const char *const *list)
{
  for (; *list; list++)
    if (strcasecmp (word, *list) == 0)
      return 1;
  return 0;
}

char *vprod__command_text (char *const *argv)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  for (size_t i = 0; argv[i]; i++) {
    int quote = argv[i][0] == '\0' || strpbrk (argv[i], " \t\n\"'$&|;<>()*?#`\\") != NULL;
    if (vprod__text_addf (&text, quote ? "%s'%s'" : "%s%s", i ? " " : "", argv[i]) < 0)
      return NULL;
  }
  return vprod__buf_steal (&text);
}
