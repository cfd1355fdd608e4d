/* SPDX-License-Identifier: MIT */
/* Does a value that must not be shown stand here, as it is or as another program writes it? */
#include "scan/redact.h"
#include "scan/scan.h"

#include <ctype.h>
#include <string.h>

#define LEAST_PART 8   /* characters of a value that is cut off … */
#define PLAIN_PART 16  /* … or so many, where they are letters alone: a shorter one is a word */

/* ---- encodings ------------------------------------------------------------------------------------------------------- */

static int hex (const char *digits, size_t count)
{
  int number = 0;

  for (size_t i = 0; i < count; i++) {
    int c = tolower ((unsigned char) digits[i]);
    if (!isxdigit (c))
      return -1;
    number = number * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return number;
}

/* What programs write instead of a character, as it is. */
static const struct {
  char plain;
  const char *text;
} written[] = {
  { '\'', "'\\''" }, { '\'', "'\"'\"'" }, { '\n', "\\n" },   { '\r', "\\r" },   { '\t', "\\t" },  { '\b', "\\b" },
  { '\f', "\\f" },   { ' ', "+" },         { '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },  { '"', "&quot;" },
  { '"', "&#34;" },  { '\'', "&#39;" },    { '\'', "&#x27;" }, { '\'', "&apos;" }, { '/', "&#x2F;" },
};

/* How many bytes at p stand for this character; 0: it is another. text is ended by NUL. */
static size_t stands_for (const char *p, char wanted)
{
  if (*p == '%' && p[1] && hex (p + 1, 2) == (unsigned char) wanted)
    return 3;
  for (size_t i = 0; i < sizeof written / sizeof written[0]; i++)
    if (written[i].plain == wanted && strncmp (p, written[i].text, strlen (written[i].text)) == 0)
      return strlen (written[i].text);
  if (*p == '\\' && p[1]) {
    if (p[1] == 'u' && strnlen (p, 6) == 6 && hex (p + 2, 4) == (unsigned char) wanted)
      return 6;
    if (p[1] == 'x' && strnlen (p, 4) == 4 && hex (p + 2, 2) == (unsigned char) wanted)
      return 4;
    if (p[1] == wanted && !isalnum ((unsigned char) wanted))
      return 2;
  }
  return *p == wanted;
}

static size_t match_encoded (const struct vprod__redact_needle *needle, const char *text)
{
  const char *p = text;

  for (size_t i = 0; i < needle->length; i++) {
    size_t n = stands_for (p, needle->text[i]);
    if (n == 0)
      return 0;
    p += n;
  }
  return (size_t) (p - text);
}

/* ---- words ----------------------------------------------------------------------------------------------------------- */

static int is_word (char c)
{
  return isalnum ((unsigned char) c) || c == '_' || (c & 0x80);
}

/* Is what ends at text[end - 1] an escape of something that is no part of a word: "%3D", "\n", "\u0022"? */
static int ends_in_escape (const char *text, size_t end)
{
  if (end >= 3 && text[end - 3] == '%' && hex (text + end - 2, 2) >= 0)
    return !is_word ((char) hex (text + end - 2, 2));
  if (end >= 6 && text[end - 6] == '\\' && text[end - 5] == 'u' && hex (text + end - 4, 4) >= 0)
    return !is_word ((char) hex (text + end - 4, 4));
  return end >= 2 && text[end - 2] == '\\' && strchr ("nrtbf", text[end - 1]);
}

static int is_whole (const char *text, size_t length, size_t start, size_t end)
{
  int begins = start == 0 || !is_word (text[start]) || !is_word (text[start - 1]) || ends_in_escape (text, start);

  return begins && (end == length || !is_word (text[end - 1]) || !is_word (text[end]));
}

/* scheme://user:WORD@host */
static int is_in_url (const char *text, size_t length, size_t start, size_t end)
{
  size_t i = start - 1;

  if (start == 0 || text[start - 1] != ':' || end == length || text[end] != '@')
    return 0;
  while (i > 0 && !isspace ((unsigned char) text[i - 1]) && text[i - 1] != '/')
    i--;
  return i >= 3 && strncmp (text + i - 3, "://", 3) == 0;
}

static int is_name (char c)
{
  return isalnum ((unsigned char) c) || c == '_' || c == '-' || c == '.';
}

/* PASSWORD=WORD, password: WORD, "password": "WORD" */
static int is_assigned (const char *text, size_t start)
{
  size_t i = start, name;

  while (i > 0 && strchr (" \t\"'", text[i - 1]))
    i--;
  if (i == 0 || (text[i - 1] != '=' && text[i - 1] != ':'))
    return 0;
  i--;
  while (i > 0 && strchr (" \t\"'", text[i - 1]))
    i--;
  for (name = i; name > 0 && is_name (text[name - 1]); name--)
    ;
  return i > name && vprod__secret_name (text + name, i - name);
}

/* ---- one place -------------------------------------------------------------------------------------------------------- */

static int is_base64 (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("+/-_", c));
}

/* With the last character, which holds bits of it and of its neighbour, and what fills up. */
static size_t match_base64 (const struct vprod__redact_needle *needle, const char *text, size_t length, size_t at)
{
  size_t end = at + needle->length;

  for (size_t i = 0; i < needle->length; i++) {
    char c = at + i < length ? text[at + i] : '\0';
    c = c == '-' ? '+' : c == '_' ? '/' : c;
    if (c != needle->text[i])
      return 0;
  }
  if (end < length && is_base64 (text[end]))
    end++;
  while (end < length && text[end] == '=')
    end++;
  return end - at;
}

size_t vprod__redact_match (const struct vprod__redact_needle *needle, const char *text, size_t length, size_t at)
{
  size_t n = 0;

  if (needle->rule == VPROD__REDACT_BASE64)
    return match_base64 (needle, text, length, at);
  if (length - at >= needle->length && memcmp (text + at, needle->text, needle->length) == 0)
    n = needle->length;
  else
    n = match_encoded (needle, text + at);
  if (n == 0 || needle->rule == VPROD__REDACT_ANYWHERE)
    return n;
  if (!is_whole (text, length, at, at + n))
    return 0;
  return needle->rule == VPROD__REDACT_WHOLE || is_in_url (text, length, at, at + n) || is_assigned (text, at) ? n : 0;
}

/* ---- parts ----------------------------------------------------------------------------------------------------------- */

/* Is it too much of the value to be there by chance? */
static int tells (const char *part, size_t length)
{
  int digits = 0, others = 0;

  for (size_t i = 0; i < length; i++) {
    digits |= isdigit ((unsigned char) part[i]) != 0;
    others |= isdigit ((unsigned char) part[i]) == 0;
  }
  if (length > 4 && strncmp (part, "-----", 5) == 0)
    return 0; /* the header of a key */
  return length >= PLAIN_PART || (length >= LEAST_PART && digits && others);
}

static size_t common (const char *a, const char *b, size_t most)
{
  size_t n = 0;

  while (n < most && a[n] == b[n])
    n++;
  return n;
}

static int may_be_cut (const struct vprod__redact_needle *needle)
{
  return needle->rule >= VPROD__REDACT_ANYWHERE;
}

size_t vprod__redact_match_begin (const struct vprod__redact_needle *needle, const char *text, size_t at, size_t line_end)
{
  size_t left = line_end - at;

  if (!may_be_cut (needle) || left >= needle->length || text[at] != needle->text[0] || !tells (text + at, left))
    return 0;
  return common (text + at, needle->text, left) == left ? left : 0;
}

size_t vprod__redact_match_rest (const struct vprod__redact_needle *needle, const char *text, size_t at, size_t line_end)
{
  size_t left = line_end - at, best = 0;

  if (!may_be_cut (needle) || left < LEAST_PART || needle->length <= LEAST_PART)
    return 0;
  for (const char *p = needle->text + 1, *end = needle->text + needle->length;
       (p = memmem (p, (size_t) (end - p), text + at, LEAST_PART)); p++) {
    size_t rest = (size_t) (end - p), n = common (p, text + at, rest < left ? rest : left);
    if ((n == rest || n == left) && n > best && tells (text + at, n))
      best = n;
  }
  return best;
}
