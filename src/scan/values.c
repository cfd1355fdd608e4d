/* SPDX-License-Identifier: MIT */
/*
 * Known values, plain or in base64. Base64 may be broken into lines anywhere in a value. So two pieces are searched for that
 * together are shorter than a line, of which one is therefore in one line; around it the rest is compared.
 */
#include "scan/inside.h"
#include "util/grow.h"

#include <ctype.h>
#include <string.h>

#define LEAST_BASE64 8      /* the same in base64 */
#define MOST_PIECE 24       /* two of them are shorter than the lines of any program */
#define LONGEST_BASE64 2048 /* characters that are compared */

static int add (struct vprod__scan_values *values, const char *plain, const char *text, size_t length, const char *coded,
                size_t offset)
{
  if (vprod__grow (&values->list, values->count) < 0)
    return -1;
  struct vprod__scan_value *value = &values->list[values->count++];
  *value = (struct vprod__scan_value) {
    .text = strndup (text, length), .plain = strdup (plain), .coded = coded ? strdup (coded) : NULL, .offset = offset,
  };
  return value->text && value->plain && (value->coded || !coded) ? 0 : -1;
}

static int add_piece (struct vprod__scan_values *values, const char *plain, const char *coded, size_t offset, size_t length)
{
  char piece[MOST_PIECE + 1];

  if (add (values, plain, coded + offset, length, coded, offset) < 0)
    return -1;
  memcpy (piece, coded + offset, length);
  piece[length] = '\0';
  if (!strpbrk (piece, "+/"))
    return 0;
  for (char *c = piece; *c; c++) /* the alphabet of URLs and JWTs */
    *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
  return add (values, plain, piece, length, coded, offset);
}

static int add_base64 (struct vprod__scan_values *values, const char *plain, size_t shift)
{
  _cleanup_free_ char *coded = vprod__scan_base64 (plain, shift);

  if (!coded)
    return -1;
  size_t length = strlen (coded);
  if (length < LEAST_BASE64)
    return 0;
  if (length < 2 * LEAST_BASE64)
    return add_piece (values, plain, coded, 0, length);
  if (length > LONGEST_BASE64)
    coded[LONGEST_BASE64] = '\0';
  size_t half = length / 2 < MOST_PIECE ? length / 2 : MOST_PIECE;
  return add_piece (values, plain, coded, 0, half) < 0 ? -1 : add_piece (values, plain, coded, half, half);
}

int vprod__scan_values_make (const char *const *plain, struct vprod__scan_values *ret)
{
  for (; plain && *plain; plain++) {
    if (add (ret, *plain, *plain, strlen (*plain), NULL, 0) < 0)
      return -1;
    for (size_t shift = 0; shift < 3; shift++)
      if (add_base64 (ret, *plain, shift) < 0)
        return -1;
  }
  return 0;
}

void vprod__scan_values_clear (struct vprod__scan_values *values)
{
  for (size_t i = 0; i < values->count; i++) {
    free (values->list[i].text);
    free (values->list[i].plain);
    free (values->list[i].coded);
  }
  free (values->list);
  *values = (struct vprod__scan_values) { 0 };
}

static int is_word (char c)
{
  return isalnum ((unsigned char) c) || c == '_';
}

/* Is text[start, end) no part of a longer word, or too long to occur by chance? */
static int is_whole (const char *text, size_t length, size_t start, size_t end)
{
  return end - start >= VPROD__SCAN_LONG_VALUE
         || ((start == 0 || !is_word (text[start]) || !is_word (text[start - 1]))
             && (end == length || !is_word (text[end - 1]) || !is_word (text[end])));
}

int vprod__scan_value_stands (const struct vprod__scan_value *value, const char *text, size_t length, size_t at)
{
  size_t offset = value->offset;

  if (!value->coded)
    return is_whole (text, length, at, at + strlen (value->text));
  if (!vprod__scan_base64_stands (text, length, at, value->coded, offset))
    return 0;
  while (at > 0 && isspace ((unsigned char) text[at - 1]))
    at--;
  for (size_t i = 1; i <= offset; i++)
    if (isspace ((unsigned char) text[at - i]))
      return 1;
  return offset == 0; /* else the first piece is in one line too, and was found */
}

const struct vprod__scan_value *vprod__scan_values_find (const struct vprod__scan_values *values, const char *text)
{
  size_t length = strlen (text);

  for (size_t i = 0; i < values->count; i++)
    for (const char *p = text; (p = strstr (p, values->list[i].text)); p++)
      if (vprod__scan_value_stands (&values->list[i], text, length, (size_t) (p - text)))
        return &values->list[i];
  return NULL;
}
